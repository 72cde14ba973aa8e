"""A model's directory becomes voice packages, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.unit.export.modelscope.miniatures import DEFAULT, make_modelscope

from huisheng.errors import ModelError, UnknownVoice, VoicePackageError
from huisheng.export.sambert import install
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.store import HOME_VARIABLE, list_packages, voices_folder

TWO = ("zhitian_emo", "zhibei")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path) -> Path:
    torch.set_num_threads(1)  # small networks: more threads would only wait for one another
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_modelscope(tmp_path / "model")


@pytest.fixture
def with_two(tmp_path: Path) -> Path:
    return make_modelscope(tmp_path / "model", voices=TWO)


def take(
    path: Path, *voices: str, name: str = "", replaces: bool = False
) -> tuple[tuple[VoicePackage, ...], list[str]]:
    """The packages, and what was told meanwhile."""
    told: list[str] = []
    return install(path, told.append, voices, name, replaces), told


def left_over() -> list[Path]:
    """What lies beside the packages."""
    return [path for path in voices_folder().glob("*") if path.name not in list_packages()]


# Names


def test_a_voice_becomes_a_package_of_its_name(folder: Path) -> None:
    ((package,), _) = take(folder)

    assert package.manifest.name == "zhitian_emo"
    assert list_packages() == ("zhitian_emo",)


def test_every_voice_of_a_model_becomes_a_package(with_two: Path) -> None:
    packages, _ = take(with_two)

    assert tuple(package.manifest.name for package in packages) == TWO


def test_only_the_voices_that_are_asked_for_are_taken(with_two: Path) -> None:
    take(with_two, "zhibei")

    assert list_packages() == ("zhibei",)


def test_a_voice_that_the_model_lacks_is_refused(folder: Path) -> None:
    with pytest.raises(UnknownVoice):
        take(folder, "nobody")


def test_a_package_has_the_name_that_it_is_given(folder: Path) -> None:
    take(folder, name="my-voice")

    assert list_packages() == ("my-voice",)


@pytest.mark.parametrize(
    "name",
    [
        *("我的声音", "My-Voice", "1st", "../up", "a b", ".hidden", "a" * 65),
        *("builtin", "kokoro", "con", "Nul", "com1"),
    ],
)
def test_a_name_that_no_package_can_have_is_refused_with_one_that_it_can(folder: Path, name: str) -> None:
    with pytest.raises(VoicePackageError, match="例如") as refused:
        take(folder, name=name)

    example = refused.value.english.rpartition(" ")[2].rstrip(".")
    take(folder, name=example)
    assert list_packages() == (example,)


def test_one_name_for_several_voices_is_refused_before_any_is_taken(with_two: Path) -> None:
    with pytest.raises(VoicePackageError, match="--voice zhitian_emo"):
        take(with_two, name="mine")

    assert list_packages() == ()


def test_one_name_fits_one_of_several_voices(with_two: Path) -> None:
    take(with_two, "zhibei", name="mine")

    assert list_packages() == ("mine",)


def test_voices_whose_names_have_no_letters_are_told_apart_by_number(tmp_path: Path) -> None:
    take(make_modelscope(tmp_path / "model", voices=("知甜", "知北")))

    assert list_packages() == ("voice", "voice-2")


@pytest.mark.parametrize("name", ["Kokoro", "Builtin"])
def test_a_voice_that_is_called_as_our_own_becomes_a_package_of_another_name(
    tmp_path: Path, name: str
) -> None:
    take(make_modelscope(tmp_path / "model", voices=(name,)))

    assert list_packages() == (f"voice-{name.lower()}",)


# Replacing


def test_where_one_of_several_names_is_taken_no_voice_is_imported(tmp_path: Path) -> None:
    take(make_modelscope(tmp_path / "one", voices=("b",)))
    several = make_modelscope(tmp_path / "several", voices=("a", "b", "c"))

    with pytest.raises(VoicePackageError, match=r"b 的语音包.*--replace.*--voice"):
        take(several)

    assert list_packages() == ("b",)


def test_a_name_that_is_taken_is_refused_and_what_is_there_stays(folder: Path) -> None:
    ((before,), _) = take(folder)

    with pytest.raises(VoicePackageError, match="--replace"):
        take(folder)

    assert load_package("zhitian_emo").manifest == before.manifest


def test_a_package_gives_way_to_a_new_one_when_that_is_asked_for(tmp_path: Path, folder: Path) -> None:
    take(folder)
    other = make_modelscope(tmp_path / "other", mini=replace(DEFAULT, speakers=("M7",)))

    take(other, replaces=True)

    assert load_package("zhitian_emo").manifest.speakers == ("m7",)
    assert left_over() == []


# What is told and what is left


def test_each_voice_is_announced_with_its_package(with_two: Path) -> None:
    _, told = take(with_two)

    assert told == [f"正在转换音色 {name} → 语音包 {name}…" for name in TWO]


def test_a_package_that_was_made_loads_and_is_sound(folder: Path) -> None:
    ((made,), _) = take(folder)

    loaded = load_package("zhitian_emo")

    assert loaded.manifest == made.manifest
    assert set(loaded.manifest.files) == {
        *(f"{part}.onnx" for part in ("encoder", "variance", "decoder", "postnet", "vocoder")),
        "speakers.npy",
        "emotions.npy",
    }


@pytest.mark.parametrize("era", ["2023", "zip"])
def test_nothing_is_left_beside_the_packages(tmp_path: Path, era: str) -> None:
    take(make_modelscope(tmp_path / "model", "zip" if era == "zip" else "2023"))

    assert left_over() == []


def test_a_model_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    broken = make_modelscope(tmp_path / "model")
    for checkpoint in broken.rglob("voc/ckpt/*.pth"):
        checkpoint.write_bytes(b"no checkpoint")

    with pytest.raises(ModelError):
        take(broken)

    assert list_packages() == ()
    assert not voices_folder().is_dir() or left_over() == []


def test_an_archive_whose_voices_are_refused_leaves_nothing(tmp_path: Path) -> None:
    archive = make_modelscope(tmp_path / "model", "zip", TWO)

    with pytest.raises(VoicePackageError) as refused:
        take(archive, name="mine")

    assert refused.value.__traceback__ is not None
    assert list(voices_folder().glob("*")) == []
