"""How loud sound is, and keeping it below a ceiling.

True peak is the largest value of the waveform between the samples as well as on them, estimated at four times
the rate (ITU-R BS.1770-4, annex 2).
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.types import Samples
from huisheng.units import Decibels, Hertz, Seconds

Signal: TypeAlias = NDArray[np.float64]
"""(N,) values inside the limiter."""

SILENCE_LEVEL: Final = Decibels(-120.0)
"""Reported for digital silence: finite, so that levels can be subtracted."""

FRAME: Final = Seconds(0.02)
ACTIVE_RANGE: Final = Decibels(30.0)
"""Frames this far below the loudest are pauses."""

REACH: Final = 12
"""Samples on each side from which a value between two samples is interpolated."""

CEILING: Final = Decibels(-1.0)
LOOK_AHEAD: Final = Seconds(0.003)
RELEASE: Final = Seconds(0.08)
MARGIN: Final = Decibels(0.1)
"""A gain that changes shifts the values between samples a little; the limiter aims this much lower."""

LOUDEST: Final = 1e6
"""+120 dB: beyond it a gain could not be told from 0 in double precision."""


def amplitude(level: float) -> float:
    """The linear factor of a level in decibels: 6 dB is about 2."""
    return 10.0 ** (level / 20.0)


def _interpolators() -> Signal:
    """(3, 2 · REACH) windowed-sinc filters for the points ¼, ½ and ¾ between two samples."""
    taps = np.arange(-REACH + 1, REACH + 1)
    distance = np.array([0.25, 0.5, 0.75])[:, None] - taps[None, :]
    window = np.i0(8.0 * np.sqrt(1.0 - (distance / REACH) ** 2)) / np.i0(8.0)
    filters = np.sinc(distance) * window
    return filters / filters.sum(axis=1, keepdims=True)


INTERPOLATORS: Final = _interpolators()

BLOCK: Final = 256
"""Samples that are looked at together for whether a peak may lie among them."""


def _height() -> Signal:
    """How high a value between two samples may be, by the samples around it.

    An interpolator is a straight line, which lies between its ends, and a rest without a sum. Summed by
    parts, the rest weighs second differences, but for what is left of its first moment, which weighs a first
    difference, at most twice the largest sample.

    Returns:
        (2,) factors of the largest sample and of the largest second difference, whose sum is a bound.
    """
    rest = INTERPOLATORS.copy()
    rest[:, REACH - 1 : REACH + 1] -= [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]
    once = rest.cumsum(axis=1)
    moments = once.sum(axis=1)
    once[:, REACH - 1] -= moments
    return np.array([1.0 + 2.0 * np.abs(moments).max(), np.abs(once.cumsum(axis=1)).sum(axis=1).max()])


HEIGHT: Final = _height()


def _convolve(signal: Signal, taps: Signal) -> Signal:
    """(N − M + 1,) weighted sums of M neighbours, weights in the order of time."""
    return np.convolve(signal, taps[::-1], mode="valid").astype(np.float64)


def _peaks(signal: Signal) -> Signal:
    """Size of the waveform at a sample and in the quarter points up to the next.

    Args:
        signal: (N + 2 · REACH − 1,) with `REACH` − 1 samples of context before and `REACH` after.

    Returns:
        (N,) not negative.
    """
    between = [np.abs(_convolve(signal, taps)) for taps in INTERPOLATORS]
    return np.maximum.reduce([np.abs(signal[REACH - 1 : -REACH]), *between])


def _high_peaks(signal: Signal, threshold: float) -> Signal:
    """The same as `_peaks`, but 0 in blocks in which no peak can be above a threshold: to bound them is far
    cheaper, and most of speech lies far below a ceiling.
    """
    count, reach = len(signal) - 2 * REACH + 1, 2 * REACH - 1
    starts = np.arange(0, len(signal), BLOCK)
    sizes = np.abs(np.stack([signal, np.diff(signal, n=2, append=[0.0, 0.0])]))
    largest = np.maximum.reduceat(sizes, starts, axis=1)
    largest[:, :-1] = np.maximum(largest[:, :-1], largest[:, 1:])  # a block's last peaks see the next
    high = np.flatnonzero((HEIGHT @ largest > threshold) & (starts < count))
    peaks = np.zeros(count)
    for blocks in np.split(high, np.flatnonzero(np.diff(high) > 1) + 1):
        if len(blocks):
            start, end = int(blocks[0]) * BLOCK, min(int(blocks[-1] + 1) * BLOCK, count)
            peaks[start:end] = _peaks(signal[start : end + reach])
    return peaks


def true_peak(samples: Samples) -> float:
    """Largest absolute value of the (N,) samples and of the waveform between them; 0 for none."""
    padded = np.pad(samples.astype(np.float64), REACH)
    return float(_peaks(padded).max(initial=0.0))


def active_level(samples: Samples, sample_rate: Hertz) -> Decibels:
    """Level of the speech itself, pauses left out.

    Args:
        samples: (N,) at `sample_rate`.
        sample_rate: of the samples.

    Returns:
        RMS over the frames of 20 ms that are at most 30 dB below the loudest, in dB relative to full scale
        (a square wave of ±1 is 0 dBFS, a sine −3); `SILENCE_LEVEL` when there is nothing louder.
    """
    length = max(1, round(FRAME * sample_rate))
    power = np.square(np.pad(samples.astype(np.float64), (0, -len(samples) % length)))
    frames = power.reshape(-1, length).mean(axis=1)
    active = frames[frames >= frames.max(initial=0.0) / amplitude(ACTIVE_RANGE) ** 2]
    mean = float(active.mean()) if active.size else 0.0
    return Decibels(max(SILENCE_LEVEL, 10.0 * math.log10(max(mean, 1e-30))))


class _History:
    """The last samples of a stream, put before the next piece.

    Args:
        length: number of samples to keep; the stream is preceded by as many zeros.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._past = np.zeros(length)

    def prepend(self, piece: Signal) -> Signal:
        """(length + N,) the samples before the piece, then the (N,) piece."""
        whole = np.concatenate([self._past, piece])
        self._past = whole[len(whole) - self._length :]
        return whole


class _SlidingMaximum:
    """Largest of the last `width` values, at every sample."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._history = _History(width - 1)

    def process(self, values: Signal) -> Signal:
        """(N,) values to (N,) maxima: windows of doubled width until two of them cover `width`."""
        largest, covered = self._history.prepend(values), 1
        while covered < self._width:
            step = min(covered, self._width - covered)
            largest = np.maximum(largest[step:], largest[:-step])
            covered += step
        return largest


class _Release:
    """Lets a value fall no faster than exponentially.

    Args:
        constant: samples in which it falls to 1/e.
    """

    def __init__(self, constant: float) -> None:
        self._constant = constant
        self._last = 0.0

    def process(self, values: Signal) -> Signal:
        """(N,) values ≥ 0 to (N,): the larger of the value and of the decayed past."""
        for start in range(0, len(values), 4096):
            values[start : start + 4096] = self._decay(values[start : start + 4096])
        return values

    def _decay(self, values: Signal) -> Signal:
        """One block, short enough for the growth that undoes the decay not to overflow."""
        growth = np.exp(np.arange(1, len(values) + 1) / self._constant)
        highest = np.maximum(np.maximum.accumulate(values * growth), self._last)
        decayed = np.maximum(values, highest / growth)
        self._last = float(decayed[-1])
        return decayed


class _Gain:
    """What is taken from a gain of 1, sample by sample, from the first peak above the ceiling on.

    Args:
        average: samples over which the gain is averaged.
        release: samples in which it returns to 1/e.
        ceiling, target: amplitudes: peaks above the first are brought down to the second.
    """

    def __init__(self, average: int, release: float, ceiling: float, target: float) -> None:
        window = np.hanning(average + 2)[1:-1]
        self._window = window / window.sum()
        self._ceiling, self._target = ceiling, target
        # Each average must see the peak, and `REACH` samples on both sides of it, at full depth.
        self._held = _SlidingMaximum(average + 2 * REACH)
        self._release = _Release(release)
        self._reductions = _History(average - 1)

    def reduce(self, peaks: Signal) -> Signal:
        """(N,) peaks to the (N,) reductions, for the delayed signal."""
        low = self._target / np.maximum(peaks, self._target)
        needed = np.where(peaks > self._ceiling, 1.0 - low, 0.0)
        held = self._release.process(self._held.process(needed))
        return _convolve(self._reductions.prepend(held), self._window)


class Limiter:
    """Keeps the true peak below a ceiling, in a stream, without clipping.

    The gain that each moment needs is known a few milliseconds ahead; it is held and then averaged over that
    time, so it is down, smoothly, when the peak comes, and rises again slowly. Sound whose peaks stay below
    the ceiling passes bit for bit. Samples that are no numbers, or infinite, become 0; those beyond +120 dB
    count as +120 dB.

    N samples in, over all calls and `flush`, are N samples out, at the same places; how the input is cut
    makes no difference beyond 1e-6.

    Args:
        sample_rate: of the samples.
        ceiling: highest true peak, in dB relative to full scale.
    """

    def __init__(self, sample_rate: Hertz, ceiling: Decibels = CEILING) -> None:
        self._average = max(1, round(LOOK_AHEAD * sample_rate))
        self._release = RELEASE * sample_rate
        self._ceiling = amplitude(ceiling)
        self._target = amplitude(ceiling - MARGIN)
        self._delay = self._average - 1 + 2 * REACH
        self._past = np.zeros(self._delay)
        self._early = self._delay
        self._gain: _Gain | None = None

    def process(self, samples: Samples) -> Samples:
        """
        Args:
            samples: (N,) the next of the stream.

        Returns:
            (N′,) what is ready; in all, about 4 ms fewer than came in.
        """
        if not len(samples):
            return np.zeros(0, dtype=np.float32)
        finite = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        signal = np.concatenate([self._past, np.clip(finite, -LOUDEST, LOUDEST)])
        limited, self._past = signal[: len(samples)], signal[len(samples) :]
        peaks = _high_peaks(signal[self._delay - 2 * REACH + 1 :], self._ceiling)
        if self._gain is None and peaks.max() > self._ceiling:
            self._gain = _Gain(self._average, self._release, self._ceiling, self._target)
        if self._gain is not None:
            limited = limited * (1.0 - self._gain.reduce(peaks))
        early = min(self._early, len(limited))
        self._early -= early
        return limited[early:].astype(np.float32)

    def flush(self) -> Samples:
        """The (N′,) samples held back. Call it once, at the end."""
        return self.process(np.zeros(self._delay, dtype=np.float32))
