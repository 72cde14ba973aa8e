from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.voice.melody import correlation, height, of_syllables, semitones, track_f0, width

from huisheng.types import Span, Timing
from huisheng.units import Hertz, Seconds

RATE = Hertz(24_000)


def curve(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def timing(start: float, end: float) -> Timing:
    return Timing(Span(0, 1), Seconds(start), Seconds(end))


def test_a_glide_is_followed() -> None:
    time = np.arange(RATE) / RATE
    phase = 2.0 * np.pi * np.cumsum(150.0 * 2.0**time) / RATE  # an octave in a second
    tone = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 11)) * 0.1

    f0 = track_f0(np.asarray(tone, dtype=np.float32), RATE)

    assert height(f0) == pytest.approx(float(semitones(curve(150.0 * math.sqrt(2.0)))[0]), abs=0.2)
    assert width(f0) == pytest.approx(0.9 * 12.0, abs=0.3)


def test_silence_has_no_pitch() -> None:
    f0 = track_f0(np.zeros(RATE, dtype=np.float32), RATE)

    assert math.isnan(height(f0))
    assert math.isnan(width(f0))


def test_an_octave_is_twelve_semitones() -> None:
    assert np.diff(semitones(curve(100.0, 200.0))) == pytest.approx([12.0])


def test_unvoiced_frames_do_not_count() -> None:
    assert height(curve(0.0, 100.0, 0.0, 100.0)) == height(curve(100.0))


def test_the_edges_of_a_syllable_belong_to_its_neighbours() -> None:
    f0 = curve(*[400.0] * 10, *[100.0] * 20, *[400.0] * 10)  # 10 ms a frame

    assert of_syllables(f0, [timing(0.0, 0.4)]) == pytest.approx(semitones(curve(100.0)))


def test_a_syllable_shorter_than_a_frame_has_the_pitch_of_that_frame() -> None:
    assert of_syllables(curve(100.0, 200.0, 300.0), [timing(0.01, 0.012)]) == pytest.approx(
        semitones(curve(200.0))
    )


def test_a_syllable_without_voice_has_no_pitch() -> None:
    assert np.isnan(of_syllables(curve(0.0, 0.0, 100.0), [timing(0.0, 0.02)])).all()


def test_the_same_melody_in_another_register_correlates_fully() -> None:
    tune = np.array([1.0, 3.0, 2.0, 5.0])

    assert correlation(tune, 0.5 * tune + 7.0) == pytest.approx(1.0)


def test_the_opposite_melody_correlates_negatively() -> None:
    tune = np.array([1.0, 3.0, 2.0, 5.0])

    assert correlation(tune, -tune) == pytest.approx(-1.0)


def test_syllables_unknown_to_one_are_left_out() -> None:
    one, other = np.array([1.0, 2.0, 3.0, 9.0]), np.array([2.0, 4.0, 6.0, np.nan])

    assert correlation(one, other) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0]),
        ([1.0, 2.0, np.nan], [1.0, 2.0, 3.0]),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
    ],
    ids=["other syllables", "too few", "monotone"],
)
def test_melodies_that_cannot_be_compared_have_no_correlation(one: list[float], other: list[float]) -> None:
    assert math.isnan(correlation(np.array(one), np.array(other)))
