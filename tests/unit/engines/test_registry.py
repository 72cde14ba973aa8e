"""Many packages as one engine: which voice speaks, under which name, and for how long a model stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import (
    PIECES,
    ToyEngine,
    Workshop,
    damage,
    packages_in,
    publish_toy,
    spoken_by,
)

from huisheng.engines.families import EngineFamily
from huisheng.engines.packages import Packages
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.registry import EngineRegistry
from huisheng.errors import UnknownVoice, VoiceMissing, VoicePackageError
from huisheng.voice.manifest import Manifest


class Setting:
    """A folder of packages and the engine over it.

    Args:
        folder: of packages.
        kept: models in memory at once.
    """

    def __init__(self, folder: Path, kept: int = 4) -> None:
        self.workshop = Workshop()
        self.engine = EngineRegistry("all", packages_in(folder, self.workshop), kept=kept)

    @property
    def ids(self) -> list[str]:
        return [voice.id for voice in self.engine.capabilities.voices]

    def levels(self, voice: str) -> list[float]:
        """How loud each chunk of the voice is."""
        assert self.engine.capabilities  # the look of a request
        chunks = self.engine.synthesize(spoken_by(voice))
        return [round(float(chunk.samples.mean()), 3) for chunk in chunks]

    @property
    def heard(self) -> list[list[str]]:
        """What each engine was asked to speak with; those that were not asked are left out."""
        return [made.heard for made in self.workshop.made if made.heard]


def test_an_utterance_goes_to_the_engine_of_its_voice(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("soft",), version="10")
    publish_toy(tmp_path, "b", ("loud",), version="50")
    setting = Setting(tmp_path)

    assert setting.levels("soft") == [0.1] * PIECES
    assert setting.levels("loud") == [0.5] * PIECES


def test_chunks_have_the_rate_of_the_voice(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("low",), sample_rate=8_000)
    publish_toy(tmp_path, "b", ("high",), sample_rate=48_000)
    setting = Setting(tmp_path)

    rates = {
        voice.id: {chunk.sample_rate for chunk in setting.engine.synthesize(spoken_by(voice.id))}
        for voice in setting.engine.capabilities.voices
    }
    assert rates == {"low": {8_000}, "high": {48_000}}


def test_without_a_voice_the_first_one_speaks(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("second",), engine="second")
    publish_toy(tmp_path, "b", ("first",), engine="first")
    setting = Setting(tmp_path)
    setting.levels("")

    assert setting.heard == [["first"]]


def test_a_voice_that_is_not_installed_is_refused_with_those_that_are(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("one", "two"))

    with pytest.raises(UnknownVoice) as refused:
        Setting(tmp_path).levels("three")

    assert refused.value.known == ("one", "two")


def test_a_package_that_is_imported_later_speaks(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("one",))
    setting = Setting(tmp_path)
    before = setting.ids
    publish_toy(tmp_path, "b", ("two",), version="20")

    assert (before, setting.ids) == (["one"], ["one", "two"])
    assert setting.levels("two") == [0.2] * PIECES


def test_a_package_that_is_imported_again_speaks_with_its_new_model(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", version="10")
    setting = Setting(tmp_path)
    before = setting.levels("f7")
    publish_toy(tmp_path, "a", version="30")

    assert (before, setting.levels("f7")) == ([0.1] * PIECES, [0.3] * PIECES)


def test_what_is_being_said_ends_well_though_its_package_is_removed(tmp_path: Path) -> None:
    directory = publish_toy(tmp_path, "a")
    setting = Setting(tmp_path)
    chunks = setting.engine.synthesize(spoken_by("f7"))
    next(chunks)
    shutil.rmtree(directory)

    assert setting.ids == []
    assert len(list(chunks)) == PIECES - 1


# Names


def test_a_second_voice_with_the_same_id_is_prefixed_with_its_package(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        publish_toy(tmp_path, name, ("f7", f"own-{name}"))
    setting = Setting(tmp_path)

    assert setting.ids == ["f7", "own-c", "a:f7", "own-a", "b:f7", "own-b"]


def test_an_import_changes_neither_the_default_voice_nor_an_id(tmp_path: Path) -> None:
    publish_toy(tmp_path, "b", version="20")
    setting = Setting(tmp_path)
    before = setting.ids
    publish_toy(tmp_path, "a", version="10")

    assert (before, setting.ids) == (["f7"], ["f7", "a:f7"])
    assert setting.levels("") == setting.levels("f7") == [0.2] * PIECES


def test_one_that_is_told_apart_has_a_name_of_its_own_for_people(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a")
    publish_toy(tmp_path, "b")

    _, voice = Setting(tmp_path).engine.capabilities.voices
    assert (voice.name, voice.name_en) == ("F7（b）", "F7 (b)")


def test_an_engine_is_asked_for_its_voice_under_the_id_that_it_has_there(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a")
    publish_toy(tmp_path, "b", version="20")
    setting = Setting(tmp_path)

    assert setting.levels("b:f7") == [0.2] * PIECES
    assert setting.heard == [["f7"]]


@pytest.mark.parametrize("order", [("a", "a-f74"), ("a-f74", "a")])
def test_a_voice_that_is_called_like_its_package_has_that_id_whichever_came_first(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    speakers, versions = {"a": ("a", "a-f74"), "a-f74": ("a-f74",)}, {"a": "10", "a-f74": "20"}
    for name in order:
        publish_toy(tmp_path, name, speakers[name], version=versions[name])
    setting = Setting(tmp_path)

    assert sorted(setting.ids) == ["a", "a-f74", "a:a-f74"]
    levels = [setting.levels(voice)[0] for voice in ("a", "a-f74", "a:a-f74")]
    assert levels == [0.1, 0.2, 0.1]


def test_a_name_shared_by_two_voices_belongs_to_the_one_named_like_its_package(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("a", "a-f74"))
    publish_toy(tmp_path, "a-f74", ("a-f74",))

    voices = Setting(tmp_path).engine.capabilities.voices
    assert [voice.name for voice in voices] == ["A", "A-F74（a）", "A-F74"]


def test_a_package_called_like_a_voice_of_an_earlier_engine_does_not_take_its_id(tmp_path: Path) -> None:
    publish_toy(tmp_path, "usual", ("usual",), engine="second")
    publish_toy(tmp_path, "b", ("usual",), engine="first")

    assert Setting(tmp_path).ids == ["usual", "usual:usual"]


def test_a_package_called_like_a_voice_of_an_earlier_one_does_not_take_the_id(tmp_path: Path) -> None:
    publish_toy(tmp_path, "people", ("lan", "mei"))
    publish_toy(tmp_path, "mei", ("mei",))

    assert Setting(tmp_path).ids == ["lan", "mei", "mei:mei"]


# Nothing installed


def test_where_nothing_is_installed_a_voice_is_missing(tmp_path: Path) -> None:
    engine = Setting(tmp_path).engine

    assert engine.capabilities.voices == ()
    with pytest.raises(VoiceMissing):
        engine.load()


def test_the_first_package_is_there_as_soon_as_it_is_installed(tmp_path: Path) -> None:
    setting = Setting(tmp_path)
    before = setting.ids
    publish_toy(tmp_path, "a")

    assert (before, setting.ids) == ([], ["f7"])


# A default voice that cannot speak


def test_where_the_default_voice_is_damaged_the_next_one_is_loaded_and_is_the_default(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    harmed = [publish_toy(tmp_path, name, (name,)) for name in ("c", "b")]
    publish_toy(tmp_path, "a", ("a",))
    setting = Setting(tmp_path)
    for directory in harmed:
        damage(directory)
    setting.engine.load()

    assert setting.engine.loaded
    assert setting.engine.capabilities.find().id == "a"
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


def test_where_the_default_voice_is_removed_before_it_is_loaded_the_next_one_is(tmp_path: Path) -> None:
    class Removing(Workshop):
        """Package b is gone by the time that its second engine is made, the one to speak."""

        def make(self, manifest: Manifest, folder: Path, options: EngineOptions) -> ToyEngine:
            made = super().make(manifest, folder, options)
            if [engine.capabilities.find().id for engine in self.made].count("b") == 2:
                shutil.rmtree(folder / "b", ignore_errors=True)
            return made

    publish_toy(tmp_path, "b", ("b",))
    publish_toy(tmp_path, "a", ("a",))
    engine = EngineRegistry("all", packages_in(tmp_path, Removing()))
    before = engine.capabilities.find().id
    engine.load()

    assert (before, engine.capabilities.find().id, engine.loaded) == ("b", "a", True)


def test_where_the_default_voice_cannot_be_loaded_and_is_not_set_aside_that_is_told(tmp_path: Path) -> None:
    class Contradictory(ToyEngine):
        def load(self) -> None:
            raise VoicePackageError("不一致。", "They contradict each other.")

    for name in ("b", "a"):
        publish_toy(tmp_path, name, (name,))
    family = EngineFamily(lambda manifest, folder, _: Contradictory(manifest, folder))
    engine = EngineRegistry("all", Packages({"second": family}, "", tmp_path))

    with pytest.raises(VoicePackageError, match="不一致"):
        engine.load()
    assert engine.capabilities.find().id == "b"


def test_where_the_only_voice_is_damaged_that_is_told(tmp_path: Path) -> None:
    damage(publish_toy(tmp_path, "a"))

    with pytest.raises(VoicePackageError, match="语音包 a"):
        Setting(tmp_path).engine.load()


# Memory


def test_to_list_the_voices_loads_nothing(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a")
    setting = Setting(tmp_path)
    listed = setting.ids

    assert listed
    assert not any(made.loaded for made in setting.workshop.made)
    assert not setting.engine.loaded


def test_to_load_is_to_load_the_default_voice_alone(tmp_path: Path) -> None:
    publish_toy(tmp_path, "a", ("one",))
    publish_toy(tmp_path, "b", ("two",))
    setting = Setting(tmp_path)
    setting.engine.load()

    assert setting.engine.loaded
    loaded = [made.capabilities.voices[0].id for made in setting.workshop.made if made.loaded]
    assert loaded == ["one"]


def test_an_engine_makes_room_and_comes_back_when_it_is_asked_again(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish_toy(tmp_path, name, (name,))
    setting = Setting(tmp_path, kept=1)
    for voice in ("a", "a", "b", "a"):
        setting.levels(voice)

    assert setting.heard == [["a", "a"], ["b"], ["a"]]


def test_an_engine_that_speaks_stays_though_others_come(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        publish_toy(tmp_path, name, (name,))
    setting = Setting(tmp_path, kept=1)
    chunks = setting.engine.synthesize(spoken_by("a"))
    next(chunks)
    for voice in ("b", "c", "a"):
        setting.levels(voice)

    assert len(list(chunks)) == PIECES - 1
    assert setting.heard == [["a", "a"], ["b"], ["c"]]


def test_a_model_leaves_memory_when_its_package_is_removed(tmp_path: Path) -> None:
    setting = Setting(tmp_path)
    directory = publish_toy(tmp_path, "a")
    setting.levels("f7")
    before = setting.engine.loaded
    shutil.rmtree(directory)

    assert setting.ids == []
    assert (before, setting.engine.loaded) == (True, False)


def test_a_stream_that_is_closed_half_way_leaves_room(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish_toy(tmp_path, name, (name,))
    setting = Setting(tmp_path, kept=1)
    chunks = setting.engine.synthesize(spoken_by("a"))
    next(chunks)
    chunks.close()
    for voice in ("b", "a"):
        setting.levels(voice)

    assert setting.heard == [["a"], ["b"], ["a"]]
