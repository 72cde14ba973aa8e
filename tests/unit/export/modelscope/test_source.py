"""Every layout that was published gives the voice that was put into it."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.export.modelscope.miniatures import (
    DEFAULT,
    F0,
    Era,
    Miniature,
    State,
    acoustic_document,
    acoustic_state,
    adversarial,
    make_modelscope,
    own_inventory,
    pickle_arrays,
    save,
    speaker_vector,
    training_state,
    vocoder_document,
    vocoder_state,
    with_names_of_2022,
    write_json,
    write_yaml,
)
from torch import Tensor

from huisheng.errors import ModelError, UnknownVoice
from huisheng.export.modelscope.source import VoiceSource, read_voices
from huisheng.voice.store import voices_folder

SOURCE = replace(DEFAULT, source=True)
VECTOR = replace(DEFAULT, source=True, norm="global", vector=True)
HOME = Path("voices") / "zhitian_emo"


def read(path: Path) -> VoiceSource:
    (voice,) = read_voices(path)
    return voice


def same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return found.keys() == expected.keys() and all(found[key].equal(expected[key]) for key in expected)


def restate(model: Path, values: Mapping[str, object]) -> None:
    """Set values of `configuration.json`."""
    path = model / "configuration.json"
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | values)


def model_description(model: Path) -> dict[str, Any]:
    """What `configuration.json` says of the model."""
    return json.loads((model / "configuration.json").read_text(encoding="utf-8"))["model"]


@pytest.mark.parametrize("era", ["2022", "2022-12", "2023", "custom", "zip", "basemodel", "training"])
def test_a_voice_of_each_era_has_the_weights_and_settings_that_it_was_made_of(
    tmp_path: Path, era: Era
) -> None:
    voice = read(make_modelscope(tmp_path / "model", era))

    assert same(voice.acoustic_weights, acoustic_state(DEFAULT))
    assert same(voice.vocoder_weights, vocoder_state(DEFAULT))
    assert (voice.acoustic, voice.vocoder) == (DEFAULT.acoustic, DEFAULT.vocoder)
    assert (voice.sample_rate, voice.hop, voice.speakers) == (16_000, 200, ("F7",))


@pytest.mark.parametrize(
    ("era", "name"),
    [
        *[(era, "zhitian_emo") for era in ("2022", "2022-12", "2023", "custom", "zip")],
        ("basemodel", "basemodel_16k"),
        ("training", "model"),
    ],
)
def test_a_voice_is_called_as_its_directory_calls_it(tmp_path: Path, era: Era, name: str) -> None:
    assert read(make_modelscope(tmp_path / "model", era)).name == name


@pytest.mark.parametrize("era", ["2022", "2022-12", "2023", "custom", "zip", "basemodel", "training"])
def test_tables_without_the_row_of_the_mask_are_told_by_their_shapes(tmp_path: Path, era: Era) -> None:
    voice = read(make_modelscope(tmp_path / "model", era, mini=replace(DEFAULT, has_mask=False)))

    assert (voice.acoustic.vocabulary.phones, voice.acoustic.vocabulary.speakers) == (146, 3)
    assert not voice.inventory.has_mask


def test_the_shapes_count_when_the_settings_say_otherwise(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", mini=replace(DEFAULT, has_mask=False))
    restate(model, {"model": {"am": {"linguistic_unit": {"has_mask": True}}}})

    assert not read(model).inventory.has_mask


@pytest.mark.parametrize("rate", [8_000, 24_000])
def test_a_voice_of_another_rate_has_its_hop(tmp_path: Path, rate: int) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=replace(DEFAULT, sample_rate=rate)))

    assert (voice.sample_rate, voice.hop) == (rate, {8_000: 100, 24_000: 240}[rate])


def test_the_rate_of_the_training_data_counts_and_not_that_of_the_header(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", mini=replace(DEFAULT, sample_rate=24_000))
    restate(model, {"model": {"sample_rate": 16_000}})

    assert read(model).sample_rate == 24_000


def test_the_rate_of_the_header_counts_when_no_other_is_stated(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022", mini=replace(DEFAULT, sample_rate=24_000))
    restate(model, {"model": model_description(model) | {"sample_rate": 24_000}})

    assert read(model).sample_rate == 24_000


@pytest.mark.parametrize("era", ["2023", "custom", "basemodel", "training"])
def test_a_voice_with_a_source_has_the_statistics_of_its_f0(tmp_path: Path, era: Era) -> None:
    voice = read(make_modelscope(tmp_path / "model", era, mini=SOURCE))

    assert voice.f0 == F0
    assert (voice.acoustic.excites, voice.vocoder.harmonics) == (True, 7)


def test_f0_normalised_by_a_range_needs_no_statistics(tmp_path: Path) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=replace(SOURCE, norm="global")))

    assert voice.f0 is None
    assert (voice.acoustic.f0_norm, voice.acoustic.f0_range) == ("global", (30.0, 730.0))


@pytest.mark.parametrize("era", ["2023", "custom"])
def test_a_voice_whose_speaker_is_a_vector_brings_it(tmp_path: Path, era: Era) -> None:
    voice = read(make_modelscope(tmp_path / "model", era, mini=VECTOR))

    assert voice.speaker_vector is not None
    np.testing.assert_array_equal(voice.speaker_vector, speaker_vector())
    assert voice.acoustic.vocabulary.speakers == 0


@pytest.mark.parametrize(
    ("mini", "part"),
    [
        (replace(DEFAULT, aligns=True), "align_attention"),
        (replace(DEFAULT, fills_pauses=True), "FP_predictor"),
        (replace(DEFAULT, reads_bytes=True, aligns=True), "align_attention"),
    ],
    ids=["MAS", "FP", "MAS of bytes"],
)
def test_a_variant_of_the_acoustic_model_keeps_its_own_weights(
    tmp_path: Path, mini: Miniature, part: str
) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=mini))

    assert same(voice.acoustic_weights, acoustic_state(mini))
    assert any(key.startswith(part) for key in voice.acoustic_weights)
    assert voice.remarks == ""


def test_a_model_of_bytes_has_no_phones(tmp_path: Path) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=replace(DEFAULT, reads_bytes=True)))

    assert (voice.acoustic.vocabulary.phones, voice.acoustic.vocabulary.bytes) == (0, 259)


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("Sichuan", "Sichuan"),
        ("ZhHK", "ZhHK"),
        ("WuuShangHai", "WuuShanghai"),
        ("WuuShanghai", "WuuShanghai"),
    ],
)
def test_a_language_is_known_however_it_is_spelled(tmp_path: Path, written: str, language: str) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=replace(DEFAULT, language=written)))

    assert voice.inventory.language == language


def test_an_unknown_language_of_mandarins_sizes_is_mandarin_and_remarked(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    document = acoustic_document(DEFAULT)
    document["linguistic_unit"]["language"] = "Putonghua"
    write_yaml(model / HOME / "am" / "config.yaml", document)

    voice = read(model)

    assert voice.inventory.language == "PinYin"
    assert "Putonghua" in voice.remarks


def test_a_voice_of_2022_counts_symbols_in_its_own_order(tmp_path: Path) -> None:
    voice = read(make_modelscope(tmp_path / "model", "2022"))

    assert voice.inventory == own_inventory(DEFAULT)


def test_a_dictionary_that_a_voice_brings_counts_before_our_own(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022-12")
    path = model / HOME / "dict" / "PinYin" / "PhoneSet.xml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("<name>a_c<", "<name>q<").replace("<name>ai_c<", "<name>a_c<"), encoding="utf-8"
    )

    assert read(model).inventory.phones[:2] == ("q", "a_c")


def test_every_speaker_of_a_table_is_named(tmp_path: Path) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=replace(DEFAULT, speakers=("F7", "F74", "xiaoyu"))))

    assert voice.speakers == ("F7", "F74", "xiaoyu")


def test_voices_come_in_the_order_of_their_list(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", voices=("zhizhe_emo", "aida", "zhiyan_emo"))

    assert [voice.name for voice in read_voices(model)] == ["zhizhe_emo", "aida", "zhiyan_emo"]


def test_only_the_voices_asked_for_are_read(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", voices=("damaged", "sound"))
    shutil.rmtree(model / "voices" / "damaged" / "am")

    assert [voice.name for voice in read_voices(model, only=("sound",))] == ["sound"]


def test_a_voice_before_a_damaged_one_is_read(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", voices=("sound", "damaged"))
    shutil.rmtree(model / "voices" / "damaged" / "am")
    voices = read_voices(model)

    assert next(voices).name == "sound"
    with pytest.raises(ModelError, match="voices/damaged"):
        next(voices)


def test_a_voice_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")

    with pytest.raises(UnknownVoice, match="zhitian_emo"):
        next(read_voices(model, only=("zhiyan_emo",)))


def test_listed_voices_without_a_folder_are_passed_over_with_a_notice(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", voices=("here", "gone"))
    shutil.rmtree(model / "voices" / "gone")
    notices: list[str] = []

    assert [voice.name for voice in read_voices(model, notice=notices.append)] == ["here"]
    assert len(notices) == 1
    assert "gone" in notices[0]


def test_folders_are_the_voices_where_the_list_is_missing(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", voices=("b", "a"))
    (model / "voices" / "voices.json").unlink()

    assert [voice.name for voice in read_voices(model)] == ["a", "b"]


@pytest.mark.parametrize("inner", ["voices", "voices/zhitian_emo"])
def test_a_folder_inside_a_model_can_be_read_by_itself(tmp_path: Path, inner: str) -> None:
    assert read(make_modelscope(tmp_path / "model") / inner).name == "zhitian_emo"


def test_a_model_that_lies_alone_in_other_folders_is_found(tmp_path: Path) -> None:
    make_modelscope(tmp_path / "outer" / "middle" / "model")

    assert read(tmp_path / "outer").licence == "Apache-2.0"


def test_a_voices_zip_is_read_with_the_settings_that_lie_beside_it(tmp_path: Path) -> None:
    assert read(make_modelscope(tmp_path / "model", "2022") / "voices.zip").name == "zhitian_emo"


def test_a_zip_of_a_model_with_a_voices_zip_is_read(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022")
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        for path in model.rglob("*"):
            archive.write(path, path.relative_to(tmp_path))

    assert read(tmp_path / "whole.zip").name == "zhitian_emo"


def test_nothing_of_what_was_unpacked_remains(tmp_path: Path) -> None:
    list(read_voices(make_modelscope(tmp_path / "model", "zip")))

    assert list(voices_folder().iterdir()) == []


def test_nothing_of_what_was_unpacked_remains_when_reading_is_given_up(tmp_path: Path) -> None:
    voices = read_voices(make_modelscope(tmp_path / "model", "zip", voices=("a", "b")))
    next(voices)
    voices.close()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    assert list(voices_folder().iterdir()) == []


def test_the_model_of_a_user_is_left_as_it_was(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022")
    before = sorted(model.rglob("*"))

    list(read_voices(model))

    assert sorted(model.rglob("*")) == before


def test_the_checkpoint_of_most_steps_counts(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    folder = model / HOME / "am" / "ckpt"
    save(folder / "checkpoint_999.pth", {"model": {}})
    save(
        folder / "checkpoint_20000.pth",
        training_state(acoustic_state(replace(DEFAULT, speakers=("M7",))), 20_000),
    )

    assert "voices/zhitian_emo/am/ckpt/checkpoint_20000.pth" in [
        origin.name for origin in read(model).origins
    ]


def test_a_checkpoint_of_an_interrupted_training_is_read(tmp_path: Path) -> None:
    voice = read(make_modelscope(tmp_path / "model", mini=replace(DEFAULT, separator="-")))

    assert same(voice.acoustic_weights, acoustic_state(DEFAULT))


@pytest.mark.parametrize(
    "name", ["checkpoint_best.pth", "checkpoint_1.pth.tmp", "checkpoint_.pth", "notes.txt"]
)
def test_files_that_are_no_checkpoint_are_passed_over(tmp_path: Path, name: str) -> None:
    model = make_modelscope(tmp_path / "model")
    (model / HOME / "am" / "ckpt" / name).write_bytes(b"?")

    assert read(model).name == "zhitian_emo"


def test_a_custom_checkpoint_may_be_a_file(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "custom")
    custom = model_description(model)["custom_ckpt"] | {"am_ckpt": "tmp_am/ckpt/checkpoint_1100.pth"}
    restate(model, {"model": {"custom_ckpt": custom}})

    assert read(model).name == "zhitian_emo"


def test_a_custom_checkpoint_counts_before_the_voices_beside_it(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "custom", voices=("mine",))
    make_modelscope(tmp_path / "other")
    shutil.copytree(tmp_path / "other" / "voices", model / "voices")

    assert [voice.name for voice in read_voices(model)] == ["mine"]


def test_an_acoustic_model_of_pickled_arrays_is_read(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022")
    shutil.unpack_archive(model / "voices.zip", model)
    pickle_arrays(model / HOME / "am" / "pytorch_model.bin", acoustic_state(DEFAULT))

    assert same(read(model).acoustic_weights, acoustic_state(DEFAULT))


def flat(state: State) -> object:
    return state


def generator(state: State) -> object:
    return {"generator": state}


def model_of(state: State) -> object:
    return {"model": state}


def with_judges(state: State) -> object:
    return adversarial(state, 1)


def of_2022(state: State) -> object:
    return {"generator": with_names_of_2022(state)}


@pytest.mark.parametrize("wrap", [flat, generator, model_of, with_judges, of_2022])
def test_a_vocoder_is_found_in_whatever_it_is_wrapped(
    tmp_path: Path, wrap: Callable[[State], object]
) -> None:
    model = make_modelscope(tmp_path / "model")
    save(model / HOME / "voc" / "ckpt" / "checkpoint_2000000.pth", wrap(vocoder_state(DEFAULT)))

    assert same(read(model).vocoder_weights, vocoder_state(DEFAULT))


def test_the_names_of_2022_were_others() -> None:
    renamed = with_names_of_2022(vocoder_state(DEFAULT))

    assert {key.partition(".")[0] for key in renamed} == {
        "ups",
        "repeat_ups",
        "resblocks",
        "conv_pre",
        "conv_post",
    }
    assert "ups.0.deconv.weight_g" in renamed


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_of_an_older_torch_is_read(tmp_path: Path, zipped: bool) -> None:
    model = make_modelscope(tmp_path / "model")
    path = model / HOME / "am" / "ckpt" / "checkpoint_1100.pth"
    torch.save(training_state(acoustic_state(DEFAULT), 1), path, _use_new_zipfile_serialization=zipped)

    assert same(read(model).acoustic_weights, acoustic_state(DEFAULT))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_weights_of_another_precision_become_single(tmp_path: Path, dtype: torch.dtype) -> None:
    model = make_modelscope(tmp_path / "model")
    state = {key: value.to(dtype) for key, value in acoustic_state(DEFAULT).items()}
    save(model / HOME / "am" / "ckpt" / "checkpoint_1100.pth", {"model": state})

    assert {value.dtype for value in read(model).acoustic_weights.values()} == {torch.float32}


def test_weights_that_share_a_storage_become_their_own(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    state = {key: torch.stack([value, value])[1] for key, value in acoustic_state(DEFAULT).items()}
    save(model / HOME / "am" / "ckpt" / "checkpoint_1100.pth", {"model": state})

    found = read(model).acoustic_weights

    assert same(found, acoustic_state(DEFAULT))
    assert all(value.is_contiguous() and value.storage_offset() == 0 for value in found.values())


def test_a_longer_table_of_positions_counts_before_the_settings(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    key = "text_encoder.ling_enc.position_enc.position_enc"
    state = acoustic_state(DEFAULT) | {key: torch.zeros(1, 95, 32)}
    save(model / HOME / "am" / "ckpt" / "checkpoint_1100.pth", {"model": state})

    assert read(model).acoustic.longest == 95


@pytest.mark.parametrize("leaf", ["position_enc", "inv_timescales"])
def test_a_computed_table_that_was_left_out_is_computed(tmp_path: Path, leaf: str) -> None:
    model = make_modelscope(tmp_path / "model")
    state = {key: value for key, value in acoustic_state(DEFAULT).items() if not key.endswith(leaf)}
    save(model / HOME / "am" / "ckpt" / "checkpoint_1100.pth", {"model": state})

    assert same(read(model).acoustic_weights, acoustic_state(DEFAULT))


def test_weights_without_a_place_in_the_acoustic_model_are_remarked(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    state = acoustic_state(DEFAULT) | {"novelty.weight": torch.ones(2)}
    save(model / HOME / "am" / "ckpt" / "checkpoint_1100.pth", {"model": state})

    voice = read(model)

    assert "novelty.weight" in voice.remarks
    assert same(voice.acoustic_weights, acoustic_state(DEFAULT))


def test_the_vocoder_may_be_set_up_in_the_words_of_2022(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    document = vocoder_document(DEFAULT)
    params = document["Model"]["Generator"]["params"]
    for now, then in (
        ("upsample_scales", "upsample_rates"),
        ("upsample_kernal_sizes", "upsample_kernel_sizes"),
        ("channels", "upsample_initial_channel"),
        ("resblock_dilations", "resblock_dilation_sizes"),
    ):
        params[then] = params.pop(now)
    write_yaml(model / HOME / "voc" / "config.yaml", document)

    assert read(model).vocoder == DEFAULT.vocoder


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: Apache License 2.0\n---\n# 模型\n", "Apache-2.0"),
        ("---\nlicense: MIT\n---\n", "MIT"),
        ("---\nlicense: 仅供研究使用\n---\n", "仅供研究使用"),
        ("---\ntasks: []\n---\n", ""),
        ("---\nlicense: [broken\n---\n", ""),
        ("# 模型\n\nlicense: MIT\n", ""),
    ],
)
def test_the_licence_is_what_the_card_begins_with(tmp_path: Path, card: str, licence: str) -> None:
    model = make_modelscope(tmp_path / "model")
    (model / "README.md").write_text(card, encoding="utf-8")

    assert read(model).licence == licence


def test_the_licence_of_the_settings_counts_before_that_of_the_card(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    restate(model, {"license": "CC-BY-NC-4.0"})

    assert read(model).licence == "CC-BY-NC-4.0"


def test_origins_name_each_file_with_its_digest_and_licence(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", mini=SOURCE)

    origins = read(model).origins

    assert [origin.name.removeprefix("voices/zhitian_emo/") for origin in origins] == [
        "am/config.yaml",
        "am/ckpt/checkpoint_1100.pth",
        "voc/config.yaml",
        "voc/ckpt/checkpoint_2000000.pth",
        "am/mvn.npy",
    ]
    for origin in origins:
        assert origin.sha256 == hashlib.sha256((model / origin.name).read_bytes()).hexdigest()
        assert origin.licence == "Apache-2.0"
