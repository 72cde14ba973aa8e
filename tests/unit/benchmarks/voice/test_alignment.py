from __future__ import annotations

import pytest
from benchmarks.voice.alignment import ANYTHING, Comparison, compare, expected, understood


def test_homophones_are_the_same_syllables() -> None:
    assert understood("是世事") == ["shi", "shi", "shi"]


def test_marks_blanks_and_letters_are_not_understood() -> None:
    assert understood("你 好，OK。") == ["ni", "hao"]


def test_english_words_stand_for_anything_where_they_are_said() -> None:
    assert expected("存成 P D 格式") == ["cun", "cheng", ANYTHING, ANYTHING, "ge", "shi"]


@pytest.mark.parametrize(
    ("said", "heard", "found"),
    [
        ("abcd", "abcd", Comparison(4, 0, 0, 0)),
        ("abcd", "abxd", Comparison(4, 1, 0, 0)),
        ("abcd", "abd", Comparison(4, 1, 1, 0)),
        ("abcdef", "abef", Comparison(6, 2, 2, 0)),
        ("abcdef", "bcde", Comparison(6, 2, 1, 0)),
        ("abc", "abcabc", Comparison(3, 3, 0, 3)),
        ("abc", "abbc", Comparison(3, 1, 0, 1)),
        ("ab", "", Comparison(2, 2, 2, 0)),
        ("", "ab", Comparison(0, 2, 0, 2)),
        ("", "", Comparison(0, 0, 0, 0)),
    ],
)
def test_what_is_missing_or_too_much_is_counted_in_a_row(said: str, heard: str, found: Comparison) -> None:
    assert compare(list(said), list(heard)) == found


@pytest.mark.parametrize("heard", ["abcd", "abxcd", "abxyzcd"])
def test_any_number_of_syllables_may_be_heard_in_an_english_word(heard: str) -> None:
    assert compare([*"ab", ANYTHING, *"cd"], list(heard)) == Comparison(4, 0, 0, 0)


def test_what_is_dropped_beside_an_english_word_is_found() -> None:
    assert compare([*"abcd", ANYTHING], list("ab")) == Comparison(4, 2, 2, 0)
