"""Timings as JSON and as SubRip."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.runtime.captions import LONGEST_LINE, marks, subrip
from huisheng.types import Span, Timing
from huisheng.units import Seconds

SHARED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "golden" / "captions.json").read_text(encoding="utf-8")
)
"""What the page's captions are held to as well."""

BLOCK = re.compile(r"(\d+)\n(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})\n(.+)\n")


class Caption(NamedTuple):
    """A block of a SubRip file, times in milliseconds."""

    number: int
    start: int
    end: int
    words: str


def parse(captions: str) -> list[Caption]:
    found: list[Caption] = []
    for block in captions.split("\n\n"):
        match = BLOCK.fullmatch(block.removesuffix("\n") + "\n")
        assert match, block
        numbers = [int(number) for number in match.groups()[:9]]
        start, end = (
            ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest
            for hours, minutes, seconds, rest in (numbers[1:5], numbers[5:9])
        )
        found.append(Caption(numbers[0], start, end, match[10]))
    return found


def even_timings(text: str, seconds: float = 0.2) -> list[Timing]:
    """A timing for every character that is heard."""
    heard = [place for place, character in enumerate(text) if character.isalnum()]
    return [
        Timing(Span(place, place + 1), Seconds(number * seconds), Seconds((number + 1) * seconds))
        for number, place in enumerate(heard)
    ]


def words(text: str) -> list[str]:
    return [caption.words for caption in parse(subrip(text, even_timings(text)))]


TEXTS = st.text(st.sampled_from("你好世界今天，。！？、\n "), max_size=120).filter(
    lambda text: any(character.isalnum() for character in text)
)


@given(TEXTS)
def test_captions_are_numbered_in_order_and_do_not_overlap(text: str) -> None:
    captions = parse(subrip(text, even_timings(text)))

    assert [caption.number for caption in captions] == list(range(1, len(captions) + 1))
    assert all(caption.start < caption.end for caption in captions)
    assert all(caption.end <= following.start for caption, following in pairwise(captions))


@given(TEXTS)
def test_captions_hold_every_heard_character_once_in_order(text: str) -> None:
    shown = "".join(caption.words for caption in parse(subrip(text, even_timings(text))))

    assert [c for c in shown if c.isalnum()] == [c for c in text if c.isalnum()]


@given(TEXTS)
def test_no_line_is_longer_than_a_phone_is_wide(text: str) -> None:
    assert all(len(line) <= LONGEST_LINE for line in words(text))


class Token(NamedTuple):
    """So many characters, said as so many items that share its span."""

    characters: int
    items: int


@given(st.lists(st.builds(Token, st.integers(1, 30), st.integers(1, 6)), min_size=1, max_size=20))
def test_what_shares_a_token_is_never_parted(tokens: list[Token]) -> None:
    text, timings = "", list[Timing]()
    for number, token in enumerate(tokens):
        span = Span(len(text), len(text) + token.characters)
        text += chr(ord("甲") + number) * token.characters
        timings += [
            Timing(span, Seconds(float(len(timings) + item)), Seconds(float(len(timings) + item + 1)))
            for item in range(token.items)
        ]

    lines = [caption.words for caption in parse(subrip(text, timings))]

    assert "".join(lines) == text
    assert all(left[-1] != right[0] for left, right in pairwise(lines))


def test_a_full_stop_ends_a_line() -> None:
    assert words("你好。世界！再见") == ["你好", "世界", "再见"]


def test_a_comma_ends_a_line_that_has_some_length() -> None:
    assert words("你好，世界") == ["你好，世界"]
    assert words("今天天气真的非常好啊，我们走") == ["今天天气真的非常好啊", "我们走"]


def test_a_long_stretch_without_marks_is_cut() -> None:
    assert [len(line) for line in words("好" * 50)] == [20, 20, 10]


def test_a_line_break_inside_a_caption_becomes_a_blank() -> None:
    assert words("你\t好") == ["你 好"]


def test_times_are_hours_minutes_seconds_and_milliseconds() -> None:
    timing = Timing(Span(0, 1), Seconds(3_661.2346), Seconds(3_661.9999))

    assert subrip("好", [timing]) == "1\n01:01:01,235 --> 01:01:02,000\n好\n"


def test_nothing_heard_is_no_caption() -> None:
    assert subrip("。", []) == ""


def test_a_mark_holds_the_characters_and_their_time_rounded_to_milliseconds() -> None:
    (mark,) = marks("你好2024年", [Timing(Span(2, 6), Seconds(0.12345), Seconds(0.98765))])

    assert mark == {"start": 2, "end": 6, "text": "2024", "time": 0.123, "time_end": 0.988}


@pytest.mark.parametrize("text", ["你好", "一二三"])
def test_marks_keep_the_order_of_the_timings(text: str) -> None:
    assert "".join(mark["text"] for mark in marks(text, even_timings(text))) == text


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case["name"])
def test_captions_are_those_that_the_page_makes(case: dict[str, Any]) -> None:
    timings = [
        Timing(Span(start, end), Seconds(begins), Seconds(ends))
        for start, end, begins, ends in case["timings"]
    ]

    assert subrip(case["text"], timings) == case["srt"]
