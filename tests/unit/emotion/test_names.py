"""The names of emotions."""

from __future__ import annotations

import math
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.emotion.names import NAMES, aliases, resolve
from huisheng.errors import HuishengError, OutOfRange, UnknownEmotion
from huisheng.types import Emotion, EmotionName


@pytest.mark.parametrize("name", NAMES)
def test_an_emotion_goes_by_its_own_name(name: EmotionName) -> None:
    assert resolve(name, 0.5) == Emotion(name, 0.5)


def test_no_name_is_neutral() -> None:
    assert resolve("") == Emotion("neutral", 1.0)


@pytest.mark.parametrize("name", ["HAPPY", " happy ", "Happy\n", "开心"])
def test_case_and_blanks_around_do_not_matter(name: str) -> None:
    assert resolve(name) == Emotion("happy", 1.0)


def test_an_alias_scales_the_intensity() -> None:
    assert resolve("excited", 0.5) == Emotion("happy", 0.5 * aliases()["excited"].strength)


@pytest.mark.parametrize("name", aliases())
def test_an_alias_leads_to_an_emotion_within_the_range(name: str) -> None:
    emotion = resolve(name, 2.0)

    assert emotion.name in NAMES
    assert 0.0 < emotion.intensity <= 2.0


def test_no_alias_hides_an_emotion() -> None:
    assert not set(aliases()) & set(NAMES)


def test_every_alias_can_be_found() -> None:
    assert all(name == name.strip().lower() for name in aliases())


@pytest.mark.parametrize("intensity", [-0.01, 2.01, math.inf, math.nan])
def test_an_intensity_outside_0_to_2_is_refused(intensity: float) -> None:
    with pytest.raises(OutOfRange, match="intensity"):
        resolve("happy", intensity)


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownEmotion) as refused:
        resolve("bored of tests")

    assert refused.value.known == NAMES


@pytest.mark.slow
@given(st.text(), st.floats())
def test_any_name_is_an_emotion_or_an_error_of_ours(name: str, intensity: float) -> None:
    try:
        emotion = resolve(name, intensity)
    except HuishengError:
        return
    assert emotion.name in NAMES


def test_emotions_joined_by_a_plus_have_equal_shares() -> None:
    assert resolve("happy+surprised", 1.6) == Emotion("happy", 0.8, also=(("surprised", 0.8),))


def test_a_share_behind_a_colon_is_that_of_its_emotion() -> None:
    assert resolve("sad:0.7+calm:0.3") == Emotion("sad", 0.7, also=(("calm", 0.3),))


def test_an_alias_may_be_part_of_a_mixture() -> None:
    assert resolve("开心:0.5+难过:0.5").also[0][0] == "sad"


@pytest.mark.parametrize("name", ["happy+", "+sad", "+", "happy:much", "happy+nobody:0.5"])
def test_a_part_that_is_no_emotion_is_refused(name: str) -> None:
    with pytest.raises(UnknownEmotion):
        resolve(name)


@pytest.mark.parametrize("share", ["-0.1", "1.1", "inf", "nan"])
def test_a_share_outside_its_range_is_refused(share: str) -> None:
    with pytest.raises(OutOfRange):
        resolve(f"happy:{share}+sad")


@pytest.mark.parametrize("name", ["happy:1+sad:0.1", "happy:0.6+sad:0.6"])
def test_shares_that_are_more_than_the_whole_are_refused(name: str) -> None:
    with pytest.raises(OutOfRange):
        resolve(name)


def test_too_many_emotions_at_once_are_refused_in_a_short_message() -> None:
    with pytest.raises(UnknownEmotion) as refusal:
        resolve("+".join(["happy:0"] * 100_000))

    assert len(refusal.value.message) < 200


def test_every_emotion_has_one_style_file() -> None:
    styles = {path.name for path in resources.files("huisheng.emotion").joinpath("data").iterdir()}

    assert {name for name in styles if name.endswith(".toml")} == {f"{name}.toml" for name in NAMES}
