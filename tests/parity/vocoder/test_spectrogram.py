"""Our spectrogram is the one that the published models were trained on."""

from __future__ import annotations

import numpy as np
import pytest
from tests.parity.vocoder.reference import arrays

from huisheng.audio.spectrogram import (
    SPECTROGRAM_8K,
    SPECTROGRAM_16K,
    SPECTROGRAM_24K,
    SPECTROGRAM_48K,
    SpectrogramSettings,
    energy,
    log_mel,
)

EVERY_RATE = pytest.mark.parametrize(
    ("name", "settings"),
    [("8k", SPECTROGRAM_8K), ("16k", SPECTROGRAM_16K), ("24k", SPECTROGRAM_24K), ("48k", SPECTROGRAM_48K)],
)


@EVERY_RATE
def test_the_log_mel_is_the_references(name: str, settings: SpectrogramSettings) -> None:
    expected = arrays(f"dsp.audio_config_{name}")

    np.testing.assert_allclose(log_mel(expected["wav"], settings), expected["mel"], atol=1e-6)


@EVERY_RATE
def test_the_energy_is_the_references(name: str, settings: SpectrogramSettings) -> None:
    expected = arrays(f"dsp.audio_config_{name}")

    np.testing.assert_allclose(energy(expected["wav"], settings), expected["energy"][:, 0], rtol=1e-6)
