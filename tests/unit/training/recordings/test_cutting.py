"""Recording and transcript are cut at the same places, and what is not sure is not used."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.training.recordings.activity import FRAME_SECONDS, Activity
from huisheng.training.recordings.alignment import align
from huisheng.training.recordings.cutting import LEAD, LONGEST, SHORTEST, TAIL, cut_at_pauses, uncut
from huisheng.training.recordings.syllables import SyllablePart
from huisheng.types import Span
from huisheng.units import Decibels


class Reading(NamedTuple):
    """What somebody reads and how.

    Attributes:
        parts: of the text.
        activity: of the sound.
        ends: for each part the stretches of speech up to its end, 0 where no pause follows.
    """

    parts: tuple[SyllablePart, ...]
    activity: Activity
    ends: tuple[int, ...]


class Habits(NamedTuple):
    """How somebody reads.

    Attributes:
        sentence, clause: seconds of the usual pause after each; their logarithms vary by 0.3.
        paused: share of clauses followed by a pause.
        joined: share of sentences that are not.
        stray: share of syllables followed by a pause inside a clause.
    """

    sentence: float = 0.55
    clause: float = 0.25
    paused: float = 0.75
    joined: float = 0.03
    stray: float = 0.05


def act(stretches: list[tuple[float, float]]) -> Activity:
    """From seconds."""
    frames = np.rint(np.array(stretches).reshape(-1, 2) / FRAME_SECONDS).astype(np.int64)
    return Activity(frames, Decibels(-20.0), Decibels(50.0))


def laid_out(counts: list[int], whole: list[bool] | None = None) -> tuple[SyllablePart, ...]:
    """Parts of so many syllables, one character each."""
    ends = np.cumsum([0, *counts]).tolist()
    return tuple(
        SyllablePart(Span(start, end), count, last)
        for (start, end), count, last in zip(
            pairwise(ends), counts, whole or [True] * len(counts), strict=True
        )
    )


def read_aloud(sentences: int, seed: int, habits: Habits | None = None) -> Reading:
    """A text of random sentences, read with syllables of random length at a tempo that wanders."""
    random, habits = np.random.default_rng(seed), habits or Habits()
    counts, whole, ends, stretches = list[int](), list[bool](), list[int](), list[tuple[float, float]]()
    now, begun, tempo = 0.0, 0.0, 0.0

    def rest(usual: float) -> None:
        nonlocal now, begun
        pause = usual * float(np.exp(0.3 * random.standard_normal()))
        if pause >= 0.15:
            stretches.append((begun, now))
            now = begun = now + pause

    for sentence in range(sentences):
        clauses = int(random.integers(1, 5))
        tempo = 0.9 * tempo + 0.05 * float(random.standard_normal())
        for clause in range(clauses):
            counts.append(int(random.integers(2, 14)))
            whole.append(clause == clauses - 1)
            for place in range(counts[-1]):
                now += 0.2 * float(np.exp(tempo) * max(0.2, 1.0 + 0.35 * random.standard_normal()))
                if place < counts[-1] - 1 and random.random() < habits.stray:
                    rest(habits.clause)
            if sentence == sentences - 1 and whole[-1]:
                stretches.append((begun, now))
            elif random.random() < (1.0 - habits.joined if whole[-1] else habits.paused):
                rest(habits.sentence if whole[-1] else habits.clause)
            ends.append(len(stretches) if begun == now or len(whole) == len(ends) else 0)
    return Reading(laid_out(counts, whole), act(stretches), tuple(ends))


def test_a_short_recording_stays_whole() -> None:
    parts = laid_out([10, 20])

    pieces = cut_at_pauses(parts, act([(0.2, 2.0), (2.5, 6.5)]))

    assert [(piece.span, piece.fit) for piece in pieces] == [(Span(0, 30), True)]


def test_silence_around_the_speech_is_trimmed_to_50_and_100_milliseconds() -> None:
    (piece,) = cut_at_pauses(laid_out([30]), act([(1.0, 7.0)]))

    assert (piece.start, piece.end) == pytest.approx((0.95, 7.1))


def test_a_long_recording_is_cut_where_the_syllables_say() -> None:
    """Every pause is as long as the next: durations alone decide which of them ends a sentence."""
    stretches = [(0.0, 5.0), (5.4, 7.4), (7.8, 12.8), (13.2, 17.2), (17.6, 25.6)]
    parts = laid_out([35, 45, 40])

    pieces = cut_at_pauses(parts, act(stretches))

    assert [(piece.span, piece.fit) for piece in pieces] == [
        (Span(0, 35), True),
        (Span(35, 80), True),
        (Span(80, 120), True),
    ]
    np.testing.assert_allclose(
        [(piece.start, piece.end) for piece in pieces], [(0.0, 7.5), (7.75, 17.3), (17.55, 25.7)]
    )


def test_the_longer_of_two_pauses_that_fit_alike_ends_the_sentence() -> None:
    stretches = [(0.0, 9.0), (9.7, 10.7), (10.9, 19.9)]

    first, second = cut_at_pauses(laid_out([47, 48]), act(stretches))

    assert first.end == pytest.approx(9.1)
    assert second.start == pytest.approx(9.65)


def test_a_sentence_is_not_cut_at_its_commas_if_it_fits_into_a_piece() -> None:
    stretches = [(0.0, 5.0), (5.4, 10.4), (10.8, 15.8), (16.2, 21.2)]
    parts = laid_out([25, 25, 25, 25], [False, True, False, True])

    assert [piece.span for piece in cut_at_pauses(parts, act(stretches))] == [Span(0, 50), Span(50, 100)]


def test_a_sentence_too_long_for_a_piece_is_cut_at_its_commas() -> None:
    stretches = [(0.0, 8.0), (8.4, 16.4), (16.8, 24.8)]
    parts = laid_out([40, 40, 40], [False, False, True])

    assert [piece.span for piece in cut_at_pauses(parts, act(stretches))] == [
        Span(0, 40),
        Span(40, 80),
        Span(80, 120),
    ]


def test_sentences_said_in_one_breath_stay_together() -> None:
    stretches = [(0.0, 8.0), (8.6, 16.6)]

    pieces = cut_at_pauses(laid_out([10, 30, 40]), act(stretches))

    assert [piece.span for piece in pieces] == [Span(0, 40), Span(40, 80)]


@pytest.mark.parametrize(
    ("counts", "stretches"),
    [([200], [(0.0, 20.0), (20.5, 40.0)]), ([50, 50, 100], [(0.0, 40.0)]), ([1] * 50, [(0.0, 10.0)] * 2)],
    ids=["no place in the text", "no pause", "neither fits"],
)
def test_what_cannot_be_cut_is_not(counts: list[int], stretches: list[tuple[float, float]]) -> None:
    starts = act([(20.5 * index + a, 20.5 * index + b) for index, (a, b) in enumerate(stretches)])

    assert cut_at_pauses(laid_out(counts), starts) == ()


def test_uncut_it_is_one_piece() -> None:
    assert uncut(laid_out([50, 50]), act([(1.0, 41.0)])).span == Span(0, 100)


def test_text_that_is_not_said_makes_its_piece_unfit() -> None:
    """The second sentence was left out by who read, so its neighbours hold what is not theirs."""
    reading = read_aloud(30, 1)
    parts = list(reading.parts)
    parts[10:10] = laid_out([120])

    assert not all(piece.fit for piece in cut_at_pauses(parts, reading.activity))


def true_times(reading: Reading, span: Span) -> tuple[float, float]:
    """When a span of the text begins and ends in the sound, NaN where no pause is there."""
    stretches = reading.activity.stretches * FRAME_SECONDS
    first = [part.span.start for part in reading.parts].index(span.start)
    end = reading.ends[[part.span.end for part in reading.parts].index(span.end)]
    before = reading.ends[first - 1] if first else 0
    start = max(0.0, float(stretches[before, 0]) - LEAD) if before or not first else np.nan
    return start, float(stretches[end - 1, 1]) + TAIL if end else np.nan


def evaluate_cuts(reading: Reading) -> tuple[int, int, int]:
    """Pieces fit for use that are cut where the text is, those that are not, and those unfit."""
    pieces = cut_at_pauses(reading.parts, reading.activity)
    fit = [piece for piece in pieces if piece.fit]
    right = sum(true_times(reading, piece.span) == pytest.approx((piece.start, piece.end)) for piece in fit)
    return right, len(fit) - right, len(pieces) - len(fit)


@pytest.mark.parametrize(
    ("habits", "most_wrong", "least_right"),
    [(Habits(), 0.03, 0.85), (Habits(clause=0.4), 0.04, 0.6), (Habits(paused=0.5, stray=0.12), 0.08, 0.5)],
    ids=["usual", "long pauses everywhere", "pauses anywhere"],
)
def test_nearly_all_pieces_of_a_random_reading_are_right_and_doubtful_ones_are_dropped(
    habits: Habits, most_wrong: float, least_right: float
) -> None:
    readings = [read_aloud(100, seed, habits) for seed in range(3)]

    right, wrong, unfit = (sum(part) for part in zip(*map(evaluate_cuts, readings), strict=True))

    assert wrong <= most_wrong * (right + wrong)
    assert right >= least_right * (right + wrong + unfit)


def test_an_hour_in_one_file_is_cut() -> None:
    reading = read_aloud(800, 5)

    right, wrong, _ = evaluate_cuts(reading)

    assert right > 300
    assert wrong <= 0.04 * right


def test_confidence_is_the_share_of_boundaries_that_are_right() -> None:
    readings = [read_aloud(50, seed, Habits(clause=0.4)) for seed in range(8)]

    found = [
        (boundary.confidence, reading.ends[boundary.part - 1] == boundary.place)
        for reading in readings
        for boundary in align(reading.parts, reading.activity.stretches)[1:]
    ]

    sure = [right for confidence, right in found if confidence > 0.9]
    unsure = [right for confidence, right in found if 0.3 < confidence < 0.7]
    assert np.mean(sure) > 0.93
    assert 0.3 < np.mean(unsure) < 0.8


@settings(max_examples=60)
@given(
    counts=st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=25),
    lengths=st.lists(st.tuples(st.floats(0.05, 12.0), st.floats(0.15, 3.0)), min_size=1, max_size=30),
)
def test_pieces_cover_the_text_once_in_order_and_no_two_overlap(
    counts: list[tuple[int, bool]], lengths: list[tuple[float, float]]
) -> None:
    """Whatever is said and heard, even where the two have nothing to do with each other."""
    parts = laid_out([count for count, _ in counts], [whole for _, whole in counts])
    edges = np.cumsum([part for pair in lengths for part in pair])
    activity = act([(start, end) for start, end in zip([0.0, *edges[1::2]], edges[::2], strict=False)])

    pieces = cut_at_pauses(parts, activity)

    if pieces:
        assert (pieces[0].span.start, pieces[-1].span.end) == (0, parts[-1].span.end)
    for before, after in pairwise(pieces):
        assert before.span.end == after.span.start
        assert before.end <= after.start + 1e-9
    for piece in pieces:
        assert 0.0 <= piece.confidence <= 1.0
        assert piece.syllables == piece.span.end - piece.span.start
        if len(pieces) > 1 and piece.fit:
            assert SHORTEST <= piece.end - piece.start <= LONGEST + LEAD + TAIL + 1e-9
