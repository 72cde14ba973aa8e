"""Loudness that changes from word to word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.types import AudioChunk, Samples, Span
from huisheng.units import amplitude

Reals: TypeAlias = NDArray[np.float64]

_RAMP: Final = 0.02
"""Seconds that a word takes to pass from the level before it to its own, so that no step is heard."""


class Leveller:
    """Brings each word of an utterance to its own level, however the utterance is cut.

    What comes before the first word has the level of the first, what comes after the last that of the last.

    Args:
        levels: decibels to add for each stretch of the source.
    """

    def __init__(self, levels: Mapping[Span, float]) -> None:
        self._levels = levels
        self._starts: list[float] = []
        self._gains: list[float] = []
        self._taken = 0

    def process(self, chunk: AudioChunk) -> AudioChunk:
        """The next piece of the utterance, its words at their levels; its timings tell which begin in it."""
        begin = self._taken / chunk.sample_rate
        self._taken += len(chunk.samples)
        self._starts += [begin + timing.start for timing in chunk.timings]
        self._gains += [amplitude(self._levels.get(timing.span, 0.0)) for timing in chunk.timings]
        if all(gain == 1.0 for gain in self._gains):
            return chunk
        times = begin + np.arange(len(chunk.samples)) / chunk.sample_rate
        gains = _smoothed(times, np.array(self._starts), np.array(self._gains))
        return replace(chunk, samples=chunk.samples * gains)


def _smoothed(times: Reals, starts: Reals, gains: Reals) -> Samples:
    """(N,) at times (N,) the mean over the ramp before them of steps to `gains` (W,) at `starts` (W,), as a
    difference of their integral: however short a word is, no slope is steeper than that of one ramp.
    """
    first = min(times.min(initial=0.0), starts[0]) - _RAMP
    last = max(times.max(initial=0.0), starts[-1])
    edges = np.concatenate([[first], starts[1:], [last + _RAMP]])
    integral = np.concatenate([[0.0], np.cumsum(gains * np.diff(edges))])
    now, before = np.interp(times, edges, integral), np.interp(times - _RAMP, edges, integral)
    return ((now - before) / _RAMP).astype(np.float32)
