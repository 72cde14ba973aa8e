"""Engines by name, and the voices of Kokoro."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import Workshop, publish_toy, spoken_by

from huisheng import engines
from huisheng.emotion.styles import STYLES
from huisheng.engines import FAMILIES, SAMBERT, make_engine
from huisheng.engines.kokoro_voices import SPEAKERS, VOICES
from huisheng.errors import UnknownEngine, VoiceMissing
from huisheng.types import VoiceInfo
from huisheng.voice.store import voices_folder


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workshop: Workshop) -> Path:
    """The user's folder of packages, empty, where toys pass for packages of SAM-BERT."""
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    monkeypatch.setattr(engines, "FAMILIES", {**FAMILIES, SAMBERT: workshop.make})
    return voices_folder()


def publish(voices: Path, *names: str) -> None:
    """A package of SAM-BERT with one voice of its name."""
    for name in names:
        publish_toy(voices, name, (name,), engine=SAMBERT)


def ids(name: str = "") -> list[str]:
    return [voice.id for voice in make_engine(name).capabilities.voices]


KOKORO_IDS = [voice.id for voice in VOICES]


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("name", ["installed", "kokoro", "sambert"])
def test_an_engine_calls_itself_by_the_name_that_was_asked_for_and_is_not_loaded(name: str) -> None:
    engine = make_engine(name)

    assert engine.capabilities.name == name
    assert not engine.loaded


def test_the_default_is_all_that_is_installed_kokoro_first(voices: Path) -> None:
    publish_toy(voices, "kokoro", engine="kokoro")
    publish(voices, "b", "a")

    assert ids() == [*KOKORO_IDS, "b", "a"]


def test_where_nothing_is_installed_kokoro_is_offered_and_says_how_to_get_it(voices: Path) -> None:
    assert not voices.exists()
    with pytest.raises(VoiceMissing, match="make setup"):
        make_engine().load()
    assert ids() == KOKORO_IDS


def test_without_kokoro_an_imported_voice_is_the_default(voices: Path) -> None:
    publish(voices, "zhibei")

    assert ids() == ["zhibei"]
    make_engine().load()


def test_kokoro_alone_knows_no_imported_voice(voices: Path) -> None:
    publish(voices, "zhibei")

    assert ids("kokoro") == KOKORO_IDS


def test_sambert_is_all_of_its_packages_and_one_when_it_is_named(voices: Path) -> None:
    publish_toy(voices, "kokoro", engine="kokoro")
    publish(voices, "a", "b")

    assert (ids("sambert"), ids("sambert:b")) == (["a", "b"], ["b"])


@pytest.mark.parametrize(("kept", "heard"), [(1, [["a"], ["b"], ["a"]]), (2, [["a", "a"], ["b"]])])
def test_as_many_models_are_kept_as_was_asked_for(
    voices: Path, workshop: Workshop, kept: int, heard: list[list[str]]
) -> None:
    publish(voices, "a", "b")
    engine = make_engine(kept=kept)
    for voice in ("a", "b", "a"):
        list(engine.synthesize(spoken_by(voice)))

    assert [made.heard for made in workshop.made if made.heard] == heard


@pytest.mark.parametrize("name", ["Kokoro", "nothing", " ", "sambert:c", "kokoro:a", ":a"])
def test_an_engine_that_does_not_exist_is_refused_with_those_that_do(voices: Path, name: str) -> None:
    publish(voices, "a")

    with pytest.raises(UnknownEngine) as refused:
        make_engine(name)

    assert refused.value.known == ("installed", "kokoro", "sambert", "sambert:a")


def test_every_voice_of_kokoro_shows_every_emotion_that_has_a_style() -> None:
    assert {voice.emotions for voice in VOICES} == {tuple(STYLES)}


def test_no_two_voices_share_an_id_a_name_or_a_style() -> None:
    for values in (
        [voice.id for voice in VOICES],
        [voice.name for voice in VOICES],
        [voice.name_en for voice in VOICES],
        [speaker.prosody for speaker in SPEAKERS],
    ):
        assert len(set(values)) == len(values)


def test_a_timbre_is_whole_and_mostly_the_voices_own() -> None:
    for speaker in SPEAKERS:
        assert sum(share for _, share in speaker.timbre) == pytest.approx(1.0)
        ((style, _),) = speaker.prosody
        assert dict(speaker.timbre)[style] > 0.5


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.id)
def test_the_id_of_a_voice_is_its_english_name_in_small_ascii_letters(voice: VoiceInfo) -> None:
    assert voice.id == voice.name_en.lower()
    assert voice.id.isascii()


def test_there_are_women_and_men() -> None:
    assert {voice.gender for voice in VOICES} == {"female", "male"}
