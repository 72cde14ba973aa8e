"""Clauses hold what the sentence holds, and fit into the model."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.toy_kokoro import say

from huisheng.engines.clauses import ENOUGH, Clause, clauses
from huisheng.types import Mark, Sentence, SpokenItem, Syllable

WORDS = st.lists(st.sampled_from(["ma1", "shuang1", "，", "。", "“"]), min_size=1, max_size=80)
SPEAKABLE = WORDS.filter(lambda words: bool({"ma1", "shuang1"} & set(words)))
ROOM = 1_000


def weigh(item: SpokenItem) -> int:
    return len(item.pinyin if isinstance(item, Syllable) else item.text)


def cut(words: list[str], heaviest: int = ROOM) -> tuple[Sentence, tuple[Clause, ...]]:
    sentence = say(" ".join(words))
    return sentence, clauses(sentence, weigh, heaviest)


def lengths(words: str) -> list[int]:
    return [len(clause.items) for clause in clauses(say(words), weigh, ROOM)]


@given(SPEAKABLE)
def test_clauses_hold_every_item_once_in_order(words: list[str]) -> None:
    sentence, cuts = cut(words)

    assert tuple(item for clause in cuts for item in clause.items) == sentence.items


@given(SPEAKABLE, st.integers(1, 40))
def test_however_little_room_there_is_every_spoken_item_is_said_once_in_order(
    words: list[str], heaviest: int
) -> None:
    sentence, cuts = cut(words, heaviest)

    said = [item for clause in cuts for item in clause.items if not isinstance(item, Mark)]
    assert said == [item for item in sentence.items if not isinstance(item, Mark)]


@given(SPEAKABLE, st.integers(1, 40))
def test_a_clause_is_never_too_heavy_unless_one_item_alone_is(words: list[str], heaviest: int) -> None:
    _, cuts = cut(words, heaviest)

    assert all(len(clause.items) == 1 or sum(map(weigh, clause.items)) <= heaviest for clause in cuts)


@given(SPEAKABLE, st.integers(1, 40))
def test_every_clause_says_something(words: list[str], heaviest: int) -> None:
    _, cuts = cut(words, heaviest)

    assert all(clause.finals for clause in cuts)


@given(SPEAKABLE, st.integers(1, 40))
def test_spans_grow_to_the_end_of_the_sentence(words: list[str], heaviest: int) -> None:
    sentence, cuts = cut(words, heaviest)

    ends = [clause.span.end for clause in cuts]
    assert ends == sorted(set(ends))
    assert (cuts[-1].span, {clause.span.start for clause in cuts}) == (sentence.span, {0})


@given(SPEAKABLE)
def test_only_the_last_clause_is_last_and_no_pause_follows_it(words: list[str]) -> None:
    _, cuts = cut(words)

    assert [clause.last for clause in cuts] == [False] * (len(cuts) - 1) + [True]
    assert cuts[-1].pause == 0.0


@given(SPEAKABLE)
def test_where_there_is_room_a_clause_is_cut_only_after_a_mark(words: list[str]) -> None:
    _, cuts = cut(words)

    for clause, following in pairwise(cuts):
        assert isinstance(clause.items[-1], Mark)
        assert clause.pause == clause.items[-1].pause
        assert not isinstance(following.items[0], Mark)


def test_the_first_clause_ends_at_the_first_mark_after_six_items() -> None:
    assert lengths("ma1 " * 5 + "， " + "ma1 ， " * 2 + "ma1 " * 3) == [8, 5]


def test_later_clauses_are_longer() -> None:
    assert lengths("ma1 ， " * 200) == [2 * enough for enough in (*ENOUGH, 40, 40, 40, 14)]


def test_marks_that_follow_each_other_stay_with_what_they_end() -> None:
    assert lengths("ma1 " * 6 + "， “ ma1") == [8, 1]


def test_a_stretch_without_marks_is_cut_where_the_room_ends() -> None:
    _, cuts = cut(["ma1"] * 7, heaviest=9)

    assert [len(clause.items) for clause in cuts] == [3, 3, 1]
    assert [clause.pause for clause in cuts] == [0.0, 0.0, 0.0]


def test_a_mark_that_there_is_no_room_for_ends_its_clause_with_a_pause() -> None:
    _, cuts = cut(["ma1", "ma1", "，", "ma1", "。", "ma1"], heaviest=6)

    assert [len(clause.items) for clause in cuts] == [2, 2, 1]
    assert [clause.pause for clause in cuts] == [0.2, 0.4, 0.0]
    assert [clause.span.end for clause in cuts] == [3, 5, 6]


def test_the_last_mark_that_does_not_fit_sets_the_pause() -> None:
    _, cuts = cut(["ma1", "ma1", "，", "。", "ma1"], heaviest=6)

    assert [clause.pause for clause in cuts] == [0.4, 0.0]


def test_marks_before_the_first_word_that_leave_no_room_are_passed_over() -> None:
    _, cuts = cut(["“", "ma1"], heaviest=3)

    assert [len(clause.items) for clause in cuts] == [1]


def test_finals_are_the_items_before_marks_and_the_last_one() -> None:
    _, (clause,) = cut(["“", "ma1", "ma1", "，", "ma1", "，", "“", "ma1", "ma1"])

    assert clause.finals == {2, 4, 8}
