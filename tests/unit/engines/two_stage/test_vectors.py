"""Emotions and speakers as points between the rows of a voice's tables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.engines.two_stage.vectors import Table, Vector, emotion_vector, reach, speaker_vector
from huisheng.errors import UnknownEmotion, UnknownVoice
from huisheng.types import Emotion

NAMES = ("emotion_none", "emotion_neutral", "emotion_happy", "emotion_sad")
ROWS = np.random.default_rng(2).standard_normal((4, 6), np.float32)
EMOTIONS = Table(NAMES, ROWS)
NEUTRAL, HAPPY, SAD = ROWS[1:]
SPEAKERS = Table(("f7", "m7", "f74"), ROWS[:3])

INTENSITIES = st.floats(0.0, 2.0)
STRENGTHS = st.floats(0.01, 1.99)


def emotion(intensity: float, strength: float = 1.0) -> Vector:
    return emotion_vector(EMOTIONS, Emotion("happy", intensity), {"emotion_happy": strength})


def distance(vector: Vector) -> float:
    return float(np.linalg.norm(vector - NEUTRAL))


# Emotions


def test_neutral_is_its_row() -> None:
    np.testing.assert_array_equal(emotion_vector(EMOTIONS, Emotion(), {}), NEUTRAL)


def test_an_emotion_at_no_intensity_is_neutral() -> None:
    np.testing.assert_array_equal(emotion(0.0), NEUTRAL)


def test_an_emotion_as_designed_is_its_row() -> None:
    np.testing.assert_allclose(emotion(1.0), HAPPY, rtol=0, atol=1e-6)


def test_an_emotion_at_two_lies_as_far_beyond_its_row() -> None:
    np.testing.assert_allclose(emotion(2.0) - HAPPY, HAPPY - NEUTRAL, rtol=0, atol=1e-6)


@given(intensities=st.lists(INTENSITIES, min_size=2, max_size=6).map(sorted), strength=STRENGTHS)
def test_more_of_an_emotion_is_never_less_of_it(intensities: list[float], strength: float) -> None:
    distances = [distance(emotion(intensity, strength)) for intensity in intensities]

    assert all(near <= far + 1e-6 for near, far in pairwise(distances))


@given(intensity=INTENSITIES)
def test_an_emotion_moves_in_proportion_to_its_intensity(intensity: float) -> None:
    assert distance(emotion(intensity)) == pytest.approx(intensity * distance(HAPPY), abs=1e-5)


def test_an_emotion_as_designed_is_as_strong_as_the_package_says() -> None:
    assert distance(emotion(1.0, strength=1.3)) == pytest.approx(1.3 * distance(HAPPY), abs=1e-5)


@given(strength=STRENGTHS)
def test_no_emotion_goes_beyond_what_was_learned(strength: float) -> None:
    np.testing.assert_allclose(emotion(2.0, strength), emotion(2.0), rtol=0, atol=1e-5)


@given(strength=STRENGTHS)
def test_an_emotion_grows_without_a_jump(strength: float) -> None:
    assert reach(1.0 + 1e-9, strength) == pytest.approx(reach(1.0, strength), abs=1e-6)


def test_the_strength_of_one_emotion_is_not_that_of_another() -> None:
    sad = emotion_vector(EMOTIONS, Emotion("sad"), {"emotion_happy": 1.3})

    np.testing.assert_allclose(sad, SAD, rtol=0, atol=1e-6)


@given(one=INTENSITIES, other=INTENSITIES)
def test_emotions_at_the_same_time_add_up(one: float, other: float) -> None:
    both = emotion_vector(EMOTIONS, Emotion("happy", one, (("sad", other),)), {})

    wanted = NEUTRAL + one * (HAPPY - NEUTRAL) + other * (SAD - NEUTRAL)
    np.testing.assert_allclose(both, wanted, rtol=0, atol=1e-5)


def test_neutral_at_the_same_time_changes_nothing() -> None:
    mixed = emotion_vector(EMOTIONS, Emotion("happy", 1.0, (("neutral", 2.0),)), {})

    np.testing.assert_array_equal(mixed, emotion(1.0))


def test_an_emotion_that_the_voice_lacks_is_refused() -> None:
    with pytest.raises(UnknownEmotion) as refused:
        emotion_vector(EMOTIONS, Emotion("angry"), {})

    assert refused.value.known == NAMES


def test_a_voice_without_a_neutral_row_is_neutral_in_its_first() -> None:
    table = Table(("emotion_none", "emotion_happy"), ROWS[:2])

    np.testing.assert_array_equal(emotion_vector(table, Emotion(), {}), ROWS[0])


def test_the_table_stays_as_it_is() -> None:
    before = ROWS.copy()

    emotion_vector(EMOTIONS, Emotion("happy", 2.0, (("sad", 2.0),)), {})

    np.testing.assert_array_equal(before, ROWS)


# Speakers


def test_one_speaker_is_a_row() -> None:
    np.testing.assert_array_equal(speaker_vector(SPEAKERS, {"m7": 1.0}), ROWS[1])


@given(first=st.floats(0.01, 5.0), second=st.floats(0.01, 5.0))
def test_speakers_are_weighed_by_their_shares(first: float, second: float) -> None:
    mixed = speaker_vector(SPEAKERS, {"f7": first, "m7": second})

    wanted = (first * ROWS[0] + second * ROWS[1]) / (first + second)
    np.testing.assert_allclose(mixed, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shares", [{"nobody": 1.0}, {"f7": 0.5, "nobody": 0.5}, {"f7": 0.0}, {}])
def test_a_mixture_of_no_speaker_is_refused_with_the_known_ones(shares: dict[str, float]) -> None:
    with pytest.raises(UnknownVoice) as refused:
        speaker_vector(SPEAKERS, shares)

    assert refused.value.known == SPEAKERS.names
