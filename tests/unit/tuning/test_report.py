"""A report says what was gained, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace

from huisheng.tuning.corpus import RejectedPiece
from huisheng.tuning.evaluation import Evaluation
from huisheng.tuning.report import MOST_LINES, Report, SpeakerSimilarities, as_json, as_text

REPORT = Report(
    voice="ming",
    base="builtin",
    nearest="lan",
    seconds=630.0,
    held_out=5,
    steps=420,
    before=Evaluation(3.0, 8.25, 31.4, 2.5),
    after=Evaluation(2.0, 6.5, 22.0, 1.25),
    dropped=(),
    likenesses=None,
)


def test_figures_stand_side_by_side() -> None:
    lines = as_text(REPORT).splitlines()

    assert "频谱 spectrum (dB)\t8.25\t6.50" in lines
    assert "时长 durations (ms)\t31.4\t22.0" in lines
    assert "音高 pitch (semitones)\t2.50\t1.25" in lines
    assert "10.5 minutes" in as_text(REPORT)


def test_without_an_encoder_it_says_how_to_get_one() -> None:
    assert "--encoder" in as_text(REPORT)


def test_similarity_is_compared_with_the_most_similar_speaker() -> None:
    told = as_text(replace(REPORT, likenesses=SpeakerSimilarities({"lan": 0.61, "song": 0.72}, 0.85, 0.9)))

    assert "before（song）" in told
    assert "说话人 speaker (cosine)\t0.720\t0.850" in told
    assert "--encoder" not in told


def test_what_was_left_out_is_listed_up_to_a_number() -> None:
    dropped = tuple(
        RejectedPiece(f"{n}.wav", f"第 {n} 句", "对不上", "they differ") for n in range(MOST_LINES + 3)
    )

    told = as_text(replace(REPORT, dropped=dropped))

    assert f"第 {MOST_LINES - 1} 句：对不上。 They differ." in told
    assert f"第 {MOST_LINES} 句" not in told
    assert "还有 3 段" in told


def test_a_text_that_a_terminal_would_obey_is_not_printed() -> None:
    told = as_text(replace(REPORT, dropped=(RejectedPiece("a.wav", "\x1b[2J", "对不上", "they differ"),)))

    assert "\x1b" not in told


def test_a_program_gets_everything() -> None:
    dropped = (RejectedPiece("a.wav", "你好", "对不上", "they differ"),)

    document = json.loads(as_json(replace(REPORT, dropped=dropped)))

    assert document["after"] == {"cost": 2.0, "mel": 6.5, "duration": 22.0, "pitch": 1.25}
    assert document["dropped"][0]["file"] == "a.wav"
    assert document["likenesses"] is None
