"""A student is as good as its teacher where no figure is worse, or where it is good enough anyway."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.emotion.acoustics import Standing
from benchmarks.emotion.bands import check_band
from benchmarks.emotion.comparison import (
    FIGURES,
    HEADING,
    Check,
    checks,
    figures,
    recalls,
    section,
    student_page,
    student_summary,
)
from benchmarks.emotion.guards import Cost, Identity
from benchmarks.emotion.recognition import Recognition
from benchmarks.emotion.report import Findings, markdown
from benchmarks.emotion.trends import Trend

SAD = np.array([-1.9, -30.0, -18.0, -1.0])
"""Its level lies outside of the band."""

TEACHER = Findings(
    voices=("a", "b"),
    sentences=(2, 2, 1),
    standings=[Standing("sad", SAD, np.stack([SAD, SAD]), check_band("sad", SAD))],
    trends=[
        Trend("sad", "a", "pitch", 0.0, 1.0, monotone=True),
        Trend("sad", "b", "pitch", -2.0, 0.5, monotone=False),
    ],
    recognition=Recognition(("neutral", "sad"), np.array([[4, 0], [1, 3]]), 1.0, 0.75),
    costs=[Cost("sad", 1.0, -0.1, 0.5, accepted=True), Cost("happy", 1.0, -0.2, 1.5, accepted=False)],
    identities={1.0: Identity(0.1, 0.4, 0.2, 0.3)},
)


def with_recognition(counts: list[list[int]]) -> Findings:
    return replace(TEACHER, recognition=Recognition(("neutral", "sad"), np.array(counts), 1.0, 0.75))


def row(page: str, title: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(f"| {title}"))


def test_the_figures_of_one_side_are_shares_counts_and_means() -> None:
    assert figures(TEACHER) == pytest.approx(
        {
            "inside": 3 / 4,
            "contrasts_broken": 0.0,
            "monotone": 1 / 2,
            "spearman": 0.75,
            "accuracy": 7 / 8,
            "accuracy_paired": 1.0,
            "accuracy_unheard_voice": 0.75,
            "quality_1": -0.15,
            "errors_1": 1.0,
            "identity_1": 0.25,
        }
    )


def test_every_figure_has_a_title() -> None:
    assert set(figures(TEACHER)) <= set(FIGURES)


def test_a_student_like_its_teacher_passes_every_check() -> None:
    found = checks(TEACHER, TEACHER)

    assert len(found) == len(figures(TEACHER))
    assert all(check.passes for check in found.values())


@pytest.mark.parametrize(("counts", "passes"), [([[3, 1], [1, 3]], False), ([[4, 0], [0, 4]], True)])
def test_emotions_must_be_told_apart_as_well_as_the_teachers(counts: list[list[int]], passes: bool) -> None:
    assert checks(TEACHER, with_recognition(counts))["accuracy"].passes is passes


@pytest.mark.parametrize(
    ("name", "teacher", "student", "passes"),
    [
        ("contrasts_broken", 1.0, 0.0, True),
        ("contrasts_broken", 1.0, 2.0, False),
        ("quality_1", 0.0, -0.1, True),
        ("quality_1", 0.0, -0.2, False),
        ("quality_1", -0.3, -0.2, True),
        ("errors_2", 0.0, 1.9, True),
        ("errors_2", 0.0, 2.1, False),
        ("identity_1", 0.2, 0.9, True),
        ("identity_1", 0.2, 1.1, False),
    ],
)
def test_what_is_worse_than_the_teacher_passes_only_where_it_is_good_enough(
    name: str, teacher: float, student: float, passes: bool
) -> None:
    assert Check(FIGURES[name], teacher, student).passes is passes


def test_only_what_both_were_asked_is_compared() -> None:
    acoustic = replace(TEACHER, trends=[], recognition=None, costs=[], identities={})

    assert (
        list(checks(TEACHER, acoustic)) == list(checks(acoustic, TEACHER)) == ["inside", "contrasts_broken"]
    )
    assert "各情感的正确率" not in section(TEACHER, acoustic)


def test_each_emotion_is_recognized_by_its_own_share() -> None:
    assert TEACHER.recognition
    assert recalls(TEACHER.recognition) == {"neutral": 1.0, "sad": 0.75}


def test_the_page_has_both_side_by_side_before_the_students_own_figures() -> None:
    page = student_page(with_recognition([[4, 0], [2, 2]]), TEACHER)

    assert page.index(HEADING) < page.index("## 强度 1")
    assert row(page, "区分度：未见过的句子") == "| 区分度：未见过的句子 | 87.5% | 75.0% | ✗ |"
    assert (
        row(page, "强度 1：变化最大")
        == "| 强度 1：变化最大的说话人的距离 ÷ 最近的两个说话人的距离 | 0.25 | 0.25 | ✓ |"
    )
    assert row(page, "悲伤 | 75%") == "| 悲伤 | 75% | 50% |"


def test_without_a_teacher_the_page_is_the_students_own() -> None:
    assert student_page(TEACHER, None) == markdown(TEACHER)


def test_the_page_says_how_it_is_measured_again() -> None:
    command = "python -m benchmarks.emotion --package builtin"

    assert f"重新测量：`{command}`。" in student_page(replace(TEACHER, command=command), None)


def test_the_summary_is_one_line_of_json_with_both_and_what_was_passed() -> None:
    line = student_summary(with_recognition([[4, 0], [2, 2]]), TEACHER)
    found = json.loads(line)

    assert "\n" not in line
    assert (found["teacher"]["accuracy"], found["student"]["accuracy"]) == (7 / 8, 6 / 8)
    assert [name for name, passed in found["kept"].items() if not passed] == ["accuracy"]
