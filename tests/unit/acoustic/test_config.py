"""The yaml of a checkpoint becomes a typed configuration."""

from __future__ import annotations

from typing import Any

import pytest

from huisheng.acoustic.config import AcousticConfig, FsmnConfig, VocabularySizes, acoustic_config

YAML: dict[str, Any] = {
    "max_len": 800,
    "embedding_dim": 512,
    "encoder_num_layers": 8,
    "encoder_num_heads": 8,
    "encoder_num_units": 128,
    "encoder_ffn_inner_dim": 1024,
    "encoder_dropout": 0.1,
    "encoder_attention_dropout": 0.1,
    "encoder_relu_dropout": 0.1,
    "encoder_projection_units": 32,
    "speaker_units": 32,
    "emotion_units": 32,
    "predictor_filter_size": 41,
    "predictor_fsmn_num_layers": 3,
    "predictor_num_memory_units": 128,
    "predictor_ffn_inner_dim": 256,
    "predictor_dropout": 0.1,
    "predictor_shift": 0,
    "predictor_lstm_units": 128,
    "dur_pred_prenet_units": [128, 128],
    "dur_pred_lstm_units": 128,
    "decoder_prenet_units": [256, 256],
    "decoder_num_layers": 12,
    "decoder_num_heads": 8,
    "decoder_num_units": 128,
    "decoder_ffn_inner_dim": 1024,
    "decoder_dropout": 0.1,
    "decoder_attention_dropout": 0.1,
    "decoder_relu_dropout": 0.1,
    "outputs_per_step": 3,
    "num_mels": 80,
    "postnet_filter_size": 41,
    "postnet_fsmn_num_layers": 4,
    "postnet_num_memory_units": 256,
    "postnet_ffn_inner_dim": 512,
    "postnet_dropout": 0.1,
    "postnet_shift": 17,
    "postnet_lstm_units": 128,
    "MAS": False,
}


def test_the_published_16_khz_yaml_gives_the_defaults() -> None:
    assert acoustic_config(YAML, VocabularySizes()) == AcousticConfig()


def test_a_global_range_of_f0_is_read_in_hertz() -> None:
    given = YAML | {"NSF": True, "nsf_norm_type": "global", "nsf_f0_global_maximum": 600}

    config = acoustic_config(given, VocabularySizes())

    assert (config.excites, config.f0_norm, config.f0_range) == (True, "global", (30.0, 600.0))


def test_a_published_model_has_no_parallel_decoder() -> None:
    assert acoustic_config(YAML, VocabularySizes()).parallel is None


def test_a_missing_size_is_named() -> None:
    with pytest.raises(KeyError, match="postnet_shift"):
        acoustic_config(
            {key: value for key, value in YAML.items() if key != "postnet_shift"}, VocabularySizes()
        )


def test_a_step_of_memory_holds_three_frames_of_text_a_speaker_and_an_emotion() -> None:
    assert AcousticConfig().memory_units == 3 * 32 + 32 + 32


@pytest.mark.parametrize(("shift", "seen"), [(0, (20, 20)), (17, (37, 3))])
def test_a_shift_moves_the_memory_back(shift: int, seen: tuple[int, int]) -> None:
    config = FsmnConfig(taps=41, layers=1, memory=8, inner=8, dropout=0.0, shift=shift)

    assert (config.behind, config.ahead) == seen
