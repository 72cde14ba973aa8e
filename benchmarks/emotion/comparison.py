"""A student beside its teacher, check by check: what the one shows of an emotion, does the other?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from benchmarks.emotion.classify import accuracy
from benchmarks.emotion.guards import INTENSITIES, LARGEST_FALL, LARGEST_RISE
from benchmarks.emotion.recognition import Recognition
from benchmarks.emotion.report import Findings, facts, markdown, summary, verdict
from benchmarks.sections import table

from huisheng.emotion.styles import STYLES

HEADING: Final = "## 与教师模型的比较"

_NOTE: Final = (
    "教师：同名的说话人，由 Kokoro 按同样的混合比例整句合成。两者使用同样的句子和检查项目，"
    "都只与自身的中性语音比较，分类器分别训练。✓：不低于教师模型，或已达到要求。"
)
_INCOMPARABLE: Final = (
    "不可比较的项目：\n\n"
    "- 接受区间是对普通话语音的要求：教师模型在区间外的项目，学生模型与其一致时也在区间外。\n"
    "- 误听音节与音质是相对于自身中性语音的变化；绝对值的比较见 `make eval-voice`。\n"
    "- 教师模型混入其他音色来表现情感，该项没有区间，只反映在区分度和说话人距离中。"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is compared.

    Attributes:
        title: for people.
        form: how a value is written.
        higher: whether more is better.
        enough: what is good enough, whatever the teacher has; None for nothing.
    """

    title: str
    form: str
    higher: bool = True
    enough: float | None = None


_LEVELS: Final = tuple(f"{level:g}" for level in INTENSITIES)
FIGURES: Final = {
    "inside": Figure("接受区间内的项目", ".0%"),
    "contrasts_broken": Figure("不成立的对比规则", ".0f", higher=False),
    "monotone": Figure("随强度单调的量", ".0%"),
    "spearman": Figure("与强度的斯皮尔曼相关系数，平均", ".2f"),
    "accuracy": Figure("区分度：未见过的句子", ".1%"),
    "accuracy_paired": Figure("区分度：已知同一句的中性语音", ".1%"),
    "accuracy_unheard_voice": Figure("区分度：音色也未见过", ".1%"),
    **{
        f"quality_{level:g}": Figure(f"强度 {level:g} 的音质变化，平均", "+.2f", enough=-fall)
        for level, fall in LARGEST_FALL.items()
    },
    **{
        f"errors_{level}": Figure(
            f"强度 {level} 的误听音节变化（百分点），平均", "+.1f", higher=False, enough=LARGEST_RISE
        )
        for level in _LEVELS
    },
    **{
        f"identity_{level}": Figure(
            f"强度 {level}：变化最大的说话人的距离 ÷ 最近的两个说话人的距离", ".2f", higher=False, enough=1.0
        )
        for level in _LEVELS
    },
}
"""By their names for programs, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of both."""

    figure: Figure
    teacher: float
    student: float

    @property
    def passes(self) -> bool:
        """Whether the student is as good as the teacher, or good enough."""
        sign = 1.0 if self.figure.higher else -1.0
        needed = [sign * bound for bound in (self.teacher, self.figure.enough) if bound is not None]
        return sign * self.student >= min(needed)

    @property
    def row(self) -> list[str]:
        """Cells of a row of the table."""
        values = (format(value, self.figure.form) for value in (self.teacher, self.student))
        return [self.figure.title, *values, verdict(self.passes)]


def student_page(student: Findings, teacher: Findings | None) -> str:
    """The page of a student; with a teacher, both side by side first."""
    own = markdown(student)
    if teacher is None:
        return own
    title, heading, rest = own.partition("\n## ")
    return f"{title}\n{section(teacher, student)}{heading}{rest}"


def student_summary(student: Findings, teacher: Findings | None) -> str:
    """One line of JSON; with a teacher, of both, and which checks the student passes."""
    if teacher is None:
        return summary(student)
    passed = {name: check.passes for name, check in checks(teacher, student).items()}
    return json.dumps(
        {"student": facts(student), "teacher": facts(teacher), "kept": passed}, ensure_ascii=False
    )


def checks(teacher: Findings, student: Findings) -> dict[str, Check]:
    """Everything that both were asked, by the names of `FIGURES`."""
    before, after = figures(teacher), figures(student)
    return {
        name: Check(figure, before[name], after[name])
        for name, figure in FIGURES.items()
        if name in before and name in after
    }


def section(teacher: Findings, student: Findings) -> str:
    """The checks as a table, and how well each emotion is told apart."""
    rows = [check.row for check in checks(teacher, student).values()]
    parts = [HEADING, _NOTE, table(["检查", "教师", "学生", ""], rows)]
    if teacher.recognition and student.recognition:
        parts.append(_emotion_table(teacher.recognition, student.recognition))
    return "\n\n".join([*parts, _INCOMPARABLE]) + "\n"


def figures(found: Findings) -> dict[str, float]:
    """What was asked of one side."""
    recognized = _recognize(found.recognition) if found.recognition else {}
    trends = (
        {
            "monotone": _mean([one.monotone for one in found.trends]),
            "spearman": _mean([one.spearman for one in found.trends]),
        }
        if found.trends
        else {}
    )
    return {
        "inside": _mean([fine for one in found.standings for fine in one.accepted.values()]),
        "contrasts_broken": float(len(found.broken)),
        **trends,
        **recognized,
        **_costs(found),
        **{f"identity_{level:g}": one.within / one.between for level, one in found.identities.items()},
    }


def recalls(found: Recognition) -> dict[str, float]:
    """Emotion → share of its unseen sentences that is recognized, 0…1."""
    shares = np.diag(found.unpaired) / found.unpaired.sum(axis=1)
    return dict(zip(found.labels, shares.tolist(), strict=True))


def _recognize(found: Recognition) -> dict[str, float]:
    unheard = {} if found.unheard_voice is None else {"accuracy_unheard_voice": found.unheard_voice}
    return {"accuracy": accuracy(found.unpaired), "accuracy_paired": found.paired, **unheard}


def _costs(found: Findings) -> dict[str, float]:
    by_level = {
        level: [one for one in found.costs if one.intensity == level]
        for level in sorted({one.intensity for one in found.costs})
    }
    return {
        **{f"quality_{level:g}": _mean([one.quality for one in its]) for level, its in by_level.items()},
        **{f"errors_{level:g}": _mean([one.errors for one in its]) for level, its in by_level.items()},
    }


def _emotion_table(teacher: Recognition, student: Recognition) -> str:
    learned = recalls(student)
    rows = (
        [STYLES[name].label, f"{share:.0%}", f"{learned[name]:.0%}"]  # pyright: ignore[reportArgumentType]
        for name, share in recalls(teacher).items()
    )
    return f"未见过的句子，各情感的正确率：\n\n{table(['情感', '教师', '学生'], rows)}"


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
