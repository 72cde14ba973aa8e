"""Speakers take turns, each in its own process."""

from __future__ import annotations

import json
import sys
from typing import Final

import pytest
from benchmarks.peers.comparison import NoSpeaker, Outcome, Speaker, compare, package_speaker
from benchmarks.peers.report import CHINESE, ENGLISH, figures, json_line, section
from benchmarks.speed.runs import Spoken
from benchmarks.voice.opening import SILENT

from huisheng.voice.builtin import BUILTIN
from huisheng.voice.store import folder_of

TEXTS: Final = {20: ["你好。"], 50: ["今天天气真好！", "再见。"]}


def silent(name: str) -> Speaker:
    command = (sys.executable, "-m", "benchmarks.peers.package_speaker", str(SILENT), "2")
    return Speaker(name, command, 0)


@pytest.fixture
def outcome() -> Outcome:
    spoken = {20: [Spoken(9.0, 0.02, 1.0)], 50: [Spoken(0.1, 9.0, 10.0), Spoken(0.3, 9.0, 10.0)]}
    return Outcome(Speaker("ours", (), 25_000_000), 0.75, spoken, None)


def test_every_system_says_every_text_in_each_round_that_counts() -> None:
    outcomes = compare([silent("one"), silent("other")], TEXTS, rounds=2)

    assert [one.speaker.name for one in outcomes] == ["one", "other"]
    assert [{length: len(its) for length, its in one.spoken.items()} for one in outcomes] == [
        {20: 2, 50: 4}
    ] * 2


def test_the_builtin_voice_is_timed_in_a_process_of_its_own() -> None:
    (one,) = compare([package_speaker("ours", folder_of(BUILTIN))], {20: ["你好。"]}, rounds=1)
    (spoken,) = one.spoken[20]

    assert 0.0 < spoken.first <= spoken.wall
    assert spoken.sound > 0.1
    assert one.ready > 0.0
    assert one.speaker.size > 1_000_000


def test_a_speaker_that_ends_at_once_is_told_with_its_last_words() -> None:
    broken = Speaker("broken", (sys.executable, "-c", "import sys; sys.exit('no model')"), 0)

    with pytest.raises(NoSpeaker, match="broken: no model"):
        compare([broken], TEXTS, rounds=1)


def test_the_figures_are_medians_of_the_length_they_are_told_for(outcome: Outcome) -> None:
    assert figures(outcome) == pytest.approx((0.02, 20.0, 0.75, None, 25.0))


def test_the_line_for_programs_has_every_speaker(outcome: Outcome) -> None:
    assert json.loads(json_line([outcome]))["ours"]["first_audio_ms"] == pytest.approx(20.0)


def test_both_pages_get_the_same_row(outcome: Outcome) -> None:
    row = "| ours | 0.020 | 20 ms | 0.8 s | — | 25 MB |"

    assert all(row in section(language, [outcome], ["- here"]) for language in (CHINESE, ENGLISH))
