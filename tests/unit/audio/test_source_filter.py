"""Pulses at F0 have the right lines, strength and phase; a transform and its inverse lose nothing inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from huisheng.audio.source_filter import NOISE_PERIOD, Phase, Transform, noise, phase, pulses
from huisheng.types import Samples

RATE = 24_000
HOP = 300

F0S = st.lists(st.floats(50.0, 800.0, width=32), min_size=2, max_size=12).map(
    lambda values: np.array(values, dtype=np.float32)
)
"""Melodies of a few voiced frames."""

WHOLE_PERIODS = pytest.mark.parametrize("f0", [80.0, 100.0, 150.0, 240.0, 320.0, 750.0])
"""Hz, of which a second is a whole number of periods and a period a whole number of samples."""


def level(f0: float, frames: int = 82) -> NDArray[np.float32]:
    return np.full(frames, f0, dtype=np.float32)


def make_pulses(f0: NDArray[np.float32]) -> Samples:
    return pulses(phase(f0, HOP, RATE), f0, HOP, RATE)


def second(f0: float) -> Samples:
    """A second of pulses at one pitch, without the halves of the frames at both ends."""
    return make_pulses(level(f0))[HOP : HOP + RATE]


def direct(cycles: Phase, f0: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum of the cosines below the Nyquist frequency, one by one, with the power of one sine."""
    each = np.repeat(f0.astype(np.float64), HOP)
    total, count = np.zeros(len(cycles)), np.zeros(len(cycles))
    for harmonic in range(1, int(RATE / 2 / f0[f0 > 0.0].min()) + 2):
        below = (each > 0.0) & (harmonic * each < RATE / 2)
        total += below * np.cos(2.0 * np.pi * harmonic * cycles)
        count += below
    return total / np.sqrt(np.maximum(count, 1.0))


# Phase


@pytest.mark.parametrize("f0", [50.0, 123.4, 700.0])
def test_the_phase_of_a_constant_pitch_grows_by_it_and_has_turned_once_a_period_by_the_first_middle(
    f0: float,
) -> None:
    found = phase(level(f0, 9), HOP, RATE)

    places = np.arange(9 * HOP) + 0.5 - HOP / 2  # samples from the middle of the first frame
    turned = HOP * np.float64(np.float32(f0)) / RATE
    expected = turned + np.clip(places, 0.0, 8 * HOP) * np.float64(np.float32(f0)) / RATE
    np.testing.assert_allclose(found, expected, atol=1e-9)


@given(f0=F0S)
def test_the_phase_is_a_line_between_the_middles_of_frames(f0: NDArray[np.float32]) -> None:
    turns = np.cumsum(f0.astype(np.float64)) * HOP / RATE
    places = (np.arange(len(f0) * HOP) + 0.5) / HOP - 0.5

    expected = np.interp(places, np.arange(len(f0)), turns)

    np.testing.assert_allclose(phase(f0, HOP, RATE), expected, atol=1e-9)


@given(f0=F0S)
def test_the_phase_never_leaps_and_never_goes_back(f0: NDArray[np.float32]) -> None:
    steps = np.diff(phase(f0, HOP, RATE))

    assert steps.min() >= -1e-12
    assert steps.max() <= float(f0.max()) / RATE + 1e-9


def test_what_comes_later_does_not_change_the_phase_before() -> None:
    first, second = level(100.0, 8), level(100.0, 8)
    second[5:] = 300.0

    before = slice(0, 4 * HOP + HOP // 2)

    np.testing.assert_array_equal(phase(first, HOP, RATE)[before], phase(second, HOP, RATE)[before])


# Pulses


@given(f0=F0S)
def test_pulses_are_the_sum_of_the_cosines_below_the_nyquist_frequency(f0: NDArray[np.float32]) -> None:
    f0[len(f0) // 2] = 0.0
    cycles = phase(f0, HOP, RATE)

    np.testing.assert_allclose(pulses(cycles, f0, HOP, RATE), direct(cycles, f0), atol=2e-3)


@WHOLE_PERIODS
def test_the_lines_are_the_multiples_of_the_pitch_below_the_nyquist_frequency(f0: float) -> None:
    power = np.abs(np.fft.rfft(second(f0))) ** 2

    lines = np.flatnonzero(power > 1e-6 * power.max())
    np.testing.assert_array_equal(lines, np.arange(f0, RATE / 2, f0))


@WHOLE_PERIODS
def test_every_line_is_as_strong_as_the_next(f0: float) -> None:
    lines = np.abs(np.fft.rfft(second(f0)))[:: int(f0)][1:]

    np.testing.assert_allclose(lines[: int(np.ceil(RATE / 2 / f0)) - 1], lines[0], rtol=1e-3)


@WHOLE_PERIODS
def test_the_power_is_that_of_one_sine_whatever_the_pitch(f0: float) -> None:
    assert np.mean(np.square(second(f0), dtype=np.float64)) == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("f0", [RATE / 2, RATE / 2 + 1.0])
def test_a_pitch_without_a_harmonic_below_the_nyquist_frequency_is_silent(f0: float) -> None:
    assert not make_pulses(level(f0, 4)).any()


def test_unvoiced_frames_are_silent_and_voiced_ones_beside_them_are_not() -> None:
    f0 = level(200.0, 9)
    f0[3:6] = 0.0

    frames = np.abs(make_pulses(f0).reshape(-1, HOP)).max(axis=1)

    assert frames[3:6].tolist() == [0.0, 0.0, 0.0]
    assert frames[[2, 6]].min() > 0.1


def test_nothing_voiced_is_silence() -> None:
    assert make_pulses(level(0.0, 5)).tolist() == [0.0] * (5 * HOP)


def test_a_pulse_stands_where_the_phase_is_whole() -> None:
    cycles = phase(level(100.0), HOP, RATE)[HOP : HOP + RATE]
    made = second(100.0)

    loudest = cycles[made > 0.9 * made.max()]

    assert len(np.unique(np.rint(loudest))) == 100
    assert np.abs(loudest - np.rint(loudest)).max() < 100.0 / RATE


def test_a_stretch_of_pulses_is_what_it_is_in_the_whole() -> None:
    f0 = np.linspace(120.0, 260.0, 20, dtype=np.float32)
    cycles = phase(f0, HOP, RATE)

    stretch = pulses(cycles[5 * HOP : 9 * HOP], f0[5:9], HOP, RATE)

    np.testing.assert_allclose(stretch, make_pulses(f0)[5 * HOP : 9 * HOP], atol=1e-6)


# Noise


def test_the_noise_is_always_the_same() -> None:
    np.testing.assert_array_equal(noise(), noise())


def test_the_noise_has_the_deviation_1_and_no_mean() -> None:
    found = noise()

    assert found.shape == (NOISE_PERIOD,)
    assert abs(float(found.mean())) < 0.02
    assert float(found.std()) == pytest.approx(1.0, abs=0.02)


def test_the_noise_is_as_strong_at_every_frequency() -> None:
    power = np.abs(np.fft.rfft(noise())[1:]) ** 2 / NOISE_PERIOD

    bands = power[: NOISE_PERIOD // 2].reshape(8, -1).mean(axis=1)

    np.testing.assert_allclose(bands, 1.0, atol=0.05)


# The transform

NOISE = np.random.default_rng(3).standard_normal(60_000).astype(np.float32)

TRANSFORMS = st.sampled_from(
    [Transform(960, 300), Transform(240, 100), Transform(32, 8), Transform(20, 10), Transform(14, 4)]
)
"""The vocoder's own, and frames that are and are not whole numbers of hops."""


def stretch(transform: Transform, hops: int) -> Samples:
    """Random samples of some hops and of what lies around them."""
    return NOISE[: hops * transform.hop + 2 * transform.overhang]


def inside(transform: Transform, samples: Samples) -> Samples:
    """(n · hop + 2 · overhang,) → (n, hop) the hops themselves."""
    return samples[transform.overhang : len(samples) - transform.overhang].reshape(-1, transform.hop)


@given(transform=TRANSFORMS, hops=st.integers(1, 40))
def test_a_spectrum_for_each_hop(transform: Transform, hops: int) -> None:
    assert transform.spectra(stretch(transform, hops)).shape == (hops, transform.bins)


@given(transform=TRANSFORMS, hops=st.integers(1, 40))
def test_spectra_become_the_signal_that_they_came_from(transform: Transform, hops: int) -> None:
    samples = stretch(transform, hops)

    found = inside(transform, transform.signal(transform.spectra(samples)))

    whole = slice(transform.reach, hops - transform.reach)  # the others lack neighbours
    np.testing.assert_allclose(found[whole], inside(transform, samples)[whole], atol=1e-5)


@given(transform=TRANSFORMS, hops=st.integers(2, 40), data=st.data())
def test_the_sums_of_two_stretches_that_follow_each_other_add_up(
    transform: Transform, hops: int, data: st.DataObject
) -> None:
    spectra = transform.spectra(stretch(transform, hops))
    cut = data.draw(st.integers(1, hops - 1))
    whole = transform.signal(spectra)

    added = np.zeros_like(whole)
    for start, part in ((0, spectra[:cut]), (cut, spectra[cut:])):
        said = transform.signal(part)
        added[start * transform.hop : start * transform.hop + len(said)] += said

    np.testing.assert_allclose(added, whole, atol=1e-5)


@given(transform=TRANSFORMS, hops=st.integers(2, 40), data=st.data())
def test_spectra_are_the_same_however_the_signal_is_cut(
    transform: Transform, hops: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, hops - 1))
    samples = stretch(transform, hops)
    first = samples[: cut * transform.hop + 2 * transform.overhang]

    parts = [transform.spectra(part) for part in (first, samples[cut * transform.hop :])]

    np.testing.assert_allclose(np.concatenate(parts), transform.spectra(samples), atol=1e-5)


@given(transform=TRANSFORMS, hop=st.integers(0, 9))
def test_a_frame_is_centred_on_the_middle_of_its_hop(transform: Transform, hop: int) -> None:
    samples = np.zeros(10 * transform.hop + 2 * transform.overhang, dtype=np.float32)
    samples[transform.overhang + hop * transform.hop + transform.hop // 2] = 1.0

    found = np.abs(transform.spectra(samples))

    np.testing.assert_allclose(found[hop], 1.0, atol=1e-6)  # the peak of the window
    assert int(found[:, 0].argmax()) == hop


@given(transform=TRANSFORMS, place=st.integers(0, 39))
def test_a_spectrum_sounds_in_its_reach_and_no_further(transform: Transform, place: int) -> None:
    spectra = np.zeros((40, transform.bins), dtype=np.complex64)
    spectra[place] = transform.spectra(stretch(transform, 1))[0]

    sounding = np.flatnonzero(np.abs(inside(transform, transform.signal(spectra))).max(axis=1))

    assert sounding[0] >= place - transform.reach  # the window's first sample is 0
    assert sounding[-1] == min(39, place + transform.reach)


def test_the_window_is_hanns_and_begins_anew_where_it_ends() -> None:
    window = Transform(8, 4).window

    np.testing.assert_allclose(window, np.sin(np.pi * np.arange(8) / 8) ** 2, atol=1e-7)


@pytest.mark.parametrize("transform", [Transform(960, 300), Transform(1024, 256)])
def test_the_dual_is_the_smallest_window_that_gives_the_signal_back(transform: Transform) -> None:
    ratio = transform.dual[1:] / transform.window[1:]  # the window begins at 0

    for place in range(transform.hop - 1):
        np.testing.assert_allclose(ratio[place :: transform.hop], ratio[place], rtol=1e-5)
