"""Directories that are damaged, incomplete or meant to harm are refused: one line says what and where."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.export.modelscope.miniatures import (
    DEFAULT,
    Era,
    Miniature,
    acoustic_document,
    acoustic_state,
    make_modelscope,
    save,
    vocoder_document,
    vocoder_state,
    write_json,
    write_yaml,
)

from huisheng.errors import HuishengError, ModelError, UnsafeArchive
from huisheng.export.modelscope.source import VoiceSource, read_voices
from huisheng.voice.store import voices_folder

HOME = Path("voices") / "zhitian_emo"
ACOUSTIC = HOME / "am" / "ckpt" / "checkpoint_1100.pth"
VOCODER = HOME / "voc" / "ckpt" / "checkpoint_2000000.pth"
SOURCE = replace(DEFAULT, source=True)
VECTOR = replace(SOURCE, norm="global", vector=True)


def read(path: Path) -> list[VoiceSource]:
    return list(read_voices(path))


def state_model(model: Path, values: Mapping[str, Any]) -> None:
    """Set values of the object `model` in `configuration.json`."""
    path = model / "configuration.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, document | {"model": document["model"] | values})


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="没有这个文件或目录"):
        read(tmp_path / "absent")


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="其中没有音色"):
        read(tmp_path)


def test_a_model_of_tensorflow_is_refused_as_such(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"TensorFlow 1\.15 模型，不支持"):
        read(make_modelscope(tmp_path / "model", "tensorflow"))


@pytest.mark.parametrize(
    "path",
    [
        *(f"am/{name}" for name in ("config.yaml", "ckpt/checkpoint_1100.pth")),
        *(f"voc/{name}" for name in ("config.yaml", "ckpt/checkpoint_2000000.pth")),
    ],
)
def test_a_voice_without_one_of_its_files_is_refused(tmp_path: Path, path: str) -> None:
    model = make_modelscope(tmp_path / "model")
    (model / HOME / path).unlink()

    with pytest.raises(ModelError, match="voices/zhitian_emo"):
        read(model)


@pytest.mark.parametrize("name", ["sy_dict.txt", "speaker_dict.txt"])
def test_a_voice_of_2022_without_an_inventory_is_refused(tmp_path: Path, name: str) -> None:
    model = make_modelscope(tmp_path / "model", "2022")
    shutil.unpack_archive(model / "voices.zip", model)
    (model / HOME / name).unlink()

    with pytest.raises(ModelError, match=f"voices/zhitian_emo/{name}"):
        read(model)


@pytest.mark.parametrize("key", ["am", "vocoder"])
def test_voices_of_2022_without_shared_settings_are_refused(tmp_path: Path, key: str) -> None:
    model = make_modelscope(tmp_path / "model", "2022")
    state_model(model, {key: {}})

    with pytest.raises(ModelError, match=r"configuration\.json"):
        read(model)


@pytest.mark.parametrize(
    ("mini", "file"), [(VECTOR, "se.npy"), (SOURCE, "mvn.npy")], ids=["vector", "statistics"]
)
def test_a_voice_without_numbers_that_it_needs_is_refused(tmp_path: Path, mini: Miniature, file: str) -> None:
    model = make_modelscope(tmp_path / "model", mini=mini)
    (model / HOME / "am" / file).unlink()

    with pytest.raises(ModelError, match=file):
        read(model)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((1, 192), np.float32).astype(object),
        np.zeros((1, 191), np.float32),
        np.full((1, 192), np.nan, np.float32),
        np.array(["x"] * 192),
        np.zeros((0,), np.float32),
    ],
    ids=["objects", "narrow", "nan", "texts", "empty"],
)
def test_a_speaker_that_is_no_vector_of_numbers_is_refused(
    tmp_path: Path, array: np.ndarray[Any, Any]
) -> None:
    model = make_modelscope(tmp_path / "model", mini=VECTOR)
    np.save(model / HOME / "am" / "se.npy", array, allow_pickle=True)

    with pytest.raises(ModelError, match=r"am/se\.npy"):
        read(model)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        pickle.dumps([1.0]),
        b"PK\x03\x04",
        b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }"
        + b" " * 53
        + b"\n",
    ],
    ids=["empty", "pickle", "zip", "huge shape"],
)
def test_a_speaker_that_is_no_array_is_refused(tmp_path: Path, content: bytes) -> None:
    model = make_modelscope(tmp_path / "model", mini=VECTOR)
    (model / HOME / "am" / "se.npy").write_bytes(content)

    with pytest.raises(ModelError, match=r"am/se\.npy"):
        read(model)


@pytest.mark.parametrize("values", [[-1.0, 5.0], [200.0, 0.0], [200.0], [1e9, 5.0], [np.inf, 5.0]])
def test_statistics_that_are_none_of_a_voice_are_refused(tmp_path: Path, values: list[float]) -> None:
    model = make_modelscope(tmp_path / "model", mini=SOURCE)
    np.save(model / HOME / "am" / "mvn.npy", np.array(values)[:, None])

    with pytest.raises(ModelError, match=r"am/mvn\.npy"):
        read(model)


def test_weights_of_other_shapes_are_refused_with_three_of_them(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    document = acoustic_document(DEFAULT)
    document["Model"]["KanTtsSAMBERT"]["params"]["encoder_ffn_inner_dim"] = 20
    write_yaml(model / HOME / "am" / "config.yaml", document)

    with pytest.raises(ModelError) as caught:
        read(model)

    assert "checkpoint_1100.pth" in caught.value.message
    assert "fft.0.pos_ffn.w_1.weight (24, 16, 3)≠(20, 16, 3)" in caught.value.message
    assert caught.value.message.count("≠(") == 3


def test_missing_weights_are_refused_with_three_of_them(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    state = {key: value for key, value in acoustic_state(DEFAULT).items() if "postnet" not in key}
    save(model / ACOUSTIC, {"model": state})

    with pytest.raises(
        ModelError, match=r"缺少权重：mel_postnet\.\S+；mel_postnet\.\S+；mel_postnet\.\S+；…"
    ):
        read(model)


def test_weights_that_a_vocoder_has_no_place_for_are_refused(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    save(model / VOCODER, {"model": {"generator": vocoder_state(DEFAULT) | {"pqmf.h": torch.ones(1)}}})

    with pytest.raises(ModelError, match=r"pqmf\.h"):
        read(model)


@pytest.mark.parametrize(("path", "state"), [(ACOUSTIC, vocoder_state), (VOCODER, acoustic_state)])
def test_networks_in_each_others_place_are_refused(
    tmp_path: Path, path: Path, state: Callable[[Miniature], object]
) -> None:
    model = make_modelscope(tmp_path / "model")
    save(model / path, {"model": state(DEFAULT)})

    with pytest.raises(ModelError, match=path.name):
        read(model)


@pytest.mark.parametrize(
    "key",
    [
        "text_encoder.sy_emb.weight",
        "text_encoder.ling_enc.position_enc.position_enc",
        "mel_decoder.mel_dec.ln.weight",
    ],
)
def test_a_small_file_that_declares_a_huge_tensor_is_refused(tmp_path: Path, key: str) -> None:
    model = make_modelscope(tmp_path / "model")
    huge = (
        torch.zeros(1).expand(1, 1_000_000, 1_000_000)
        if "position" in key
        else torch.zeros(1).expand(10**6, 32)
    )
    save(model / ACOUSTIC, {"model": acoustic_state(DEFAULT) | {key: huge}})

    with pytest.raises(ModelError, match=key):
        read(model)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    spoiled = {"conv_post.conv1d.bias": torch.tensor([float("nan")])}
    save(model / VOCODER, {"model": {"generator": vocoder_state(DEFAULT) | spoiled}})

    with pytest.raises(ModelError, match=r"conv_post\.conv1d\.bias"):
        read(model)


@pytest.mark.parametrize(
    "unit",
    [
        {"speaker_list": "F7,F74"},
        {"speaker_list": "F7,,"},
        {"speaker_list": "a\x1b[2J"},
        {"language": "EnUS"},
    ],
    ids=["too many", "nameless", "unprintable", "unknown language"],
)
def test_names_that_do_not_fit_the_tables_are_refused(tmp_path: Path, unit: dict[str, str]) -> None:
    model = make_modelscope(tmp_path / "model", mini=replace(DEFAULT, language="Sichuan"))
    document = acoustic_document(replace(DEFAULT, language="Sichuan"))
    document["linguistic_unit"] |= unit
    write_yaml(model / HOME / "am" / "config.yaml", document)

    with pytest.raises(ModelError) as caught:
        read(model)

    assert caught.value.message.isprintable()


def test_tables_of_another_language_are_refused_with_both_sizes(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    document = acoustic_document(replace(DEFAULT, language="Sichuan"))
    write_yaml(model / HOME / "am" / "config.yaml", document)

    with pytest.raises(ModelError, match="语言 Sichuan 的 sy 有 116 项，检查点却有 147 行"):
        read(model)


def test_a_vocoder_of_another_rate_is_refused(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    other = replace(DEFAULT, sample_rate=24_000)
    write_yaml(model / HOME / "voc" / "config.yaml", vocoder_document(other))
    save(model / VOCODER, {"generator": vocoder_state(other)})

    with pytest.raises(ModelError, match="不配套"):
        read(model)


def test_a_vocoder_without_the_source_that_the_acoustic_model_makes_is_refused(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", mini=SOURCE)
    write_yaml(model / HOME / "voc" / "config.yaml", vocoder_document(DEFAULT))
    save(model / VOCODER, {"generator": vocoder_state(DEFAULT)})

    with pytest.raises(ModelError, match="不配套"):
        read(model)


@pytest.mark.parametrize(
    "name", ["../voices", "..", ".", "", "a/b", "a\\b", "a\0b", "\x1b[2J", 7, None, ["a"]]
)
def test_a_voice_whose_name_is_no_folder_is_refused(tmp_path: Path, name: object) -> None:
    model = make_modelscope(tmp_path / "model")
    write_json(model / "voices" / "voices.json", {"voices": ["zhitian_emo", name]})

    with pytest.raises(ModelError, match="音色名"):
        read(model)


def test_a_custom_voice_whose_name_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="音色名"):
        read(make_modelscope(tmp_path / "model", "custom", voices=("\x1b[2J",)))


@pytest.mark.parametrize("voices", [None, "zhitian_emo", {"a": 1}, ["a"] * 1_000])
def test_a_list_of_voices_that_is_none_is_refused(tmp_path: Path, voices: object) -> None:
    model = make_modelscope(tmp_path / "model")
    write_json(model / "voices" / "voices.json", {"voices": voices})

    with pytest.raises(ModelError, match=r"voices/voices\.json"):
        read(model)


@pytest.mark.parametrize(
    "key", ["am_ckpt", "voc_ckpt", "am_config", "voc_config", "audio_config", "se_file", "mvn_file"]
)
@pytest.mark.parametrize("outside", ["../other", "{absolute}"])
def test_a_custom_path_that_leads_out_is_refused(tmp_path: Path, key: str, outside: str) -> None:
    model = make_modelscope(tmp_path / "model", "custom")
    make_modelscope(tmp_path / "other", "custom")
    custom = json.loads((model / "configuration.json").read_text(encoding="utf-8"))["model"]["custom_ckpt"]
    target = outside.format(absolute=tmp_path / "other")
    state_model(model, {"custom_ckpt": custom | {key: f"{target}/{custom[key]}"}})

    with pytest.raises(ModelError, match="指向模型目录之外"):
        read(model)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("path", [ACOUSTIC, HOME / "am", HOME, Path("voices"), Path("configuration.json")])
def test_a_link_out_of_the_directory_is_refused(tmp_path: Path, path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    target = make_modelscope(tmp_path / "other") / path
    shutil.rmtree(model / path) if target.is_dir() else (model / path).unlink()
    (model / path).symlink_to(target)

    with pytest.raises(ModelError, match="指向模型目录之外"):
        read(model)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_directory_of_nothing_but_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "again").symlink_to(".")

    with pytest.raises(ModelError, match="其中没有音色"):
        read(tmp_path / "model")


def test_a_zip_that_leads_out_of_its_folder_is_refused_and_nothing_written(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022")
    with zipfile.ZipFile(model / "voices.zip", "a") as archive:
        archive.writestr("../../escaped.txt", "x")

    with pytest.raises(UnsafeArchive):
        read(model)

    assert list(tmp_path.rglob("escaped.txt")) == []
    assert list(voices_folder().iterdir()) == []


def test_a_dictionary_with_entities_is_refused(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model", "2022-12")
    path = model / HOME / "dict" / "PinYin" / "PhoneSet.xml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("?>", '?><!DOCTYPE p [<!ENTITY a "x">]>', 1), encoding="utf-8")

    with pytest.raises(ModelError, match=r"PhoneSet\.xml"):
        read(model)


@pytest.mark.parametrize("content", ["", "<phoneSet>", "<phoneSet/>", "\ud800"])
def test_a_dictionary_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    model = make_modelscope(tmp_path / "model", "2022-12")
    path = model / HOME / "dict" / "PinYin" / "PhoneSet.xml"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))

    with pytest.raises(ModelError, match=r"PhoneSet\.xml"):
        read(model)


def test_a_message_never_carries_what_a_terminal_obeys(tmp_path: Path) -> None:
    model = make_modelscope(tmp_path / "model")
    document = acoustic_document(DEFAULT)
    document["linguistic_unit"]["language"] = "\x1b]0;owned\x07"
    write_yaml(model / HOME / "am" / "config.yaml", document)
    save(
        model / ACOUSTIC,
        {"model": acoustic_state(DEFAULT) | {"text_encoder.sy_emb.weight": torch.ones(9, 32)}},
    )

    with pytest.raises(ModelError) as caught:
        read(model)

    assert caught.value.message.isprintable()
    assert caught.value.english.isprintable()


@pytest.mark.parametrize("era", ["2022", "2022-12", "2023", "custom", "training"])
def test_whatever_byte_changes_a_model_is_read_or_refused(tmp_path: Path, era: Era) -> None:
    """Every failure is one of ours, whichever file was hit."""
    model = make_modelscope(tmp_path / "model", era, mini=SOURCE if era != "2022" else DEFAULT)
    files = sorted(path for path in model.rglob("*") if path.is_file())
    chance = random.Random(era)
    for number in range(12):
        path = files[number % len(files)]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        with suppress(HuishengError):
            read(model)
        path.write_bytes(whole)
