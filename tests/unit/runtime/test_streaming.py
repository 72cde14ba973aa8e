"""The bridge: a blocking generator, read without blocking, and always closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.errors import EngineError
from huisheng.runtime.streaming import pieces


class Source:
    """Numbers; each step after the first waits until it is let go."""

    def __init__(self) -> None:
        self.stepping = threading.Event()
        self.go = threading.Event()
        self.events: list[str] = []

    def numbers(self) -> Generator[int]:
        """0, and after `go` 1, 2 …"""
        try:
            yield 0
            for number in range(1, 100):
                self.stepping.set()
                self.go.wait()
                self.events.append("step ended")
                yield number
        finally:
            self.events.append("closed")


async def reached(event: threading.Event) -> None:
    """Wait for a thread without holding up the loop."""
    await asyncio.get_running_loop().run_in_executor(None, event.wait)


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


@settings(max_examples=20)
@given(st.lists(st.integers(), max_size=20))
def test_every_piece_comes_in_order(numbers: list[int]) -> None:
    async def collect() -> list[int]:
        return [piece async for piece in pieces(number for number in numbers)]

    assert asyncio.run(collect()) == numbers


async def test_the_loop_runs_on_during_a_step() -> None:
    source = Source()
    stream = pieces(source.numbers())
    await anext(stream)
    step = asyncio.create_task(anext(stream))  # pyright: ignore[reportArgumentType]
    await reached(source.stepping)

    source.go.set()  # from the loop: it would never be reached if the step held it

    assert await step == 1
    await stream.aclose()


async def test_a_cancelled_reader_gets_its_generator_closed_once_after_the_step_has_ended() -> None:
    source = Source()

    async def read() -> None:
        async with aclosing(pieces(source.numbers())) as stream:
            async for _ in stream:
                pass

    reader = asyncio.create_task(read())
    await reached(source.stepping)
    reader.cancel()
    await asyncio.sleep(0)
    source.go.set()
    with pytest.raises(asyncio.CancelledError):
        await reader

    assert source.events == ["step ended", "closed"]


async def test_a_reader_who_leaves_between_two_steps_has_closed_the_generator() -> None:
    source = Source()

    async with aclosing(pieces(source.numbers())) as stream:
        await anext(stream)

    assert source.events == ["closed"]


async def test_steps_are_not_made_before_they_are_wanted() -> None:
    source = Source()
    stream = pieces(source.numbers())

    await anext(stream)

    assert not source.stepping.is_set()
    await stream.aclose()


async def test_a_failing_step_reaches_the_reader_as_it_is() -> None:
    def failing() -> Generator[int]:
        yield 1
        raise EngineError

    stream = pieces(failing())
    await anext(stream)

    with pytest.raises(EngineError):
        await anext(stream)


async def test_steps_run_where_they_are_told() -> None:
    def names() -> Generator[str]:
        yield threading.current_thread().name

    with ThreadPoolExecutor(1, thread_name_prefix="engine") as executor:
        found = [name async for name in pieces(names(), executor)]

    assert found[0].startswith("engine")


async def test_a_reader_who_leaves_while_the_one_worker_is_busy_elsewhere_still_frees_the_generator() -> None:
    busy, source = threading.Event(), Source()
    with ThreadPoolExecutor(1) as executor:
        stream = pieces(source.numbers(), executor)
        await anext(stream)
        other = asyncio.get_running_loop().run_in_executor(executor, busy.wait)
        step = asyncio.create_task(anext(stream))  # pyright: ignore[reportArgumentType]
        await settle()
        step.cancel()
        await settle()  # so that the step is withdrawn while the worker is still busy
        busy.set()
        await asyncio.gather(step, other, return_exceptions=True)

    assert source.events == ["closed"]


async def test_many_streams_at_once_keep_their_pieces_apart() -> None:
    async def collect(first: int) -> list[int]:
        return [piece async for piece in pieces(iter_from(first))]

    collected = await asyncio.gather(*(collect(first) for first in range(20)))

    assert collected == [list(range(first, first + 10)) for first in range(20)]


def iter_from(first: int) -> Generator[int]:
    yield from range(first, first + 10)
