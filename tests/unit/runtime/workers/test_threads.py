"""The handle: a blocking generator, advanced without blocking, and always closed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.errors import EngineError
from huisheng.runtime.work.steps import Piece, Step, StepIterator
from huisheng.runtime.workers.threads import ThreadPools, ThreadWorkHandle
from huisheng.units import Seconds


class Source:
    """Numbers; each step after the first waits until it is let go."""

    def __init__(self) -> None:
        self.stepping = threading.Event()
        self.go = threading.Event()
        self.events: list[str] = []

    def numbers(self) -> Generator[Piece[int]]:
        """0, and after `go` 1, 2 …"""
        try:
            yield Piece(0)
            for number in range(1, 100):
                self.stepping.set()
                self.go.wait()
                self.events.append("step ended")
                yield Piece(number)
        finally:
            self.events.append("closed")


@pytest.fixture
def pools() -> Iterator[ThreadPools]:
    made = ThreadPools(1)
    yield made
    made.shutdown()


def each(numbers: Iterable[int]) -> Generator[Piece[int]]:
    yield from map(Piece, numbers)


async def collect_values(handle: ThreadWorkHandle[int]) -> list[int]:
    values: list[int] = []
    last = False
    while not last:
        step = await handle.advance()
        values += [piece.value for piece in step.pieces]
        last = step.last
    return values


async def wait_for(event: threading.Event) -> None:
    """Wait for a thread without holding up the loop."""
    await asyncio.get_running_loop().run_in_executor(None, event.wait)


@settings(max_examples=20)
@given(st.lists(st.integers(), max_size=20))
def test_every_piece_comes_in_order(numbers: list[int]) -> None:
    async def collect() -> list[int]:
        pools = ThreadPools(1)
        try:
            return await collect_values(ThreadWorkHandle(StepIterator(lambda: each(numbers)), pools))
        finally:
            pools.shutdown()

    assert asyncio.run(collect()) == numbers


async def test_the_loop_runs_on_during_a_step(pools: ThreadPools) -> None:
    source = Source()
    handle = ThreadWorkHandle(StepIterator(source.numbers), pools)
    await handle.advance()
    step = asyncio.create_task(handle.advance())
    await wait_for(source.stepping)

    source.go.set()  # from the loop: it would never be reached if the step held it

    assert (await step)[:2] == ((Piece(1),), False)
    await handle.close()


async def test_closing_waits_for_the_step_under_way(pools: ThreadPools) -> None:
    source = Source()
    handle = ThreadWorkHandle(StepIterator(source.numbers), pools)
    await handle.advance()
    step = asyncio.create_task(handle.advance())
    await wait_for(source.stepping)

    closing = asyncio.create_task(handle.close())
    await asyncio.sleep(0)
    source.go.set()
    await closing

    assert source.events == ["step ended", "closed"]
    assert (await step)[:2] == ((Piece(1),), False)


async def test_a_task_cancelled_while_closing_has_closed_all_the_same(
    pools: ThreadPools,
) -> None:
    source = Source()
    handle = ThreadWorkHandle(StepIterator(source.numbers), pools)
    await handle.advance()
    step = asyncio.create_task(handle.advance())
    await wait_for(source.stepping)

    closing = asyncio.create_task(handle.close())
    await asyncio.sleep(0)
    closing.cancel()
    source.go.set()
    await step
    await handle.close()

    assert source.events == ["step ended", "closed"]


def test_work_closed_before_it_began_gives_nothing() -> None:
    steps = StepIterator(lambda: each(range(3)))

    steps.close()

    assert steps.advance() == Step((), last=True)


def test_a_step_tells_how_long_it_took() -> None:
    steps = StepIterator(lambda: each(range(3)))

    began = time.perf_counter()
    step = steps.advance()

    assert 0.0 < step.work <= time.perf_counter() - began


async def test_steps_are_not_made_before_they_are_wanted(pools: ThreadPools) -> None:
    source = Source()
    handle = ThreadWorkHandle(StepIterator(source.numbers), pools)

    await handle.advance()

    assert not source.stepping.is_set()
    await handle.close()


async def test_the_error_of_a_step_reaches_its_caller_as_it_is(pools: ThreadPools) -> None:
    def failing() -> Generator[Piece[int]]:
        yield Piece(1, Seconds(1.0))
        raise EngineError

    handle = ThreadWorkHandle(StepIterator(failing), pools)

    assert (await handle.advance())[:2] == ((Piece(1, Seconds(1.0)),), False)
    with pytest.raises(EngineError):
        await handle.advance()


def test_what_takes_no_time_goes_with_what_follows_but_for_what_comes_before_the_first_sound() -> None:
    sounding = (Piece(number, Seconds(0.1)) for number in range(3))
    steps = StepIterator(lambda: (piece for piece in (Piece(-1), *sounding)), min_step=60.0)

    assert steps.advance()[:2] == ((Piece(-1),), False)
    assert [piece.value for piece in steps.advance().pieces] == [0, 1, 2]


def test_what_takes_its_time_is_a_step_of_its_own() -> None:
    steps = StepIterator(lambda: (Piece(number, Seconds(0.1)) for number in range(2)), min_step=0.0)

    assert [len(steps.advance().pieces) for _ in range(3)] == [1, 1, 0]


async def test_many_at_once_keep_their_pieces_apart(pools: ThreadPools) -> None:
    handles = [
        ThreadWorkHandle(StepIterator(partial(each, range(first, first + 10))), pools) for first in range(20)
    ]

    assert await asyncio.gather(*map(collect_values, handles)) == [
        list(range(first, first + 10)) for first in range(20)
    ]
