"""Numbers in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.normalization.numerals import (
    COUNTED,
    ORDERED,
    cardinal,
    digit_string,
    measure_word,
    number,
    quantity,
)

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
SCALES = {"十": 10, "百": 100, "千": 1000}


def value(spoken: str) -> int:
    """What a spoken cardinal means, computed by another way than it was made: 亿 and 万 split it."""
    for sign, scale in (("亿", 10**8), ("万", 10**4)):
        high, found, low = spoken.rpartition(sign)
        if found:
            return value(high) * scale + value(low)
    total, digit = 0, 0
    for character in spoken:
        if character in SCALES:
            total, digit = total + (digit or 1) * SCALES[character], 0
        else:
            digit = DIGITS[character]
    return total + digit


@given(st.integers(0, 10**16 - 1))
def test_a_cardinal_means_its_number(integer: int) -> None:
    assert value(cardinal(str(integer))) == integer


@given(st.integers(0, 10**16 - 1))
def test_thousands_commas_change_nothing(integer: int) -> None:
    assert cardinal(f"{integer:,}") == cardinal(str(integer))


@given(st.integers(0, 10**16 - 1))
def test_a_cardinal_has_no_zero_twice_or_at_its_end(integer: int) -> None:
    spoken = cardinal(str(integer))

    assert "零零" not in spoken
    assert integer == 0 or not spoken.endswith("零")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("10", "十"), ("110", "一百一十"), ("200", "二百"), ("2000", "两千"), ("20000", "两万"),
        ("22000", "两万二千"), ("1000001", "一百万零一"), ("100000000", "一亿"), ("1000000000000", "一万亿"),
        ("10000000000000000", "一亿亿"), ("000", "零"),
    ],
)  # fmt: skip
def test_a_cardinal_is_said_as_people_say_it(written: str, spoken: str) -> None:
    assert cardinal(written) == spoken


def test_a_number_beyond_all_scales_is_said_digit_by_digit() -> None:
    assert cardinal("1" * 25) == "一" * 25


def test_decimals_are_said_digit_by_digit() -> None:
    assert number("3.05") == "三点零五"


def test_a_missing_whole_part_is_zero() -> None:
    assert number(".5") == "零点五"


def test_one_is_yao_only_where_it_is_asked_for() -> None:
    assert (digit_string("101"), digit_string("101", one="幺")) == ("一零一", "幺零幺")


def test_no_measure_word_both_counts_and_orders() -> None:
    assert not COUNTED & ORDERED


def test_the_longest_measure_word_decides() -> None:
    assert (measure_word("年级"), measure_word("年")) == ("年级", "年")


@pytest.mark.parametrize(
    ("after", "spoken"), [("个", "两"), ("月", "二"), ("个月", "两"), ("", "二"), ("、3个", "两")]
)
def test_two_is_said_by_its_measure_word(after: str, spoken: str) -> None:
    assert quantity("2", after) == spoken
