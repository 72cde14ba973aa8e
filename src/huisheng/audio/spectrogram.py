"""Mel spectrograms as SAM-BERT predicts and HiFi-GAN reads them, and the energy of each frame.

The published models were trained on librosa's defaults, and every step follows them: a periodic Hann window
in the middle of the transform, zeros beyond the ends of the signal, Slaney's mel bands with equal areas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.types import Samples
from huisheng.units import Hertz

Reals: TypeAlias = NDArray[np.float64]

_BREAK: Final = 1000.0
"""Hz. Below it mels go by frequency, above it by its logarithm (Slaney 1998, Auditory Toolbox)."""

_MEL: Final = 200.0 / 3.0
"""Hz of one mel below the break."""

_LOG_STEP: Final = math.log(6.4) / 27.0
"""Natural logarithm of the ratio of frequencies one mel apart above the break."""

FLOOR: Final = 1e-5
"""Amplitude that counts for silence, −100 dB."""

REFERENCE: Final = 20.0
"""dB of amplitude that becomes 1."""

RANGE: Final = 100.0
"""dB from 0 to 1."""


@dataclass(frozen=True, slots=True)
class SpectrogramSettings:
    """How a signal is cut into frames and its spectrum into bands. Defaults: the published 16 kHz models.

    Attributes:
        sample_rate: of the signal.
        hop: samples from one frame to the next.
        window: samples of a frame.
        fft: samples that the frame is filled up to.
        mels: M, bands.
        lowest, highest: Hz, where the bands begin and end.
        offset: samples from the beginning to the middle of the first frame.
    """

    sample_rate: Hertz = Hertz(16_000)
    hop: int = 200
    window: int = 1000
    fft: int = 2048
    mels: int = 80
    lowest: float = 0.0
    highest: float = 8000.0
    offset: int = 0


SPECTROGRAM_8K: Final = SpectrogramSettings(Hertz(8_000), 100, 600, 2048, 80, 0.0, 4000.0)
SPECTROGRAM_16K: Final = SpectrogramSettings()
SPECTROGRAM_24K: Final = SpectrogramSettings(Hertz(24_000), 240, 1024, 1024, 80, 50.0, 8000.0)
SPECTROGRAM_48K: Final = SpectrogramSettings(Hertz(48_000), 600, 2400, 4096, 128, 0.0, 12_000.0)


def log_mel(samples: Samples, settings: SpectrogramSettings) -> NDArray[np.float32]:
    """The level in each band of each frame.

    Args:
        samples: (N,) at the settings' rate.
        settings: frames and bands.

    Returns:
        (T, M), 0…1, T = 1 + ⌊(N − offset) / hop⌋: 0 for −80 dB or less of amplitude, 1 for 20 dB or more.
    """
    amplitudes = magnitudes(samples, settings) @ mel_basis(settings).T
    level = 20.0 * np.log10(np.maximum(amplitudes, FLOOR)) - REFERENCE
    return np.clip(1.0 + level / RANGE, 0.0, 1.0).astype(np.float32)


def energy(samples: Samples, settings: SpectrogramSettings) -> NDArray[np.float32]:
    """Euclidean norm of the magnitudes of each frame, linear, of shape (T,); samples are (N,)."""
    return np.linalg.norm(magnitudes(samples, settings), axis=1).astype(np.float32)


def magnitudes(samples: Samples, settings: SpectrogramSettings) -> Reals:
    """Short-time Fourier transform, without its phases.

    Args:
        samples: (N,) at the settings' rate.
        settings: frames.

    Returns:
        (T, 1 + fft / 2), T = 1 + ⌊(N − offset) / hop⌋; frame t is centred on sample t · hop + offset.
    """
    half = settings.fft // 2
    padded = np.pad(samples.astype(np.float64), half)[settings.offset :]
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.fft)[:: settings.hop]  # (T, fft)
    return np.abs(np.fft.rfft(frames * window(settings)))


def window(settings: SpectrogramSettings) -> Reals:
    """(fft,) the periodic Hann window of a frame, between zeros."""
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(settings.window) / settings.window)
    left = (settings.fft - settings.window) // 2
    return np.pad(hann, (left, settings.fft - settings.window - left))


def mel_basis(settings: SpectrogramSettings) -> Reals:
    """Triangles over the spectrum, each from one neighbour's peak to the other's.

    Returns:
        (M, 1 + fft / 2); a triangle's area over frequency in Hz is 1, so wide bands do not count for more.
    """
    edges = frequencies(np.linspace(mel(settings.lowest), mel(settings.highest), settings.mels + 2))
    bins = np.linspace(0.0, settings.sample_rate / 2, 1 + settings.fft // 2)
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]  # (M, 1) each
    triangles = np.minimum((bins - low) / (peak - low), (high - bins) / (high - peak))
    return np.maximum(triangles, 0.0) * 2.0 / (high - low)


def mel(frequency: float) -> float:
    """A frequency in Hz as a height in mels on Slaney's scale."""
    if frequency < _BREAK:
        return frequency / _MEL
    return _BREAK / _MEL + math.log(frequency / _BREAK) / _LOG_STEP


def frequencies(mels: Reals) -> Reals:
    """Heights in mels, of any shape, as frequencies in Hz."""
    above = np.exp((mels - _BREAK / _MEL) * _LOG_STEP) * _BREAK
    return np.where(mels < _BREAK / _MEL, mels * _MEL, above)
