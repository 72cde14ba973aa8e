from __future__ import annotations

import json

import numpy as np
from benchmarks.emotion.acoustics import Standing
from benchmarks.emotion.bands import check_band
from benchmarks.emotion.guards import Cost, Identity
from benchmarks.emotion.recognition import Recognition
from benchmarks.emotion.report import Findings, markdown, summary
from benchmarks.emotion.trends import Trend

SAD = np.array([-1.9, -30.0, -18.0, -1.0])

FULL = Findings(
    voices=("a", "b"),
    sentences=(2, 2, 1),
    standings=[Standing("sad", SAD, np.stack([SAD, SAD - 1.0]), check_band("sad", SAD))],
    trends=[
        Trend("sad", "a", "pitch", 0.0, 1.0, monotone=True),
        Trend("sad", "b", "pitch", -2.0, 0.5, monotone=False),
    ],
    recognition=Recognition(("neutral", "sad"), np.array([[4, 0], [1, 3]]), 1.0, None),
    costs=[Cost("sad", 1.0, -0.1, 0.5, accepted=True)],
    identities={1.0: Identity(0.02, 0.3, 0.05, 0.04)},
)

ACOUSTIC = Findings(("a",), (2, 0, 0), FULL.standings, [], None, [], {}, remark="音质未评测。")


def row(page: str, start: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(f"| {start}"))


def test_a_measure_outside_its_band_is_marked() -> None:
    line = row(markdown(FULL), "悲伤")

    assert "-1.9（-2.9…-1.9）/ -2.8…-0.9 ✓" in line
    assert "-1.0（-2.0…-1.0）/ -5.0…-2.0 ✗" in line


def test_monotone_voices_are_counted() -> None:
    assert "| 1/2，0.50 |" in markdown(FULL)


def test_accuracy_is_shown_with_its_aim_and_chance() -> None:
    assert "正确率 88% ✓（目标 80%，随机 50%）" in markdown(FULL)


def test_costs_are_shown_with_their_sign() -> None:
    assert "| 悲伤 | 1 | -0.10 | +0.5 | ✓ |" in markdown(FULL)


def test_distances_of_speakers_are_shown() -> None:
    assert "| 1 | 0.020 < 0.300 ✓ | 0.050 < 0.040 ✗ |" in markdown(FULL)


def test_what_was_not_asked_is_left_out_and_the_reason_told() -> None:
    page = markdown(ACOUSTIC)

    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## 强度 1"]
    assert page.endswith("音质未评测。\n")


def test_the_summary_is_one_line_of_json_that_names_what_failed() -> None:
    line = summary(FULL)
    found = json.loads(line)

    assert "\n" not in line
    assert found["outside"] == ["sad.level"]
    assert found["not_monotone"] == ["b.sad.pitch"]
    assert found["accuracy"] == 7 / 8
