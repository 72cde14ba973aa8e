"""The front-end on every case of `text/`: shares that it must not fall below.

A failure tells totals, never a case: of the unseen part single ones are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import pytest
from benchmarks.text.cases import Part, Task
from benchmarks.text.ours import adapters
from benchmarks.text.scoring import Sheet, hard, sheet, total

from huisheng.text.frontend import Frontend

PARTS: Final[tuple[Part, ...]] = ("tuning", "unseen")
EXACT: Final = ("big_number", "cardinal")
"""Categories of normalization without a mistake."""

Sheets: TypeAlias = Callable[[Task, Part], Sheet]

pytestmark = pytest.mark.parametrize("part", PARTS)


@pytest.fixture(scope="module")
def sheets(frontend: Frontend) -> Sheets:
    ours = adapters(frontend)
    known: dict[tuple[Task, Part], Sheet] = {}

    def cached_sheet(task: Task, part: Part) -> Sheet:
        if (task, part) not in known:
            known[task, part] = sheet(task, part, ours[task])
        return known[task, part]

    return cached_sheet


def test_numbers_and_signs_are_said_right_in_95_of_100_texts(sheets: Sheets, part: Part) -> None:
    assert total(sheets("normalization", part).values()).share >= 0.95


def test_no_kind_of_numbers_and_signs_falls_below_85_of_100(sheets: Sheets, part: Part) -> None:
    shares = {category: tally.share for category, tally in sheets("normalization", part).items()}

    assert {category: share for category, share in shares.items() if share < 0.85} == {}


@pytest.mark.parametrize("category", EXACT)
def test_plain_and_big_numbers_are_always_said_right(sheets: Sheets, category: str, part: Part) -> None:
    assert sheets("normalization", part)[category].share == 1.0


def test_polyphones_are_read_right_in_95_of_100_texts(sheets: Sheets, part: Part) -> None:
    assert total(sheets("polyphones", part).values()).share >= 0.95


def test_hard_polyphones_are_read_right_in_93_of_100_texts(sheets: Sheets, part: Part) -> None:
    assert hard(sheets("polyphones", part)).share >= 0.93


def test_98_of_100_words_have_all_their_tones_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("sandhi", part).values()).share >= 0.98


def test_993_of_1000_syllables_have_their_tone_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("sandhi", part).values()).parts_share >= 0.993


def test_75_of_100_sentences_have_all_their_phrases_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("breaks", part).values()).share >= 0.75


def test_85_of_100_emotions_are_told_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("emotion", part).values()).share >= 0.85
