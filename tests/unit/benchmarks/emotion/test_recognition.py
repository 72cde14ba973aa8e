from __future__ import annotations

import numpy as np
from benchmarks.emotion.classify import accuracy
from benchmarks.emotion.recognition import recognition
from benchmarks.emotion.sentences import Sentences
from benchmarks.emotion.takes import Take

SENTENCES = Sentences(("甲", "乙"), ("丙", "丁"))
SHIFTS = {"neutral": 0.0, "happy": 3.0, "sad": -3.0}
MELODIES = {"甲": 0.5, "乙": -0.5, "丙": 1.0, "丁": -1.0}
"""Pitch of the sentence itself."""


def voices(*registers: float, spoilt: str = "") -> dict[Take, np.ndarray]:
    """Voices of these registers; the last one shows nothing when it means the feeling `spoilt`."""
    noise = np.random.default_rng(1)
    return {
        Take(f"v{place}", emotion, 1.0, text): np.array([register + melody + shift, melody, -melody, melody])
        + noise.normal(scale=0.1, size=4)
        for place, register in enumerate(registers)
        for emotion, moved in SHIFTS.items()
        for shift in [0.0 if emotion == spoilt and place == len(registers) - 1 else moved]
        for text, melody in MELODIES.items()
    }


def test_feelings_that_move_further_than_sentences_differ_are_recognized() -> None:
    found = recognition(voices(90.0, 80.0), ["v0", "v1"], ["happy", "sad"], SENTENCES)

    assert found.labels == ("neutral", "happy", "sad")
    assert [accuracy(found.unpaired), found.paired, found.unheard_voice] == [1.0, 1.0, 1.0]


def test_a_voice_that_shows_no_sadness_is_found_out() -> None:
    measured = voices(90.0, 85.0, 80.0, spoilt="sad")

    found = recognition(measured, ["v0", "v1", "v2"], ["happy", "sad"], SENTENCES)

    assert found.unpaired[2].tolist()[2] == 4


def test_with_one_voice_there_is_none_to_leave_out() -> None:
    assert recognition(voices(90.0), ["v0"], ["happy", "sad"], SENTENCES).unheard_voice is None
