from __future__ import annotations

import numpy as np
import pytest
from benchmarks.emotion.guards import cost, identity
from benchmarks.emotion.takes import Take


def ear_values(
    quality: float = 3.0, errors: float = 0.0, syllables: float = 10.0, angle: float = 0.0
) -> np.ndarray:
    """What an ear says; the speaker is a direction in a plane, in degrees."""
    radians = np.deg2rad(angle)
    return np.array([quality, errors, syllables, np.cos(radians), np.sin(radians)])


def take(voice: str = "a", emotion: str = "sad", intensity: float = 1.0) -> Take:
    return Take(voice, emotion, intensity, "甲")


def cost_of(plain: np.ndarray, emotional: np.ndarray, intensity: float = 1.0) -> tuple[float, float, bool]:
    one = take(intensity=intensity)
    found = cost({one.neutral: plain, one: emotional}, [one])
    return round(found.quality, 3), round(found.errors, 3), found.accepted


def test_the_same_sound_costs_nothing() -> None:
    assert cost_of(ear_values(), ear_values()) == (0.0, 0.0, True)


@pytest.mark.parametrize(("intensity", "fine"), [(1.0, False), (2.0, True)])
def test_the_stronger_emotion_may_lose_more_quality(intensity: float, fine: bool) -> None:
    assert cost_of(ear_values(3.0), ear_values(2.8), intensity) == (-0.2, 0.0, fine)


def test_more_than_two_points_of_errors_are_refused() -> None:
    assert cost_of(ear_values(errors=1.0, syllables=40.0), ear_values(errors=2.0, syllables=40.0)) == (
        0.0,
        2.5,
        False,
    )


def test_fewer_errors_than_neutral_are_accepted() -> None:
    assert cost_of(ear_values(errors=2.0), ear_values(errors=1.0)) == (0.0, -10.0, True)


def ear_results(*angles: tuple[str, str, float]) -> dict[Take, np.ndarray]:
    return {take(voice, emotion): ear_values(angle=angle) for voice, emotion, angle in angles}


def test_speakers_further_apart_than_their_emotions_keep_their_identity() -> None:
    found = identity(
        ear_results(("a", "neutral", 0), ("a", "sad", 10), ("b", "neutral", 60), ("b", "sad", 50)), 1.0
    )

    assert found is not None
    assert found.distinct
    assert found.always_distinct
    assert found.within == found.within_max
    assert found.within_max == pytest.approx(1 - np.cos(np.deg2rad(10)))
    assert found.between_min == pytest.approx(1 - np.cos(np.deg2rad(40)))


def test_one_emotion_that_sounds_like_another_speaker_is_told_even_where_the_average_keeps_apart() -> None:
    found = identity(
        ear_results(("a", "neutral", 0), ("a", "sad", 40), ("b", "neutral", 60), ("b", "sad", 60)), 1.0
    )

    assert found is not None
    assert (found.distinct, found.always_distinct) == (True, False)


def test_a_speaker_whose_emotions_are_further_apart_than_another_speaker_loses_identity() -> None:
    found = identity(
        ear_results(("a", "neutral", 0), ("a", "sad", 80), ("b", "neutral", 40), ("b", "sad", 40)), 1.0
    )

    assert found is not None
    assert not found.distinct


def test_the_speaker_who_varies_most_and_the_nearest_two_count() -> None:
    found = identity(
        ear_results(
            ("a", "neutral", 0),
            ("a", "sad", 20),
            ("b", "neutral", 90),
            ("b", "sad", 90),
            ("c", "neutral", 45),
        ),
        1.0,
    )

    assert found is not None
    assert found.within == pytest.approx(1 - np.cos(np.deg2rad(20)))
    assert found.between == pytest.approx(1 - (np.cos(np.deg2rad(45)) + np.cos(np.deg2rad(25))) / 2)


def test_takes_at_another_intensity_are_not_compared() -> None:
    sounds = ear_results(("a", "neutral", 0), ("a", "sad", 10), ("b", "neutral", 60), ("b", "sad", 50))
    sounds[take("a", "sad", 2.0)] = ear_values(angle=60)

    assert identity(sounds, 1.0) == identity({one: sounds[one] for one in list(sounds)[:4]}, 1.0)


def test_a_single_voice_has_no_identity_to_measure() -> None:
    assert identity(ear_results(("a", "neutral", 0), ("a", "sad", 10)), 1.0) is None
