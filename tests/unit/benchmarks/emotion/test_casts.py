"""Takes are known by the voice that speaks them, so results of two packages never mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.emotion.casts import Product, Students, Teachers, cast
from benchmarks.emotion.takes import Take, key
from benchmarks.voice.opening import SILENT

from huisheng.engines.kokoro import CAPABILITIES
from huisheng.errors import UnknownVoice, VoiceMissing
from huisheng.voice.manifest import MANIFEST

TAKE = Take("tinglan", "sad", 1.0, "你好。")


def package(folder: Path, content: str) -> Students:
    """A package as far as a key looks into it."""
    folder.mkdir()
    (folder / MANIFEST).write_text(content, encoding="ascii")
    return Students(folder)


def test_packages_of_different_content_have_different_keys(tmp_path: Path) -> None:
    assert key(TAKE, package(tmp_path / "a", "1")) != key(TAKE, package(tmp_path / "b", "2"))


def test_a_package_has_the_same_keys_wherever_it_lies(tmp_path: Path) -> None:
    assert key(TAKE, package(tmp_path / "a", "1")) == key(TAKE, package(tmp_path / "b", "1"))


@pytest.mark.parametrize(
    "other",
    [
        TAKE._replace(voice="yanzhou"),
        TAKE._replace(emotion="happy"),
        TAKE._replace(intensity=2.0),
        TAKE._replace(text="再见。"),
    ],
    ids=["voice", "emotion", "intensity", "text"],
)
def test_takes_that_may_sound_different_have_different_keys(other: Take) -> None:
    assert key(other, Students(SILENT)) != key(TAKE, Students(SILENT))


@pytest.mark.voice
def test_a_student_is_not_mistaken_for_its_teacher() -> None:
    assert len({key(TAKE, company) for company in (Students(SILENT), Teachers(), Product())}) == 3


@pytest.mark.voice
def test_the_neutral_of_the_product_is_the_same_at_any_intensity() -> None:
    plain = Take("qinglan", "neutral", 1.0, "你好。")

    assert key(plain._replace(intensity=2.0), Product()) == key(plain, Product())


def test_without_a_package_the_product_speaks_with_all_its_voices() -> None:
    assert cast("kokoro") == (Product(), tuple(voice.id for voice in CAPABILITIES.voices))


def test_a_package_speaks_with_all_its_voices_unless_some_are_named() -> None:
    assert cast("silent") == cast("silent", ["silent"]) == (Students(SILENT), ("silent",))


def test_a_voice_that_the_package_lacks_is_told() -> None:
    with pytest.raises(UnknownVoice, match="tinglan"):
        cast("silent", ["tinglan"])


def test_a_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(VoiceMissing):
        cast(str(tmp_path / "none"))


def test_students_say_what_is_asked() -> None:
    assert Students(SILENT).speak(Take("silent", "sad", 2.0, "你好。")).text == "你好。"


@pytest.mark.voice
def test_an_angry_teacher_is_louder_as_the_corpus_has_it() -> None:
    neutral, angry = (
        np.abs(Teachers().speak(Take("tinglan", emotion, 1.0, "你好。")).samples).max()
        for emotion in ("neutral", "angry")
    )

    assert angry > 1.2 * neutral
