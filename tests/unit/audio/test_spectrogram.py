"""A spectrogram shows when a sound is, how high and how loud."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.audio.spectrogram import (
    SPECTROGRAM_8K,
    SPECTROGRAM_16K,
    SPECTROGRAM_24K,
    SPECTROGRAM_48K,
    SpectrogramSettings,
    energy,
    frequencies,
    log_mel,
    mel,
    mel_basis,
)
from huisheng.types import Samples

EVERY_RATE = pytest.mark.parametrize(
    "settings", [SPECTROGRAM_8K, SPECTROGRAM_16K, SPECTROGRAM_24K, SPECTROGRAM_48K]
)

NOISE = np.random.default_rng(1).standard_normal(8_000).astype(np.float32)


def tone(frequency: float, settings: SpectrogramSettings, level: float = 0.1) -> Samples:
    seconds = np.arange(settings.sample_rate // 2) / settings.sample_rate
    return (level * np.sin(2 * np.pi * frequency * seconds)).astype(np.float32)


@pytest.mark.slow
@EVERY_RATE
@given(length=st.integers(0, 1_500))
def test_there_is_a_frame_for_every_hop_and_one_more(settings: SpectrogramSettings, length: int) -> None:
    found = log_mel(NOISE[:length], settings)

    assert found.shape == (1 + length // settings.hop, settings.mels)


@EVERY_RATE
@pytest.mark.parametrize("frequency", [300.0, 1_000.0, 3_000.0])
def test_a_tone_is_loudest_in_its_own_band(settings: SpectrogramSettings, frequency: float) -> None:
    loudest = int(log_mel(tone(frequency, settings), settings)[10].argmax())

    limits = mel(settings.lowest), mel(settings.highest)
    edges = frequencies(np.linspace(*limits, settings.mels + 2))
    assert edges[loudest] < frequency < edges[loudest + 2]


def test_a_sound_a_hop_later_is_a_frame_later() -> None:
    later = np.pad(NOISE, (SPECTROGRAM_16K.hop, 0))

    shifted = log_mel(later, SPECTROGRAM_16K)[1:]

    np.testing.assert_allclose(shifted, log_mel(NOISE, SPECTROGRAM_16K), atol=1e-6)


@pytest.mark.parametrize("offset", [0, 1, 100, 199, 200])
def test_an_offset_is_a_signal_that_begins_so_much_earlier(offset: int) -> None:
    settings = replace(SPECTROGRAM_16K, offset=offset)
    lead = SPECTROGRAM_16K.hop - offset

    shifted = log_mel(np.pad(NOISE, (lead, 0)), SPECTROGRAM_16K)[1:]

    np.testing.assert_allclose(log_mel(NOISE, settings), shifted, atol=1e-6)


@EVERY_RATE
@given(hops=st.integers(1, 12))
def test_with_frames_in_the_middle_of_hops_there_are_as_many_as_hops(
    settings: SpectrogramSettings, hops: int
) -> None:
    middle = replace(settings, offset=settings.hop // 2)

    assert log_mel(NOISE[: hops * settings.hop], middle).shape == (hops, settings.mels)


def test_a_click_is_loudest_in_the_frame_whose_middle_it_is() -> None:
    settings = replace(SPECTROGRAM_24K, offset=SPECTROGRAM_24K.hop // 2)
    click = np.zeros(20 * settings.hop, dtype=np.float32)
    click[7 * settings.hop + settings.offset] = 1.0

    assert int(energy(click, settings).argmax()) == 7


def test_twenty_decibels_are_a_fifth() -> None:
    quiet, loud = (log_mel(factor * NOISE, SPECTROGRAM_16K) for factor in (0.01, 0.1))

    np.testing.assert_allclose(loud - quiet, 0.2, atol=1e-6)


@pytest.mark.parametrize(("factor", "expected"), [(0.0, 0.0), (1e-6, 0.0), (1e4, 1.0)])
def test_levels_stay_between_0_and_1(factor: float, expected: float) -> None:
    assert np.all(log_mel(factor * NOISE, SPECTROGRAM_16K) == expected)


@EVERY_RATE
def test_every_band_has_the_area_1(settings: SpectrogramSettings) -> None:
    fine = replace(settings, fft=65_536)

    areas = mel_basis(fine).sum(axis=1) * fine.sample_rate / fine.fft

    np.testing.assert_allclose(areas, 1.0, rtol=1e-3)


@EVERY_RATE
def test_no_band_is_empty(settings: SpectrogramSettings) -> None:
    assert np.all(mel_basis(settings).sum(axis=1) > 0)


def test_a_thousand_hertz_are_fifteen_mels() -> None:
    assert mel(1_000.0) == pytest.approx(15.0)


def test_six_point_four_times_as_high_is_twenty_seven_mels_more() -> None:
    assert mel(6_400.0) == pytest.approx(42.0)


@given(height=st.floats(0.0, 60.0))
def test_mels_become_the_frequency_that_they_came_from(height: float) -> None:
    assert mel(float(frequencies(np.array([height]))[0])) == pytest.approx(height, abs=1e-9)


def test_energy_is_linear_in_the_amplitude() -> None:
    np.testing.assert_allclose(
        energy(3.0 * NOISE, SPECTROGRAM_16K), 3.0 * energy(NOISE, SPECTROGRAM_16K), rtol=1e-5
    )


def test_the_energy_of_noise_is_what_parseval_says() -> None:
    settings = SPECTROGRAM_16K
    expected = np.sqrt(settings.fft / 2 * 0.375 * settings.window)  # Σ hann² = ⅜ of the window

    found = energy(np.tile(NOISE, 4), settings)[5:-5]

    assert np.sqrt(np.mean(found**2)) == pytest.approx(expected, rel=0.02)
