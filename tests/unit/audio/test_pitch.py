"""The pitch of a made voice is known: the tracker must find it, and find none in noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from huisheng.audio.pitch import F0, track_pitch
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz

RATE = Hertz(24_000)
SECONDS = 2
FORMANTS = ((700, 80), (1_200, 100), (2_600, 150))


def moments(rate: int = RATE) -> NDArray[np.float64]:
    return np.arange(SECONDS * rate) / rate


def voice(pitch: NDArray[np.float64], rate: int = RATE, noise: float = 0.01, first: int = 1) -> Samples:
    """Harmonics from `first` of a moving pitch, (N,) Hz, through three formants, in a little noise."""
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    sound = np.zeros(len(pitch))
    for number in range(first, 40):
        frequency = number * pitch
        envelope = sum(1 / np.hypot(1, (frequency - centre) / width) for centre, width in FORMANTS)
        sound += np.where(frequency < 0.45 * rate, envelope, 0.0) * np.sin(number * phase)
    sound *= 0.1 / sound.std()
    return (sound + noise * np.random.default_rng(3).standard_normal(len(sound))).astype(np.float32)


def truth(pitch: NDArray[np.float64], frames: F0, rate: int = RATE) -> NDArray[np.float64]:
    places = np.round(np.arange(len(frames)) * 0.01 * rate).astype(int)
    return pitch[np.minimum(places, len(pitch) - 1)]


MELODIES = {
    "low man": np.full(len(moments()), 75.0),
    "man": np.full(len(moments()), 110.0),
    "woman": np.full(len(moments()), 220.0),
    "child": np.full(len(moments()), 380.0),
    "at the ceiling": np.full(len(moments()), 560.0),
    "glide over two octaves": 90 * 2 ** moments(),
    "five octaves a second": 200 * 2 ** (0.5 * np.sin(2 * np.pi * 1.6 * moments())),
}


@pytest.mark.parametrize("pitch", MELODIES.values(), ids=list(MELODIES))
def test_a_voice_is_followed(pitch: NDArray[np.float64]) -> None:
    found = track_pitch(voice(pitch), RATE)

    inner = slice(3, -3)
    np.testing.assert_allclose(found[inner], truth(pitch, found)[inner], rtol=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("pitch", MELODIES.values(), ids=list(MELODIES))
def test_the_mean_error_is_under_half_a_percent(pitch: NDArray[np.float64]) -> None:
    found = track_pitch(voice(pitch), RATE)[3:-3]
    wanted = truth(pitch, track_pitch(voice(pitch), RATE))[3:-3]

    assert np.abs(found / wanted - 1).mean() < 0.005


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_every_rate_gives_the_same_pitch(rate: Hertz) -> None:
    found = track_pitch(voice(np.full(len(moments(rate)), 220.0), rate), rate)

    np.testing.assert_allclose(found[3:-3], 220, rtol=0.02)


def test_a_voice_without_its_fundamental_is_followed() -> None:
    found = track_pitch(voice(MELODIES["woman"], first=2), RATE)

    np.testing.assert_allclose(found[3:-3], 220, rtol=0.02)


def test_a_voice_in_strong_noise_is_followed() -> None:
    found = track_pitch(voice(MELODIES["woman"], noise=0.05), RATE)

    np.testing.assert_allclose(found[3:-3], 220, rtol=0.03)


def white() -> NDArray[np.float64]:
    return 0.1 * np.random.default_rng(5).standard_normal(SECONDS * RATE)


NOISES = {
    "silence": np.zeros(SECONDS * RATE),
    "white": white(),
    "low": np.convolve(white(), np.ones(8) / 8, mode="same"),
    "rumble": 0.01 * np.cumsum(white()),
    "constant": np.full(SECONDS * RATE, 0.5),
}


@pytest.mark.parametrize("noise", NOISES.values(), ids=list(NOISES))
def test_noise_has_no_pitch(noise: NDArray[np.float64]) -> None:
    assert np.count_nonzero(track_pitch(noise.astype(np.float32), RATE)) == 0


def test_pauses_between_words_are_unvoiced() -> None:
    gate = np.repeat([1.0, 0.0, 1.0, 0.0], SECONDS * RATE // 4)

    found = track_pitch((voice(MELODIES["woman"], noise=0) * gate).astype(np.float32), RATE) > 0

    expected = np.repeat([True, False, True, False], len(found) // 4)
    assert np.mean(found != expected) < 0.03


def test_a_louder_voice_has_the_same_pitch() -> None:
    sound = voice(MELODIES["glide over two octaves"])

    np.testing.assert_allclose(track_pitch(0.05 * sound, RATE), track_pitch(sound, RATE), rtol=1e-3)


@pytest.mark.parametrize(
    ("length", "frames"), [(0, 0), (1, 1), (240, 1), (241, 2), (1_680, 7), (24_000, 100)]
)
def test_there_is_a_frame_for_every_ten_milliseconds_begun(length: int, frames: int) -> None:
    assert len(track_pitch(np.zeros(length, dtype=np.float32), RATE)) == frames


def test_pitch_outside_the_range_is_not_reported() -> None:
    found = track_pitch(voice(MELODIES["glide over two octaves"]), RATE, floor=120, ceiling=300)

    assert found[found > 0].min() > 115
    assert found.max() < 310
