"""Names and speeds of OpenAI's, as ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest

from huisheng.errors import OutOfRange, VoiceMissing
from huisheng.server.doors.openai import clamp_speed, our_voice
from huisheng.testing import SILENT_VOICE
from huisheng.types import VoiceInfo

GENDERS: tuple[Literal["female", "male"], ...] = ("female", "male")
OFFICIAL = tuple(
    "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()  # noqa: SIM905 (to be read)
)
VOICES = [
    replace(SILENT_VOICE, id=f"{gender[0]}{n}", gender=gender, family="own")
    for gender in GENDERS
    for n in range(4)
]


def stands_for(name: str, voices: Sequence[VoiceInfo] = VOICES) -> str:
    """Our voice for a name, where the first one is the default."""
    return our_voice(name, voices, lambda: voices[0])


@pytest.mark.parametrize("name", OFFICIAL)
def test_each_official_name_means_one_of_ours(name: str) -> None:
    assert stands_for(name) in {voice.id for voice in VOICES}


def test_eight_voices_are_all_reached() -> None:
    assert {stands_for(name) for name in OFFICIAL} == {voice.id for voice in VOICES}


def test_the_gender_that_people_know_is_kept() -> None:
    assert stands_for("onyx").startswith("m")
    assert stands_for("nova").startswith("f")


def test_a_single_voice_takes_every_name() -> None:
    assert {stands_for(name, [SILENT_VOICE]) for name in OFFICIAL} == {"silent"}


@pytest.mark.parametrize(("engine", "family"), [("other", ""), ("silent", ""), ("silent", "theirs")])
def test_an_imported_voice_changes_what_no_official_name_means(engine: str, family: str) -> None:
    imported = [replace(SILENT_VOICE, id=f"new{n}", engine=engine, family=family) for n in range(3)]

    for name in OFFICIAL:
        assert stands_for(name, [*VOICES[::2], *imported]) == stands_for(name, VOICES[::2])


def test_a_voice_of_ours_goes_before_an_official_name() -> None:
    namesake = replace(SILENT_VOICE, id="alloy", engine="sambert")

    assert stands_for("alloy", [*VOICES, namesake]) == "alloy"


def test_where_the_default_voice_cannot_speak_no_other_stands_in() -> None:
    def usual() -> VoiceInfo:
        raise VoiceMissing("没有。", "There is none.")

    with pytest.raises(VoiceMissing):
        our_voice("alloy", VOICES, usual)
    assert our_voice("f2", VOICES, usual) == "f2"


@pytest.mark.parametrize("name", ["f2", "", "nobody"])
def test_any_other_name_stays(name: str) -> None:
    assert stands_for(name) == name


@pytest.mark.parametrize(("asked", "given"), [(0.25, 0.5), (0.5, 0.5), (1.3, 1.3), (2.0, 2.0), (4.0, 2.0)])
def test_a_speed_is_moved_to_the_nearest_of_ours(asked: float, given: float) -> None:
    assert clamp_speed(asked) == given


@pytest.mark.parametrize("asked", [0.24, 4.01, float("nan"), float("inf")])
def test_a_speed_that_openai_refuses_is_refused(asked: float) -> None:
    with pytest.raises(OutOfRange):
        clamp_speed(asked)
