"""Acoustics of a feeling: durations, F0 and energy moved inside a model, before any sample exists.

Pitch is shifted and scaled about its mean in log-F0, never bent inside a syllable, so lexical tones stay
(Wang, Lee & Ma 2018, Applied Sciences 8:2629). Nothing here knows which model the curves belong to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Curve: TypeAlias = NDArray[np.float32]
"""(T,) values at a model's frame rate."""

Frames: TypeAlias = NDArray[np.int64]
"""(L,) frames that each symbol lasts."""

LOWEST_F0: Final = 50.0
HIGHEST_F0: Final = 700.0
"""Hz. Outside it no voice of ours speaks and the sine source would buzz or whistle."""

WIDEST: Final = 6.5
"""Semitones of standard deviation: wider melodies sound like a caricature."""

HIGHEST_MEAN: Final = 12.0 * math.log2(350.0)
HIGHEST_PEAK: Final = 12.0 * math.log2(600.0)
"""Semitones re 1 Hz. With a higher mean, or two deviations above it beyond the peak, voices strain."""

_BISECTIONS: Final = 40

_SMALLEST_DEVIATION: Final = 0.5
"""Semitones. A flatter reference says nothing about range (one-syllable utterances)."""


@dataclass(frozen=True, slots=True)
class Register:
    """Where a voice moves: mean and standard deviation of log-F0 over voiced frames, semitones re 1 Hz."""

    mean: float
    deviation: float

    def moved(self, shift: float, scale: float) -> Register:
        """`shift` semitones higher and `scale` times as wide, as far as a voice can go without strain."""
        mean = min(self.mean + shift, max(self.mean, HIGHEST_MEAN))
        widest = min(WIDEST, (HIGHEST_PEAK - mean) / 2.0)
        return Register(mean, min(self.deviation * scale, max(self.deviation, widest)))

    def transposed(self, interval: float) -> Register:
        """The same melody `interval` semitones higher."""
        return Register(self.mean + interval, self.deviation)


def fit(durations: Curve, total: float) -> Frames:
    """Whole frames for each symbol that add up to `total`, in the proportions of `durations`.

    A symbol keeps at least one frame: without it, it would not be heard. So very fast speech ends up a
    little slower than asked. Rounding the running sum keeps small changes of rate exact.

    Args:
        durations: (L,) frames as a model predicts them, positive.
        total: frames wanted; raised to L if less.

    Returns:
        (L,) frames, each at least 1.
    """
    low, high = 0.0, max(1.0, total / float(durations.min(initial=1.0)))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if np.maximum(1.0, durations * middle).sum() < total else (low, middle)
    ends = np.floor(np.cumsum(np.maximum(1.0, durations * high), dtype=np.float64) + 0.5).astype(np.int64)
    return np.diff(ends, prepend=0)


def register(f0: Curve, voiced: NDArray[np.bool_]) -> Register | None:
    """Statistics of F0 (T,) in Hz over voiced (T,) frames; None when nothing is voiced."""
    pitch = semitones(f0[voiced])
    if not len(pitch):
        return None
    return Register(float(pitch.mean()), float(pitch.std()))


def move(f0: Curve, voiced: NDArray[np.bool_], source: Register, target: Register) -> Curve:
    """Carry F0 (T,) in Hz from one register into another; unvoiced frames stay as they are."""
    scale = target.deviation / max(source.deviation, _SMALLEST_DEVIATION)
    pitch = target.mean + (semitones(f0) - source.mean) * scale
    return np.where(voiced, _bounded(pitch), f0).astype(np.float32)


def bend(f0: Curve, voiced: NDArray[np.bool_], place: slice, interval: float) -> Curve:
    """Let F0 (T,) in Hz rise (or fall) over `place` by up to `interval` semitones, and stay there."""
    ramp = np.zeros(len(f0), dtype=np.float32)
    ramp[place] = np.linspace(0.0, interval, len(ramp[place]))
    ramp[place.stop :] = interval
    return np.where(voiced, _bounded(semitones(f0) + ramp), f0).astype(np.float32)


def semitones(f0: Curve) -> Curve:
    """F0 (T,) in Hz as semitones above 1 Hz; values below 1 Hz count as 1 Hz."""
    return (12.0 * np.log2(np.maximum(f0, 1.0))).astype(np.float32)


def _bounded(pitch: Curve) -> Curve:
    return np.clip(2.0 ** (pitch / 12.0), LOWEST_F0, HIGHEST_F0)
