"""The second question: does more intensity mean more of the same?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.emotion.bands import acceptance, in_units
from benchmarks.emotion.deviations import Measured, median_deviation
from benchmarks.emotion.measure import MEASURES, Reals
from benchmarks.emotion.takes import Take

from huisheng.emotion.styles import STYLES
from huisheng.types import EmotionName


@dataclass(frozen=True, slots=True)
class Trend:
    """How one measure of one voice follows the intensity of one emotion.

    Attributes:
        setback: the most that a median goes the wrong way from one intensity to the next, in `UNITS`, ≤ 0.
        spearman: rank correlation between intensity and median, along the direction designed, −1…1.
        monotone: whether `setback` is within the tolerance.
    """

    emotion: EmotionName
    voice: str
    measure: str
    setback: float
    spearman: float
    monotone: bool


def trends(
    measured: Measured, emotion: EmotionName, voice: str, texts: Sequence[str], intensities: Sequence[float]
) -> list[Trend]:
    """One for each measure that the emotion is designed to move; `intensities` ascend and leave out 0."""
    medians = [
        median_deviation(measured, [Take(voice, emotion, level, text) for text in texts])
        for level in intensities
    ]
    path = in_units(np.stack([np.zeros(len(MEASURES)), *medians]))  # (I, Q), neutral first
    return [
        _trend(emotion, voice, measure, path[:, MEASURES.index(measure)] * sign)
        for measure, sign in directions(emotion).items()
    ]


def _trend(emotion: EmotionName, voice: str, measure: str, path: Reals) -> Trend:
    setback = min(0.0, float(np.diff(path).min()))
    monotone = setback >= -acceptance().tolerance.model_dump()[measure]
    return Trend(
        emotion,
        voice,
        measure,
        setback,
        rank_correlation(np.arange(len(path), dtype=np.float64), path),
        monotone,
    )


def directions(emotion: EmotionName) -> dict[str, float]:
    """Measure → +1 or −1, for those that the emotion is designed to move."""
    style = STYLES[emotion]
    designed = {
        "pitch": style.f0_shift.value,
        "spread": style.f0_range.value - 1.0,
        "rate": style.rate.value - 1.0,
        "level": style.level.value,
    }
    return {measure: float(np.sign(value)) for measure, value in designed.items() if value}


def rank_correlation(x: Reals, y: Reals) -> float:
    """Spearman's ρ of two (I,) sequences; 0 when one of them stands still."""
    ranks = [
        (values[:, None] > values).sum(axis=1) + (values[:, None] == values).sum(axis=1) / 2
        for values in (x, y)
    ]
    first, second = (rank - rank.mean() for rank in ranks)
    norm = float(np.sqrt(np.square(first).sum() * np.square(second).sum()))
    return float((first * second).sum()) / norm if norm else 0.0
