"""From runs to real-time factors and speedups, and what they are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import median
from typing import Final, NamedTuple, TypeAlias

from benchmarks.sambert.comparison import THREADS, Candidate, Run, Side, Stage
from benchmarks.sambert.machine import Machine
from benchmarks.sambert.work import Work

JUDGED: Final = 6.0
"""Seconds of the line that speedups are told of: a sentence of the usual length. Much shorter ones are mostly
what every call costs anyway; longer ones are rare, since the front-end cuts sentences."""

_GAIN: Final = 1.4
"""Times as fast on two threads as on one, at least, where both cores are free."""


class Spread(NamedTuple):
    """Real-time factors: seconds of work for a second of sound."""

    middle: float
    least: float
    most: float


Figure: TypeAlias = Callable[[Spread], float]
"""Which of them a side counts with."""

MIDDLE: Final[Figure] = attrgetter("middle")
LEAST: Final[Figure] = attrgetter("least")
"""The round that was disturbed least. Two threads of eager PyTorch suffer most from others on the machine,
which draws the ratio of medians in our favour."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes:
        asked: seconds of sound.
        sound: seconds that it has.
        factors: of every candidate.
    """

    asked: float
    sound: float
    factors: Mapping[Candidate, Spread]

    def best(self, stage: Stage, side: Side, figure: Figure) -> float:
        """On the number of threads that suits best; eager PyTorch does one stage after the other."""
        if (stage, side) == ("both", "eager"):
            return self.best("acoustic", "eager", figure) + self.best("vocoder", "eager", figure)
        candidates = (Candidate(stage, side, count) for count in THREADS)
        return min(figure(self.factors[candidate]) for candidate in candidates if candidate in self.factors)

    def speedup(self, stage: Stage, figure: Figure) -> float:
        """How many times as fast as eager PyTorch, each on the threads that suit it best."""
        return self.best(stage, "eager", figure) / self.best(stage, "ours", figure)

    @property
    def disturbed(self) -> bool:
        """Whether the machine was too busy to compare.

        Two idle cores make eager PyTorch's vocoder almost twice as fast as one. Where they did not, it was
        kept from the threads that suit it best, and any speedup over what is left flatters us.
        """
        one, two = (self.factors.get(Candidate("vocoder", "eager", count)) for count in THREADS)
        return one is not None and two is not None and two.middle * _GAIN > one.middle


@dataclass(frozen=True, slots=True)
class Limit:
    """What the machine allows a part at best, on one thread: real-time factors.

    Attributes:
        macs: multiply-accumulates for a second of sound.
        arithmetic: if it multiplied as fast as in a large product of matrices.
        reading: if it read its loop's weights as fast as they can be read; 0 without a loop.
    """

    macs: float
    arithmetic: float
    reading: float

    @property
    def factor(self) -> float:
        """The larger of the two."""
        return max(self.arithmetic, self.reading)


def rows(runs: Sequence[Run]) -> list[Row]:
    """One for each line, in order."""
    lines = list(dict.fromkeys((run.asked, run.sound) for run in runs))
    return [Row(*line, _factors([run for run in runs if (run.asked, run.sound) == line])) for line in lines]


def rounds_done(runs: Sequence[Run]) -> int:
    """How often every candidate said every line."""
    return min(Counter((run.candidate, run.asked) for run in runs).values())


def target_row(found: Sequence[Row]) -> Row:
    """The row that the last line tells of."""
    return next(row for row in found if row.asked == JUDGED)


def limit(work: Work, sound: float, machine: Machine, threads: int = 1) -> Limit:
    """What the machine allows for a part's work on so many seconds of sound."""
    read = work.turns * work.weights / machine.reading[work.weights] if work.turns else 0.0
    return Limit(work.macs / sound, work.macs / machine.macs[threads] / sound, read / sound)


def _factors(runs: Sequence[Run]) -> dict[Candidate, Spread]:
    return {
        candidate: _spread([run for run in runs if run.candidate == candidate])
        for candidate in _candidates(runs)
    }


def _candidates(runs: Sequence[Run]) -> list[Candidate]:
    return list(dict.fromkeys(run.candidate for run in runs))


def _spread(runs: Sequence[Run]) -> Spread:
    factors = [run.wall / run.sound for run in runs]
    return Spread(median(factors), min(factors), max(factors))
