from __future__ import annotations

import numpy as np
import pytest
from benchmarks.emotion.classify import accuracy
from benchmarks.emotion.recognition import Recognition, recognition
from benchmarks.emotion.sentences import Sentences
from benchmarks.emotion.takes import Take

SENTENCES = Sentences(("甲", "乙"), ("丙", "丁"))
SHIFTS = {"neutral": 0.0, "happy": 6.0, "sad": -6.0}
MELODIES = {"甲": 0.5, "乙": -0.5, "丙": 1.0, "丁": -1.0}
"""Pitch of the sentence itself."""


def voices(*strengths: float) -> dict[Take, np.ndarray]:
    """Voices of different registers, with the strength at which each shows its emotions."""
    noise = np.random.default_rng(1)
    return {
        Take(f"v{place}", emotion, 1.0, text): np.array([90.0 - place, 1.0, 1.5, -20.0])
        + melody
        + strength * shift
        + noise.normal(scale=0.1, size=4)
        for place, strength in enumerate(strengths)
        for emotion, shift in SHIFTS.items()
        for text, melody in MELODIES.items()
    }


def found(*strengths: float) -> Recognition:
    names = [f"v{place}" for place in range(len(strengths))]
    return recognition(voices(*strengths), names, ["happy", "sad"], SENTENCES)


def test_emotions_that_move_further_than_sentences_differ_are_recognized() -> None:
    both = found(1.0, 1.0)

    assert both.labels == ("neutral", "happy", "sad")
    assert [accuracy(both.unpaired), both.paired, both.unheard_voice] == [1.0, 1.0, 1.0]


def test_a_voice_that_shows_nothing_sounds_neutral() -> None:
    counts = found(1.0, 1.0, 0.0).unpaired

    assert counts.tolist() == [[6, 0, 0], [2, 4, 0], [2, 0, 4]]


def test_a_voice_with_emotions_the_wrong_way_round_is_not_recognized_from_another() -> None:
    assert found(1.0, -1.0).unheard_voice == pytest.approx(1 / 3)


def test_with_one_voice_there_is_none_to_leave_out() -> None:
    assert found(1.0).unheard_voice is None
