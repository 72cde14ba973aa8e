"""Short-time Fourier transform and back, with frames in the middle of hops.

Frame t is centred on sample t · hop + hop / 2, so T frames stand for T · hop samples and none is shared out
at the ends. Beyond the ends lie zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from huisheng.types import Samples


@dataclass(frozen=True)
class Transform:
    """
    Attributes:
        fft: samples of a frame, even.
        hop: samples from one frame to the next, even, at most half a frame.
    """

    fft: int
    hop: int

    @property
    def bins(self) -> int:
        """F, values of a frame's spectrum."""
        return self.fft // 2 + 1

    @property
    def overhang(self) -> int:
        """Samples by which a frame reaches beyond its hop, on either side."""
        return (self.fft - self.hop) // 2

    @property
    def reach(self) -> int:
        """Frames before and after a hop that sound in it."""
        return -(-self.overhang // self.hop)

    @cached_property
    def window(self) -> NDArray[np.float32]:
        """(fft,) the periodic Hann window."""
        turns = 2.0 * np.pi * np.arange(self.fft) / self.fft
        return (0.5 - 0.5 * np.cos(turns)).astype(np.float32)

    @cached_property
    def dual(self) -> NDArray[np.float32]:
        """(fft,) the window that frames are weighed with on the way back: endlessly many of them, windowed by
        one and then by the other, add up to the signal.
        """
        squares = np.square(np.pad(self.window, (0, -self.fft % self.hop)), dtype=np.float64)
        weight = squares.reshape(-1, self.hop).sum(axis=0)  # (hop,)
        return (self.window / np.resize(weight, self.fft)).astype(np.float32)

    def spectra(self, samples: Samples) -> NDArray[np.complex64]:
        """Frames of a stretch of a signal.

        Args:
            samples: (n · hop + 2 · overhang,), n hops and what lies around them.

        Returns:
            (n, F).
        """
        frames = np.lib.stride_tricks.sliding_window_view(samples, self.fft)[:: self.hop]
        windowed = np.multiply(frames, self.window, dtype=np.float64)  # numpy is faster in it, this way round
        return np.fft.rfft(windowed).astype(np.complex64)

    def signal(self, spectra: NDArray[np.complex64]) -> Samples:
        """(n, F) → (n · hop + 2 · overhang,) the frames windowed again and added up; of two stretches that
        follow each other, these overlap and add up, too.
        """
        frames = np.fft.irfft(spectra, self.fft).astype(np.float32, copy=False) * self.dual
        count = len(frames)
        total = np.zeros((count + -(-self.fft // self.hop), self.hop), dtype=np.float32)
        for hops, start in enumerate(range(0, self.fft, self.hop)):
            part = frames[:, start : start + self.hop]
            total[hops : hops + count, : part.shape[1]] += part
        return total.reshape(-1)[: count * self.hop + 2 * self.overhang]
