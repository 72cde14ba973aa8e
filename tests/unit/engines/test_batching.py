"""Calls of several threads are made together, and each gets what it asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.engines.batching import Batcher

TIMEOUT = 60.0
"""Seconds after which a test that waits in vain fails."""


class Poisoned(Exception):
    """A row that cannot be made."""


class Interrupted(BaseException):
    """What a signal raises in a thread."""


class Squares:
    """Squares numbers, keeps what it was given, and may be held until others wait."""

    def __init__(self, most: int = 8) -> None:
        self.batches: list[list[int]] = []
        self.going = threading.Event()
        self.begun = threading.Event()
        self.going.set()
        self.batcher = Batcher(self.run, most)

    def run(self, rows: Sequence[int]) -> list[int]:
        self.begun.set()
        self.going.wait(TIMEOUT)
        self.batches.append(list(rows))
        if any(row < 0 for row in rows):
            raise Poisoned(rows)
        return [row * row for row in rows]

    def behind(self, first: int, others: Sequence[int], bucket: Callable[[int], object] = bool) -> list[int]:
        """What comes of calls all of which wait while the first one runs, in the order of their coming."""
        return [future.result(TIMEOUT) for future in self.submit(first, others, bucket)]

    def submit(
        self, first: int, others: Sequence[int], bucket: Callable[[int], object] = bool
    ) -> list[Future[int]]:
        self.going.clear()
        with ThreadPoolExecutor(len(others) + 1) as threads:
            futures = [threads.submit(self.batcher, bucket(first), first)]
            assert self.begun.wait(TIMEOUT)
            for place, other in enumerate(others, 1):
                futures.append(threads.submit(self.batcher, bucket(other), other))
                until(lambda place=place: self.batcher.waiting == place)
            self.going.set()
        return futures


def until(reached: Callable[[], bool]) -> None:
    """Let other threads work until something holds."""
    turn = threading.Event()
    while not reached():
        turn.wait(0.001)


def test_a_lone_call_is_answered_at_once() -> None:
    squares = Squares()

    assert (squares.batcher("any", 3), squares.batches) == (9, [[3]])


def test_calls_that_wait_for_one_that_runs_go_together() -> None:
    squares = Squares()

    assert squares.behind(1, [2, 3, 4]) == [1, 4, 9, 16]
    assert squares.batches == [[1], [2, 3, 4]]


def test_a_batch_has_as_many_rows_as_it_may_and_the_rest_follows() -> None:
    squares = Squares(most=2)

    squares.behind(1, [2, 3, 4, 5, 6])

    assert squares.batches == [[1], [2, 3], [4, 5], [6]]


def test_only_calls_of_one_bucket_go_together_the_oldest_first() -> None:
    squares = Squares()

    squares.behind(10, [1, 2, 3, 4], lambda number: number % 2)

    assert squares.batches == [[10], [1, 3], [2, 4]]


def test_a_batch_that_fails_fails_only_the_row_that_must() -> None:
    squares = Squares()

    first, poisoned, good = squares.submit(1, [-2, 3], lambda _: "any")

    assert (first.result(), good.result()) == (1, 9)
    with pytest.raises(Poisoned, match=r"\[-2\]"):
        poisoned.result()


def test_after_a_failure_others_are_answered() -> None:
    squares = Squares()
    with pytest.raises(Poisoned):
        squares.batcher("any", -1)

    assert squares.batcher("any", 2) == 4


def test_rows_that_do_not_all_come_back_are_made_one_by_one() -> None:
    squares = Squares()

    def run(rows: Sequence[int]) -> list[int]:
        return squares.run(rows)[:1]

    squares.batcher = Batcher(run, 8)

    assert squares.behind(1, [2, 3]) == [1, 4, 9]


def test_a_call_that_is_interrupted_while_it_runs_takes_no_other_along() -> None:
    squares = Squares()

    def run(rows: Sequence[int]) -> list[int]:
        made = squares.run(rows)
        if len(rows) == 3:
            raise Interrupted
        return made

    squares.batcher = Batcher(run, 8)

    first, leader, *others = squares.submit(1, [2, 3, 4])

    assert isinstance(leader.exception(TIMEOUT), Interrupted)
    assert [future.result(TIMEOUT) for future in (first, *others)] == [1, 9, 16]
    assert squares.batches == [[1], [2, 3, 4], [3, 4]]


@settings(max_examples=50)
@given(
    calls=st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 50)), min_size=1, max_size=24),
    threads=st.integers(1, 12),
    most=st.integers(1, 5),
)
def test_every_call_gets_its_own_answer(calls: list[tuple[int, int]], threads: int, most: int) -> None:
    batches: list[Sequence[tuple[int, int]]] = []

    def run(rows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        batches.append(rows)
        if any(number < 0 for _, number in rows):
            raise Poisoned
        return [(bucket, number * number) for bucket, number in rows]

    batcher = Batcher(run, most)

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(batcher, bucket, (bucket, number)) for bucket, number in calls]

    assert all(len(rows) <= most and len({bucket for bucket, _ in rows}) == 1 for rows in batches)
    for (bucket, number), future in zip(calls, futures, strict=True):
        if number < 0:
            assert isinstance(future.exception(), Poisoned)
        else:
            assert future.result() == (bucket, number * number)
