"""How much of a voice is periodic and how much is noise: buzz and hiss, which judges of quality hardly hear.

P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound" (IFA Proceedings 17, 1993): a windowed frame's autocorrelation, divided by that of its window,
is 1 at lag 0; at the lag of one period it is the share r of the power that repeats, and the ratio is
r / (1 − r). Here the period is known beforehand, from a pitch track, so the window follows it: a fixed one
that is long enough for the lowest voice takes the gliding tones of a high one for noise.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.pitch import HOP
from huisheng.types import Samples
from huisheng.units import Hertz

Reals: TypeAlias = NDArray[np.float64]

PERIODS: Final = 6.0
"""Length of the window, as the paper advises: in fewer, noise and harmonics are not told apart."""

FINER: Final = 8
"""Lags between two samples at which the autocorrelation is interpolated, by zeros behind its spectrum."""

NEARBY: Final = 0.2
"""The strongest repetition is looked for so far around the period told by the track, as a share of it."""

CLEANEST: Final = 1.0 - 1e-6
"""Periodic share that counts for all: 60 dB."""
DIRTIEST: Final = 1e-6
"""−60 dB."""


def harmonicity(samples: Samples, sample_rate: Hertz, f0: NDArray[np.float32]) -> Reals:
    """Harmonics-to-noise ratio of every voiced frame.

    Args:
        samples: (N,) at `sample_rate`.
        sample_rate: of the samples.
        f0: (T,) Hz, 0 where unvoiced, frame t centred at t · `huisheng.audio.pitch.HOP`.

    Returns:
        (V,) dB, −60…60, of the voiced frames whose window lies within the signal.
    """
    signal = samples.astype(np.float64)
    shares = (
        _periodic_share(signal, round(frame * HOP * sample_rate), sample_rate / float(f0[frame]))
        for frame in np.flatnonzero(f0)
    )
    known = np.array([share for share in shares if share is not None])
    bounded = np.clip(known, DIRTIEST, CLEANEST)
    return 10.0 * np.log10(bounded / (1.0 - bounded))


def _periodic_share(signal: Reals, centre: int, period: float) -> float | None:
    """The share of the power of (N,) samples around `centre` that repeats after about `period` samples, 0…1.

    None where the window reaches beyond the signal, or holds silence. Noise can make the quotient larger than
    1, which then stands for its inverse, as in the paper.
    """
    length = round(PERIODS * period)
    start = centre - length // 2
    if start < 0 or start + length > len(signal):
        return None
    window = np.hanning(length + 2)[1:-1]
    frame = signal[start : start + length]
    repeated = _autocorrelation((frame - frame.mean()) * window)
    if not repeated[0]:
        return None
    normal = repeated / repeated[0]
    possible = _autocorrelation(window)
    low, high = (round(period * FINER * (1.0 + side * NEARBY)) for side in (-1, 1))
    share = float((normal[low : high + 1] / (possible[low : high + 1] / possible[0])).max())
    return min(share, 1.0 / share) if share > 0.0 else 0.0


def _autocorrelation(frame: Reals) -> Reals:
    """(n,) samples → (`FINER` · n,) its autocorrelation at lags `FINER` to a sample (Wiener, Khinchin)."""
    fft = 1 << (2 * len(frame) - 1).bit_length()  # twice as long, so that the end does not meet the beginning
    power = np.square(np.abs(np.fft.rfft(frame, fft)))
    return np.fft.irfft(power, fft * FINER)[: len(frame) * FINER]
