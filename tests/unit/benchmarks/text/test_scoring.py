from __future__ import annotations

import pytest
from benchmarks.text.cases import Case, Task
from benchmarks.text.scoring import Tally, score, score_all, total
from hypothesis import given
from hypothesis import strategies as st

counts = st.builds(Tally, *[st.integers(0, 9)] * 5)


def right(task: Task, accepted: str, answer: str) -> bool:
    return score(task, Case("", "", tuple(accepted.split(" | "))), answer).right == 1


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [
        ("上午九点半，开会", "上午九点半开会。"),
        ("我喜欢看NBA", "我喜欢看 n b a"),
        ("二零零八年", "二〇〇八年"),
        ("二百人 | 两百人", "两百人"),
    ],
)
def test_marks_blanks_capitals_and_the_form_of_zero_do_not_matter(accepted: str, answer: str) -> None:
    assert right("normalization", accepted, answer)


def test_another_numeral_is_wrong() -> None:
    assert not right("normalization", "二百人", "两百人")


@pytest.mark.parametrize(("accepted", "answer"), [("fa4", "fa4"), ("fa4", "fa5"), ("hua1", "huar1")])
def test_a_reading_may_be_light_or_carry_a_suffix(accepted: str, answer: str) -> None:
    assert right("polyphones", accepted, answer)


@pytest.mark.parametrize(
    ("accepted", "answer"), [("de5", "de2"), ("hang2", "xing2"), ("e2", "er2"), ("le5", "")]
)
def test_another_tone_or_syllable_is_wrong(accepted: str, answer: str) -> None:
    assert not right("polyphones", accepted, answer)


def test_syllables_are_counted_against_the_nearest_answer() -> None:
    case = Case("", "", ("hao3 haor1 xue2", "hao2 haor3 xue2"))

    tally = score("sandhi", case, "hao2 haor3 xue4")

    assert tally == Tally(cases=1, right=0, parts=3, found=2)


def test_a_syllable_too_many_does_not_make_the_others_wrong() -> None:
    tally = score("sandhi", Case("", "", ("wanr2 le5",)), "wan2 er2 le5")

    assert (tally.right, tally.found) == (0, 1)


@pytest.mark.parametrize("answer", ["去年冬天|建成的那座图书馆|开了。", "去年冬天|建成的|那座图书馆|开了。"])
def test_a_break_that_is_allowed_may_be_made_or_left(answer: str) -> None:
    assert right("breaks", "去年冬天|建成的/那座图书馆|开了。", answer)


def test_a_break_that_is_missing_and_one_that_is_forbidden_are_counted() -> None:
    tally = score("breaks", Case("", "", ("去年冬天|图书馆|开了。",)), "去年|冬天图书馆|开了。")

    assert tally == Tally(cases=1, right=0, parts=2, found=1, extra=1)


def test_breaks_beside_marks_do_not_count() -> None:
    assert right("breaks", "风停了，雪还在下。", "风停了|，|雪还在下|。")


def test_answers_are_counted_by_category() -> None:
    cases = [Case("sad", "唉", ("sad",)), Case("happy", "好", ("happy",)), Case("sad", "呜", ("sad",))]

    sheet = score_all("emotion", cases, ["sad", "happy", "angry"])

    assert sheet == {"sad": Tally(2, 1), "happy": Tally(1, 1)}


@given(st.lists(counts), st.lists(counts))
def test_a_total_does_not_depend_on_how_it_was_divided(some: list[Tally], others: list[Tally]) -> None:
    assert total([*some, *others]) == total(some) + total(others)
