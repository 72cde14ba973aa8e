"""Putting pieces of sound after each other without a click."""

from __future__ import annotations

import numpy as np

from huisheng.types import Samples
from huisheng.units import Hertz


def silence(seconds: float, sample_rate: Hertz) -> Samples:
    """(N,) zeros, N = `seconds` · `sample_rate` rounded; nothing for a negative time."""
    return np.zeros(max(0, round(seconds * sample_rate)), dtype=np.float32)


def fade_in(samples: Samples, sample_rate: Hertz, milliseconds: float) -> Samples:
    """Raise the beginning from zero along half a cosine.

    Args:
        samples: (N,) at `sample_rate`; left as it is.
        sample_rate: of the samples.
        milliseconds: length of the fade; at most the whole signal is faded.

    Returns:
        (N,) a new array whose first sample is 0.
    """
    length = min(len(samples), round(milliseconds * sample_rate / 1000.0))
    faded = samples.astype(np.float32)
    faded[:length] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(1, length))).astype(np.float32)
    return faded


def fade_out(samples: Samples, sample_rate: Hertz, milliseconds: float) -> Samples:
    """Lower the end of (N,) samples to zero: `fade_in` mirrored in time."""
    return fade_in(samples[::-1], sample_rate, milliseconds)[::-1]


def fade_edges(samples: Samples, sample_rate: Hertz, milliseconds: float) -> Samples:
    """Fade both ends of (N,) samples, so that silence can come before and after without a click."""
    return fade_out(fade_in(samples, sample_rate, milliseconds), sample_rate, milliseconds)
