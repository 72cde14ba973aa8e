from __future__ import annotations

from benchmarks.emotion.plan import Plan
from benchmarks.emotion.sentences import Sentences
from benchmarks.emotion.takes import Take

PLAN = Plan(("a",), ("sad",), (1.0, 2.0), Sentences(("甲", "丙"), ("乙",)), ("甲",), (2.0,))


def test_all_sentences_are_spoken_as_designed_and_graded_ones_at_every_intensity() -> None:
    assert set(PLAN.takes()) == {
        Take("a", "neutral", 1.0, "甲"),
        Take("a", "sad", 1.0, "甲"),
        Take("a", "sad", 2.0, "甲"),
        Take("a", "neutral", 1.0, "丙"),
        Take("a", "sad", 1.0, "丙"),
        Take("a", "neutral", 1.0, "乙"),
        Take("a", "sad", 1.0, "乙"),
    }


def test_no_take_is_spoken_twice() -> None:
    takes = PLAN.takes()

    assert len(takes) == len(set(takes))


def test_the_ear_hears_guarded_intensities_and_their_neutral() -> None:
    assert PLAN.ear_takes() == [Take("a", "neutral", 1.0, "甲"), Take("a", "sad", 2.0, "甲")]
