from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.emotion.measure import MEASURES, measure, speech_time

from huisheng.types import Samples
from huisheng.units import Hertz

RATE = Hertz(16_000)


def tone(seconds: float, frequency: float = 200.0, level: float = 0.3, vibrato: float = 0.0) -> Samples:
    """A hum; `vibrato` in semitones, five times a second."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = frequency * 2.0 ** (vibrato * np.sin(2 * np.pi * 5 * time) / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    harmonics = np.arange(1, 5)[:, None]
    return (level * (np.sin(harmonics * phase) / harmonics).sum(axis=0)).astype(np.float32)


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def difference(one: Samples, other: Samples, measured: str) -> float:
    return float((measure(one, RATE, 5) - measure(other, RATE, 5))[MEASURES.index(measured)])


def test_an_octave_is_twelve_semitones_of_pitch() -> None:
    lower, higher = tone(1.0, 150.0, vibrato=1.0), tone(1.0, 300.0, vibrato=1.0)

    assert difference(higher, lower, "pitch") == pytest.approx(12.0, abs=0.1)


def test_twice_the_vibrato_is_twice_the_spread() -> None:
    assert difference(tone(1.0, vibrato=2.0), tone(1.0, vibrato=1.0), "spread") == pytest.approx(
        math.log(2), abs=0.08
    )


def test_twice_as_long_is_half_the_rate() -> None:
    slow, fast = tone(2.0, vibrato=1.0), tone(1.0, vibrato=1.0)

    assert difference(slow, fast, "rate") == pytest.approx(-math.log(2), abs=0.02)


def test_twice_the_amplitude_is_six_decibels() -> None:
    loud, soft = tone(1.0, level=0.4, vibrato=1.0), tone(1.0, level=0.2, vibrato=1.0)

    assert difference(loud, soft, "level") == pytest.approx(6.02, abs=0.05)


def test_quiet_around_speech_is_not_speech_time() -> None:
    assert speech_time(np.concatenate([quiet(0.05), tone(1.0), quiet(0.06)]), RATE) == pytest.approx(
        1.0, abs=0.02
    )


def test_a_pause_is_not_speech_time() -> None:
    speech = np.concatenate([tone(0.5), quiet(0.2), tone(0.5)])

    assert speech_time(speech, RATE) == pytest.approx(1.0, abs=0.03)


def test_the_closure_of_a_stop_is_speech_time() -> None:
    speech = np.concatenate([tone(0.5), quiet(0.06), tone(0.5)])

    assert speech_time(speech, RATE) == pytest.approx(1.06, abs=0.02)
