"""Engines by name, whose voice is the default, and the voices of Kokoro."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import Workshop, damage, publish_toy, spoken_by

from huisheng.emotion.styles import STYLES
from huisheng.engines import FAMILIES, SAMBERT, EngineFamily, make_engine
from huisheng.engines.kokoro_voices import SPEAKERS, VOICES
from huisheng.errors import UnknownEngine, VoiceMissing, VoicePackageError
from huisheng.types import VoiceInfo
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import folder_of, voices_folder


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path, workshop: Workshop) -> Path:
    """The user's folder of packages, empty, and the program's; toys pass for packages of SAM-BERT."""
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    monkeypatch.setitem(FAMILIES, SAMBERT, EngineFamily(workshop.make))
    publish_toy(program, BUILTIN, ("lan", "mei"), engine=SAMBERT)
    return voices_folder()


def publish(voices: Path, *names: str) -> None:
    """A package of SAM-BERT with one voice of its name."""
    for name in names:
        publish_toy(voices, name, (name,), engine=SAMBERT)


def ids(name: str = "") -> list[str]:
    return [voice.id for voice in make_engine(name).capabilities.voices]


KOKORO_IDS = [voice.id for voice in VOICES]
BUILTIN_IDS = ["lan", "mei"]


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("name", ["installed", "kokoro", "sambert"])
def test_an_engine_calls_itself_by_the_name_that_was_asked_for_and_is_not_loaded(name: str) -> None:
    engine = make_engine(name)

    assert engine.capabilities.name == name
    assert not engine.loaded


def test_the_default_is_all_that_is_installed_the_built_in_voice_first(voices: Path) -> None:
    publish(voices, "b", "a")
    publish_toy(voices, "kokoro", engine="kokoro")

    assert ids() == [*BUILTIN_IDS, *KOKORO_IDS, "b", "a"]


def test_where_nothing_is_installed_the_built_in_voice_speaks(voices: Path) -> None:
    assert not voices.exists()
    assert ids() == BUILTIN_IDS
    make_engine().load()


def test_kokoro_that_is_not_installed_says_how_to_get_it(voices: Path) -> None:
    assert not voices.exists()
    with pytest.raises(VoiceMissing, match="huisheng voices pull kokoro"):
        make_engine("kokoro").load()


def test_what_is_installed_changes_neither_the_default_nor_its_id(voices: Path) -> None:
    before = make_engine().capabilities.find()
    publish_toy(voices, "kokoro", engine="kokoro")
    publish_toy(voices, "a", ("lan",), engine=SAMBERT)

    assert make_engine().capabilities.find() == before
    assert ids()[-1] == "a:lan"


def test_a_damaged_built_in_voice_makes_room_for_no_other(voices: Path) -> None:
    publish(voices, "a")
    damage(folder_of(BUILTIN))

    with pytest.raises(VoicePackageError, match="重新安装绘声"):
        make_engine().load()
    assert make_engine().capabilities.find().id == "lan"


def test_where_the_built_in_voice_cannot_be_read_there_is_no_default_and_the_others_speak(
    voices: Path,
) -> None:
    publish(voices, "a")
    (folder_of(BUILTIN) / MANIFEST).write_text("{}")
    engine = make_engine()

    for ask in (engine.load, engine.capabilities.find):
        with pytest.raises(VoicePackageError, match="重新安装绘声"):
            ask()
    assert ids() == ["a"]
    assert list(engine.synthesize(spoken_by("a")))


def test_where_there_is_no_built_in_voice_that_is_told_though_others_are_installed(voices: Path) -> None:
    publish(voices, "a")
    shutil.rmtree(folder_of(BUILTIN))

    with pytest.raises(VoiceMissing, match="重新安装绘声"):
        make_engine().load()


def test_a_built_in_voice_of_an_unknown_engine_is_told(voices: Path) -> None:
    publish_toy(folder_of(BUILTIN).parent, BUILTIN, engine="tomorrow")

    with pytest.raises(VoicePackageError, match="不是这个版本的"):
        make_engine().load()
    assert voices.exists() is False


def test_the_built_in_voice_that_is_back_is_the_default_again(voices: Path) -> None:
    engine, directory = make_engine(), folder_of(BUILTIN)
    directory.rename(directory.with_name("elsewhere"))
    with pytest.raises(VoiceMissing):
        engine.capabilities.find()
    directory.with_name("elsewhere").rename(directory)

    assert engine.capabilities.find().id == "lan"
    assert not voices.exists()


def test_kokoro_alone_knows_no_imported_voice(voices: Path) -> None:
    publish(voices, "zhibei")

    assert ids("kokoro") == KOKORO_IDS


def test_sambert_is_all_of_its_packages_and_one_when_it_is_named(voices: Path) -> None:
    publish_toy(voices, "kokoro", engine="kokoro")
    publish(voices, "a", "b")

    assert ids("sambert") == [*BUILTIN_IDS, "a", "b"]
    assert (ids("sambert:b"), ids("sambert:builtin")) == (["b"], BUILTIN_IDS)


@pytest.mark.parametrize(("kept", "heard"), [(1, [["a"], ["b"], ["a"]]), (2, [["a", "a"], ["b"]])])
def test_the_number_of_models_kept_is_the_one_asked_for(
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

    assert refused.value.known == ("installed", "kokoro", "sambert", "sambert:builtin", "sambert:a")


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
