"""Times, rates, pitches and levels of markup: what each way of writing stands for, and what is no value."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.markup import values

NUMBERS = st.from_regex(r"\A[+-]?[0-9.]{0,9}(ms|s|%|st|hz|dB)?\Z")
NO_VALUES = (
    "",
    " ",
    "x",
    "nan",
    "inf",
    "1e3",
    "1e999",
    "9" * 400,
    "1.",
    ".",
    "--1",
    "+-1",
    "1 2",
    "٣",
    "½",
    "1%%",
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("1.5s", 1.5),
        (" 2 S ", 2.0),
        (".25s", 0.25),
        ("2秒", 2.0),
        ("300毫秒", 0.3),
        ("0s", 0.0),
        ("10s", 10.0),
        ("10000ms", 10.0),
    ],
)
def test_a_time_is_in_seconds(text: str, seconds: float) -> None:
    assert values.seconds(text) == seconds


@pytest.mark.parametrize("text", [*NO_VALUES, "500", "-1s", "+1s", "10.1s", "10001ms", "1m", "1e1s", "ms"])
def test_what_is_no_time_or_too_long_is_none(text: str) -> None:
    assert values.seconds(text) is None


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("1.2", 1.2),
        ("120%", 1.2),
        ("+20%", 1.2),
        ("-50%", 0.5),
        ("0.01", 0.01),
        ("10", 10.0),
        ("+900%", 10.0),
        ("0%", 1.0),
        ("medium", 1.0),
    ],
)
@pytest.mark.parametrize("scale", ["rate", "range"])
def test_a_factor_is_relative_or_absolute(scale: values.Scale, text: str, factor: float) -> None:
    assert scale in ("rate", "range")
    assert values.factor(scale, text) == pytest.approx(factor)


@pytest.mark.parametrize("text", [*NO_VALUES, "0", "-100%", "-1", "+1", "10.1", "1001%", "2st", "loud"])
def test_what_is_no_factor_or_beyond_ten_is_none(text: str) -> None:
    assert values.factor("rate", text) is None


@pytest.mark.parametrize(
    ("text", "semitones"),
    [
        ("+2st", 2.0),
        ("-1.5ST", -1.5),
        ("3st", 3.0),
        ("+2", 2.0),
        ("+2半音", 2.0),
        ("+100%", 12.0),
        ("-50%", -12.0),
        ("+200Hz", 12.0),
        ("0%", 0.0),
        ("0Hz", 0.0),
        ("-100hz", -12.0),
        ("x-high", 4.0),
        ("+24st", 24.0),
    ],
)
def test_a_pitch_is_in_semitones(text: str, semitones: float) -> None:
    assert values.semitones(text) == pytest.approx(semitones)


@pytest.mark.parametrize(
    "text", [*NO_VALUES, "2", "200Hz", "20%", "+25st", "-24.1", "-100%", "-200Hz", "+2dB"]
)
def test_what_is_no_pitch_or_beyond_two_octaves_is_none(text: str) -> None:
    assert values.semitones(text) is None


@pytest.mark.parametrize(
    ("text", "decibels"),
    [
        ("+6dB", 6.0),
        ("-6db", -6.0),
        ("6dB", 6.0),
        ("+3分贝", 3.0),
        ("100", 0.0),
        ("10", -20.0),
        ("100%", 0.0),
        ("+900%", 20.0),
        ("-90%", -20.0),
        ("0", -60.0),
        ("0.01", -60.0),
        ("-100%", -60.0),
        ("-999dB", -60.0),
        ("silent", -60.0),
        ("x-loud", 8.0),
    ],
)
def test_a_volume_is_in_decibels(text: str, decibels: float) -> None:
    assert values.decibels(text) == pytest.approx(decibels)


@pytest.mark.parametrize("text", [*NO_VALUES, "+3", "-3", "-101%", "1001", "+20.1dB", "+2st", "fast"])
def test_what_is_no_volume_or_too_loud_is_none(text: str) -> None:
    assert values.decibels(text) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0.0), (" 1.5 ", 1.5), ("+2", 2.0), (".5", 0.5)])
def test_a_number_within_bounds_is_itself(text: str, number: float) -> None:
    assert values.number(text, 0.0, 2.0) == number


@pytest.mark.parametrize("text", [*NO_VALUES, "2.1", "-0.1", "1%", "1s"])
def test_what_is_no_number_within_bounds_is_none(text: str) -> None:
    assert values.number(text, 0.0, 2.0) is None


@pytest.mark.parametrize(
    ("scale", "text", "value"),
    [
        ("rate", "x-slow", 0.5),
        ("pitch", "x-low", -4.0),
        ("range", "x-high", 1.6),
        ("volume", "soft", -6.0),
        ("break", "weak", 0.25),
        ("emphasis", " Strong ", 2.0),
    ],
)
def test_a_word_stands_for_its_value(scale: values.Scale, text: str, value: float) -> None:
    assert values.level(scale, text) == value


def test_a_word_of_another_scale_is_none() -> None:
    assert values.level("rate", "loud") is None


@given(st.one_of(st.text(), NUMBERS))
def test_any_text_is_a_finite_value_within_bounds_or_none(text: str) -> None:
    found = (values.seconds(text), values.factor("rate", text), values.semitones(text), values.decibels(text))

    assert all(value is None or (isfinite(value) and abs(value) <= 60.0) for value in found)
