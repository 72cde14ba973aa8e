"""A piece ends up at its level, without offset, without clipping, with quiet edges."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.training.recordings.synthetic import speech

from huisheng.audio.loudness import active_level, amplitude, true_peak
from huisheng.training.recordings.level import LEVEL, MOST_GAIN, change_level, gain_to
from huisheng.training.recordings.scan import RATE
from huisheng.units import Decibels

SPOKEN = speech([10, 10])


@pytest.mark.parametrize("level", [-23.0, -30.0])
@pytest.mark.parametrize("gain", [0.05, 1.0, 3.0])
def test_speech_gets_the_level_wanted(level: float, gain: float) -> None:
    raw = SPOKEN * np.float32(gain)

    made = change_level(raw, 0.0, gain_to(Decibels(level), active_level(raw, RATE)))

    assert active_level(made, RATE) == pytest.approx(level, abs=0.2)
    assert len(made) == len(raw)


def test_an_offset_is_taken_off() -> None:
    made = change_level(SPOKEN + np.float32(0.2), 0.2, Decibels(0.0))

    np.testing.assert_allclose(made[1000:-1000], SPOKEN[1000:-1000], atol=1e-6)


def test_peaks_are_held_below_the_ceiling() -> None:
    assert true_peak(change_level(SPOKEN, 0.0, Decibels(20.0))) <= amplitude(-1.0) + 1e-6


def test_edges_fade_within_five_milliseconds() -> None:
    made = change_level(np.full(RATE, 0.1, np.float32), 0.0, Decibels(0.0))

    fade = RATE * 5 // 1000
    assert made[0] == made[-1] == 0.0
    assert np.all(np.diff(made[:fade]) > 0.0)
    np.testing.assert_allclose(made[fade:-fade], 0.1, atol=1e-6)


def test_what_is_nearly_silent_is_not_raised_without_end() -> None:
    assert gain_to(LEVEL, Decibels(-100.0)) == MOST_GAIN
