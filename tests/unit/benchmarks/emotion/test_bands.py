from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.emotion.bands import acceptance, broken_contrasts, check_band, in_units
from benchmarks.emotion.measure import MEASURES

from huisheng.emotion.names import NAMES
from huisheng.emotion.styles import STYLES
from huisheng.types import EmotionName

EMOTIONS: list[EmotionName] = [name for name in NAMES if name != "neutral"]


def middle(emotion: EmotionName) -> dict[str, float]:
    band = acceptance().bands[emotion]
    return {measure: sum(band.of(measure)) / 2 for measure in MEASURES}


def test_every_emotion_has_a_band() -> None:
    assert set(acceptance().bands) == set(EMOTIONS)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_ends_of_a_band_are_in_order(emotion: EmotionName) -> None:
    band = acceptance().bands[emotion]

    assert all(low < high for low, high in (band.of(measure) for measure in MEASURES))


def test_the_middles_of_the_bands_keep_every_contrast() -> None:
    deviations = {name: np.array(list(middle(name).values())) for name in EMOTIONS}

    assert broken_contrasts(deviations) == []


def test_the_design_of_every_emotion_lies_in_its_bands_of_pitch_and_rate() -> None:
    outside = [
        f"{name} {measure} {value}"
        for name in EMOTIONS
        for measure, value in (
            ("pitch", STYLES[name].f0_shift.value),
            ("rate", 100 * (STYLES[name].rate.value - 1)),
        )
        for low, high in [acceptance().bands[name].of(measure)]
        if not low <= value <= high
    ]

    assert outside == []


def test_logarithms_of_ratios_are_shown_in_per_cent() -> None:
    deviation = np.array([2.0, math.log(1.5), math.log(0.8), -3.0])

    np.testing.assert_allclose(in_units(deviation), [2.0, 50.0, -20.0, -3.0])


def test_a_deviation_inside_the_band_is_accepted() -> None:
    assert check_band("sad", np.array([-1.9, -30.0, -18.0, -3.5])) == dict.fromkeys(MEASURES, True)


@pytest.mark.parametrize("level", [-6.0, -1.0])
def test_one_measure_below_or_above_the_band_is_refused_alone(level: float) -> None:
    verdict = check_band("sad", np.array([-1.9, -30.0, -18.0, level]))

    assert [measure for measure, fine in verdict.items() if not fine] == ["level"]


def test_a_flat_happy_breaks_the_contrast_with_neutral() -> None:
    broken = broken_contrasts({"happy": np.array([0.0, 30.0, 10.0, 2.0])})

    assert len(broken) == 1
    assert "happy − neutral pitch" in broken[0]


def test_angry_must_be_four_decibels_above_sad() -> None:
    sad = np.array([-2.0, -30.0, -20.0, -2.0])

    near = broken_contrasts({"sad": sad, "angry": np.array([3.0, 40.0, 10.0, 1.9])})
    far = broken_contrasts({"sad": sad, "angry": np.array([3.0, 40.0, 10.0, 2.1])})

    assert [len(near), len(far)] == [1, 0]


def test_contrasts_with_emotions_not_measured_are_not_judged() -> None:
    assert broken_contrasts({"formal": np.array([-0.8, 10.0, -5.0, 1.5])}) == []
