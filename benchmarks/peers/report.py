"""The table for people, in Chinese and in English, and a line of JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from benchmarks.peers.comparison import Outcome
from benchmarks.sections import table

FIRST: Final = 20
"""Characters of the texts whose first sound is told."""
WHOLE: Final = 50
"""Characters of the texts whose real-time factor is told."""
SECTION: Final = "peers"
"""Name of the section in the pages."""

_MEGABYTE: Final = 1e6


class Language(NamedTuple):
    """One page, its words, and what stands under its table."""

    page: Path
    head: tuple[str, ...]
    legend: str


CHINESE: Final = Language(
    Path("README.md"),
    ("", "实时率", "首音延迟", "启动", "内存峰值", "模型大小"),
    "同一台机器、两个线程、轮流运行，取中位数：实时率按 50 字，首音延迟按 20 字；启动指从启动进程到模型就绪。"
    "Kokoro 是 v1.0 的 int8 版本，由绘声运行。Piper 用官方的 medium 网络结构与随机权重，只比速度，不比音质。",
)
ENGLISH: Final = Language(
    Path("README.en.md"),
    ("", "Real-time factor", "First audio", "Start-up", "Peak memory", "Model size"),
    "One machine, two threads, taking turns, medians: real-time factor of 50 characters, first audio of 20; "
    "start-up lasts from the start of the process until the model is ready. Kokoro is v1.0 in int8, "
    "run by Huisheng. Piper has its medium network with random weights: compare speed, not sound.",
)


class Figures(NamedTuple):
    """Figures of one speaker: seconds of work for a second of sound, ms, s, MB, MB."""

    real_time_factor: float
    first_audio_ms: float
    startup_s: float
    peak_memory_mb: float | None
    size_mb: float


def figures(outcome: Outcome) -> Figures:
    """Medians over texts and rounds."""
    return Figures(
        median(spoken.wall / spoken.sound for spoken in outcome.spoken[WHOLE]),
        median(spoken.first for spoken in outcome.spoken[FIRST]) * 1000.0,
        outcome.ready,
        outcome.peak,
        outcome.speaker.size / _MEGABYTE,
    )


def section(language: Language, outcomes: Iterable[Outcome], circumstances: Sequence[str]) -> str:
    """Table, legend, and where it was measured."""
    rows = ([outcome.speaker.name, *_cells(figures(outcome))] for outcome in outcomes)
    return "\n\n".join([table(language.head, rows), language.legend, "\n".join(circumstances)])


def json_line(outcomes: Iterable[Outcome]) -> str:
    """One object: speaker → figures."""
    return json.dumps(
        {outcome.speaker.name: figures(outcome)._asdict() for outcome in outcomes}, ensure_ascii=False
    )


def _cells(found: Figures) -> list[str]:
    return [
        f"{found.real_time_factor:.3f}",
        f"{found.first_audio_ms:.0f} ms",
        f"{found.startup_s:.1f} s",
        "—" if found.peak_memory_mb is None else f"{found.peak_memory_mb:.0f} MB",
        f"{found.size_mb:.0f} MB",
    ]
