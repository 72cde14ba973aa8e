"""Words at levels of their own, joined without a step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.audio.loudness import amplitude
from huisheng.runtime.output import Leveller
from huisheng.types import AudioChunk, Samples, Span, Timing
from huisheng.units import Hertz, Seconds

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


def leveller(*levels: float) -> Leveller:
    """For words of one character each."""
    return Leveller({Span(place, place + 1): level for place, level in enumerate(levels)})


def cut(chunk: AudioChunk, sizes: list[int]) -> list[AudioChunk]:
    """The chunk in pieces of these sizes, over and over; each word is told in the piece where it begins."""
    pieces: list[AudioChunk] = []
    place = 0
    while place < len(chunk.samples):
        size = sizes[len(pieces) % len(sizes)]
        first, last = place / RATE, (place + size) / RATE
        timings = tuple(timing.shifted(-first) for timing in chunk.timings if first <= timing.start < last)
        pieces.append(AudioChunk(chunk.samples[place : place + size], RATE, timings, chunk.span))
        place += size
    return pieces


def levelled_samples(chunk: AudioChunk, *levels: float) -> Samples:
    """(N,) the chunk with these levels of its words."""
    return leveller(*levels).process(chunk).samples


def at(samples: Samples, seconds: float) -> float:
    return float(samples[round(seconds * RATE)])


def test_a_chunk_in_which_nothing_is_asked_for_is_returned_as_it_is() -> None:
    chunk = chunk_of(0.2, 0.4)

    assert Leveller({Span(0, 1): 0.0, Span(1, 2): 0.0, Span(7, 9): 6.0}).process(chunk) is chunk


def test_a_chunk_of_silence_is_returned_as_it_is() -> None:
    chunk = AudioChunk(np.zeros(100, dtype=np.float32), RATE)

    assert leveller(6.0).process(chunk) is chunk


def test_each_word_has_its_level() -> None:
    samples = levelled_samples(chunk_of(0.2, 0.4, 0.6), 0.0, 6.0, -6.0)

    levels = [at(samples, middle) for middle in (0.1, 0.3, 0.5)]
    assert levels == pytest.approx([1.0, amplitude(6.0), amplitude(-6.0)], rel=1e-5)


def test_the_first_and_the_last_level_reach_to_the_edges() -> None:
    samples = levelled_samples(chunk_of(0.3, 0.5, start=0.1, length=0.8), 6.0, -6.0)

    assert at(samples, 0.0) == pytest.approx(amplitude(6.0), rel=1e-5)
    assert float(samples[-1]) == pytest.approx(amplitude(-6.0), rel=1e-5)


def test_a_change_begins_where_the_word_begins_and_is_made_within_the_ramp() -> None:
    samples = levelled_samples(chunk_of(0.2, 0.4), 0.0, 20.0)

    assert at(samples, 0.2) == pytest.approx(1.0, abs=0.01)
    assert at(samples, 0.2 + RAMP / 2) == pytest.approx(5.5, abs=0.01)
    assert at(samples, 0.2 + RAMP) == pytest.approx(10.0, abs=0.01)


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.floats(0.01, 0.2), LEVELS), min_size=1, max_size=8),
    st.lists(st.integers(1, 900), min_size=1, max_size=9),
)
def test_levels_are_the_same_however_the_utterance_is_cut(
    words: list[tuple[float, float]], sizes: list[int]
) -> None:
    ends = np.cumsum([length for length, _ in words]).tolist()
    levels = [level for _, level in words]
    whole = chunk_of(*ends)

    pieces = map(leveller(*levels).process, cut(whole, sizes))

    np.testing.assert_allclose(
        np.concatenate([piece.samples for piece in pieces]), levelled_samples(whole, *levels), atol=1e-5
    )


def test_a_piece_without_samples_is_taken() -> None:
    levels = leveller(6.0)
    levels.process(chunk_of(0.2))

    empty = AudioChunk(np.zeros(0, dtype=np.float32), RATE)
    assert len(levels.process(empty).samples) == 0


@given(st.lists(st.tuples(st.floats(0.0, 0.2), LEVELS), min_size=1, max_size=8), st.floats(0.0, 0.1))
def test_no_step_is_louder_than_the_ramp_allows(words: list[tuple[float, float]], start: float) -> None:
    ends = (start + np.cumsum([length for length, _ in words])).tolist()
    levels = [level for _, level in words]

    samples = levelled_samples(chunk_of(*ends, start=start, length=ends[-1] + 0.05), *levels)

    gains = [amplitude(level) for level in levels]
    steepest = (max(gains) - min(gains)) / (RAMP * RATE)
    assert np.abs(np.diff(samples)).max() <= steepest * 1.01 + 1e-5
    assert min(gains) - 1e-4 <= samples.min() <= samples.max() <= max(gains) + 1e-4


def test_samples_are_as_many_and_as_precise_as_before() -> None:
    samples = levelled_samples(chunk_of(0.2, 0.4), 0.0, 6.0)

    assert (len(samples), samples.dtype) == (round(0.4 * RATE), np.float32)


def test_timings_and_span_stay() -> None:
    chunk = chunk_of(0.2, 0.4)

    louder = leveller(6.0).process(chunk)

    assert (louder.timings, louder.span, louder.sample_rate) == (chunk.timings, chunk.span, chunk.sample_rate)
