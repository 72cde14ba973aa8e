"""Acoustics of an emotion: durations, F0 and energy moved inside a model, before any sample exists.

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

HIGHEST_MEAN: Final = 12.0 * math.log2(370.0)
"""Semitones re 1 Hz. An emotion raises the mean at most half the way from the voice's own to this one."""

HIGHEST_LIFT: Final = 5.5
"""Semitones that an emotion raises no mean beyond, however low the voice."""

HIGHEST_PEAK: Final = 12.0 * math.log2(650.0)
"""Semitones re 1 Hz. Voices strain where two deviations above the highest mean lie above it."""

WIDEST: Final = 6.5
"""Semitones of standard deviation: wider melodies sound like a caricature."""

_BISECTIONS: Final = 60

_GOLDEN: Final = (math.sqrt(5.0) - 1.0) / 2.0
_TURN: Final = 1e-4
"""Multiples of the golden ratio fall evenly between 0 and 1; so much they tell equal symbols apart."""

_LEAST_WIDENING: Final = 1.4
"""Ratio to which even a voice that is already wide may widen."""

_SMALLEST_DEVIATION: Final = 0.5
"""Semitones. A flatter reference says nothing about range (one-syllable utterances)."""


@dataclass(frozen=True, slots=True)
class Register:
    """Where a voice moves: mean and standard deviation of log-F0 over voiced frames, semitones re 1 Hz."""

    mean: float
    deviation: float

    def move(self, shift: float, scale: float) -> Register:
        """The register `shift` semitones higher and `scale` times as wide, less where a voice would strain.

        The bounds depend on the voice alone, so more of an emotion is never less of it.
        """
        lift = min(HIGHEST_LIFT, max(0.0, HIGHEST_MEAN - self.mean) / 2.0)
        widest = min(WIDEST, (HIGHEST_PEAK - self.mean - lift) / 2.0)
        widening = max(widest, _LEAST_WIDENING * self.deviation) - self.deviation
        return Register(
            self.mean + soften(shift, lift), self.deviation + soften(self.deviation * (scale - 1.0), widening)
        )

    def transpose(self, interval: float) -> Register:
        """The same melody `interval` semitones higher."""
        return Register(self.mean + interval, self.deviation)


def soften(change: float, limit: float) -> float:
    """A rise that nears `limit` ≥ 0, in the same unit, and never passes it; a fall stays as it is."""
    if change <= 0.0:
        return change
    return limit * math.tanh(change / limit) if limit > 0.0 else 0.0


def fit(durations: Curve, total: float) -> Frames:
    """Whole frames for each symbol that add up to `total`: one common factor, each product rounded.

    So a long vowel gives way before a short consonant does, which keeps hurried words clear. A symbol keeps
    at least one frame: without it, it would not sound. So very fast speech ends up a little slower than
    asked. Equal symbols take turns along the sentence instead of changing all at once.

    Args:
        durations: (L,) frames as a model predicts them, positive.
        total: frames wanted; raised to L if less.

    Returns:
        (L,) frames, each at least 1.
    """
    turns = np.arange(len(durations)) * _GOLDEN % 1.0
    lengths = durations * (1.0 + _TURN * turns)

    def scale(factor: float) -> Frames:
        return np.maximum(1, np.rint(lengths * factor)).astype(np.int64)

    low, high = 0.0, 1.0 + max(1.0, total) / float(durations.min(initial=1.0))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if scale(middle).sum() < round(total) else (low, middle)
    return scale(high)


def register(f0: Curve, voiced: NDArray[np.bool_]) -> Register | None:
    """Statistics of F0 in Hz over voiced frames, both of shape (T,); None when nothing is voiced."""
    pitch = semitones(f0[voiced])
    if not len(pitch):
        return None
    return Register(float(pitch.mean()), float(pitch.std()))


def move(f0: Curve, voiced: NDArray[np.bool_], source: Register, target: Register) -> Curve:
    """Carry F0 in Hz, of shape (T,), from one register into another; unvoiced frames stay as they are."""
    scale = target.deviation / max(source.deviation, _SMALLEST_DEVIATION)
    pitch = target.mean + (semitones(f0) - source.mean) * scale
    return np.where(voiced, _clip_f0(pitch), f0).astype(np.float32)


def lift(f0: Curve, voiced: NDArray[np.bool_], interval: Curve, scale: Curve, middle: float) -> Curve:
    """F0 in Hz raised by `interval` semitones and made `scale` times as wide, all of shape (T,).

    Args:
        f0: as it is.
        voiced: (T,) where it counts.
        interval: semitones to add.
        scale: factor of the distance from `middle`.
        middle: semitones above 1 Hz.
    """
    pitch = middle + (semitones(f0) - middle) * scale + interval
    return np.where(voiced, _clip_f0(pitch), f0).astype(np.float32)


def bend(f0: Curve, voiced: NDArray[np.bool_], place: slice, interval: float) -> Curve:
    """F0 in Hz, of shape (T,), that rises (or falls) over `place` by up to `interval` semitones and stays."""
    ramp = np.zeros(len(f0), dtype=np.float32)
    ramp[place] = np.linspace(0.0, interval, len(ramp[place]))
    ramp[place.stop :] = interval
    return np.where(voiced, _clip_f0(semitones(f0) + ramp), f0).astype(np.float32)


def semitones(f0: Curve) -> Curve:
    """F0 (T,) in Hz as semitones above 1 Hz; values below 1 Hz count as 1 Hz."""
    return (12.0 * np.log2(np.maximum(f0, 1.0))).astype(np.float32)


def _clip_f0(pitch: Curve) -> Curve:
    return np.clip(2.0 ** (pitch / 12.0), LOWEST_F0, HIGHEST_F0)
