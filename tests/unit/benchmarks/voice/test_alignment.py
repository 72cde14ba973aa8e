from __future__ import annotations

import pytest
from benchmarks.voice.alignment import (
    ANYTHING,
    Run,
    TranscriptErrors,
    compare,
    pinyin_syllables,
    reference_syllables,
)


def test_homophones_are_the_same_syllables() -> None:
    assert pinyin_syllables("是世事") == ["shi", "shi", "shi"]


def test_marks_blanks_and_letters_are_not_understood() -> None:
    assert pinyin_syllables("你 好，OK。") == ["ni", "hao"]


def test_english_words_stand_for_anything_where_they_are_said() -> None:
    assert reference_syllables("存成 P D 格式") == ["cun", "cheng", ANYTHING, ANYTHING, "ge", "shi"]


@pytest.mark.parametrize(
    ("said", "heard", "errors", "runs"),
    [
        ("abcd", "abcd", 0, []),
        ("abcd", "abxd", 1, []),
        ("abcd", "abd", 1, [Run(True, 2, 1)]),
        ("abcdef", "abef", 2, [Run(True, 2, 2)]),
        ("abcdef", "bcde", 2, [Run(True, 0, 1), Run(True, 5, 1)]),
        ("abc", "abcabc", 3, [Run(False, 0, 3)]),
        ("abc", "abcxyz", 3, [Run(False, 3, 3)]),
        ("abc", "abbc", 1, [Run(False, 1, 1)]),
        ("ab", "", 2, [Run(True, 0, 2)]),
        ("", "ab", 2, [Run(False, 0, 2)]),
        ("", "", 0, []),
    ],
)
def test_what_is_missing_or_too_much_is_counted_in_a_row(
    said: str, heard: str, errors: int, runs: list[Run]
) -> None:
    assert compare(list(said), list(heard)) == TranscriptErrors(len(said), errors, tuple(runs))


def test_the_longest_run_of_each_kind_is_told() -> None:
    found = TranscriptErrors(9, 7, (Run(True, 0, 1), Run(False, 3, 2), Run(True, 5, 3), Run(False, 9, 1)))

    assert (found.longest_deletion, found.longest_insertion) == (3, 2)


def test_a_run_may_belong_a_little_earlier_or_later() -> None:
    assert Run(True, 5, 3).around == frozenset(range(3, 11))
    assert Run(False, 5, 3).around == frozenset(range(3, 8))


@pytest.mark.parametrize("heard", ["abcd", "abxcd", "abxyzcd"])
def test_any_number_of_syllables_may_be_heard_in_an_english_word(heard: str) -> None:
    assert compare([*"ab", ANYTHING, *"cd"], list(heard)) == TranscriptErrors(4, 0)


def test_what_is_heard_in_an_english_word_moves_no_place_behind_it() -> None:
    assert compare([*"ab", ANYTHING, *"cdef"], list("abxyzcf")).runs == (Run(True, 4, 2),)


def test_what_is_dropped_beside_an_english_word_is_found() -> None:
    assert compare([*"abcd", ANYTHING], list("ab")) == TranscriptErrors(4, 2, (Run(True, 2, 2),))
