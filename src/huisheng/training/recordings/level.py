"""Bringing a piece of a recording to its final form: offset, level, ceiling and edges."""

from __future__ import annotations

from typing import Final

import numpy as np

from huisheng.audio.joining import fade_edges
from huisheng.audio.loudness import Limiter, amplitude
from huisheng.training.recordings.scan import RATE
from huisheng.types import Samples
from huisheng.units import Decibels

LEVEL: Final = Decibels(-23.0)
"""dBFS of the speech without its pauses; vowels' peaks, 15 dB above it, stay below full scale."""

FADE: Final = 5.0
"""Milliseconds at both ends of a piece."""

MOST_GAIN: Final = Decibels(40.0)
"""Beyond it a recording is not quiet, but empty."""


def gain_to(level: Decibels, present: Decibels) -> Decibels:
    """What to add to a recording; one gain for all of it, so that its pieces keep their proportions."""
    return Decibels(min(MOST_GAIN, level - present))


def change_level(samples: Samples, offset: float, gain: Decibels) -> Samples:
    """
    Args:
        samples: (N,) at `RATE`.
        offset: their recording's mean, taken off.
        gain: in decibels; peaks that it would lift over −1 dBFS are held down without clipping.

    Returns:
        (N,) with faded edges.
    """
    raised = ((samples - np.float32(offset)) * np.float32(amplitude(gain))).astype(np.float32)
    limiter = Limiter(RATE)
    return fade_edges(np.concatenate([limiter.process(raised), limiter.flush()]), RATE, FADE)
