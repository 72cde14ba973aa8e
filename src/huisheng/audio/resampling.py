"""Conversion between sample rates, whole or piece by piece, with the same result."""

from __future__ import annotations

import numpy as np
import soxr

from huisheng.types import Samples
from huisheng.units import Hertz


class StreamingResampler:
    """Converts a stream from one rate to another (band-limited interpolation, libsoxr "HQ").

    N samples in, over all calls, become N · target / source samples out, rounded to the nearest whole number
    (an exact half either way), time-aligned, however the input is cut. About 40 ms of input are held back
    until `flush`. With equal rates samples pass unchanged.

    Args:
        source: rate of the input.
        target: rate of the output.
    """

    def __init__(self, source: Hertz, target: Hertz) -> None:
        self._stream = None if source == target else soxr.ResampleStream(source, target, 1, dtype="float32")

    def process(self, samples: Samples) -> Samples:
        """
        Args:
            samples: (N,) at the source rate, the next of the stream.

        Returns:
            (N′,) at the target rate: what is ready, possibly nothing.
        """
        if self._stream is None:
            return samples
        return self._stream.resample_chunk(np.asarray(samples, dtype=np.float32))

    def flush(self) -> Samples:
        """The (N′,) samples held back. Call it once, at the end."""
        nothing = np.zeros(0, dtype=np.float32)
        return nothing if self._stream is None else self._stream.resample_chunk(nothing, last=True)


def resample(samples: Samples, source: Hertz, target: Hertz) -> Samples:
    """Convert a whole signal.

    Args:
        samples: (N,) at the source rate.
        source: rate of the input.
        target: rate of the output.

    Returns:
        (N′,) at the target rate, N′ = N · target / source rounded.
    """
    resampler = StreamingResampler(source, target)
    return np.concatenate([resampler.process(samples), resampler.flush()])
