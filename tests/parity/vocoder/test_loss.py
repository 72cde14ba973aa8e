"""Our losses are the reference's, and their mel is the one that the runtime computes without torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.parity.vocoder.reference import tensors

from huisheng.audio.spectrogram import (
    SPECTROGRAM_8K,
    SPECTROGRAM_16K,
    SPECTROGRAM_24K,
    SPECTROGRAM_48K,
    SpectrogramSettings,
    log_mel,
)
from huisheng.vocoder.loss import LogMel, MelLoss, MultiResolutionLoss

EXPECTED = tensors("loss.mel")


def test_the_log_mel_is_the_references() -> None:
    found = LogMel(SPECTROGRAM_16K)(EXPECTED["a"])

    torch.testing.assert_close(found, EXPECTED["mel_a"], rtol=0, atol=1e-5)


def test_the_mel_loss_is_the_references() -> None:
    loss = MelLoss(SPECTROGRAM_16K)(EXPECTED["a"], EXPECTED["b"])

    assert loss.item() == pytest.approx(EXPECTED["loss"].item(), abs=1e-6)


def test_the_multi_resolution_loss_is_the_references() -> None:
    loss = MultiResolutionLoss()(EXPECTED["a"], EXPECTED["b"])

    assert loss.convergence.item() == pytest.approx(EXPECTED["stft_sc"].item(), abs=1e-5)
    assert loss.magnitude.item() == pytest.approx(EXPECTED["stft_mag"].item(), abs=1e-5)


@pytest.mark.parametrize("settings", [SPECTROGRAM_8K, SPECTROGRAM_16K, SPECTROGRAM_24K, SPECTROGRAM_48K])
def test_the_log_mel_is_that_of_the_runtime(settings: SpectrogramSettings) -> None:
    samples = EXPECTED["a"][:1]
    runtime = log_mel(samples[0, 0].numpy(), settings)

    found = LogMel(settings)(samples)[0].T  # (T, M)

    np.testing.assert_allclose(found.numpy(), 8.0 * runtime - 4.0, atol=2e-5)
