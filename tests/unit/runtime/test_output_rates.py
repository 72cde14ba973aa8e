"""One stream, one rate: nothing is lost, nothing moves, however a voice is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.resampling import resample
from huisheng.runtime.output import RateConverter, common_rate
from huisheng.testing import SILENT_VOICE
from huisheng.types import AudioChunk, Samples, Span, Timing
from huisheng.units import Hertz, Seconds

LENGTH = 0.5
"""Seconds."""
RATES = st.sampled_from([(16_000, 24_000), (24_000, 48_000), (8_000, 24_000), (48_000, 16_000)])
SIZES = st.lists(st.integers(1, 3_000), min_size=1, max_size=20)


def tone(rate: int) -> Samples:
    """(N,) half a second of 440 Hz that begins and ends softly."""
    time = np.arange(round(LENGTH * rate)) / rate
    return (np.sin(2 * np.pi * 440 * time) * np.sin(np.pi * time / LENGTH)).astype(np.float32)


def cut(samples: Samples, rate: int, sizes: list[int]) -> list[AudioChunk]:
    """Chunks of these sizes, over and over; each has a timing at its beginning."""
    chunks: list[AudioChunk] = []
    start = 0
    while start < len(samples):
        piece = samples[start : start + sizes[len(chunks) % len(sizes)]]
        span = Span(len(chunks), len(chunks) + 1)
        timing = Timing(span, Seconds(0.0), Seconds(len(piece) / rate))
        chunks.append(AudioChunk(piece, Hertz(rate), (timing,), span))
        start += len(piece)
    return chunks


def convert(chunks: list[AudioChunk], rate: Hertz) -> list[AudioChunk]:
    """All chunks, and what is held back until the end."""
    converter = RateConverter(chunks[0].sample_rate, rate)
    return [*map(converter.process, chunks), converter.flush()]


@settings(max_examples=40)
@given(RATES, SIZES)
def test_the_pieces_are_the_whole_at_the_other_rate(rates: tuple[int, int], sizes: list[int]) -> None:
    source, target = map(Hertz, rates)
    signal = tone(source)

    pieces = [chunk.samples for chunk in convert(cut(signal, source, sizes), target)]

    np.testing.assert_allclose(np.concatenate(pieces), resample(signal, source, target), atol=1e-6)


@settings(max_examples=40)
@given(RATES, SIZES)
def test_timings_stay_where_the_sound_is(rates: tuple[int, int], sizes: list[int]) -> None:
    source, target = map(Hertz, rates)
    chunks = cut(tone(source), source, sizes)

    starts: list[float] = []
    given_so_far = 0
    for chunk in convert(chunks, target):
        starts += [given_so_far / target + timing.start for timing in chunk.timings]
        given_so_far += len(chunk.samples)

    before = np.cumsum([0, *(len(chunk.samples) for chunk in chunks[:-1])]) / source
    np.testing.assert_allclose(starts, before, atol=1e-9)


def test_every_chunk_has_the_rate_and_the_last_says_how_far_was_spoken() -> None:
    chunks = list(convert(cut(tone(16_000), 16_000, [800]), Hertz(24_000)))

    assert {chunk.sample_rate for chunk in chunks} == {24_000}
    assert [chunk.span.end for chunk in chunks] == [*range(1, 11), 10]


def test_a_border_between_chunks_makes_no_click() -> None:
    signal = tone(16_000)

    pieces = np.concatenate([chunk.samples for chunk in convert(cut(signal, 16_000, [37]), Hertz(48_000))])

    steepest = 2 * np.pi * 440 / 48_000
    assert np.abs(np.diff(pieces)).max() < 1.05 * steepest


@pytest.mark.parametrize(
    ("native", "common"),
    [
        ([16_000], 16_000),
        ([24_000, 16_000], 24_000),
        ([16_000, 48_000], 48_000),
        ([32_000], 44_100),
        ([96_000], 48_000),
    ],
)
def test_the_common_rate_is_the_lowest_of_files_that_loses_nothing(native: list[int], common: int) -> None:
    voices = [replace(SILENT_VOICE, sample_rate=Hertz(rate)) for rate in native]

    assert common_rate(voices) == common
