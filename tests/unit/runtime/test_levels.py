"""Words at levels of their own, joined without a step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.runtime.levels import levelled
from huisheng.types import AudioChunk, Samples, Span, Timing
from huisheng.units import Hertz, Seconds, amplitude

RATE = Hertz(8_000)
RAMP = 0.02
"""Seconds."""
LEVELS = st.floats(-20.0, 20.0)


def chunk_of(*ends: float, start: float = 0.0, length: float | None = None) -> AudioChunk:
    """Words that end at these seconds, each one character, said as a level of 1."""
    starts = [start, *ends[:-1]]
    timings = tuple(
        Timing(Span(place, place + 1), Seconds(first), Seconds(last))
        for place, (first, last) in enumerate(zip(starts, ends, strict=True))
    )
    samples = np.ones(round((length or ends[-1]) * RATE), dtype=np.float32)
    return AudioChunk(samples, RATE, timings, Span(0, len(ends)))


def said(chunk: AudioChunk, *levels: float) -> Samples:
    """(N,) the chunk with these levels of its words."""
    return levelled(chunk, {Span(place, place + 1): level for place, level in enumerate(levels)}).samples


def at(samples: Samples, seconds: float) -> float:
    return float(samples[round(seconds * RATE)])


def test_a_chunk_in_which_nothing_is_asked_for_is_returned_as_it_is() -> None:
    chunk = chunk_of(0.2, 0.4)

    assert levelled(chunk, {Span(0, 1): 0.0, Span(1, 2): 0.0, Span(7, 9): 6.0}) is chunk


def test_a_chunk_of_silence_is_returned_as_it_is() -> None:
    chunk = AudioChunk(np.zeros(100, dtype=np.float32), RATE)

    assert levelled(chunk, {Span(0, 1): 6.0}) is chunk


def test_each_word_has_its_level() -> None:
    samples = said(chunk_of(0.2, 0.4, 0.6), 0.0, 6.0, -6.0)

    levels = [at(samples, middle) for middle in (0.1, 0.3, 0.5)]
    assert levels == pytest.approx([1.0, amplitude(6.0), amplitude(-6.0)], rel=1e-5)


def test_the_first_and_the_last_level_reach_to_the_edges() -> None:
    samples = said(chunk_of(0.3, 0.5, start=0.1, length=0.8), 6.0, -6.0)

    assert at(samples, 0.0) == pytest.approx(amplitude(6.0), rel=1e-5)
    assert float(samples[-1]) == pytest.approx(amplitude(-6.0), rel=1e-5)


def test_half_of_a_change_is_made_where_the_word_begins() -> None:
    samples = said(chunk_of(0.2, 0.4), 0.0, 20.0)

    assert at(samples, 0.2 - RAMP / 2) == pytest.approx(1.0, abs=0.01)
    assert at(samples, 0.2) == pytest.approx(5.5, abs=0.01)
    assert at(samples, 0.2 + RAMP / 2) == pytest.approx(10.0, abs=0.01)


@given(st.lists(st.tuples(st.floats(0.0, 0.2), LEVELS), min_size=1, max_size=8), st.floats(0.0, 0.1))
def test_no_step_is_louder_than_the_ramp_allows(words: list[tuple[float, float]], start: float) -> None:
    ends = (start + np.cumsum([length for length, _ in words])).tolist()
    levels = [level for _, level in words]

    samples = said(chunk_of(*ends, start=start, length=ends[-1] + 0.05), *levels)

    gains = [amplitude(level) for level in levels]
    steepest = (max(gains) - min(gains)) / (RAMP * RATE)
    assert np.abs(np.diff(samples)).max() <= steepest * 1.01 + 1e-5
    assert min(gains) - 1e-4 <= samples.min() <= samples.max() <= max(gains) + 1e-4


def test_samples_are_as_many_and_as_precise_as_before() -> None:
    samples = said(chunk_of(0.2, 0.4), 0.0, 6.0)

    assert (len(samples), samples.dtype) == (round(0.4 * RATE), np.float32)


def test_timings_and_span_stay() -> None:
    chunk = chunk_of(0.2, 0.4)

    louder = levelled(chunk, {Span(0, 1): 6.0})

    assert (louder.timings, louder.span, louder.sample_rate) == (chunk.timings, chunk.span, chunk.sample_rate)
