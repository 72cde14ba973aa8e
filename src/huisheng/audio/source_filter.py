"""What a filtering vocoder works with: pulses at F0 and noise, and the transform that they are filtered in.

The phase is the one that a harmonic source has whose F0 is given frame by frame and drawn as a line between
the middles of frames (as in NSF, Wang, Takaki & Yamagishi 2019, arXiv 1904.12088, and Kokoro's decoder). So
speech of such a vocoder is, but for its noise, a filtered version of the pulses made here, in phase.

The short-time Fourier transform has its frames in the middle of hops: frame t is centred on sample
t · hop + hop / 2, so T frames stand for T · hop samples and none is shared out at the ends. Beyond the ends
lie zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.types import Samples

Phase: TypeAlias = NDArray[np.float64]
"""(N,) cycles of the fundamental, not wrapped."""

NOISE_PERIOD: Final = 1 << 16
"""Samples after which the noise repeats; 2.7 s at 24 kHz, too long to be noticed."""

_SEED: Final = 24

_LEAST_SINE: Final = 1e-6
"""Below it the quotient of the sum of cosines is taken at its limit."""


def phase(f0: NDArray[np.float32], hop: int, rate: int) -> Phase:
    """
    Args:
        f0: (T,) Hz in the middle of each frame, 0 where unvoiced.
        hop: samples of a frame.
        rate: Hz.

    Returns:
        Of shape (T · hop,), for each sample. It stands still before the first middle and behind the last.
    """
    steps = f0.astype(np.float64) * (hop / rate)  # (T,) from each middle to the next one
    turns = np.cumsum(steps)  # (T,) at the middles
    slopes = np.concatenate([[0.0], steps[1:], [0.0]])  # (T + 1,) before each middle, and behind the last
    places = (np.arange(hop) + 0.5) / hop - 0.5  # (hop,) frames from the middle of one
    half = hop // 2
    before = slopes[:-1, None] * places[:half]
    after = slopes[1:, None] * places[half:]
    return (turns[:, None] + np.concatenate([before, after], axis=1)).reshape(-1)


def pulses(cycles: Phase, f0: NDArray[np.float32], hop: int, rate: int) -> Samples:
    """All harmonics below the Nyquist frequency at once, each as strong as the next, in phase with cosines.

    Their sum has a closed form, the Dirichlet kernel. Its power is that of one sine, whatever the pitch.

    Args:
        cycles: (T · hop,) of the fundamental.
        f0: (T,) Hz of the same frames, 0 where unvoiced.
        hop: samples of a frame.
        rate: Hz.

    Returns:
        Samples of shape (T · hop,), 0 where unvoiced.
    """
    voiced = f0 > 0.0
    counts = np.ceil(rate / 2.0 / f0[voiced, None]) - 1.0  # (v, 1) harmonics
    made = np.zeros((len(f0), hop), dtype=np.float32)
    made[voiced] = _dirichlet(cycles.reshape(-1, hop)[voiced], counts)
    return made.reshape(-1)


def noise() -> Samples:
    """(NOISE_PERIOD,) normal values of deviation 1, always the same."""
    return np.random.default_rng(_SEED).standard_normal(NOISE_PERIOD, dtype=np.float32)


def _dirichlet(cycles: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float32]:
    """(v, hop) of the fundamental and (v, 1) harmonics → (v, hop) their sum, of the power of one sine.

    Turns are brought to half a turn at most before they lose digits: sines of float32 are ten times cheaper.
    """
    small = cycles - np.rint(cycles)
    many = (counts + 0.5) * small
    sine = _sine(0.5 * small)
    peak = np.abs(sine) < _LEAST_SINE
    ratios = (2.0 * counts + 1.0).astype(np.float32)
    quotient = _sine(many - np.rint(many)) / np.where(peak, np.float32(1.0), sine)
    scale = (0.5 / np.sqrt(np.maximum(counts, 1.0))).astype(np.float32)
    return (np.where(peak, ratios, quotient) - np.float32(1.0)) * scale  # of twice the sum of the cosines


def _sine(turns: NDArray[np.float64]) -> NDArray[np.float32]:
    """Sines of turns, −½…½, any shape."""
    return np.sin((2.0 * np.pi * turns).astype(np.float32))


@dataclass(frozen=True)
class Transform:
    """The short-time Fourier transform, there and back.

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

    @cached_property
    def overhang(self) -> int:
        """Samples by which a frame reaches beyond its hop, on either side."""
        return (self.fft - self.hop) // 2

    @property
    def reach(self) -> int:
        """Frames before and after a hop that sound in it."""
        return -(-self.overhang // self.hop)

    @cached_property
    def window(self) -> NDArray[np.float32]:
        """The periodic Hann window, of shape (fft,)."""
        turns = 2.0 * np.pi * np.arange(self.fft) / self.fft
        return (0.5 - 0.5 * np.cos(turns)).astype(np.float32)

    @cached_property
    def dual(self) -> NDArray[np.float32]:
        """The window that frames are weighed with on the way back, of shape (fft,): endlessly many of them,
        windowed by one and then by the other, add up to the signal.
        """
        squares = np.square(np.pad(self.window, (0, -self.fft % self.hop)), dtype=np.float64)
        weight = squares.reshape(-1, self.hop).sum(axis=0)  # (hop,)
        return (self.window / np.resize(weight, self.fft)).astype(np.float32)

    def spectra(self, samples: Samples) -> NDArray[np.complex64]:
        """Frames of a stretch of a signal.

        Args:
            samples: (T · hop + 2 · overhang,), T hops and what lies around them.

        Returns:
            (T, F).
        """
        frames = np.lib.stride_tricks.sliding_window_view(samples, self.fft)[:: self.hop]
        windowed = np.multiply(frames, self.window, dtype=np.float64)  # numpy is faster in it, this way round
        return np.fft.rfft(windowed).astype(np.complex64)

    def signal(self, spectra: NDArray[np.complex64]) -> Samples:
        """(T, F) → (T · hop + 2 · overhang,) the frames windowed again and added up; of two stretches that
        follow each other, these overlap and add up, too.
        """
        frames = np.fft.irfft(spectra, self.fft).astype(np.float32, copy=False) * self.dual
        count = len(frames)
        total = np.zeros((count + -(-self.fft // self.hop), self.hop), dtype=np.float32)
        for hops, start in enumerate(range(0, self.fft, self.hop)):
            part = frames[:, start : start + self.hop]
            total[hops : hops + count, : part.shape[1]] += part
        return total.reshape(-1)[: count * self.hop + 2 * self.overhang]
