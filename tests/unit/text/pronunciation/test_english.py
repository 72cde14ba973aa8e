"""English words as phones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.dictionary import open_dictionary
from huisheng.text.pronunciation import english
from huisheng.text.pronunciation.english import English
from huisheng.text.resources import rows

ARPABET = {
    *(row[1] for row in rows("huisheng.text.pronunciation", "arpabet.tsv")),
    *(f"{row[1]}{stress}" for row in rows("huisheng.text.pronunciation", "arpabet.tsv") for stress in "012"),
}


@pytest.fixture(scope="module")
def dictionary(dictionaries: Path) -> English:
    return English(open_dictionary(english.source(), dictionaries))


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("hello", "HH AH0 L OW1"),
        ("Hello", "HH AH0 L OW1"),
        ("HELLO", "HH AH0 L OW1"),
        ("water", "W AO1 T ER0"),
        ("judge", "JH AH1 JH"),
        ("church", "CH ER1 CH"),
        ("boy", "B OY1"),
        ("cow", "K AW1"),
        ("measure", "M EH1 ZH ER0"),
        ("the", "DH AH0"),
        ("A", "EY1"),
        ("a", "EY1"),
        ("W", "D AH1 B AH0 L Y UW0"),
        ("WiFi", "W AY1 F AY2"),
        ("iPhone", "AY1 F OW2 N"),
    ],
)
def test_a_word_has_these_phones(dictionary: English, word: str, phones: str) -> None:
    assert " ".join(dictionary.phones(word)) == phones


def test_an_unknown_word_in_capitals_is_spelled(dictionary: English) -> None:
    assert dictionary.phones("XQZ") == (
        *dictionary.phones("X"),
        *dictionary.phones("Q"),
        *dictionary.phones("Z"),
    )


def test_a_word_without_vowels_is_spelled(dictionary: English) -> None:
    assert dictionary.phones("xqz") == dictionary.phones("XQZ")


def test_words_run_together_are_read_one_by_one(dictionary: English) -> None:
    assert dictionary.phones("HelloWorld") == (*dictionary.phones("hello"), *dictionary.phones("world"))


def test_an_accent_is_no_hindrance(dictionary: English) -> None:
    assert dictionary.phones("café") == dictionary.phones("cafe")


def test_an_invented_word_is_read_by_its_spelling(dictionary: English) -> None:
    assert dictionary.phones("shramp") == ("SH", "R", "AE1", "M", "P")


@given(st.text(st.characters(max_codepoint=0x24F, categories=["Lu", "Ll"]), max_size=20))
def test_any_latin_word_gives_arpabet_or_nothing(dictionary: English, word: str) -> None:
    assert ARPABET.issuperset(dictionary.phones(word))


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_every_english_word_is_said_somehow(dictionary: English, word: str) -> None:
    assert dictionary.phones(word)
