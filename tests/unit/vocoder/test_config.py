"""The shape of a generator: as a yaml spells it, and as it fits the spectrograms."""

from __future__ import annotations

from typing import Any

import pytest

from huisheng.audio import spectrogram
from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.vocoder import config
from huisheng.vocoder.config import HIFIGAN_16K, HIFIGAN_16K_NSF, VocoderConfig, vocoder_config

PARAMS: dict[str, Any] = {
    "in_channels": 80,
    "channels": 256,
    "kernel_size": 7,
    "upsample_scales": [10, 5, 2, 2],
    "upsample_kernal_sizes": [20, 11, 4, 4],
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilations": [[1, 3, 5, 7]] * 3,
    "causal": False,
    "nonlinear_activation_params": {"negative_slope": 0.1},
    "nsf_params": {"nb_harmonics": 7, "sampling_rate": 16_000},
}

OLD_PARAMS: dict[str, Any] = {
    "upsample_initial_channel": 256,
    "upsample_rates": [10, 5, 2, 2],
    "upsample_kernel_sizes": [20, 10, 4, 4],
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5, 7]] * 3,
}

PUBLISHED = pytest.mark.parametrize(
    "vocoder",
    [
        config.HIFIGAN_8K,
        HIFIGAN_16K,
        config.HIFIGAN_16K_NONCAUSAL,
        HIFIGAN_16K_NSF,
        config.HIFIGAN_24K,
        config.HIFIGAN_24K_NSF,
        config.HIFIGAN_48K,
    ],
)


def test_a_yaml_is_read() -> None:
    assert vocoder_config(PARAMS, sample_rate=16_000) == HIFIGAN_16K_NSF


def test_the_spelling_of_2022_is_read() -> None:
    assert vocoder_config(OLD_PARAMS, sample_rate=16_000) == HIFIGAN_16K


def test_the_rate_of_the_source_is_its_own() -> None:
    assert vocoder_config(PARAMS, sample_rate=48_000).sample_rate == 16_000


@pytest.mark.parametrize("missing", ["channels", "upsample_scales", "resblock_kernel_sizes"])
def test_a_missing_size_is_named(missing: str) -> None:
    params = {name: value for name, value in PARAMS.items() if name != missing}

    with pytest.raises(KeyError):
        vocoder_config(params, sample_rate=16_000)


@pytest.mark.parametrize(
    ("vocoder", "settings"),
    [
        (config.HIFIGAN_8K, spectrogram.SPECTROGRAM_8K),
        (config.HIFIGAN_16K, spectrogram.SPECTROGRAM_16K),
        (config.HIFIGAN_16K_NONCAUSAL, spectrogram.SPECTROGRAM_16K),
        (config.HIFIGAN_16K_NSF, spectrogram.SPECTROGRAM_16K),
        (config.HIFIGAN_24K, spectrogram.SPECTROGRAM_24K),
        (config.HIFIGAN_24K_NSF, spectrogram.SPECTROGRAM_24K),
        (config.HIFIGAN_48K, spectrogram.SPECTROGRAM_48K),
    ],
)
def test_a_published_shape_reads_the_spectrogram_of_its_rate(
    vocoder: VocoderConfig, settings: SpectrogramSettings
) -> None:
    assert (vocoder.sample_rate, vocoder.hop, vocoder.mels) == (
        settings.sample_rate,
        settings.hop,
        settings.mels,
    )


@PUBLISHED
def test_a_margin_is_hardly_more_than_what_the_taps_reach(vocoder: VocoderConfig) -> None:
    for margin, reach in zip(vocoder.margin, vocoder.context, strict=True):
        assert reach <= margin <= reach + 1


@PUBLISHED
def test_what_the_stages_leave_of_a_margin_is_enough_for_the_last_convolution(vocoder: VocoderConfig) -> None:
    for left, reach in zip(vocoder.remaining, vocoder.end_field, strict=True):
        assert left >= reach


def test_a_stage_reaches_as_far_as_its_longest_block_and_its_upsampling() -> None:
    assert HIFIGAN_16K.stage_field(0) == (21, 0)  # 10 · (2 + 4 + 6 + 8) + 6 samples, ten a column
    assert HIFIGAN_16K.stage_field(3) == (103, 0)
    assert HIFIGAN_16K_NSF.stage_field(3) == (52, 52)


def test_what_is_cut_before_a_stage_adds_up() -> None:
    assert HIFIGAN_16K.cut_samples(0) == (6 * 200, 0)
    assert HIFIGAN_16K.cut_samples(1) == (6 * 200 + 21 * 200, 0)
    assert HIFIGAN_16K_NSF.cut_samples(2) == ((3 + 11) * 200 + 21 * 20,) * 2
