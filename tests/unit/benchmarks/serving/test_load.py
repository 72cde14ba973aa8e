import itertools
from statistics import fmean

import pytest
from benchmarks.serving.load import schedule

LONG = schedule(10.0, 1_000.0, seed=1)


def test_the_moments_are_always_the_same_for_a_seed() -> None:
    assert schedule(5.0, 20.0, seed=1) == schedule(5.0, 20.0, seed=1) != schedule(5.0, 20.0, seed=2)


def test_requests_come_as_often_as_asked_for_on_average() -> None:
    assert len(LONG) == pytest.approx(10_000, rel=0.03)


def test_the_waits_between_requests_are_those_of_independent_visitors() -> None:
    waits = [after - before for before, after in itertools.pairwise(LONG)]

    # Of an exponential distribution, 1 - 1/e of the waits are shorter than the mean.
    assert fmean(wait < 0.1 for wait in waits) == pytest.approx(0.632, abs=0.02)


def test_no_request_comes_after_the_end() -> None:
    assert 0.0 <= LONG[0] < LONG[-1] < 1_000.0


def test_at_least_one_request_comes() -> None:
    assert schedule(0.001, 1.0, seed=1) == (0.0,)
