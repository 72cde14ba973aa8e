from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.voice.figures import Sums, contrast, estimate


def speaker_rows(*rows: tuple[float, ...]) -> np.ndarray:
    """(V, S)."""
    return np.array(rows)


def test_a_long_sentence_counts_for_more_errors() -> None:
    errors = Sums.quotient(speaker_rows((100.0, 300.0)), speaker_rows((10.0, 90.0)))

    assert estimate(errors).value == 4.0


def test_what_is_not_known_counts_for_nothing() -> None:
    assert estimate(Sums.mean(speaker_rows((1.0, np.nan, 3.0)))).value == 2.0


def test_where_nothing_is_known_the_figure_is_not_either() -> None:
    assert all(math.isnan(value) for value in estimate(Sums.mean(speaker_rows((np.nan, np.nan)))))


def test_sentences_that_agree_leave_no_doubt() -> None:
    assert estimate(Sums.mean(np.full((2, 5), 3.0))) == (3.0, 3.0, 3.0)


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(0).standard_normal((1, 400))

    low, high = estimate(Sums.mean(values))[1:]

    assert high - low == pytest.approx(2.0 * 1.96 * values.std() / math.sqrt(400), rel=0.1)


def test_speakers_are_drawn_together_with_their_sentence() -> None:
    opposed = Sums.mean(speaker_rows((1.0, -1.0, 1.0, -1.0), (-1.0, 1.0, -1.0, 1.0)))

    assert estimate(opposed) == (0.0, 0.0, 0.0)


def test_the_same_change_in_every_sentence_leaves_no_doubt_about_it() -> None:
    teacher = np.array([[3.0, 1.0, 7.0, 5.0]])

    found = contrast(Sums.mean(teacher), Sums.mean(teacher + 0.5))

    assert (found.teacher, found.student) == (4.0, 4.5)
    assert found.difference == pytest.approx((0.5, 0.5, 0.5))


def test_one_speaker_is_counted_alone() -> None:
    both = Sums.mean(speaker_rows((1.0, 1.0), (3.0, 3.0)))

    assert estimate(both.of(1)).value == 3.0


def test_the_same_sentences_give_the_same_interval() -> None:
    values = Sums.mean(np.random.default_rng(0).standard_normal((2, 9)))

    assert estimate(values) == estimate(values)
