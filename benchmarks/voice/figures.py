"""From single sentences to figures with their uncertainty.

Every figure is a quotient of two sums, so that a long sentence counts for more misheard syllables, and one
that a measure does not know counts for nothing. Sentences are what was drawn, so they are drawn again
(bootstrap, Efron 1979); a sentence brings all its speakers and both its readers along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals: TypeAlias = NDArray[np.float64]

DRAWS: Final = 2_000
_SEED: Final = 5
_INTERVAL: Final = (2.5, 97.5)
"""Per cent."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What a figure is the quotient of. V speakers, S sentences.

    Attributes:
        above, below: (V, S); both 0 where nothing is known.
    """

    above: Reals
    below: Reals

    @classmethod
    def mean(cls, values: Reals) -> Self:
        """Sums of the mean of (V, S) values, NaN where nothing is known."""
        return cls.quotient(values, np.ones_like(values))

    @classmethod
    def quotient(cls, above: Reals, below: Reals) -> Self:
        """Sums of a quotient of (V, S) values, NaN where nothing is known."""
        known = np.isfinite(above) & np.isfinite(below)
        return cls(np.where(known, above, 0.0), np.where(known, below, 0.0))

    def of(self, speaker: int) -> Sums:
        """Sums of one speaker alone."""
        chosen = slice(speaker, speaker + 1)
        return Sums(self.above[chosen], self.below[chosen])

    def resample(self, counts: Reals) -> Reals:
        """(D, S) how often each sentence is drawn → (D,) the figure; NaN where nothing is known."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return (counts @ self.above.sum(axis=0)) / (counts @ self.below.sum(axis=0))


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


class Contrast(NamedTuple):
    """A figure of both readers, and how much larger the student's is."""

    teacher: float
    student: float
    difference: Estimate


def estimate(sums: Sums) -> Estimate:
    """One figure."""
    return _estimate(sums.above.shape[1], sums.resample)


def contrast(teacher: Sums, student: Sums) -> Contrast:
    """The same figure of both, drawn together."""
    sentences = teacher.above.shape[1]
    difference = _estimate(sentences, lambda counts: student.resample(counts) - teacher.resample(counts))
    return Contrast(_whole(teacher), _whole(student), difference)


def _whole(sums: Sums) -> float:
    return float(sums.resample(np.ones((1, sums.above.shape[1])))[0])


def _estimate(sentences: int, figure: Callable[[Reals], Reals]) -> Estimate:
    once = np.ones((1, sentences))
    drawn = np.random.default_rng(_SEED).multinomial(sentences, np.full(sentences, 1.0 / sentences), DRAWS)
    found = figure(drawn.astype(np.float64))
    known = found[np.isfinite(found)]
    low, high = np.percentile(known, _INTERVAL) if known.size else (np.nan, np.nan)
    return Estimate(float(figure(once)[0]), float(low), float(high))
