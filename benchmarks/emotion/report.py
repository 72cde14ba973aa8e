"""Findings as tables for people, in Markdown, and as one line of JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.emotion.acoustics import Standing
from benchmarks.emotion.bands import UNITS, Interval, acceptance, broken_contrasts
from benchmarks.emotion.classify import accuracy
from benchmarks.emotion.guards import LARGEST_FALL, LARGEST_RISE, Cost, Identity
from benchmarks.emotion.measure import MEASURES
from benchmarks.emotion.recognition import Recognition
from benchmarks.emotion.trends import Trend
from benchmarks.sections import table

from huisheng.emotion.styles import STYLES

HEADINGS = {"pitch": "平均音高", "spread": "音高范围", "rate": "语速", "level": "响度"}

LEAST_ACCURACY = 0.8

INTRODUCTION = """# 情感实测

本页给出各情感的测量结果。数据全部由合成的音频测得，与同一音色、同一句子的中性语音比较。

- 这些是机器测量，没有真人听评；接受区间来自多种语言的研究与公开预设，普通话文献只给出方向。
- 平均音高以半音计；音高范围是对数音高的标准差；响度是去除停顿后的有效响度；
  语速是去除停顿（超过 80 毫秒、低于有效响度 35 分贝）后每秒音节数。
- 重新测量：`{command}`。中断后再次运行会从断点继续，只重测修改过的情感。
"""


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Everything that was found; what was not asked is empty or None.

    Attributes:
        voices: spoken with.
        sentences: how many were for training, for testing, and at every intensity.
        identities: intensity → distances.
        command: that measures it again.
        remark: why something is missing.
    """

    voices: Sequence[str]
    sentences: tuple[int, int, int]
    standings: Sequence[Standing]
    trends: Sequence[Trend]
    recognition: Recognition | None
    costs: Sequence[Cost]
    identities: dict[float, Identity]
    command: str = "make eval-emotion"
    remark: str = ""

    @property
    def broken(self) -> list[str]:
        """Contrasts that do not hold."""
        return broken_contrasts({standing.emotion: standing.pooled for standing in self.standings})


def markdown(findings: Findings) -> str:
    """The whole page."""
    sections = (
        INTRODUCTION.format(command=findings.command),
        f"音色：{'、'.join(findings.voices)}。{_extent(*findings.sentences)}",
        _standings(findings),
        _trends(findings.trends),
        _recognition(findings.recognition),
        _costs(findings.costs),
        _identities(findings.identities),
        findings.remark,
    )
    return "\n\n".join(section.strip() for section in sections if section) + "\n"


def _extent(training: int, test: int, graded: int) -> str:
    return f"句子：训练 {training} 句，测试 {test} 句（强度 1）；其余强度与听辨用训练句的前 {graded} 句。"


def verdict(fine: bool) -> str:
    """A mark."""
    return "✓" if fine else "✗"


def _span(interval: Interval) -> str:
    low, high = interval
    return f"{low:+.1f}…{high:+.1f}"


def _standings(findings: Findings) -> str:
    head = ["情感", *(f"{HEADINGS[measure]}（{UNITS[measure]}）" for measure in MEASURES)]
    rows = ([STYLES[one.emotion].label, *_cells(one)] for one in findings.standings)
    broken = [f"- {line}" for line in findings.broken] or ["全部成立。"]
    note = "每格：全部音色的中位数（各音色最低…最高），接受区间，是否在区间内。"
    return "\n".join(["## 强度 1", "", note, "", table(head, rows), "", "不成立的对比规则：", "", *broken])


def _cells(standing: Standing) -> Iterable[str]:
    band = acceptance().bands[standing.emotion]
    for place, measure in enumerate(MEASURES):
        column = standing.voices[:, place]
        spread = _span((float(column.min()), float(column.max())))
        mark = verdict(standing.accepted[measure])
        yield f"{float(standing.pooled[place]):+.1f}（{spread}）/ {_span(band.of(measure))} {mark}"


def _trends(trends: Sequence[Trend]) -> str:
    if not trends:
        return ""
    head = ["情感", *(HEADINGS[measure] for measure in MEASURES)]
    emotions = dict.fromkeys(trend.emotion for trend in trends)
    rows = (
        [STYLES[emotion].label, *(_follows(trends, emotion, measure) for measure in MEASURES)]
        for emotion in emotions
    )
    note = "每格：单调的音色数 / 音色数，各音色中最小的斯皮尔曼相关系数。只列设计中会变化的量。"
    return f"## 随强度变化\n\n{note}\n\n{table(head, rows)}"


def _follows(trends: Sequence[Trend], emotion: str, measure: str) -> str:
    found = [trend for trend in trends if (trend.emotion, trend.measure) == (emotion, measure)]
    if not found:
        return ""
    monotone = sum(trend.monotone for trend in found)
    return f"{monotone}/{len(found)}，{min(trend.spearman for trend in found):.2f}"


def _recognition(recognition: Recognition | None) -> str:
    if not recognition:
        return ""
    names = [STYLES[label].label for label in recognition.labels]  # pyright: ignore[reportArgumentType]
    rows = ([name, *map(str, row)] for name, row in zip(names, recognition.unpaired.tolist(), strict=True))
    share = accuracy(recognition.unpaired)
    lines = [
        "## 区分度",
        "",
        f"最近质心分类器，{len(names)} 类，未见过的句子：正确率 {share:.0%} "
        f"{verdict(share >= LEAST_ACCURACY)}（目标 {LEAST_ACCURACY:.0%}，随机 {1 / len(names):.0%}）；"
        f"已知同一句的中性语音时 {recognition.paired:.0%}。",
    ]
    if recognition.unheard_voice is not None:
        lines.append(f"音色也未见过时 {recognition.unheard_voice:.0%}。")
    return "\n".join([*lines, "", "行为意图，列为判断：", "", table(["", *names], rows)])


def _costs(costs: Sequence[Cost]) -> str:
    if not costs:
        return ""
    rows = (
        [
            STYLES[one.emotion].label,
            f"{one.intensity:g}",
            f"{one.quality:+.2f}",
            f"{one.errors:+.1f}",
            verdict(one.accepted),
        ]  # pyright: ignore[reportArgumentType]
        for one in costs
    )
    limits = "、".join(f"强度 {level:g} 下降不超过 {fall}" for level, fall in LARGEST_FALL.items())
    note = (
        f"与同一句中性相比。音质（DNSMOS 总分，1…5）：{limits}；"
        f"误听音节：上升不超过 {LARGEST_RISE:g} 个百分点。"
    )
    return f"## 音质与清晰度\n\n{note}\n\n{table(['情感', '强度', '音质', '误听音节（百分点）', ''], rows)}"


def _identities(identities: dict[float, Identity]) -> str:
    if not identities:
        return ""
    rows = (
        [
            f"{level:g}",
            f"{one.within:.3f} < {one.between:.3f} {verdict(one.distinct)}",
            f"{one.within_max:.3f} < {one.between_min:.3f} {verdict(one.always_distinct)}",
        ]
        for level, one in identities.items()
    )
    head = [
        "强度",
        "平均：变化最大的说话人 < 最近的两个说话人",
        "极端：同一说话人最远的两种情感 < 两个说话人最近的情感",
    ]
    note = (
        "说话人向量的距离（1 − 余弦）。任意两个说话人之间的距离都应大于同一说话人各情感之间的距离，"
        "按平均与极端分别判断。"
    )
    return f"## 说话人一致性\n\n{note}\n\n{table(head, rows)}"


def summary(findings: Findings) -> str:
    """One line of JSON."""
    return json.dumps(facts(findings), ensure_ascii=False)


def facts(findings: Findings) -> dict[str, Any]:
    """For programs."""
    recognized = findings.recognition
    return {
        "voices": list(findings.voices),
        "sentences": findings.sentences,
        "medians": {
            one.emotion: dict(zip(MEASURES, one.pooled.round(2).tolist(), strict=True))
            for one in findings.standings
        },
        "outside": [
            f"{one.emotion}.{measure}"
            for one in findings.standings
            for measure, fine in one.accepted.items()
            if not fine
        ],
        "contrasts_broken": findings.broken,
        "not_monotone": [
            f"{one.voice}.{one.emotion}.{one.measure}" for one in findings.trends if not one.monotone
        ],
        "least_spearman": min((one.spearman for one in findings.trends), default=None),
        "accuracy": recognized and accuracy(recognized.unpaired),
        "accuracy_paired": recognized and recognized.paired,
        "accuracy_unheard_voice": recognized and recognized.unheard_voice,
        "costs": [asdict(one) for one in findings.costs],
        "identity": {f"{level:g}": asdict(one) for level, one in findings.identities.items()},
    }
