"""A voice as a package: what its manifest and tables say."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.unit.export.modelscope.miniatures import (
    DEFAULT,
    F0,
    Era,
    Miniature,
    acoustic_state,
    make_modelscope,
    own_inventory,
    speaker_vector,
)

from huisheng.errors import ModelError
from huisheng.export.conversion import convert, package_name
from huisheng.export.modelscope.source import VoiceSource, read_voices
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import PackageName, Sambert, Source

NSF = replace(DEFAULT, source=True)
VECTOR = replace(NSF, norm="global", vector=True)


@pytest.fixture(autouse=True)
def _single_threaded() -> None:  # pyright: ignore[reportUnusedFunction]
    torch.set_num_threads(1)  # small networks: more threads would only wait for one another


def source(tmp_path: Path, mini: Miniature = DEFAULT, era: Era = "2023") -> VoiceSource:
    (voice,) = read_voices(make_modelscope(tmp_path / "model", era, mini=mini))
    return voice


def convert_mini(tmp_path: Path, mini: Miniature = DEFAULT, era: Era = "2023") -> VoicePackage:
    return convert(source(tmp_path, mini, era), "voice", tmp_path / "voices")


def details(package: VoicePackage) -> Sambert:
    assert package.manifest.sambert is not None
    return package.manifest.sambert


def test_a_manifest_says_what_the_voice_is(tmp_path: Path) -> None:
    manifest = convert_mini(tmp_path).manifest

    assert (manifest.name, manifest.engine) == ("voice", "sambert")
    assert (manifest.sample_rate, manifest.frame_samples) == (16_000, 200)
    assert (manifest.speakers, manifest.languages) == (("f7",), ("zh-CN", "en-US"))
    assert manifest.licence == "Apache-2.0"


def test_the_scale_of_a_published_model_is_unknown_so_no_contract_is_stated(tmp_path: Path) -> None:
    assert convert_mini(tmp_path).manifest.mel is None


def test_a_missing_licence_is_said_to_be_unstated(tmp_path: Path) -> None:
    silent = replace(source(tmp_path), licence="")

    package = convert(silent, "voice", tmp_path / "voices")

    assert package.manifest.licence == "LicenseRef-unstated"


def test_a_manifest_names_the_files_that_the_voice_was_made_of(tmp_path: Path) -> None:
    origins = convert_mini(tmp_path).manifest.origins

    assert [Path(origin.name).name for origin in origins] == [
        "config.yaml",
        "checkpoint_1100.pth",
        "config.yaml",
        "checkpoint_2000000.pth",
    ]


def test_a_manifest_holds_the_measured_difference(tmp_path: Path) -> None:
    proof = convert_mini(tmp_path).manifest.proof

    assert proof.symbols == 24
    assert proof.samples % 200 == 0
    assert 0.0 < proof.max_abs_difference < 1e-4


def test_a_manifest_holds_the_symbols_in_the_order_of_their_ids(tmp_path: Path) -> None:
    mini = replace(DEFAULT, has_mask=False)
    own = own_inventory(mini)

    package = convert_mini(tmp_path, mini, "2022")

    manifest, known = package.manifest, details(package)
    assert list(manifest.symbols) == list(own.phones)
    assert list(manifest.symbols.values()) == list(range(len(own.phones)))
    assert (known.tones, known.syllable_flags, known.word_segments, known.emotions, known.has_mask) == (
        own.tones,
        own.syllable_flags,
        own.word_segments,
        own.emotions,
        False,
    )


def test_a_manifest_says_how_much_the_networks_take_at_once(tmp_path: Path) -> None:
    known = details(convert_mini(tmp_path))

    assert (known.group, known.longest, known.causal) == (3, 80, True)


def test_what_a_vocoder_looks_around_is_what_its_taps_reach(tmp_path: Path) -> None:
    known, context = details(convert_mini(tmp_path, NSF)), NSF.vocoder.context

    assert (known.left, known.right, known.causal) == (context.left, context.right, False)


@pytest.mark.parametrize(
    ("mini", "offset", "scale"), [(NSF, *F0), (VECTOR, 30.0, 700.0)], ids=["mean and deviation", "range"]
)
def test_f0_in_hertz_is_told_for_the_melody_and_for_the_source(
    tmp_path: Path, mini: Miniature, offset: float, scale: float
) -> None:
    known = details(convert_mini(tmp_path, mini))

    assert known.pitch == (offset, scale)
    assert known.source == Source(harmonics=7, scale=scale, offset=offset)


def test_without_a_source_nothing_is_known_of_f0(tmp_path: Path) -> None:
    known = details(convert_mini(tmp_path))

    assert (known.pitch, known.source) == (None, None)


def test_a_byte_model_says_that_it_reads_bytes(tmp_path: Path) -> None:
    known = details(convert_mini(tmp_path, replace(DEFAULT, reads_bytes=True)))

    assert known.reads == "bytes"


@pytest.mark.parametrize(
    ("language", "tags"),
    [("Sichuan", ("zh-CN-sichuan", "en-US")), ("ZhHK", ("yue", "en-US")), ("WuuShanghai", ("wuu", "en-US"))],
)
def test_languages_are_told_by_their_standard_tags(
    tmp_path: Path, language: str, tags: tuple[str, ...]
) -> None:
    assert convert_mini(tmp_path, replace(DEFAULT, language=language)).manifest.languages == tags


# Tables


def test_the_tables_hold_the_rows_of_the_checkpoint_but_not_padding_end_and_mask(tmp_path: Path) -> None:
    mini = replace(DEFAULT, speakers=("F7", "F74", "M7"))
    state = acoustic_state(mini)

    package = convert_mini(tmp_path, mini)

    speakers, emotions = (np.load(package.path(f"{name}.npy")) for name in ("speakers", "emotions"))
    np.testing.assert_array_equal(speakers, state["spk_tokenizer.weight"][:3].numpy())
    np.testing.assert_array_equal(emotions, state["emo_tokenizer.weight"][:33].numpy())


def test_the_only_speaker_of_a_voice_with_a_vector_is_that(tmp_path: Path) -> None:
    package = convert_mini(tmp_path, VECTOR)

    np.testing.assert_array_equal(np.load(package.path("speakers.npy")), speaker_vector()[None])
    assert package.manifest.speakers == ("zhitian_emo",)


def test_speakers_whose_names_become_one_are_told_apart(tmp_path: Path) -> None:
    package = convert_mini(tmp_path, replace(DEFAULT, speakers=("F7", "f7", "男")))

    assert package.manifest.speakers == ("f7", "f7-2", "voice")


@pytest.mark.parametrize("speakers", [("a" * 64, "A" * 64), ("b", "a-2", "A", "a")], ids=["long", "numbered"])
def test_names_that_speakers_are_told_apart_by_are_each_one_of_its_own(
    tmp_path: Path, speakers: tuple[str, ...]
) -> None:
    names = convert_mini(tmp_path, replace(DEFAULT, speakers=speakers)).manifest.speakers

    assert len(set(names)) == len(speakers)


def test_a_model_that_hesitates_brings_its_sounds_of_hesitation(tmp_path: Path) -> None:
    package = convert_mini(tmp_path, replace(DEFAULT, fills_pauses=True))

    sounds = np.load(package.path("pauses.npy"))
    assert details(package).fills_pauses
    assert sounds.shape == (3, 3, 8)
    assert len({row.tobytes() for row in sounds.reshape(9, 8)}) == 9


def test_a_model_that_learned_durations_by_itself_is_like_any_other(tmp_path: Path) -> None:
    assert convert_mini(tmp_path, replace(DEFAULT, aligns=True)).manifest.proof.max_abs_difference < 1e-4


# Names


@pytest.mark.parametrize(
    ("voice", "name"),
    [
        ("zhitian_emo", "zhitian_emo"),
        ("F7", "f7"),
        ("Zhi Tian", "zhi-tian"),
        ("Béla", "bela"),
        ("Ｆ７", "f7"),
        ("知甜", "voice"),
        ("7bei", "voice-7bei"),
        ("../../etc", "etc"),
        ("-_-", "voice"),
        ("a" * 100, "a" * 64),
        ("con", "voice-con"),
        ("NUL", "voice-nul"),
        ("Com1", "voice-com1"),
        ("lpt¹", "voice-lpt1"),
        ("con.wav", "con-wav"),
        ("com", "com"),
    ],
)
def test_the_name_of_a_package_is_made_of_the_voices(voice: str, name: str) -> None:
    assert package_name(voice) == name


@given(voice=st.text(max_size=100) | st.sampled_from(["con", "AUX", "prn.", "ｎｕｌ", "Lpt9"]))
def test_whatever_a_voice_is_called_a_package_can_have_the_name(voice: str) -> None:
    TypeAdapter(PackageName).validate_python(package_name(voice))


@given(voice=st.text(max_size=100))
def test_a_name_that_was_made_stays(voice: str) -> None:
    assert package_name(package_name(voice)) == package_name(voice)


# Refusal


@pytest.mark.parametrize("weight", ["conv_post.conv1d.bias", "conv_pre.conv1d.bias"])
def test_a_voice_of_which_nothing_can_be_proved_leaves_nothing(tmp_path: Path, weight: str) -> None:
    voice = source(tmp_path)
    spoilt = {**voice.vocoder_weights, weight: voice.vocoder_weights[weight] * float("nan")}

    with pytest.raises(ModelError, match="没有发布"):
        convert(replace(voice, vocoder_weights=spoilt), "voice", tmp_path / "voices")

    assert list((tmp_path / "voices").iterdir()) == []


@pytest.mark.parametrize("language", ["", "Pin Yin", "zh\nCN", "\x1b[2J", "普通话", "a" * 65])
def test_a_language_that_no_package_can_state_is_refused_with_the_voice_and_the_setting(
    tmp_path: Path, language: str
) -> None:
    voice = source(tmp_path)

    refuses(tmp_path, replace(voice, inventory=replace(voice.inventory, language=language)), "language")


@pytest.mark.parametrize("f0", [(math.nan, 1.0), (200.0, -1.0), (200.0, 0.0), (math.inf, 1.0)])
def test_statistics_of_f0_that_are_none_are_refused_with_the_voice_and_the_setting(
    tmp_path: Path, f0: tuple[float, float]
) -> None:
    refuses(tmp_path, replace(source(tmp_path, NSF), f0=f0), "(pitch|offset)")


def test_an_empty_symbol_is_refused_with_the_voice_and_the_setting(tmp_path: Path) -> None:
    voice = source(tmp_path)
    phones = ("", *voice.inventory.phones[1:])

    refuses(tmp_path, replace(voice, inventory=replace(voice.inventory, phones=phones)), "symbols")


def refuses(tmp_path: Path, voice: VoiceSource, setting: str) -> None:
    """One line that names the voice and the setting; nothing is left."""
    with pytest.raises(ModelError, match=f"zhitian_emo：{setting}") as refused:
        convert(voice, "voice", tmp_path / "voices")

    assert (refused.value.message + refused.value.english).isprintable()
    assert not (tmp_path / "voices").exists()


# Threads


def test_after_a_conversion_torch_has_as_many_threads_as_before(tmp_path: Path) -> None:
    voice = source(tmp_path)
    torch.set_num_threads(2)

    convert(voice, "voice", tmp_path / "voices")

    assert torch.get_num_threads() == 2


def test_a_voice_that_is_refused_leaves_as_many_threads_as_before(tmp_path: Path) -> None:
    voice = source(tmp_path)
    spoilt = {name: weight * float("nan") for name, weight in voice.vocoder_weights.items()}
    torch.set_num_threads(2)

    with pytest.raises(ModelError):
        convert(replace(voice, vocoder_weights=spoilt), "voice", tmp_path / "voices")

    assert torch.get_num_threads() == 2
