"""Every line of `cases/` is read as a linguist wrote it there."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from huisheng.text.frontend import Frontend
from huisheng.types import Break, Mark, SpokenItem, Syllable

CASES = Path(__file__).parent / "cases"


class Case(NamedTuple):
    written: str
    expected: str


def lines(name: str) -> list[str]:
    text = (CASES / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def cases(name: str) -> list[Case]:
    return [Case(*line.split(" => ")) for line in lines(name)]


def items(frontend: Frontend, text: str) -> list[SpokenItem]:
    return [item for sentence in frontend.sentences(text) for item in sentence.items]


def syllables(frontend: Frontend, text: str) -> list[Syllable]:
    return [item for item in items(frontend, text) if isinstance(item, Syllable)]


@pytest.mark.parametrize("case", [*cases("neutral"), *cases("erhua")], ids=lambda case: case.written)
def test_words_have_the_reading_that_the_dictionary_gives(frontend: Frontend, case: Case) -> None:
    assert " ".join(item.pinyin for item in syllables(frontend, case.written)) == case.expected


@pytest.mark.parametrize("case", cases("polyphones"), ids=lambda case: case.written)
def test_a_character_with_several_readings_is_read_by_its_neighbours(frontend: Frontend, case: Case) -> None:
    start, end = case.written.index("["), case.written.index("]") - 1
    text = case.written.replace("[", "").replace("]", "")

    asked = [item.pinyin for item in syllables(frontend, text) if start <= item.span.start < end]

    assert " ".join(asked) == case.expected


@pytest.mark.parametrize("case", cases("sandhi"), ids=lambda case: case.written)
def test_tones_change_as_they_are_heard(frontend: Frontend, case: Case) -> None:
    assert " ".join(item.surface for item in syllables(frontend, case.written)) == case.expected


@pytest.mark.parametrize("line", lines("breaks"))
def test_phrases_end_where_a_reader_breathes(frontend: Frontend, line: str) -> None:
    said = [item for item in items(frontend, line.replace("|", "")) if not isinstance(item, Mark)]

    marked = "".join(item.text + "|" * (item.after >= Break.PHRASE) for item in said)

    assert marked == line + "|"
