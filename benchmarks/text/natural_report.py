"""What was found in running text, for people and for programs. Tables are Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.sections import table
from benchmarks.text.natural_scoring import CLASSES, ErrorClass, Interval, Score, interval

_TRUE: Final[tuple[ErrorClass, ...]] = ("number", "polyphone", "yi_bu", "erhua")
"""Errors that anybody hears; a neutral tone too many or too few is counted beside them."""
_NAMES: Final[Mapping[ErrorClass, str]] = {
    "number": "数字、字母与符号 digits, letters, signs",
    "polyphone": "多音字 readings of characters",
    "yi_bu": "“一”“不”的声调 tones of 一 and 不",
    "erhua": "儿化 erhua",
    "neutral": "轻声 neutral tone",
}


@dataclass(frozen=True, slots=True)
class NaturalFindings:
    """Running text as it was read.

    Attributes:
        scores: kind of text → its paragraphs as we read them.
        alike: front-end → the characters that all of them read, `一`, `不` and `儿` left out; ours first.
    """

    scores: Mapping[str, Sequence[Score]]
    alike: Mapping[str, Score]


def natural_card(findings: NaturalFindings) -> str:
    """The tables for people."""
    return "\n\n".join([_by_class(findings), _by_kind(findings), _by_peer(findings)])


def natural_figures(findings: NaturalFindings) -> Mapping[str, float]:
    """For programs: errors in 1,000 characters, and shares 0…1 of breaks."""
    scores = _all(findings)
    whole = sum(scores, Score())
    return {
        "natural_characters": whole.characters,
        "natural_errors_per_1000": whole.rate(*_TRUE),
        **{f"natural_{kind}_per_1000": whole.rate(kind) for kind in CLASSES},
        "natural_break_precision": whole.precision,
        "natural_break_recall": whole.recall,
        "natural_break_f1": whole.f1,
    }


def _all(findings: NaturalFindings) -> list[Score]:
    return [score for scores in findings.scores.values() for score in scores]


def _by_class(findings: NaturalFindings) -> str:
    scores = _all(findings)
    rows = [(_NAMES[kind], _bounds(interval(scores, kind))) for kind in _TRUE]
    rows.append(("**合计 all of these**", _bounds(interval(scores, *_TRUE))))
    rows.append((_NAMES["neutral"], _bounds(interval(scores, "neutral"))))
    head = ("错误类别 class", "每千字 in 1,000 characters（95 % 区间 interval）")
    title = "### 成篇文字：每千字的读音错误 Running text: errors in 1,000 characters"
    return f"{title}\n\n{table(head, rows)}"


def _by_kind(findings: NaturalFindings) -> str:
    sums = {kind: sum(scores, Score()) for kind, scores in findings.scores.items()}
    rows = [_kind_row(kind, score) for kind, score in sums.items()]
    rows.append(_kind_row("**全部 all**", sum(sums.values(), Score())))
    head = ("文体 kind", "字数 characters", "读音错误 errors", "轻声 neutral", "停顿 breaks：P / R / F1, %")
    title = "### 成篇文字：各文体 Running text by kind（每千字 in 1,000 characters）"
    return f"{title}\n\n{table(head, rows)}"


def _kind_row(name: str, score: Score) -> tuple[str, ...]:
    breaks = " / ".join(f"{100 * share:.1f}" for share in (score.precision, score.recall, score.f1))
    return name, str(score.characters), f"{score.rate(*_TRUE):.1f}", f"{score.rate('neutral'):.1f}", breaks


def _by_peer(findings: NaturalFindings) -> str:
    rows = [
        (name, f"{score.rate('polyphone'):.1f}", f"{score.rate('neutral'):.1f}")
        for name, score in findings.alike.items()
    ]
    title = "### 成篇文字：与其他系统 Running text beside peers（每千字 in 1,000 characters）"
    note = (
        "只比较汉字（不含“一”“不”“儿”）的词典读音。Dictionary readings of characters, 一, 不 and 儿 left out."
    )
    return f"{title}\n\n{note}\n\n{table(('', '多音字 readings', '轻声 neutral'), rows)}"


def _bounds(rate: Interval) -> str:
    return f"{rate.value:.2f}（{rate.low:.2f}…{rate.high:.2f}）"
