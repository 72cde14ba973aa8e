"""Loudness that changes from word to word."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from huisheng.types import AudioChunk, Samples, Span
from huisheng.units import amplitude

_RAMP: Final = 0.02
"""Seconds in which one level passes into the next, so that no step is heard."""


def levelled(chunk: AudioChunk, levels: Mapping[Span, float]) -> AudioChunk:
    """The same speech with each word at its own level.

    Args:
        chunk: its timings tell when each stretch is heard.
        levels: decibels to add for each stretch of the source.
    """
    changes = [(float(timing.start), levels.get(timing.span, 0.0)) for timing in chunk.timings]
    if not any(level for _, level in changes):
        return chunk
    return replace(chunk, samples=chunk.samples * _gain(changes, len(chunk.samples), chunk.sample_rate))


def _gain(changes: list[tuple[float, float]], length: int, rate: int) -> Samples:
    """(N,) factors: the level of each stretch from its start on, joined by ramps."""
    points = [0.0]
    gains = [amplitude(changes[0][1])]
    for (_, before), (start, after) in itertools.pairwise(changes):
        if before != after:
            points += [max(points[-1], start - _RAMP / 2.0), start + _RAMP / 2.0]
            gains += [amplitude(before), amplitude(after)]
    times = np.arange(length) / rate
    return np.interp(times, points, gains).astype(np.float32)
