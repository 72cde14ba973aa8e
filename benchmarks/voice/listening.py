"""The ear at work: what it hears in every take, remembered as soon as it is heard."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, Self

import numpy as np
from benchmarks.emotion.ear import Ear
from benchmarks.emotion.takes import Ledger
from benchmarks.environment import PYTHON
from benchmarks.voice.melody import Reals
from benchmarks.voice.pieces import TranscriptionSetup
from benchmarks.voice.takes import Take, clip, key

_BENCHMARKS: Final = Path(__file__).parents[1]
_PATHS: Final = (_BENCHMARKS.parent, _BENCHMARKS / "emotion")
"""Folders of our modules, and of the ear's neighbours, which it imports by their bare names."""


class Scribe(Ear):
    """A process that writes down what it hears, as code points. Leaving it ends the process.

    Args:
        setup: of what it hears.
    """

    def __init__(self, setup: TranscriptionSetup) -> None:
        self._setup = setup

    def ask(self, path: Path, text: str) -> None:  # noqa: ARG002 (the recognizer is not told what to hear)
        """Hand over one file."""
        print(json.dumps([str(path), *self._setup]), file=self._process.stdin, flush=True)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [str(PYTHON), "-m", "benchmarks.voice.transcribing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={
                **os.environ,
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONPATH": os.pathsep.join(map(str, _PATHS)),
            },
        )
        return self


def hear_all(takes: Sequence[Take], ledger: Ledger, jobs: int) -> Iterator[tuple[Take, Reals]]:
    """Every take with the numbers that `benchmarks.emotion.guards` has the places of.

    Raises:
        NoEar: a listening process has ended.
    """
    for take, values in _ask(Ear, {take: key(take) for take in takes}, ledger, jobs):
        yield take, np.array(values)


def unwritten(takes: Iterable[Take], ledger: Ledger, setup: TranscriptionSetup) -> list[Take]:
    """The takes of which no ear has written down what is understood in a setup."""
    return [take for take in takes if ledger.get(_ledger_key(take, setup)) is None]


def write_all(
    takes: Iterable[Take], ledger: Ledger, jobs: int, setup: TranscriptionSetup
) -> Iterator[tuple[Take, str]]:
    """Every take with the words that are understood.

    Raises:
        NoEar: a listening process has ended.
    """
    named = {take: _ledger_key(take, setup) for take in takes}
    for take, values in _ask(partial(Scribe, setup), named, ledger, jobs):
        yield take, "".join(chr(int(value)) for value in values)


def _ledger_key(take: Take, setup: TranscriptionSetup) -> str:
    return " ".join([key(take), *map(str, setup)])


def _ask(
    kind: Callable[[], Ear], named: Mapping[Take, str], ledger: Ledger, jobs: int
) -> Iterator[tuple[Take, list[float]]]:
    """The answers about every take, by its name in the ledger, those already known first."""
    unheard: list[Take] = []
    for take, name in named.items():
        known = ledger.get(name)
        if known is None:
            unheard.append(take)
        else:
            yield take, known
    with ExitStack() as stack:
        ears = [stack.enter_context(kind()) for _ in range(min(jobs, len(unheard)))]
        for first in range(0, len(unheard), max(1, len(ears))):
            batch = unheard[first : first + len(ears)]
            for ear, take in zip(ears, batch, strict=False):
                ear.ask(clip(take), take.title)
            for ear, take in zip(ears, batch, strict=False):
                values = ear.answer()
                ledger.put(named[take], values)
                yield take, values
