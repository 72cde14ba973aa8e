"""Rates are converted without losing time, pitch or a sample, however the stream is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.resampling import StreamingResampler, resample
from huisheng.types import Samples
from huisheng.units import SAMPLE_RATES, Hertz

CHIRP = np.sin(np.cumsum(np.linspace(0.02, 1.0, 4_000))).astype(np.float32)
RATES = st.sampled_from(SAMPLE_RATES)


def stream(samples: Samples, cuts: list[int], source: Hertz, target: Hertz) -> Samples:
    resampler = StreamingResampler(source, target)
    pieces = [resampler.process(piece) for piece in np.split(samples, cuts)]
    return np.concatenate([*pieces, resampler.flush()])


@given(RATES, RATES, st.lists(st.integers(0, len(CHIRP))).map(sorted))
@settings(deadline=None)
def test_a_stream_gives_the_same_samples_however_it_is_cut(
    source: Hertz, target: Hertz, cuts: list[int]
) -> None:
    whole = resample(CHIRP, source, target)

    np.testing.assert_allclose(stream(CHIRP, cuts, source, target), whole, atol=1e-6)


def test_single_samples_give_the_same_as_the_whole() -> None:
    cuts = list(range(1, len(CHIRP)))

    pieces = stream(CHIRP, cuts, Hertz(24_000), Hertz(16_000))

    np.testing.assert_allclose(pieces, resample(CHIRP, Hertz(24_000), Hertz(16_000)), atol=1e-6)


@given(RATES, RATES, st.integers(0, 3_000))
@settings(deadline=None)
def test_the_length_is_the_time_rounded_to_a_sample(source: Hertz, target: Hertz, length: int) -> None:
    samples = resample(CHIRP[:length], source, target)

    assert abs(len(samples) - length * target / source) <= 0.5


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_equal_rates_change_nothing(rate: Hertz) -> None:
    np.testing.assert_array_equal(resample(CHIRP, rate, rate), CHIRP)


@pytest.mark.parametrize("source", SAMPLE_RATES)
@pytest.mark.parametrize("target", SAMPLE_RATES)
def test_a_sine_stays_where_and_what_it_is(source: Hertz, target: Hertz) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(source) / source).astype(np.float32)
    wanted = np.sin(2 * np.pi * 440 * np.arange(target) / target)

    inner = slice(target // 10, -target // 10)

    np.testing.assert_allclose(resample(tone, source, target)[inner], wanted[inner], atol=1e-3)


def test_what_the_lower_rate_cannot_hold_is_removed() -> None:
    tone = np.sin(2 * np.pi * 11_000 * np.arange(48_000) / 48_000).astype(np.float32)

    rest = resample(tone, Hertz(48_000), Hertz(16_000))

    assert np.abs(rest[500:-500]).max() < 1e-3
