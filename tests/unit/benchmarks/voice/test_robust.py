from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.voice.alignment import Comparison
from benchmarks.voice.opening import SILENT
from benchmarks.voice.readers import PackageReader
from benchmarks.voice.robust import Reading, Robustness, pace
from benchmarks.voice.takes import Take, record_all
from benchmarks.voice.texts import Line

TEN = Comparison(10, 0, 0, 0)


def reading(
    found: Comparison = TEN, pace: float = 0.2, text: str = "甲", voice: str = "a", group: str = "words"
) -> Reading:
    return Reading(Line(group, text), voice, "", found, pace)


@pytest.mark.parametrize(
    ("found", "flagged"),
    [
        (Comparison(10, 5, 0, 0), False),
        (Comparison(10, 1, 1, 1), False),
        (Comparison(10, 2, 2, 0), True),
        (Comparison(10, 2, 0, 2), True),
        (Comparison(1, 1, 1, 0), True),
        (Comparison(1, 1, 0, 0), False),
        (Comparison(0, 0, 0, 0), False),
    ],
    ids=["replaced", "single", "dropped", "added", "nothing left", "one replaced", "English alone"],
)
def test_runs_are_flagged_and_single_errors_are_not(found: Comparison, flagged: bool) -> None:
    assert reading(found).flagged is flagged


def test_what_the_teacher_is_flagged_for_too_is_not_suspected() -> None:
    dropped = Comparison(10, 2, 2, 0)
    first, second = reading(dropped, text="甲"), reading(dropped, text="乙")

    found = Robustness([first, second, reading()], {"甲": reading(dropped), "乙": reading()})

    assert (found.flagged, found.suspected) == ([first, second], [second])


@pytest.mark.parametrize(("pace", "odd"), [(0.05, True), (0.11, False), (0.39, False), (0.5, True)])
def test_who_speaks_twice_as_fast_or_slow_as_usual_is_odd(pace: float, odd: bool) -> None:
    asked = reading(pace=pace, text="乙")

    found = Robustness([reading(), reading(), reading(), asked], {})

    assert [one for one, _ in found.odd] == ([asked] if odd else [])


def test_single_words_are_compared_with_single_words() -> None:
    word = Comparison(1, 0, 0, 0)
    words = [reading(word, pace=0.7) for _ in range(3)]

    assert not Robustness([*words, reading(), reading(), reading(), reading()], {}).odd


def test_voices_are_compared_with_themselves() -> None:
    slow = [reading(pace=0.5, voice="b") for _ in range(3)]

    assert not Robustness([*slow, reading(), reading(), reading(), reading()], {}).odd


def test_a_voice_that_falls_silent_is_odd() -> None:
    found = Robustness([reading(), reading(), reading(pace=0.0)], {})

    assert [factor for _, factor in found.odd] == [0.0]


def test_errors_are_counted_by_group() -> None:
    found = Robustness([reading(Comparison(10, 2, 0, 0)), reading(Comparison(40, 3, 0, 0), group="hard")], {})

    assert (found.error("words"), found.error("hard"), found.error()) == (20.0, 7.5, 10.0)


def test_pauses_are_no_part_of_the_pace_and_english_counts_by_its_vowels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    take = Take(PackageReader(SILENT, "silent"), "你好，hello。")
    list(record_all([take], 1))

    assert pace(take) == pytest.approx([0.2 * 3 / 4])  # three items of 0.2 s, four syllables
