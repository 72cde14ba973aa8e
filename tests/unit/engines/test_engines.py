"""Engines by name, and the voices of the default one."""

from __future__ import annotations

import pytest

from huisheng.emotion.styles import STYLES
from huisheng.engines import ENGINES, make_engine
from huisheng.engines.kokoro_voices import SPEAKERS, VOICES
from huisheng.errors import UnknownEngine
from huisheng.types import VoiceInfo


@pytest.mark.parametrize("name", ["", "kokoro"])
def test_the_default_engine_is_kokoro_and_is_not_loaded(name: str) -> None:
    engine = make_engine(name)

    assert engine.capabilities.name == "kokoro"
    assert not engine.loaded


def test_every_engine_calls_itself_by_its_name_in_the_table() -> None:
    assert [make_engine(name).capabilities.name for name in ENGINES] == list(ENGINES)


@pytest.mark.parametrize("name", ["Kokoro", "nothing", " "])
def test_an_engine_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(UnknownEngine) as refused:
        make_engine(name)

    assert refused.value.known == tuple(ENGINES)


def test_an_engine_shows_every_emotion_that_has_a_style() -> None:
    assert make_engine().capabilities.emotions == tuple(STYLES)


def test_no_two_voices_share_an_id_a_name_or_a_style() -> None:
    for values in (
        [voice.id for voice in VOICES],
        [voice.name for voice in VOICES],
        [voice.name_en for voice in VOICES],
        [speaker.style for speaker in SPEAKERS],
    ):
        assert len(set(values)) == len(values)


def test_a_timbre_is_whole_and_mostly_the_voices_own() -> None:
    for speaker in SPEAKERS:
        assert sum(share for _, share in speaker.timbre) == pytest.approx(1.0)
        assert dict(speaker.timbre)[speaker.style] > 0.5


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.id)
def test_the_id_of_a_voice_is_its_english_name_in_small_ascii_letters(voice: VoiceInfo) -> None:
    assert voice.id == voice.name_en.lower()
    assert voice.id.isascii()


def test_there_are_women_and_men() -> None:
    assert {voice.gender for voice in VOICES} == {"female", "male"}
