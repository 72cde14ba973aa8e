"""Speaker vectors of recordings: the encoder whose weights the package resemblyzer brings.

The weights are a user's own download; nothing of them is run. The spectrogram is that of `audio.spectrogram`,
squared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from huisheng.audio.loudness import amplitude
from huisheng.audio.resampling import resample
from huisheng.audio.spectrogram import SpectrogramSettings, magnitudes, mel_basis
from huisheng.errors import ModelError
from huisheng.tuning.speaker_network import LEVEL, WINDOW_FRAMES, SpeakerNetwork, Vector
from huisheng.types import Samples
from huisheng.units import Hertz

SETTINGS: Final = SpectrogramSettings(Hertz(16_000), 160, 400, 400, 40, 0.0, 8_000.0)
"""Frames of 25 ms every 10 ms."""


class SpeakerEncoder:
    """Samples → a vector that is alike for recordings of one speaker.

    Args:
        checkpoint: resemblyzer's `pretrained.pt`.

    Raises:
        ModelError: it is something else.
    """

    def __init__(self, checkpoint: Path) -> None:
        try:
            self._network = SpeakerNetwork(checkpoint)
            self.embed(np.full(WINDOW_FRAMES * SETTINGS.hop, 0.1, dtype=np.float32), SETTINGS.sample_rate)
        except Exception as error:  # whatever a pickle of something else is read with
            raise ModelError(
                checkpoint.name,
                "它不是 resemblyzer 的 pretrained.pt",
                "it is not resemblyzer's pretrained.pt",
            ) from error

    def embed(self, samples: Samples, rate: Hertz) -> Vector:
        """(N,) samples with speech in them → (256,) of length 1."""
        speech = resample(samples, rate, SETTINGS.sample_rate)
        loudness = float(np.sqrt(np.square(speech, dtype=np.float64).mean())) if len(speech) else 0.0
        return self._network.embed(mel_power(speech * np.float32(amplitude(LEVEL) / max(loudness, 1e-9))))


def similarity(one: Vector, other: Vector) -> float:
    """Cosine of the angle between two (256,) vectors of length 1."""
    return float(one @ other)


def mel_power(samples: Samples) -> Vector:
    """(N,) at 16 kHz → (T, 40) power in each band, T = 1 + ⌊N / 160⌋."""
    return (np.square(magnitudes(samples, SETTINGS)) @ mel_basis(SETTINGS).T).astype(np.float32)
