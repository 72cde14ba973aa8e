"""What became of a folder of recordings, for a person and for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from huisheng.training.recordings.findings import RecordingFinding, Severity
from huisheng.training.recordings.intake import Intake

_TITLES: Final[dict[Severity, str]] = {
    "refuse": "未使用 Left out",
    "warn": "请留意 Please note",
}

MOST_LINES: Final = 20
"""Findings of one kind that are written out; the rest is counted."""


def as_text(intake: Intake) -> str:
    """A page in Chinese and English: totals, then what is left out and why, then what could be better."""
    return "\n".join([*_totals(intake), *_overall(intake.findings), *_by_severity(intake.findings)]) + "\n"


def as_json(intake: Intake) -> str:
    """Everything known of the intake, as one JSON object."""
    document: dict[str, Any] = {
        "found": intake.found,
        "used": len(intake.sources),
        "pieces": len(intake.pieces),
        "seconds": round(intake.seconds, 2),
        "sha256": intake.sha256,
        "findings": [asdict(finding) for finding in intake.findings],
        "sources": [source.model_dump(mode="json", exclude={"findings"}) for source in intake.sources],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _totals(intake: Intake) -> Iterator[str]:
    used, minutes = len(intake.sources), intake.seconds / 60.0
    yield f"录音 {intake.found} 个，使用 {used} 个，切成 {len(intake.pieces)} 段，共 {minutes:.1f} 分钟。"
    yield f"Recordings: {intake.found}, used: {used}, pieces: {len(intake.pieces)}, minutes: {minutes:.1f}."
    if intake.sources:
        snr = float(np.median([source.figures.snr for source in intake.sources]))
        pace = sum(piece.syllables for piece in intake.pieces) / intake.seconds
        yield f"信噪比中位数 {snr:.0f} dB，每秒 {pace:.1f} 个音节（含停顿）。"
        yield f"Median signal-to-noise ratio {snr:.0f} dB, {pace:.1f} syllables a second, pauses included."


def _overall(findings: Sequence[RecordingFinding]) -> Iterator[str]:
    for finding in findings:
        if not finding.file:
            yield finding.message
            yield finding.english


def _by_severity(findings: Sequence[RecordingFinding]) -> Iterator[str]:
    for severity, title in _TITLES.items():
        listed = [finding for finding in findings if finding.file and finding.severity == severity]
        if listed:
            yield ""
            yield f"{title} ({len(listed)})"
            yield from _lines(listed)


def _lines(findings: Sequence[RecordingFinding]) -> Iterator[str]:
    counts = Counter(finding.kind for finding in findings)
    written = Counter[str]()
    for finding in findings:
        written[finding.kind] += 1
        if written[finding.kind] <= MOST_LINES:
            yield f"  {finding.file}: {finding.message} {finding.english}"
        elif written[finding.kind] == counts[finding.kind]:
            more = counts[finding.kind] - MOST_LINES
            yield f"  … 同类情况还有 {more} 个。 {more} more of this kind."
