"""The pitch of an utterance and of each syllable in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from benchmarks.emotion.measure import AROUND_QUARTILES, HIGHEST_F0, Reals

from huisheng.audio.pitch import F0, HOP, track_pitch
from huisheng.types import Samples, Timing
from huisheng.units import Hertz

LOWEST_F0: Final = 60.0
"""Hz."""
MOST: Final = (5.0, 95.0)
"""Percentiles between which most of a melody lies."""
MIDDLE: Final = (0.25, 0.75)
"""The part of a syllable whose pitch is its own, not its neighbours'."""
FEWEST: Final = 3
"""Syllables that a correlation needs."""


def track_f0(samples: Samples, sample_rate: Hertz) -> F0:
    """(T,) Hz of (N,) samples, 0 where unvoiced: twice, the second time only where this voice moves.

    After Hirst, "The analysis by synthesis of speech melody" (2011), as `benchmarks.emotion.measure` does it.
    """
    wide = track_pitch(samples, sample_rate, floor=LOWEST_F0, ceiling=HIGHEST_F0)
    if not wide.any():
        return wide
    low, high = np.percentile(wide[wide > 0], (25, 75)) * AROUND_QUARTILES
    return track_pitch(samples, sample_rate, floor=max(LOWEST_F0, low), ceiling=min(HIGHEST_F0, high))


def height(f0: F0) -> float:
    """Mean of (T,) F0 in semitones re 1 Hz; NaN where nothing is voiced."""
    voiced = semitones(f0[f0 > 0])
    return float(voiced.mean()) if voiced.size else float("nan")


def width(f0: F0) -> float:
    """Semitones between the 5th and the 95th percentile of (T,) F0; NaN where nothing is voiced."""
    voiced = semitones(f0[f0 > 0])
    low, high = np.percentile(voiced, MOST) if voiced.size else (float("nan"), float("nan"))
    return float(high - low)


def of_syllables(f0: F0, timings: Sequence[Timing]) -> Reals:
    """(S,) mean pitch in the middle of each of S syllables, semitones re 1 Hz; NaN where none is voiced."""
    return np.array([height(f0[_middle(timing)]) for timing in timings])


def correlation(first: Reals, second: Reals) -> float:
    """Pearson's r of the pitch of (S,) syllables, −1…1, over those voiced in both.

    NaN for fewer than `FEWEST`, where one stands still, and where the two do not have the same syllables.
    """
    if len(first) != len(second):
        return float("nan")
    known = np.isfinite(first) & np.isfinite(second)
    if known.sum() < FEWEST:
        return float("nan")
    one, two = (values[known] - values[known].mean() for values in (first, second))
    norm = float(np.sqrt(np.square(one).sum() * np.square(two).sum()))
    return float((one * two).sum()) / norm if norm else float("nan")


def semitones(f0: F0) -> Reals:
    """Hz, above 0, of any shape → semitones re 1 Hz."""
    return 12.0 * np.log2(f0.astype(np.float64))


def _middle(timing: Timing) -> slice:
    """The frames in the middle of a syllable, at least one."""
    start, end = (round((timing.start + share * (timing.end - timing.start)) / HOP) for share in MIDDLE)
    return slice(start, max(start + 1, end))
