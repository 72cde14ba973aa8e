"""Our data files: every row is well formed, and every reading is one that its character has."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import cast

import pytest

from huisheng.text.dictionary import data_file
from huisheng.text.pronunciation.lexicon import from_marks
from huisheng.text.resources import rows

PACKAGE = "huisheng.text.pronunciation"
SYLLABLE = re.compile("[a-z]{1,6}[1-5]")
COLUMNS = {
    "polyphones.tsv": {4},
    "words.tsv": {2, 3},
    "names.tsv": {2, 3},
    "idioms.tsv": {2, 3},
    "erhua.tsv": {1},
    "separate_er.tsv": {1},
    "characters.tsv": {2},
    "classes.tsv": {2},
    "letters.tsv": {2},
}
UNLISTED = {"马马虎虎", "解州", "诶", "𠮷"}
"""Readings that the source lacks and we vouch for."""


def source_readings() -> dict[str, set[str]]:
    text = data_file("pypinyin", "pinyin_dict.json").read_text(encoding="utf-8")
    data = cast("dict[str, str]", json.loads(text))
    return {
        chr(int(code)): {from_marks(one)[:-1] for one in marked.split(",")} for code, marked in data.items()
    }


@pytest.mark.parametrize("name", COLUMNS)
def test_every_row_has_the_columns_of_its_file(name: str) -> None:
    assert {len(row) for row in rows(PACKAGE, name)} <= COLUMNS[name]


@pytest.mark.parametrize("name", ["words.tsv", "names.tsv", "idioms.tsv", "characters.tsv"])
def test_every_reading_has_one_syllable_a_character(name: str) -> None:
    fixed = [(row[0], row[1].split(" ")) for row in rows(PACKAGE, name) if row[1] != "-"]

    assert [word for word, said in fixed if len(word) != len(said)] == []
    assert [said for _, said in fixed if not all(map(SYLLABLE.fullmatch, said))] == []


@pytest.mark.parametrize("name", ["words.tsv", "characters.tsv"])
def test_every_syllable_is_one_that_its_character_has(name: str) -> None:
    known = source_readings()

    odd = [
        row[0]
        for row in rows(PACKAGE, name)
        if row[1] != "-"
        for character, said in zip(row[0], row[1].split(" "), strict=True)
        if said[:-1] not in known.get(character, set())
    ]

    assert set(odd) <= UNLISTED


@pytest.mark.slow
def test_every_rule_gives_its_character_a_reading_that_it_has() -> None:
    known = source_readings()

    assert [row for row in rows(PACKAGE, "polyphones.tsv") if row[3][:-1] not in known[row[0]]] == []


@pytest.mark.parametrize("name", ["words.tsv", "names.tsv", "idioms.tsv", "separate_er.tsv"])
def test_no_word_is_listed_twice(name: str) -> None:
    counts = Counter(row[0] for row in rows(PACKAGE, name))

    assert [word for word, count in counts.items() if count > 1] == []


def test_nothing_that_er_colours_is_listed_twice() -> None:
    counts = Counter(host for row in rows(PACKAGE, "erhua.tsv") for host in row[0].split(" "))

    assert [host for host, count in counts.items() if count > 1] == []


def test_a_separate_er_stands_where_it_would_be_merged() -> None:
    hosts = tuple(host for row in rows(PACKAGE, "erhua.tsv") for host in row[0].split(" "))
    words = [row[0] for row in rows(PACKAGE, "separate_er.tsv")]

    assert [word for word in words if not word[: word.index("儿")].endswith(hosts) and word[0] != "儿"] == []
