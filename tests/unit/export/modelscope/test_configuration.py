"""Settings of strangers: read as they are written, bounded before anything is built from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.export.modelscope.miniatures import DEFAULT, acoustic_document, vocoder_document

from huisheng.errors import ModelError
from huisheng.export.modelscope.configuration import (
    acoustic_settings,
    card,
    kind_of,
    vocoder_settings,
)

PLACE = "voices/x/am/config.yaml"


def acoustic(params: Mapping[str, Any]) -> dict[str, Any]:
    document = acoustic_document(DEFAULT)
    document["Model"]["KanTtsSAMBERT"]["params"] |= params
    return document


def vocoder(params: Mapping[str, Any]) -> dict[str, Any]:
    document = vocoder_document(DEFAULT)
    document["Model"]["Generator"]["params"] |= params
    return document


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("encoder_num_layers", 1_000_000),
        ("encoder_num_layers", 0),
        ("encoder_num_layers", "many"),
        ("encoder_num_layers", None),
        ("embedding_dim", 10**9),
        ("encoder_ffn_inner_dim", -1),
        ("encoder_dropout", "nan"),
        ("decoder_dropout", 1.0),
        ("encoder_num_heads", 3),
        ("decoder_num_heads", 5),
        ("predictor_shift", 3),
        ("postnet_shift", 5),
        ("outputs_per_step", 0),
        ("decoder_prenet_units", []),
        ("decoder_prenet_units", 256),
        ("dur_pred_prenet_units", [8] * 100),
        ("nsf_norm_type", "other"),
        ("nsf_f0_global_maximum", 10.0),
        ("MAS", "perhaps"),
    ],
)
def test_an_acoustic_model_out_of_bounds_is_refused(name: str, value: object) -> None:
    with pytest.raises(ModelError, match=PLACE):
        acoustic_settings(acoustic({name: value}), PLACE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channels", 10**9),
        ("channels", 24),
        ("upsample_scales", [10, 5, 2]),
        ("upsample_scales", [21, 5, 2, 2]),
        ("upsample_scales", [1_000_000, 1, 1, 1]),
        ("upsample_scales", "10"),
        ("resblock_kernel_sizes", [3]),
        ("resblock_dilations", [[1], [0]]),
        ("resblock_dilations", [1, 3]),
        ("out_channels", 4),
        ("nonlinear_activation_params", {"negative_slope": -1.0}),
        ("nsf_params", {"nb_harmonics": 10_000}),
        ("nsf_params", {"sampling_rate": 16_000}),
    ],
)
def test_a_vocoder_out_of_bounds_is_refused(name: str, value: object) -> None:
    with pytest.raises(ModelError, match=PLACE):
        vocoder_settings(vocoder({name: value}), PLACE)


@pytest.mark.parametrize("name", ["encoder_num_layers", "speaker_units", "postnet_lstm_units"])
def test_a_missing_size_is_named(name: str) -> None:
    document = acoustic({})
    del document["Model"]["KanTtsSAMBERT"]["params"][name]

    with pytest.raises(ModelError, match=f"缺少 {name}"):
        acoustic_settings(document, PLACE)


@pytest.mark.parametrize(
    "document",
    [{}, {"Model": None}, {"Model": {"KanTtsSAMBERT": []}}, {"Model": {"KanTtsSAMBERT": {"params": 1}}}],
)
def test_settings_without_a_network_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"缺少 Model\.KanTtsSAMBERT\.params"):
        acoustic_settings(document, PLACE)


@pytest.mark.parametrize(
    ("written", "value"), [("True", True), ("false", False), ("yes", True), (True, True)]
)
def test_a_boolean_is_read_as_yaml_writes_it(written: object, value: bool) -> None:
    assert acoustic_settings(acoustic({"NSF": written, "num_mels": "10"}), PLACE).params.NSF is value


def test_keys_that_we_do_not_know_are_ignored() -> None:
    assert acoustic_settings(acoustic({"novelty": {"deep": [1]}}), PLACE) == acoustic_settings(
        acoustic({}), PLACE
    )


def test_a_speaker_that_is_a_number_keeps_its_name() -> None:
    document = acoustic({})
    document["linguistic_unit"]["speaker_list"] = 1001

    assert acoustic_settings(document, PLACE).unit.speaker_list == "1001"


@pytest.mark.parametrize(
    "audio", [{"sampling_rate": 0, "hop_length": 200}, {"hop_length": 200}, {"sampling_rate": 16_000}, []]
)
def test_audio_settings_that_cannot_be_are_refused(audio: object) -> None:
    with pytest.raises(ModelError, match=PLACE):
        vocoder_settings(vocoder({}) | {"audio_config": audio}, PLACE)


@pytest.mark.parametrize(
    "model",
    [
        {"sample_rate": "high"},
        {"custom_ckpt": {"voice_name": "x"}},
        {"custom_ckpt": ["x"]},
        {"am": []},
        {"lang_type": "x" * 1_000},
    ],
)
def test_a_card_out_of_bounds_is_refused(model: object) -> None:
    with pytest.raises(ModelError, match=r"configuration\.json"):
        card({"model": model})


@pytest.mark.parametrize("document", [{}, {"model": None}, {"model": []}, {"model": {"custom_ckpt": {}}}])
def test_a_card_that_says_nothing_of_voices_is_read(document: dict[str, Any]) -> None:
    assert card(document).custom_ckpt is None


def test_a_network_is_told_by_its_settings() -> None:
    found = [
        kind_of(acoustic({})),
        kind_of(vocoder({})),
        kind_of({"Model": {"KanTtsTextsyBERT": {}}}),
        kind_of({}),
    ]

    assert found == ["acoustic", "vocoder", "", ""]
