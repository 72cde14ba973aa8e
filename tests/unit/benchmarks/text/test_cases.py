from __future__ import annotations

import pytest
from benchmarks.text.cases import TASKS, Case, Task, read, strip_brackets


@pytest.mark.parametrize("task", TASKS)
def test_every_tuning_case_has_a_question_and_answers(task: Task) -> None:
    cases = read(task, "tuning")

    assert cases
    assert all(case.question and all(case.answers) for case in cases)


def test_other_accepted_answers_follow_the_usual_one() -> None:
    cases = read("normalization", "tuning")

    assert (
        Case("date", "2023-10-01开始执行", ("二零二三年十月一日开始执行", "二零二三年十月一号开始执行"))
        in cases
    )


def test_a_question_about_breaks_is_bare_and_its_answer_marked() -> None:
    cases = read("breaks", "tuning")

    assert Case("short", "他昨晚没睡好。", ("他昨晚/没睡好。",)) in cases


def test_the_category_of_an_emotion_is_the_emotion() -> None:
    assert all(case.answers == (case.category,) for case in read("emotion", "tuning"))


def test_brackets_tell_the_character_that_is_asked_for() -> None:
    assert strip_brackets("他[得]了") == ("他得了", 1)
