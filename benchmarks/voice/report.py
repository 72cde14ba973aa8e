"""Findings as a section of a page for people, in Markdown, and as one object for programs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.sections import table
from benchmarks.targets import target_table
from benchmarks.voice.faults import Fault
from benchmarks.voice.figures import Contrast, Estimate
from benchmarks.voice.identity import Identity, Person
from benchmarks.voice.pieces import OTHERS
from benchmarks.voice.quality import BETWEEN, BOTH, Quality
from benchmarks.voice.robust import Reading, Robustness
from benchmarks.voice.speed import Speed
from benchmarks.voice.targets import MEGABYTE, of_identity, of_quality, of_robustness, of_speed

SHOWN: Final = 40
"""Characters of a text, and of what was understood of it, that a table shows."""

_ALL: Final = "全部"
_FAULTS: Final[Mapping[Fault, str]] = {"dropped": "剪掉两个音节", "doubled": "重复两个音节"}
_REFERENCE: Final = 1.0
"""Hz from which heights of pitch are counted."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page.

    Attributes:
        heading: by which it is found again when it is written anew.
        text: for people.
        facts: for programs.
    """

    heading: str
    text: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """How a figure is written.

    Attributes:
        title: with its unit.
        form: of the value.
        difference: of a difference, with a sign; empty where there is none.
    """

    title: str
    form: str
    difference: str = ""


_COLUMNS: Final[Mapping[str, Column]] = {
    "errors": Column("误听音节（%）", ".1f", "+.1f"),
    "quality": Column("DNSMOS", ".2f", "+.2f"),
    "noise": Column("谐噪比（dB）", ".1f", "+.1f"),
    "height": Column("平均音高（Hz；差：半音）", ".0f", "+.2f"),
    "width": Column("音高范围（半音）", ".1f", "+.1f"),
    "spectrum_low": Column("谱距 0–2 kHz（dB）", ".1f"),
    "spectrum_middle": Column("谱距 2–4 kHz（dB）", ".1f"),
    "spectrum_high": Column("谱距 4–8 kHz（dB）", ".1f"),
    "melody": Column("音高相关", ".2f"),
    "time": Column("时长比", ".3f"),
}


def quality_section(found: Quality) -> Section:
    """Two tables: what both have, and what lies between them."""
    speakers = list(found.contrasts)
    both = (
        [speaker or _ALL, *(_contrast(name, found.contrasts[speaker][name]) for name in BOTH)]
        for speaker in speakers
    )
    between = (
        [speaker or _ALL, *(_estimate(name, found.estimates[speaker][name]) for name in BETWEEN)]
        for speaker in speakers
    )
    text = [
        f"{found.sentences} 句 × {len(speakers) - 1} 个音色。"
        "每格：教师 → 学生（差，95 % 区间；对句子重抽样）。",
        table(["音色", *(_COLUMNS[name].title for name in BOTH)], both),
        "每格：数值（95 % 区间）。谱距在动态时间规整之后计算，音高不同也会使其增大；音高相关按音节中段计算。",
        table(["音色", *(_COLUMNS[name].title for name in BETWEEN)], between),
        target_table(of_quality(found)),
    ]
    facts = {
        "sentences": found.sentences,
        "all": {
            **{name: _contrast_facts(one) for name, one in found.contrasts[""].items()},
            **{name: _finite(one) for name, one in found.estimates[""].items()},
        },
    }
    return Section("与教师模型的比较", _join(text), facts)


def robust_section(found: Robustness) -> Section:
    """Errors by group, what is flagged, and who is in a hurry."""
    groups = dict.fromkeys(reading.line.group for reading in found.readings)
    rows = ([group, *_counts(found, group)] for group in ("", *groups))
    text = [
        "每条文本由一个音色合成，音色轮换。标出的文本：连续漏听或多听两个以上音节。"
        "识别器本身也有漏听和多听，"
        f"因此标出的文本再用另外 {len(OTHERS)} 种方式识别（放慢、加快、改变切分位置）："
        "确实漏读的词在各种方式下都在同一处缺失。对这些文本用同样的方式检查教师模型；"
        "教师模型没有同样问题的为可疑，需要人工复听。",
        table(
            ["组", "条数", "误听音节（%）", "标出", "复核一致", "可疑", "语速异常"],
            ([row[0] or _ALL, *row[1:]] for row in rows),
        ),
        _detection_table(found),
        _articulation_table(found),
        _flagged_table(found),
        _odd(found),
        target_table(of_robustness(found)),
    ]
    facts = {
        "texts": len(found.readings),
        "error": found.error(),
        "error_by_group": {group: found.error(group) for group in groups},
        "flagged": len(found.flagged),
        "confirmed": sum(reading.confirmed for reading in found.flagged),
        "noticed": {fault: one._asdict() for fault, one in found.detections.items()},
        "shortest": min(reading.articulation.shortest for reading in found.readings),
        "faintest": min(reading.articulation.faintest for reading in found.readings),
        "suspected": [[reading.voice, reading.line.text, reading.heard] for reading in found.suspects],
        "odd": [[reading.voice, reading.line.text, round(factor, 2)] for reading, factor in found.odd],
    }
    return Section("一千条文本", _join(text), facts)


def identity_section(found: Identity) -> Section:
    """Speakers beside themselves, each other, and their sources."""
    people = zip(found.students, found.teachers, strict=True)
    middle = sum(found.strangers) / len(found.strangers)
    text = [
        f"说话人向量的余弦，{len(found.emotions)} 种情感。每格：教师 → 学生。",
        table(
            ["音色", "同一音色各情感之间，平均", "最低", "最相似的其他音色（学生）", "与该音色，平均"],
            (_person(student, teacher) for student, teacher in people),
        ),
        f"不同声源之间：平均 {middle:.3f}，最近的两个 {found.strangers[-1]:.3f}。每个音色与其声源的相似度：",
        table(
            ["音色", "声源，由高到低"],
            (
                [one.voice, "，".join(f"{name} {alike:.3f}" for name, alike in one.sources.items())]
                for one in found.kinships
            ),
        ),
        target_table(of_identity(found)),
    ]
    facts = {
        "kept": found.distinct,
        "least_own": min(person.own for person in found.students),
        "most_other": max(person.other for person in found.students),
        "nearest_source": max(kinship.nearest for kinship in found.kinships),
        "nearest_strangers": found.strangers[-1],
        "mean_strangers": middle,
        "nobodys_double": found.nobodys_double,
    }
    return Section("说话人相似度", _join(text), facts)


def speed_section(found: Speed, circumstances: Sequence[str]) -> Section:
    """Figures, and where they were measured."""
    lengths = next(iter(found.factors.values()))
    rows = (
        [f"{threads} 个线程", *(f"{factor:.4f}" for factor in by_length.values())]
        for threads, by_length in found.factors.items()
    )
    text = [
        "实时率：合成一秒音频所需的秒数，含文本前端；取各条文本、各轮的中位数，按最慢的一组判断是否达标。",
        table(["", *(f"{length} 字" for length in lengths)], rows),
        f"20 字首音：中位 {found.first.median * 1000:.0f} ms，p95 {found.first.p95 * 1000:.0f} ms"
        f"（{found.first.count} 次）。",
        target_table(of_speed(found)),
        "\n".join(circumstances),
    ]
    facts = {
        "real_time_factor": found.factors,
        "first_audio_ms_p50": found.first.median * 1000.0,
        "first_audio_ms_p95": found.first.p95 * 1000.0,
        "ready_s": found.ready,
        "size_mb": found.size / MEGABYTE,
        "streamed_minus_whole": found.seam,
    }
    return Section("速度与大小", _join(text), facts)


def _contrast(name: str, found: Contrast) -> str:
    column, (value, low, high) = _COLUMNS[name], found.difference
    sides = (_in_hertz(side) if name == "height" else side for side in found[:2])
    before, after = (_write(side, column.form) for side in sides)
    change, least, most = (_write(one, column.difference) for one in (value, low, high))
    return f"{before} → {after}（{change}，{least}…{most}）"


def _estimate(name: str, found: Estimate) -> str:
    value, low, high = (_write(one, _COLUMNS[name].form) for one in found)
    return f"{value}（{low}…{high}）"


def _in_hertz(semitones: float) -> float:
    return _REFERENCE * 2.0 ** (semitones / 12.0)


def _counts(found: Robustness, group: str) -> Iterable[str]:
    def of(readings: Iterable[Reading]) -> str:
        return str(sum(group in ("", reading.line.group) for reading in readings))

    yield of(found.readings)
    yield f"{found.error(group):.1f}"
    yield of(found.flagged)
    yield of(reading for reading in found.flagged if reading.confirmed)
    yield of(found.suspects)
    yield of(reading for reading, _ in found.odd)


def _detection_table(found: Robustness) -> str:
    rows = (
        [_FAULTS[fault], str(one.texts), str(one.flagged), str(one.confirmed)]
        for fault, one in found.detections.items()
    )
    rows_table = table(["人为损坏的录音", "条数", "标出", "复核一致"], rows)
    return f"检测能力：\n\n{rows_table}" if found.detections else ""


def _articulation_table(found: Robustness) -> str:
    shortest = min(reading.articulation.shortest for reading in found.readings)
    faintest = min(reading.articulation.faintest for reading in found.readings)
    return (
        f"全部文本中，最短的一个字（或英文词）有 {shortest * 1000.0:.0f} ms；"
        f"最轻的一个，其最响的 20 ms 比整条的响度低 {-faintest:.0f} dB。"
    )


def _flagged_table(found: Robustness) -> str:
    if not found.flagged:
        return ""
    suspects = found.suspects
    rows = (
        [
            *_row(reading),
            *_row(found.teachers[reading.line.text])[2:],
            "可疑" if reading in suspects else "",
        ]
        for reading in found.flagged
    )
    head = ["文本", "音色", "漏 / 多", "听成", "教师：漏 / 多", "教师：听成", ""]
    return f"标出的文本：\n\n{table(head, rows)}"


def _row(reading: Reading) -> list[str]:
    found = reading.found
    runs = f"{found.longest_deletion} / {found.longest_insertion}"
    difference = f"{runs}{'，复核一致' * reading.confirmed}"
    return [_short(reading.line.text), reading.voice, difference, _short(reading.heard)]


def _odd(found: Robustness) -> str:
    rows = (
        [_short(reading.line.text), reading.voice, f"{reading.articulation.pace:.3f}", f"{factor:.2f}"]
        for reading, factor in found.odd
    )
    rows_table = table(["文本", "音色", "秒/音节", "与长度相近的文本的中位数之比"], rows)
    return f"语速异常的文字：\n\n{rows_table}" if found.odd else ""


def _person(student: Person, teacher: Person) -> list[str]:
    pairs = (
        (teacher.own, student.own),
        (teacher.own_least, student.own_least),
        (teacher.other, student.other),
    )
    own, least, other = (f"{before:.3f} → {after:.3f}" for before, after in pairs)
    return [student.voice, own, least, student.nearest, other]


def _contrast_facts(found: Contrast) -> dict[str, Any]:
    teacher, student = _finite(found[:2])
    return {"teacher": teacher, "student": student, "difference": _finite(found.difference)}


def _finite(values: Iterable[float]) -> list[float | None]:
    """JSON knows no NaN."""
    return [round(value, 4) if math.isfinite(value) else None for value in values]


def _write(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "—"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
