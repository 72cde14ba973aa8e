"""Who may speak, who waits, who is sent away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.errors import Busy
from huisheng.runtime.pool import Slots


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def hold(slots: Slots, done: asyncio.Event, order: list[str] | None = None, name: str = "") -> None:
    async with slots.admit():
        if order is not None:
            order.append(name)
        await done.wait()


async def test_as_many_as_there_are_slots_run_at_once() -> None:
    slots = Slots(slots=3, queue=0)

    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(slots.admit())

        assert slots.waiting == 0


async def test_past_the_queue_a_caller_is_refused_and_told_when_to_come_back() -> None:
    slots, done = Slots(slots=1, queue=1, retry_after=7), asyncio.Event()
    tasks = [asyncio.create_task(hold(slots, done)) for _ in range(2)]
    await settle()

    with pytest.raises(Busy) as refused:
        async with slots.admit():
            pass

    assert (slots.waiting, refused.value.retry_after) == (1, 7)
    done.set()
    await asyncio.gather(*tasks)


async def test_those_who_wait_are_served_in_the_order_of_their_coming() -> None:
    slots, done, order = Slots(slots=1, queue=9), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(hold(slots, done, order, name)) for name in "abcd"]
    await settle()
    done.set()
    await asyncio.gather(*tasks)

    assert order == list("abcd")


async def test_one_who_stops_waiting_frees_the_place_in_the_queue() -> None:
    slots, done = Slots(slots=1, queue=1), asyncio.Event()
    running, waiting = (asyncio.create_task(hold(slots, done)) for _ in range(2))
    await settle()
    waiting.cancel()
    await settle()

    assert slots.waiting == 0
    following = asyncio.create_task(hold(slots, done))
    await settle()
    assert slots.waiting == 1
    done.set()
    await asyncio.gather(running, following)


async def test_one_who_is_cancelled_while_running_frees_the_slot() -> None:
    slots, done = Slots(slots=1, queue=0), asyncio.Event()
    running = asyncio.create_task(hold(slots, done))
    await settle()
    running.cancel()
    await settle()

    async with slots.admit():
        assert slots.waiting == 0


async def test_one_who_fails_frees_the_slot() -> None:
    slots = Slots(slots=1, queue=0)

    with pytest.raises(RuntimeError):
        async with slots.admit():
            raise RuntimeError

    async with slots.admit():
        assert slots.waiting == 0


async def test_one_who_is_cancelled_in_the_moment_of_being_served_loses_no_slot() -> None:
    slots, done = Slots(slots=1, queue=1), asyncio.Event()
    running, waiting = (asyncio.create_task(hold(slots, done)) for _ in range(2))
    await settle()
    running.cancel()
    await asyncio.sleep(0)
    waiting.cancel()
    await settle()

    async with slots.admit():
        assert slots.waiting == 0


@settings(max_examples=50)
@given(
    st.integers(1, 3), st.integers(0, 3), st.lists(st.sampled_from(["come", "leave", "next"]), max_size=30)
)
def test_whatever_happens_the_bounds_hold_and_in_the_end_every_slot_is_free(
    count: int, queue: int, events: list[str]
) -> None:
    asyncio.run(_play(Slots(count, queue), count, queue, iter(events)))


async def _play(slots: Slots, count: int, queue: int, events: Iterator[str]) -> None:
    running = 0

    async def come(done: asyncio.Event) -> None:
        nonlocal running
        async with slots.admit():
            running += 1
            try:
                await done.wait()
            finally:
                running -= 1

    callers: list[tuple[asyncio.Task[None], asyncio.Event]] = []
    for event in events:
        if event == "come":
            done = asyncio.Event()
            callers.append((asyncio.create_task(come(done)), done))
        elif callers and event == "leave":
            callers.pop(0)[0].cancel()
        elif callers:
            callers.pop(0)[1].set()
        await settle()
        assert running <= count
        assert slots.waiting <= queue
        callers = [(task, done) for task, done in callers if not task.done() or task.exception() is None]
    for _, done in callers:
        done.set()
    await asyncio.gather(*(task for task, _ in callers), return_exceptions=True)
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(slots.admit())
