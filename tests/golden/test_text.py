"""The front-end on every case of `text/`: shares that it must not fall below.

A failure tells totals, never a case: of the unseen part single ones are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Final, TypeAlias

import pytest
from benchmarks.text.cases import Part, Task
from benchmarks.text.natural import paragraphs
from benchmarks.text.natural_scoring import Score, score_all
from benchmarks.text.ours import adapters, read_running
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


@pytest.fixture(scope="module")
def running_scores(frontend: Frontend) -> Callable[[Part], Score]:
    reader = partial(read_running, frontend)

    @cache
    def score_part(part: Part) -> Score:
        return sum(score_all(paragraphs(part), reader), Score())

    return score_part


@pytest.fixture
def running(running_scores: Callable[[Part], Score], part: Part) -> Score:
    """The running text of one part."""
    return running_scores(part)


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


def test_every_kind_of_readings_in_running_text_is_right_in_85_of_100(sheets: Sheets, part: Part) -> None:
    shares = {category: tally.share for category, tally in sheets("contexts", part).items()}

    assert {category: share for category, share in shares.items() if share < 0.85} == {}


def test_93_of_100_readings_in_running_text_are_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("contexts", part).values()).share >= 0.93


def test_running_text_has_at_most_four_errors_in_1000_characters(running: Score) -> None:
    assert running.rate("number", "polyphone", "yi_bu", "erhua") <= 4


def test_running_text_has_at_most_25_neutral_tones_wrong_in_10000_characters(running: Score) -> None:
    assert running.rate("neutral") <= 2.5


def test_phrases_of_running_text_end_where_people_end_them(running: Score) -> None:
    assert running.f1 >= 0.62


def test_98_of_100_words_have_all_their_tones_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("sandhi", part).values()).share >= 0.98


def test_993_of_1000_syllables_have_their_tone_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("sandhi", part).values()).parts_share >= 0.993


def test_75_of_100_sentences_have_all_their_phrases_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("breaks", part).values()).share >= 0.75


def test_85_of_100_emotions_are_told_right(sheets: Sheets, part: Part) -> None:
    assert total(sheets("emotion", part).values()).share >= 0.85
