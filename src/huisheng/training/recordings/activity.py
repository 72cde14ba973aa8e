"""Voice activity by level alone, and the level of speech above the noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.training.recordings.scan import FRAME, RATE, Powers
from huisheng.units import Decibels, Seconds

Stretches: TypeAlias = NDArray[np.int64]
"""(S, 2) first frame of a stretch of speech, and the first after it."""

Flags: TypeAlias = NDArray[np.bool_]

FRAME_SECONDS: Final = Seconds(FRAME / RATE)

PAUSE: Final = 15
"""Frames of a pause at least; the closure of a stop consonant lasts up to 120 ms."""

_SHORTEST: Final = 4
"""Frames of speech at least; clicks are shorter."""

_QUIETEST: Final = 0.05
"""Share of the frames that tells the noise."""

_LOUD: Final = 95.0
"""Percentile of the levels that stands for vowels."""

_RANGE: Final = 30.0
"""dB below it lies what is surely speech, unless the noise is nearer."""

_FAINT_RANGE: Final = 45.0
"""dB below it lies an initial f or h at the edge of speech."""

_ABOVE_NOISE: Final = 10.0
_FAINT_ABOVE_NOISE: Final = 6.0

_REACH: Final = 12
"""Frames that faint sounds reach beyond surely spoken ones at most."""

_SILENCE: Final = 1e-12
"""Power, −120 dBFS."""

BEST: Final = Decibels(100.0)
"""Reported where there is no noise at all."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Speech and what is around it.

    Attributes:
        stretches: (S, 2) with a pause between any two.
        level: dBFS of the speech without its pauses.
        snr: dB of the speech above the noise, at most `BEST`.
    """

    stretches: Stretches
    level: Decibels
    snr: Decibels

    @property
    def speech(self) -> Seconds:
        """Without the pauses."""
        return Seconds(float((self.stretches[:, 1] - self.stretches[:, 0]).sum()) * FRAME_SECONDS)

    @property
    def extent(self) -> Seconds:
        """From the first sound of speech to the last, pauses included."""
        if not len(self.stretches):
            return Seconds(0.0)
        return Seconds(float(self.stretches[-1, 1] - self.stretches[0, 0]) * FRAME_SECONDS)


def activity(powers: Powers) -> Activity:
    """Tell speech from pauses.

    A frame is spoken when it is loud beside the vowels and beside the noise; fainter ones right around it
    belong to it. Gaps too short for a pause are filled.

    Args:
        powers: (T,) of the frames.
    """
    if not len(powers):
        return Activity(np.zeros((0, 2), dtype=np.int64), Decibels(-120.0), Decibels(0.0))
    levels = 10.0 * np.log10(np.maximum(_smooth(powers), _SILENCE))
    noise, loud = _noise(powers), float(np.percentile(levels, _LOUD))
    floor = 10.0 * math.log10(noise)
    sure = levels >= max(loud - _RANGE, min(floor + _ABOVE_NOISE, loud - _ABOVE_NOISE))
    if loud - floor < _ABOVE_NOISE:
        sure[:] = False  # a steady sound is no speech
    stretches = _merge_runs(
        _runs(_extend(sure, levels >= max(loud - _FAINT_RANGE, floor + _FAINT_ABOVE_NOISE)))
    )
    spoken = float(powers[sure].mean(dtype=np.float64)) if sure.any() else _SILENCE
    ratio = max(spoken - noise, _SILENCE) / noise
    return Activity(
        stretches, Decibels(10.0 * math.log10(spoken)), Decibels(min(BEST, 10.0 * math.log10(ratio)))
    )


def _smooth(powers: Powers) -> NDArray[np.float64]:
    """(T,) each with half of both neighbours: windows of 20 ms are steadier than a low voice's periods."""
    padded = np.pad(powers.astype(np.float64), 1, mode="edge")
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]


def _noise(powers: Powers) -> float:
    """Mean power of the quietest frames of (T,)."""
    count = max(1, round(_QUIETEST * len(powers)))
    return max(_SILENCE, float(np.partition(powers, count - 1)[:count].mean(dtype=np.float64)))


def _runs(flags: Flags) -> Stretches:
    """(S, 2) where (T,) flags are set."""
    edges = np.diff(np.pad(flags.astype(np.int8), 1))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=1)


def _extend(sure: Flags, faint: Flags) -> Flags:
    """(T,) the runs of `sure` that are no clicks, with the faint frames that touch them, within reach."""
    kept = np.zeros_like(sure)
    runs = _runs(sure)
    for start, end in runs[runs[:, 1] - runs[:, 0] >= _SHORTEST]:
        before, after = ~faint[max(0, start - _REACH) : start], ~faint[end : end + _REACH]
        first = start - (int(before[::-1].argmax()) if before.any() else len(before))
        last = end + (int(after.argmax()) if after.any() else len(after))
        kept[first:last] = True
    return kept


def _merge_runs(runs: Stretches) -> Stretches:
    """(S, 2) runs without the gaps between them that are no pauses."""
    if len(runs) < 2:
        return runs
    apart = np.flatnonzero(runs[1:, 0] - runs[:-1, 1] >= PAUSE)
    starts = np.concatenate([runs[:1, 0], runs[apart + 1, 0]])
    ends = np.concatenate([runs[apart, 1], runs[-1:, 1]])
    return np.stack([starts, ends], axis=1)
