from __future__ import annotations

import pytest
from benchmarks.voice.alignment import Run, TranscriptErrors
from benchmarks.voice.articulation import Articulation
from benchmarks.voice.robust import Reading, Robustness
from benchmarks.voice.texts import Line

TEN = TranscriptErrors(10, 0)
DROPPED = TranscriptErrors(10, 2, (Run(True, 4, 2),))


def reading(
    found: TranscriptErrors = TEN,
    pace: float = 0.2,
    text: str = "甲",
    voice: str = "a",
    group: str = "words",
    again: tuple[TranscriptErrors, ...] = (),
) -> Reading:
    return Reading(Line(group, text), voice, "", found, Articulation(pace, 0.1, -10.0), again)


@pytest.mark.parametrize(
    ("found", "flagged"),
    [
        (TranscriptErrors(10, 5), False),
        (TranscriptErrors(10, 2, (Run(True, 2, 1), Run(False, 5, 1))), False),
        (DROPPED, True),
        (TranscriptErrors(10, 2, (Run(False, 4, 2),)), True),
        (TranscriptErrors(1, 1, (Run(True, 0, 1),)), True),
        (TranscriptErrors(1, 1), False),
        (TranscriptErrors(0, 0), False),
    ],
    ids=["replaced", "single", "dropped", "added", "nothing left", "one replaced", "English alone"],
)
def test_runs_are_flagged_and_single_errors_are_not(found: TranscriptErrors, flagged: bool) -> None:
    assert reading(found).flagged is flagged


@pytest.mark.parametrize(
    ("again", "confirmed"),
    [
        ((), True),
        ((DROPPED, DROPPED), True),
        ((DROPPED, TranscriptErrors(10, 3, (Run(True, 5, 3),))), True),
        ((DROPPED, TEN), False),
        ((DROPPED, TranscriptErrors(10, 1, (Run(True, 4, 1),))), False),
        ((TranscriptErrors(20, 2, (Run(True, 15, 2),)),), False),
    ],
    ids=["heard once", "the same", "more of it", "heard after all", "one of two", "somewhere else"],
)
def test_only_what_is_missing_however_one_listens_is_confirmed(
    again: tuple[TranscriptErrors, ...], confirmed: bool
) -> None:
    assert reading(DROPPED, again=again).confirmed is confirmed


def test_what_is_confirmed_of_the_teacher_too_is_not_suspected() -> None:
    first, second, third = (reading(DROPPED, text=text) for text in "甲乙丙")
    unsure = reading(DROPPED, text="丁", again=(TEN,))
    teachers = {"甲": first, "乙": reading(), "丙": reading(DROPPED, again=(TEN,)), "丁": reading()}

    found = Robustness([first, second, third, unsure, reading()], teachers, {})

    assert found.flagged == [first, second, third, unsure]
    assert found.suspects == [second, third]


def test_how_many_faults_are_noticed_is_counted() -> None:
    unsure = reading(DROPPED, again=(TEN,))

    found = Robustness([], {}, {"dropped": [reading(DROPPED), unsure, reading()], "doubled": []})

    assert found.detections == {"dropped": (3, 2, 1)}


@pytest.mark.parametrize(("pace", "odd"), [(0.05, True), (0.11, False), (0.39, False), (0.5, True)])
def test_a_reading_twice_as_fast_or_slow_as_usual_is_odd(pace: float, odd: bool) -> None:
    asked = reading(pace=pace, text="乙")

    found = Robustness([reading(), reading(), reading(), asked], {}, {})

    assert [one for one, _ in found.odd] == ([asked] if odd else [])


def test_single_words_are_compared_with_single_words() -> None:
    word = TranscriptErrors(1, 0)
    words = [reading(word, pace=0.7) for _ in range(3)]

    assert not Robustness([*words, reading(), reading(), reading(), reading()], {}, {}).odd


def test_voices_are_compared_with_themselves() -> None:
    slow = [reading(pace=0.5, voice="b") for _ in range(3)]

    assert not Robustness([*slow, reading(), reading(), reading(), reading()], {}, {}).odd


def test_a_voice_that_falls_silent_is_odd() -> None:
    found = Robustness([reading(), reading(), reading(pace=0.0)], {}, {})

    assert [factor for _, factor in found.odd] == [0.0]


def test_errors_are_counted_by_group() -> None:
    readings = [reading(TranscriptErrors(10, 2)), reading(TranscriptErrors(40, 3), group="hard")]

    found = Robustness(readings, {}, {})

    assert (found.error("words"), found.error("hard"), found.error()) == (20.0, 7.5, 10.0)
