"""The report on a custom voice, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from huisheng.tuning.corpus import RejectedPiece
from huisheng.tuning.evaluation import Evaluation
from huisheng.voice.archive import printable

MOST_LINES: Final = 20
"""Rejected pieces that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class SpeakerSimilarities:
    """Cosines between speaker vectors, means over held-out sentences.

    Attributes:
        before: between the recordings and each speaker of the base.
        after: between the recordings and the new voice.
        recordings: among the recordings, which others hardly exceed.
    """

    before: dict[str, float]
    after: float
    recordings: float


@dataclass(frozen=True, slots=True)
class Report:
    """
    Attributes:
        voice: id.
        base: name of the package that it was fine-tuned from.
        nearest: speaker of the base nearest to the recordings.
        seconds: of training and held-out pieces together.
        held_out: pieces.
        steps: of each training.
        before: of the nearest speaker, on the held-out pieces.
        after: of the new voice.
        dropped: pieces that were rejected.
        likenesses: None without a speaker encoder.
    """

    voice: str
    base: str
    nearest: str
    seconds: float
    held_out: int
    steps: int
    before: Evaluation
    after: Evaluation
    dropped: tuple[RejectedPiece, ...]
    likenesses: SpeakerSimilarities | None


def as_json(report: Report) -> str:
    """Everything, as one JSON object."""
    document: dict[str, Any] = asdict(report) | {"dropped": [one._asdict() for one in report.dropped]}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def as_text(report: Report) -> str:
    """A page in Chinese and English."""
    return (
        "\n".join(
            [*_totals(report), *_table(report), *_similarity(report), *_rejected_pieces(report.dropped)]
        )
        + "\n"
    )


def _totals(report: Report) -> Iterator[str]:
    minutes = report.seconds / 60.0
    yield f"音色 {report.voice}：录音 {minutes:.1f} 分钟，留出 {report.held_out} 段不参与训练。"
    yield f"Voice {report.voice}: {minutes:.1f} minutes, of which {report.held_out} pieces were held out."


def _table(report: Report) -> Iterator[str]:
    yield ""
    yield f"与留出录音的差距 Distance from what was held out\t之前 before（{report.nearest}）\t之后 after"
    for name, unit, digits in _ROWS:
        before, after = (getattr(one, name) for one in (report.before, report.after))
        yield f"{unit}\t{before:.{digits}f}\t{after:.{digits}f}"


_ROWS: Final = (
    ("mel", "频谱 spectrum (dB)", 2),
    ("duration", "时长 durations (ms)", 1),
    ("pitch", "音高 pitch (semitones)", 2),
)
"""Field of `Evaluation`, what it is called, digits behind the point."""


def _similarity(report: Report) -> Iterator[str]:
    yield ""
    similarities = report.likenesses
    if similarities is None:
        yield "没有说话人编码器，未计算相似度：用 --encoder 给出 resemblyzer 的 pretrained.pt。"
        yield "No speaker encoder, so no similarity: give resemblyzer's pretrained.pt with --encoder."
        return
    best = max(similarities.before, key=similarities.before.__getitem__)
    yield f"与录音的相似度 Similarity to the recordings\t之前 before（{best}）\t之后 after"
    yield f"说话人 speaker (cosine)\t{similarities.before[best]:.3f}\t{similarities.after:.3f}"
    among = f"{similarities.recordings:.3f}"
    yield f"录音之间 {among}。 The recordings among themselves: {among}."


def _rejected_pieces(dropped: Sequence[RejectedPiece]) -> Iterator[str]:
    if not dropped:
        return
    yield ""
    yield f"未使用 Left out ({len(dropped)})"
    for one in dropped[:MOST_LINES]:
        yield f"  {printable(one.text[:40])}：{one.reason}。 {one.english.capitalize()}."
    if len(dropped) > MOST_LINES:
        more = len(dropped) - MOST_LINES
        yield f"  … 还有 {more} 段。 {more} more."
