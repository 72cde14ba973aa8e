"""Pitch: intervals as ratios, and the fundamental frequency of a voice, every 10 ms.

YIN (de Cheveigné & Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 111, 2002)
gives, for each frame, a few candidate periods and how periodic the signal is at each; the path of least cost
through the candidates (Viterbi) removes leaps of an octave and decides what is voiced.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.joining import silence
from huisheng.audio.resampling import resample
from huisheng.types import Samples
from huisheng.units import Hertz, Seconds

F0: TypeAlias = NDArray[np.float32]
"""(T,) Hz, 0 where unvoiced; frame t is centred at t · `HOP`."""

Reals: TypeAlias = NDArray[np.float64]

HOP: Final = Seconds(0.01)

RATE: Final = Hertz(8_000)
"""Rate of the analysis: plenty for the first harmonics."""

PASSED: Final = 900.0
"""Hz kept of the signal."""

WINDOW: Final = Seconds(1 / 60)
"""Sound compared with itself one period later."""

CANDIDATES: Final = 5
"""Periods considered in a frame (K)."""

BATCH: Final = 256
"""Frames computed at once, which bounds the memory."""

QUIETEST: Final = 1e-5
"""Power relative to the loudest frame, −50 dB, below which nothing is voiced."""

FAINTEST: Final = 1e-8
"""Power, −80 dBFS, below which nothing is voiced, however loud the rest is."""

UNVOICED_COST: Final = 0.4
"""The cost of an unvoiced frame; a voiced one costs its aperiodicity, 0 (periodic) … about 1 (noise)."""

OCTAVE_COST: Final = 0.04
"""For each octave of a longer period: twice the period is always as good a period."""

LEAP_COST: Final = 1.0
"""For each octave between two voiced frames."""

SWITCH_COST: Final = 0.15
"""For becoming voiced or unvoiced."""


def frequency_ratio(interval: float) -> float:
    """The factor of an interval in semitones: 12 is an octave, 2."""
    return 2.0 ** (interval / 12.0)


class _Search(NamedTuple):
    """Lags, in samples.

    Attributes:
        window: samples compared at each lag.
        shortest: first lag looked at.
        longest: last lag looked at.
    """

    window: int
    shortest: int
    longest: int

    @classmethod
    def between(cls, floor: float, ceiling: float) -> _Search:
        """The lags of the pitches from `floor` to `ceiling`, Hz."""
        return cls(round(WINDOW * RATE), round(RATE / ceiling), round(RATE / floor))

    @property
    def centre(self) -> int:
        """Where in a frame the moment lies that it stands for, at a lag in the middle of the range."""
        return round(self.window + math.sqrt(self.shortest * self.longest)) // 2

    @property
    def length(self) -> int:
        """Samples in a frame, enough for the window at the longest lag and its neighbour."""
        return self.window + self.longest + 1


class _Candidates(NamedTuple):
    """What frames offer.

    Attributes:
        period: (T, K) samples.
        cost: (T, K) aperiodicity and octave cost; infinite where there is no such candidate.
        power: (T,) mean square of the frame.
    """

    period: Reals
    cost: Reals
    power: Reals


def track_pitch(samples: Samples, sample_rate: Hertz, floor: float = 60.0, ceiling: float = 600.0) -> F0:
    """Follow the pitch of one voice.

    Args:
        samples: (N,) at `sample_rate`.
        sample_rate: of the samples.
        floor: lowest pitch looked for, Hz.
        ceiling: highest pitch looked for, Hz, at most 800.

    Returns:
        (T,) with T = ⌈N / (`HOP` · `sample_rate`)⌉.
    """
    search = _Search.between(floor, ceiling)
    if not len(samples):
        return np.zeros(0, dtype=np.float32)
    hop = round(HOP * RATE)
    centres = np.arange(math.ceil(len(samples) * RATE / sample_rate / hop)) * hop
    padded = np.pad(_fundamentals(samples, sample_rate), search.length)
    starts = centres + search.length - search.centre
    batches = [
        _candidates(_frames(padded, starts[first : first + BATCH], search.length), search)
        for first in range(0, len(starts), BATCH)
    ]
    period, cost, power = (np.concatenate(part) for part in zip(*batches, strict=True))
    cost[power < max(FAINTEST, QUIETEST * power.max())] = np.inf
    chosen = _best_path(np.log2(period), cost)
    frequency = RATE / np.column_stack([period, np.full(len(period), np.inf)])
    return frequency[np.arange(len(chosen)), chosen].astype(np.float32)


def _fundamentals(samples: Samples, sample_rate: Hertz) -> Reals:
    """(N′,) at `RATE`, only what is below about `PASSED`: when pitch moves, high harmonics soon disagree."""
    taps = np.arange(-RATE // 250, RATE // 250 + 1)
    lowpass = np.sinc(2.0 * PASSED / RATE * taps) * np.hanning(len(taps))
    extended = np.concatenate([samples, silence(HOP, sample_rate)])  # or a single sample might leave none
    signal = resample(extended, sample_rate, RATE).astype(np.float64)
    return np.convolve(signal, lowpass / lowpass.sum())[taps[-1] :].astype(np.float64)


def _frames(signal: Reals, starts: NDArray[np.int64], length: int) -> Reals:
    """(T, `length`) stretches of the signal without their mean."""
    frames = signal[starts[:, None] + np.arange(length)]
    return frames - frames.mean(axis=1, keepdims=True)


def _candidates(frames: Reals, search: _Search) -> _Candidates:
    """The K best local minima of the aperiodicity in each of the (T, `search.length`) frames."""
    aperiodicity = _aperiodicity(frames, search)
    before, here, after = aperiodicity[:, :-2], aperiodicity[:, 1:-1], aperiodicity[:, 2:]  # lags 1 … longest
    lags = np.arange(1, search.longest + 1)
    minimum = (here < before) & (here <= after) & (lags >= search.shortest)
    cost = np.where(minimum, here + OCTAVE_COST * np.log2(lags / search.shortest), np.inf)
    best = np.argpartition(cost, CANDIDATES, axis=1)[:, :CANDIDATES]
    left, middle, right = (np.take_along_axis(values, best, axis=1) for values in (before, here, after))
    curvature = np.maximum(left + right - 2.0 * middle, 1e-12)
    shift = np.clip(0.5 * (left - right) / curvature, -0.5, 0.5)  # vertex of the parabola through the three
    chosen_cost = np.take_along_axis(cost, best, axis=1)
    return _Candidates(lags[best] + shift, chosen_cost, np.square(frames).mean(axis=1))


def _aperiodicity(frames: Reals, search: _Search) -> Reals:
    """Cumulative mean normalized difference function (YIN, equation 8).

    Args:
        frames: (T, `search.length`).
        search: lags.

    Returns:
        (T, `search.longest` + 2) for the lags from 0; 0 is perfectly periodic.
    """
    lags = search.longest + 2
    size = 1 << (search.length - 1).bit_length()
    spectrum = np.fft.rfft(frames, size)
    window = np.fft.rfft(frames[:, : search.window], size)
    correlation = np.fft.irfft(spectrum * window.conj(), size)[:, :lags]
    sums = np.cumsum(np.pad(np.square(frames), ((0, 0), (1, 0))), axis=1)
    energy = sums[:, search.window : search.window + lags] - sums[:, :lags]
    difference = np.maximum(energy[:, :1] + energy - 2.0 * correlation, 0.0)
    means = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, lags)
    normalized = difference[:, 1:] / np.maximum(means, 1e-12)
    return np.pad(normalized, ((0, 0), (1, 0)), constant_values=1.0)


def _best_path(octave: Reals, cost: Reals) -> NDArray[np.int64]:
    """Path of least cost (Viterbi).

    Args:
        octave: (T, K) log2 of the periods.
        cost: (T, K) of each candidate.

    Returns:
        (T,) the candidate chosen, K for unvoiced.
    """
    frames, voiced = cost.shape
    local = np.column_stack([cost, np.full(frames, UNVOICED_COST)])
    move = np.full((voiced + 1, voiced + 1), SWITCH_COST)  # (to, from)
    move[voiced, voiced] = 0.0
    origins = np.zeros((frames, voiced + 1), dtype=np.int64)
    total = local[0]
    for t in range(1, frames):
        move[:voiced, :voiced] = LEAP_COST * np.abs(octave[t][:, None] - octave[t - 1][None, :])
        reached = total[None, :] + move
        origins[t] = reached.argmin(axis=1)
        total = reached.min(axis=1) + local[t]
    path = np.empty(frames, dtype=np.int64)
    path[-1] = total.argmin()
    for t in range(frames - 1, 0, -1):
        path[t - 1] = origins[t, path[t]]
    return path
