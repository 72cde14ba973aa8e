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
from benchmarks.voice.pieces import Manner
from benchmarks.voice.takes import Take, clip, key

_BENCHMARKS: Final = Path(__file__).parents[1]
_PATHS: Final = (_BENCHMARKS.parent, _BENCHMARKS / "emotion")
"""Of ours, and of the ear's neighbours, which it imports by their bare names."""


class Scribe(Ear):
    """A process that writes down what it hears, as code points. Leaving it ends the process.

    Args:
        manner: in which it listens.
    """

    def __init__(self, manner: Manner) -> None:
        self._manner = manner

    def ask(self, path: Path, text: str) -> None:  # noqa: ARG002 (who writes down is not told what to hear)
        """Hand over one file."""
        print(json.dumps([str(path), *self._manner]), file=self._process.stdin, flush=True)

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
    for take, values in _asked(Ear, {take: key(take) for take in takes}, ledger, jobs):
        yield take, np.array(values)


def unwritten(takes: Iterable[Take], ledger: Ledger, manner: Manner) -> list[Take]:
    """Those of which nobody has written down what is understood in a manner."""
    return [take for take in takes if ledger.get(_noted(take, manner)) is None]


def write_all(takes: Iterable[Take], ledger: Ledger, jobs: int, manner: Manner) -> Iterator[tuple[Take, str]]:
    """Every take with the words that are understood.

    Raises:
        NoEar: a listening process has ended.
    """
    named = {take: _noted(take, manner) for take in takes}
    for take, values in _asked(partial(Scribe, manner), named, ledger, jobs):
        yield take, "".join(chr(int(value)) for value in values)


def _noted(take: Take, manner: Manner) -> str:
    return " ".join([key(take), *map(str, manner)])


def _asked(
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
