"""How far two spectra of the same sentence lie apart, where one is spoken a little faster than the other.

Frames are paired by dynamic time warping (Sakoe & Chiba 1978) over mel spectrograms, which do not show pitch
much; the distance is then that of their short-time spectra in decibels (Gray & Markel 1976), band by band.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.loudness import active_level, amplitude
from huisheng.audio.spectrogram import SPECTROGRAM_24K, log_mel, magnitudes
from huisheng.types import Samples
from huisheng.units import Hertz

Reals: TypeAlias = NDArray[np.float64]
Path: TypeAlias = NDArray[np.int64]
"""(P, 2) pairs of frames, both columns ascending."""

RATE: Final[Hertz] = SPECTROGRAM_24K.sample_rate
BANDS: Final = ((0.0, 2000.0), (2000.0, 4000.0), (4000.0, 8000.0))
"""Hz."""

LEVEL: Final = -20.0
"""dBFS that speech is brought to first: loudness is no likeness."""
HEARD: Final = 40.0
"""Frames so many dB below the loudest of the first signal are pauses, and are not compared."""
FAINTEST: Final = 60.0
"""What lies so many dB below the loudest bin of both signals counts as lying just there."""


def distances(first: Samples, second: Samples) -> Reals:
    """Log-spectral distance in each band.

    Args:
        first: (N,) at `RATE`, with speech in it.
        second: (N′,) at `RATE`, the same words.

    Returns:
        (3,) dB for `BANDS`: root mean square over the bins of a band, mean over the paired frames.
    """
    one, two = _set_level(first), _set_level(second)
    path = warp(log_mel(one, SPECTROGRAM_24K), log_mel(two, SPECTROGRAM_24K))
    one_levels, two_levels = (_decibels(samples) for samples in (one, two))
    loudness = one_levels.max(axis=1)
    heard = path[loudness[path[:, 0]] > loudness.max() - HEARD]
    floor = max(one_levels.max(), two_levels.max()) - FAINTEST
    apart = np.maximum(one_levels[heard[:, 0]], floor) - np.maximum(two_levels[heard[:, 1]], floor)
    frequencies = np.fft.rfftfreq(SPECTROGRAM_24K.fft, 1.0 / RATE)
    bins = [(low <= frequencies) & (frequencies < high) for low, high in BANDS]
    return np.array([np.sqrt(np.square(apart[:, band]).mean(axis=1)).mean() for band in bins])


def warp(first: NDArray[np.float32], second: NDArray[np.float32]) -> Path:
    """The cheapest way through two sequences from their beginnings to their ends, one frame at a time.

    Args:
        first: (T, M).
        second: (T′, M).

    Returns:
        (P, 2): each frame of either has at least one partner.
    """
    one, two = first.astype(np.float64), second.astype(np.float64)
    lengths = np.square(one).sum(axis=1)[:, None] + np.square(two).sum(axis=1)
    squares = np.maximum(lengths - 2.0 * one @ two.T, 0.0)  # (T, T′), without an array of T · T′ · M
    return _way_back(_totals(np.sqrt(squares)))


def _totals(costs: Reals) -> Reals:
    """(T, T′) cost of each pair → (T + 1, T′ + 1) least cost of a way that ends there, behind a border of
    infinity: computed along the diagonals, whose pairs do not need each other.
    """
    rows, columns = costs.shape
    totals = np.full((rows + 1, columns + 1), np.inf)
    totals[0, 0] = 0.0
    for diagonal in range(rows + columns - 1):
        row = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1), dtype=np.int64)
        column = diagonal - row
        before = np.minimum(totals[row, column + 1], totals[row + 1, column])
        totals[row + 1, column + 1] = costs[row, column] + np.minimum(before, totals[row, column])
    return totals


def _way_back(totals: Reals) -> Path:
    """(P, 2) the way that led to the last pair."""
    row, column = totals.shape[0] - 1, totals.shape[1] - 1
    way: list[tuple[int, int]] = []
    while row and column:
        way.append((row - 1, column - 1))
        steps = [(row - 1, column - 1), (row - 1, column), (row, column - 1)]
        row, column = min(steps, key=lambda step: float(totals[step]))
    return np.array(way[::-1], dtype=np.int64)


def _set_level(samples: Samples) -> Samples:
    """(N,) the same at `LEVEL`."""
    gain = amplitude(LEVEL - active_level(samples, RATE))
    return (samples * gain).astype(np.float32)


def _decibels(samples: Samples) -> Reals:
    """(N,) → (T, 1 + fft / 2) level of each bin."""
    return 20.0 * np.log10(np.maximum(magnitudes(samples, SPECTROGRAM_24K), 1e-9))
