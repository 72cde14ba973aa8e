from __future__ import annotations

import numpy as np
import pytest
from benchmarks.emotion.takes import Take
from benchmarks.emotion.trends import directions, rank_correlation, trends

INTENSITIES = (0.5, 1.0, 1.5, 2.0)


def voice_of(pitch: list[float]) -> dict[Take, np.ndarray]:
    """A voice whose sadness has this pitch at each intensity, and whose other measures follow the design."""
    takes = {Take("a", "neutral", 1.0, "甲"): np.array([90.0, 1.0, 1.5, -20.0])}
    for level, deviation in zip(INTENSITIES, pitch, strict=True):
        moved = np.array([deviation, -0.3 * level, -0.2 * level, -3.0 * level])
        takes[Take("a", "sad", level, "甲")] = takes[Take("a", "neutral", 1.0, "甲")] + moved
    return takes


def of_pitch(pitch: list[float]) -> tuple[bool, float]:
    found = trends(voice_of(pitch), "sad", "a", ["甲"], INTENSITIES)
    (trend,) = [one for one in found if one.measure == "pitch"]
    return trend.monotone, round(trend.spearman, 2)


def test_a_measure_that_goes_on_in_its_direction_is_monotone() -> None:
    assert of_pitch([-1.0, -2.0, -3.0, -4.0]) == (True, 1.0)


def test_a_measure_that_goes_the_wrong_way_is_not_monotone() -> None:
    assert of_pitch([1.0, 2.0, 3.0, 4.0]) == (False, -1.0)


def test_one_step_back_beyond_the_tolerance_is_not_monotone() -> None:
    assert of_pitch([-1.0, -3.0, -2.0, -4.0]) == (False, 0.9)


def test_a_step_back_within_the_error_of_measurement_counts_as_standing_still() -> None:
    assert of_pitch([-1.0, -2.0, -1.9, -4.0])[0]


def test_every_measure_that_sad_is_designed_to_move_goes_down() -> None:
    assert directions("sad") == dict.fromkeys(("pitch", "spread", "rate", "level"), -1.0)


def test_neutral_is_designed_to_move_nothing() -> None:
    assert directions("neutral") == {}


@pytest.mark.parametrize(
    ("y", "expected"),
    [([1.0, 4.0, 9.0], 1.0), ([3.0, 2.0, 1.0], -1.0), ([1.0, 3.0, 2.0], 0.5), ([1.0, 1.0, 1.0], 0.0)],
)
def test_rank_correlation_depends_on_order_alone(y: list[float], expected: float) -> None:
    assert rank_correlation(np.array([1.0, 2.0, 3.0]), np.array(y)) == pytest.approx(expected)
