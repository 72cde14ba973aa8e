"""What the figures are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from benchmarks.targets import Target
from benchmarks.voice.identity import Identity
from benchmarks.voice.quality import Quality
from benchmarks.voice.robust import Robustness
from benchmarks.voice.speed import Speed

MEGABYTE: Final = 1e6

LARGEST_PACKAGE: Final = 25.0
"""MB of a package that is shipped."""


def of_quality(found: Quality) -> Sequence[Target]:
    """Differences to the teacher, all speakers together."""
    differences = {name: one.difference.value for name, one in found.contrasts[""].items()}
    return (
        Target("误听音节比教师模型多", 1.5, _finite_or_none(differences["errors"]), "个百分点"),
        Target("DNSMOS 比教师模型低", 0.05, _finite_or_none(-differences["quality"]), ""),
        Target("谐噪比与教师模型相差", 0.5, _finite_or_none(abs(differences["noise"])), "dB"),
    )


def of_robustness(found: Robustness) -> Sequence[Target]:
    """Texts that are suspected."""
    return (Target("疑似漏读或重读的文本", 0.0, float(len(found.suspects)), "条"),)


def of_identity(found: Identity) -> Sequence[Target]:
    """How far what should be smaller is larger: at most not at all."""
    nearest = max(kinship.nearest for kinship in found.kinships)
    return (
        Target("最易混淆的音色：与其他音色的相似度减去自身各情感之间的", 0.0, _margin(found), ""),
        Target("与最相似的声源的相似度，减去最相似的两个声源之间的", 0.0, nearest - found.strangers[-1], ""),
    )


def of_speed(found: Speed) -> Sequence[Target]:
    """Speed and size of a package that is shipped."""
    return (
        Target("实时率，两个线程", 0.015, found.slowest(2), ""),
        Target("实时率，一个线程", 0.02, found.slowest(1), ""),
        Target("20 字首音，中位", 40.0, found.first.median * 1000.0, "ms"),
        Target("从启动进程到首段音频", 2.0, found.ready, "s"),
        Target("语音包大小", LARGEST_PACKAGE, found.size / MEGABYTE, "MB"),
        Target("流式与整段的最大差", 1e-4, found.seam, ""),
    )


def _margin(found: Identity) -> float:
    return max(person.other - person.own for person in found.students)


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
