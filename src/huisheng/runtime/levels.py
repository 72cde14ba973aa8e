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
"""Seconds in which one level passes into the next, so that no step is heard."""


def levelled(chunk: AudioChunk, levels: Mapping[Span, float]) -> AudioChunk:
    """The same speech with each word at its own level.

    Args:
        chunk: its timings tell when each stretch is heard.
        levels: decibels to add for each stretch of the source.
    """
    asked = [levels.get(timing.span, 0.0) for timing in chunk.timings]
    if not any(asked):
        return chunk
    starts = np.array([timing.start for timing in chunk.timings])
    gains = np.array([amplitude(level) for level in asked])
    times = np.arange(len(chunk.samples)) / chunk.sample_rate
    return replace(chunk, samples=chunk.samples * _smoothed(times, starts, gains))


def _smoothed(times: Reals, starts: Reals, gains: Reals) -> Samples:
    """(N,) at times (N,) the mean over one ramp of steps to `gains` (W,) at `starts` (W,), as a difference of
    their integral: however short a word is, no slope is steeper than that of one ramp.
    """
    first, last = min(times[0], starts[0]) - _RAMP, max(times[-1], starts[-1]) + _RAMP
    edges = np.concatenate([[first], starts[1:], [last]])
    integral = np.concatenate([[0.0], np.cumsum(gains * np.diff(edges))])
    ahead, behind = (np.interp(times + shift, edges, integral) for shift in (_RAMP / 2.0, -_RAMP / 2.0))
    return ((ahead - behind) / _RAMP).astype(np.float32)
