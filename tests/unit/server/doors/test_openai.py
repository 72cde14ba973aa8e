"""Names and speeds of OpenAI's, as ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from huisheng.errors import OutOfRange
from huisheng.server.doors.openai import clamped_speed, our_voice
from huisheng.testing import SILENT_VOICE

GENDERS: tuple[Literal["female", "male"], ...] = ("female", "male")
OFFICIAL = tuple(
    "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()  # noqa: SIM905 (to be read)
)
VOICES = [replace(SILENT_VOICE, id=f"{gender[0]}{n}", gender=gender) for gender in GENDERS for n in range(4)]


@pytest.mark.parametrize("name", OFFICIAL)
def test_each_official_name_means_one_of_ours(name: str) -> None:
    assert our_voice(name, VOICES) in {voice.id for voice in VOICES}


def test_eight_voices_are_all_reached() -> None:
    assert {our_voice(name, VOICES) for name in OFFICIAL} == {voice.id for voice in VOICES}


def test_the_gender_that_people_know_is_kept() -> None:
    assert our_voice("onyx", VOICES).startswith("m")
    assert our_voice("nova", VOICES).startswith("f")


def test_a_single_voice_takes_every_name() -> None:
    assert {our_voice(name, [SILENT_VOICE]) for name in OFFICIAL} == {"silent"}


def test_an_imported_voice_changes_what_no_official_name_means() -> None:
    imported = [replace(SILENT_VOICE, id=f"new{n}", engine="sambert") for n in range(3)]

    for name in OFFICIAL:
        assert our_voice(name, [*VOICES[::2], *imported]) == our_voice(name, VOICES[::2])


def test_a_voice_of_ours_goes_before_an_official_name() -> None:
    namesake = replace(SILENT_VOICE, id="alloy", engine="sambert")

    assert our_voice("alloy", [*VOICES, namesake]) == "alloy"


@pytest.mark.parametrize("name", ["f2", "", "nobody"])
def test_any_other_name_stays(name: str) -> None:
    assert our_voice(name, VOICES) == name


@pytest.mark.parametrize(("asked", "given"), [(0.25, 0.5), (0.5, 0.5), (1.3, 1.3), (2.0, 2.0), (4.0, 2.0)])
def test_a_speed_is_moved_to_the_nearest_of_ours(asked: float, given: float) -> None:
    assert clamped_speed(asked) == given


@pytest.mark.parametrize("asked", [0.24, 4.01, float("nan"), float("inf")])
def test_a_speed_that_openai_refuses_is_refused(asked: float) -> None:
    with pytest.raises(OutOfRange):
        clamped_speed(asked)
