from __future__ import annotations

import numpy as np
import pytest
from benchmarks.voice.harmonicity import CLEANEST, harmonicity

from huisheng.types import Samples
from huisheng.units import Hertz

RATE = Hertz(24_000)
SECONDS = 1
WITHIN = 0.5
"""dB. Noise that happens to repeat counts for the voice, most of it where there is much noise."""


def voice(f0: float) -> Samples:
    """(N,) harmonics of falling strength, of power 1."""
    time = np.arange(SECONDS * RATE) / RATE
    harmonics = np.arange(1, int(10_000 / f0))[:, None]
    tone = (np.cos(2.0 * np.pi * f0 * harmonics * time + harmonics**2) / harmonics).sum(axis=0)
    return (tone / np.sqrt(np.square(tone).mean())).astype(np.float32)


def noise(level: float) -> Samples:
    """(N,) white, of so many dB."""
    drawn = np.random.default_rng(0).standard_normal(SECONDS * RATE)
    return (drawn / np.sqrt(np.square(drawn).mean()) * 10.0 ** (level / 20.0)).astype(np.float32)


def track(f0: float) -> np.ndarray:
    """(T,) Hz, all voiced."""
    return np.full(SECONDS * 100, f0, dtype=np.float32)


@pytest.mark.parametrize("ratio", [0.0, 5.0, 10.0, 15.0, 20.0])
@pytest.mark.parametrize("f0", [90.0, 150.0, 300.0, 420.0])
def test_a_tone_in_noise_has_the_ratio_that_it_was_mixed_with(f0: float, ratio: float) -> None:
    assert harmonicity(voice(f0) + noise(-ratio), RATE, track(f0)).mean() == pytest.approx(ratio, abs=WITHIN)


def test_a_track_that_is_a_little_off_does_not_matter() -> None:
    mixed = voice(150.0) + noise(-10.0)

    assert harmonicity(mixed, RATE, track(165.0)).mean() == pytest.approx(10.0, abs=WITHIN)


def test_loudness_does_not_matter() -> None:
    mixed = voice(150.0) + noise(-10.0)

    np.testing.assert_allclose(
        harmonicity(mixed * 0.01, RATE, track(150.0)), harmonicity(mixed, RATE, track(150.0)), atol=1e-3
    )


def test_a_clean_tone_is_cleaner_than_any_voice_and_still_finite() -> None:
    found = harmonicity(voice(150.0), RATE, track(150.0))

    assert found.min() > 30.0
    assert found.max() <= 10.0 * np.log10(CLEANEST / (1.0 - CLEANEST)) + 1e-6


@pytest.mark.parametrize("f0", [90.0, 150.0, 300.0, 420.0])
def test_what_is_cleaner_than_a_window_can_tell_is_not_taken_for_cleaner_still(f0: float) -> None:
    assert harmonicity(voice(f0) + noise(-40.0), RATE, track(f0)).mean() < 40.0


def test_unvoiced_frames_and_those_at_the_ends_are_left_out() -> None:
    f0 = track(150.0)
    f0[20:] = 0.0  # 6 periods last 40 ms: frames 0 and 1 reach beyond the beginning

    assert len(harmonicity(voice(150.0), RATE, f0)) == 18


def test_silence_has_no_ratio() -> None:
    assert not harmonicity(np.zeros(RATE, dtype=np.float32), RATE, track(150.0)).size
