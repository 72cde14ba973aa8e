"""Levels are measured on the speech, and no peak passes the limiter."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.loudness import (
    REACH,
    SILENCE_LEVEL,
    Limiter,
    _high_peaks,
    _peaks,
    active_level,
    amplitude,
    true_peak,
)
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Decibels, Hertz

RATE = Hertz(24_000)
CEILING = amplitude(-1.0)
RANDOM = np.random.default_rng(7)
NOISE = RANDOM.standard_normal(24_000).astype(np.float32)
SPEECH_LIKE = (NOISE * np.repeat(RANDOM.random(24), 1_000)).astype(np.float32)


def tone(frequency: float, level: float = 1.0, rate: int = RATE, phase: float = 0.0) -> Samples:
    return (level * np.sin(2 * np.pi * frequency * np.arange(rate) / rate + phase)).astype(np.float32)


def limit(samples: Samples, cuts: list[int] | None = None, rate: Hertz = RATE) -> Samples:
    limiter = Limiter(rate)
    pieces = [limiter.process(piece) for piece in np.split(samples, cuts or [])]
    return np.concatenate([*pieces, limiter.flush()])


LOUD = {
    "noise 20 dB too loud": 10 * NOISE,
    "noise a little too loud": NOISE / 4,
    "bursts": 10 * SPEECH_LIKE,
    "square wave": 10 * np.sign(tone(997.3)),
    "sine between the samples": tone(6_000, 9.0, phase=np.pi / 4),
    "high sine": tone(10_800, 9.0),
    "clicks": np.where(RANDOM.random(24_000) < 0.002, 100, 0.01).astype(np.float32) * NOISE,
    "a step": np.repeat(np.array([0.0, 5.0], dtype=np.float32), 12_000),
    "too loud between samples alone": np.tile(np.array([1, 1, -1, -1], dtype=np.float32), 3_000) * 0.8,
    "100 dB too loud": 1e5 * NOISE,
    "beyond all measure": np.full(24_000, 3e38, dtype=np.float32),
}


@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("samples", LOUD.values(), ids=list(LOUD))
def test_no_peak_passes_the_ceiling(samples: Samples, rate: Hertz) -> None:
    assert true_peak(limit(samples, rate=rate)) <= CEILING + 1e-6


@pytest.mark.parametrize("samples", LOUD.values(), ids=list(LOUD))
def test_no_sample_passes_the_ceiling(samples: Samples) -> None:
    assert np.abs(limit(samples)).max() <= CEILING


def test_an_independent_interpolation_finds_no_peak_in_speech_either() -> None:
    voice = sum(tone(frequency, 40 / frequency) for frequency in range(150, 6_000, 150))

    finer = soxr.resample(limit(np.asarray(voice, dtype=np.float32) * 10), RATE, 8 * RATE, "VHQ")

    assert np.abs(finer[800:-800]).max() <= amplitude(-0.9)


@settings(max_examples=200)
@given(
    seed=st.integers(0, 2**32 - 1),
    length=st.integers(1, 1_500),
    smooth=st.integers(1, 40),
    share=st.floats(0.3, 1.2),
)
def test_no_peak_above_a_threshold_is_overlooked(seed: int, length: int, smooth: int, share: float) -> None:
    """Noise as rough and as smooth as speech gets, loud in some places and soft in others."""
    random = np.random.default_rng(seed)
    noise = np.convolve(random.standard_normal(length + 2 * REACH + smooth), np.ones(smooth), mode="valid")
    signal = (noise * np.repeat(random.random(len(noise) // 100 + 1) ** 4, 100)[: len(noise)])[
        : length + 2 * REACH - 1
    ]
    peaks = _peaks(signal)
    threshold = share * float(peaks.max())

    found = _high_peaks(signal, threshold)

    np.testing.assert_array_equal(found[peaks > threshold], peaks[peaks > threshold])
    assert set(found[peaks <= threshold]) <= {0.0, *peaks[peaks <= threshold]}


def test_only_the_loud_moments_of_speech_are_interpolated() -> None:
    signal = np.zeros(4_000)
    signal[1_000:1_100] = 0.9
    signal[3_000:3_100] = 0.3

    found = _high_peaks(signal, CEILING)

    assert found[900:1_100].max() > CEILING
    assert not found[2_000:].any()


def test_sound_below_the_ceiling_passes_bit_for_bit() -> None:
    samples = tone(440, 0.891) * np.linspace(0, 1, RATE, dtype=np.float32)

    np.testing.assert_array_equal(limit(samples), samples)


def test_sound_long_after_a_peak_is_as_before() -> None:
    samples = tone(440, 0.5)
    samples[1_000] = 20.0

    np.testing.assert_allclose(limit(samples)[20_000:], samples[20_000:], atol=1e-3)


def test_a_sine_that_is_turned_down_stays_a_sine() -> None:
    samples = tone(440, 5.0)

    settled = limit(samples)[12_000:]

    np.testing.assert_allclose(settled, samples[12_000:] * (np.abs(settled).max() / 5.0), atol=2e-3)


@given(st.lists(st.integers(0, 3_000)).map(sorted))
@settings(deadline=None)
def test_a_stream_gives_the_same_samples_however_it_is_cut(cuts: list[int]) -> None:
    samples = 3 * SPEECH_LIKE[:3_000]

    np.testing.assert_allclose(limit(samples, cuts), limit(samples), atol=1e-6)


def test_single_samples_give_the_same_as_the_whole() -> None:
    samples = 3 * SPEECH_LIKE[:800]

    np.testing.assert_allclose(limit(samples, list(range(1, 800))), limit(samples), atol=1e-6)


@pytest.mark.parametrize("length", [0, 1, 2, 50, 95, 96, 97, 5_000])
def test_the_number_of_samples_stays_the_same(length: int) -> None:
    assert len(limit(NOISE[:length])) == length


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_becomes_zero(value: float) -> None:
    samples = tone(440, 0.5)
    samples[1_000] = value

    result = limit(samples)

    assert result[1_000] == 0.0
    np.testing.assert_array_equal(np.delete(result, 1_000), np.delete(samples, 1_000))


def test_another_ceiling_is_kept() -> None:
    limiter = Limiter(RATE, Decibels(-6.0))

    result = np.concatenate([limiter.process(10 * NOISE), limiter.flush()])

    assert amplitude(-6.2) <= true_peak(result) <= amplitude(-6.0)


def test_the_peak_between_samples_is_found() -> None:
    between = tone(6_000, phase=np.pi / 4)  # sampled at ±0.707 only

    assert true_peak(between[1_000:-1_000] * np.hanning(22_000).astype(np.float32)) == pytest.approx(
        1, abs=0.01
    )


@pytest.mark.parametrize(("samples", "peak"), [([], 0.0), ([0.5], 0.5), ([0.0, -1.0, 0.0], 1.0)])
def test_short_signals_have_a_true_peak(samples: list[float], peak: float) -> None:
    assert true_peak(np.array(samples, dtype=np.float32)) == pytest.approx(peak)


def test_a_full_sine_is_three_decibels_below_full_scale() -> None:
    assert active_level(tone(500), RATE) == pytest.approx(-3.01, abs=0.01)


def test_pauses_do_not_lower_the_level() -> None:
    with_pauses = np.concatenate([np.zeros(24_000), tone(500), 0.001 * NOISE]).astype(np.float32)

    assert active_level(with_pauses, RATE) == pytest.approx(-3.01, abs=0.01)


def test_quiet_speech_counts_beside_loud_speech() -> None:
    both = np.concatenate([tone(500), tone(500, 0.1)])

    assert active_level(both, RATE) == pytest.approx(-3.01 + 10 * np.log10(0.505), abs=0.01)


@given(st.floats(-40, 20))
def test_a_gain_raises_the_level_by_as_much(gain: float) -> None:
    louder = SPEECH_LIKE * np.float32(amplitude(gain))

    assert active_level(louder, RATE) == pytest.approx(active_level(SPEECH_LIKE, RATE) + gain, abs=0.01)


@pytest.mark.parametrize("length", [0, 1, 24_000])
def test_silence_has_a_finite_level(length: int) -> None:
    assert active_level(np.zeros(length, dtype=np.float32), RATE) == SILENCE_LEVEL
