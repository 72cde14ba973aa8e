"""Styles as data, and what intensity makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from huisheng.emotion.names import NAMES
from huisheng.emotion.styles import (
    LARGEST_SHARE,
    QUICKEST,
    STYLES,
    Blend,
    Quantity,
    Shape,
    Style,
    _limit_shares,
    shape,
)
from huisheng.types import Emotion, EmotionName

ENGINE = "kokoro"
SHIFTS = ("f0_shift", "final_f0", "level")
RATIOS = ("f0_range", "rate", "pause", "final_lengthening", "energy")
UNITS = {"f0_shift": "semitones", "final_f0": "semitones", "level": "decibels"} | dict.fromkeys(
    RATIOS, "ratio"
)
EMOTIONS = st.sampled_from(NAMES)


def quantities(style: Style) -> dict[str, Quantity]:
    return {name: getattr(style, name) for name in UNITS}


def test_there_is_a_style_for_every_emotion_in_the_order_of_the_names() -> None:
    assert tuple(STYLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_style_names_itself(name: EmotionName) -> None:
    assert STYLES[name].name == name


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_its_unit_and_a_source(name: EmotionName) -> None:
    values = quantities(STYLES[name])

    assert {field: value.unit for field, value in values.items()} == UNITS
    assert all(value.source for value in values.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_ratio_is_positive(name: EmotionName) -> None:
    assert all(quantities(STYLES[name])[field].value > 0 for field in RATIOS)


@pytest.mark.parametrize("name", NAMES)
def test_an_emotion_is_described_in_both_languages(name: EmotionName) -> None:
    style = STYLES[name]

    assert all((style.label, style.label_en, style.description, style.description_en))


def test_no_two_emotions_have_the_same_label() -> None:
    assert len({style.label for style in STYLES.values()}) == len(STYLES)


@pytest.mark.parametrize("name", NAMES)
def test_intensity_1_is_as_designed(name: EmotionName) -> None:
    shaped = shape(Emotion(name, 1.0), ENGINE)

    assert {field: getattr(shaped, field) for field in UNITS} == pytest.approx(
        {field: value.value for field, value in quantities(STYLES[name]).items()}
    )


@pytest.mark.parametrize("name", NAMES)
def test_intensity_0_is_neutral_to_the_bit(name: EmotionName) -> None:
    assert shape(Emotion(name, 0.0), ENGINE) == shape(Emotion("neutral", 1.0), ENGINE)


@pytest.mark.parametrize("name", NAMES)
def test_intensity_2_is_twice_as_far_in_the_logarithm(name: EmotionName) -> None:
    once, twice = shape(Emotion(name, 1.0), ENGINE), shape(Emotion(name, 2.0), ENGINE)

    assert [getattr(twice, field) for field in SHIFTS] == [2 * getattr(once, field) for field in SHIFTS]
    for field in set(RATIOS) - {"rate"}:
        assert getattr(twice, field) == getattr(once, field) ** 2


@pytest.mark.parametrize("name", NAMES)
def test_an_emotion_slows_without_end_and_hurries_up_to_a_bound(name: EmotionName) -> None:
    once, twice = (shape(Emotion(name, intensity), ENGINE).rate for intensity in (1.0, 2.0))

    assert twice == pytest.approx(once**2) if once <= 1.0 else once < twice < QUICKEST


def shares(shaped: Shape) -> list[float]:
    return [sum(share for _, share in half) for half in (shaped.prosody, shaped.timbre)]


@given(EMOTIONS, st.floats(0.0, 2.0))
def test_the_shares_of_other_voices_stay_within_their_bound(name: EmotionName, intensity: float) -> None:
    assert max(shares(shape(Emotion(name, intensity), ENGINE))) <= LARGEST_SHARE + 1e-12


def test_mixtures_that_would_take_over_are_scaled_back_together() -> None:
    (_, more), (_, less) = _limit_shares((("one", 0.6), ("two", 0.2)))

    assert more + less == pytest.approx(LARGEST_SHARE)
    assert more == pytest.approx(3 * less)


@given(EMOTIONS, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_intensity_never_mixes_less(name: EmotionName, less: float, more: float) -> None:
    less, more = sorted((less, more))
    faint, strong = (shares(shape(Emotion(name, degree), ENGINE)) for degree in (less, more))

    assert all(few <= many + 1e-12 for few, many in zip(faint, strong, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_that_a_style_does_not_know_mixes_no_voices(name: EmotionName) -> None:
    shaped = shape(Emotion(name, 2.0), "another")

    assert (shaped.prosody, shaped.timbre) == ((), ())


def test_a_share_above_the_largest_is_refused_when_the_data_is_read() -> None:
    with pytest.raises(ValidationError):
        Blend(voice="any", share=LARGEST_SHARE + 0.01, source="design")


def test_a_key_that_no_style_has_is_refused_when_the_data_is_read() -> None:
    data = STYLES["happy"].model_dump()

    with pytest.raises(ValidationError, match="speeed"):
        Style.model_validate(data | {"speeed": data["rate"]})


@given(EMOTIONS, EMOTIONS, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_emotions_at_the_same_time_add_their_shifts_and_multiply_their_ratios(
    one: EmotionName, other: EmotionName, much: float, little: float
) -> None:
    first, second = shape(Emotion(one, much), ENGINE), shape(Emotion(other, little), ENGINE)
    both = shape(Emotion(one, much, also=((other, little),)), ENGINE)

    assert both.f0_shift == pytest.approx(first.f0_shift + second.f0_shift)
    assert both.level == pytest.approx(first.level + second.level)
    assert both.f0_range == pytest.approx(first.f0_range * second.f0_range)
    assert both.rate == pytest.approx(min(QUICKEST, first.rate * second.rate))
    assert max(shares(both)) <= LARGEST_SHARE + 1e-12
