"""Work that begins early gives the same parts, and ends with its context."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from huisheng.server.speech.beginning import beginning


class Work:
    """Makes so many parts, and notes what becomes of it.

    Args:
        count: of parts.
        fault: that follows the last.
    """

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self.made = 0
        self.has_ended = False
        self.may_go_on = asyncio.Event()
        """Unless it is set, the second part waits."""
        self.may_go_on.set()
        self._count = count
        self._fault = fault

    async def make(self) -> AsyncGenerator[int]:
        try:
            for number in range(self._count):
                if number:
                    await self.may_go_on.wait()
                self.made += 1
                yield number
            if self._fault:
                raise self._fault
        finally:
            self.has_ended = True


def is_second(part: int) -> bool:
    return part == 1


@pytest.mark.parametrize("until", [None, is_second])
@pytest.mark.parametrize("count", [0, 1, 2, 4])
async def test_all_parts_come_in_their_order(count: int, until: Callable[[int], bool] | None) -> None:
    work = Work(count)

    async with beginning(work.make(), until) as parts:
        assert [part async for part in parts] == list(range(count))
    assert work.has_ended


async def test_work_goes_on_to_the_part_that_is_told_before_any_is_asked_for() -> None:
    early, late = Work(4), Work(4)

    async with beginning(early.make(), is_second), beginning(late.make(), None):
        async with asyncio.timeout(10):
            while early.made < 2:
                await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)
        assert (early.made, late.made) == (2, 0)


async def test_a_part_is_handed_out_before_the_next_is_made() -> None:
    work = Work(2)
    work.may_go_on.clear()

    async with beginning(work.make(), is_second) as parts:
        assert await asyncio.wait_for(anext(parts), 10) == 0
        work.may_go_on.set()
        assert await asyncio.wait_for(anext(parts), 10) == 1


async def test_work_that_nobody_asks_for_is_closed() -> None:
    work = Work(2)
    work.may_go_on.clear()

    async with beginning(work.make(), is_second):
        while not work.made:
            await asyncio.sleep(0)
    assert work.has_ended


async def test_a_fault_is_raised_where_the_part_is_asked_for() -> None:
    async with beginning(Work(0, KeyError()).make(), is_second) as parts:
        await asyncio.sleep(0)
        with pytest.raises(KeyError):
            await anext(parts)


async def test_a_fault_of_work_that_is_not_wanted_is_nobodys() -> None:
    work = Work(0, KeyError())

    async with beginning(work.make(), is_second):
        while not work.has_ended:
            await asyncio.sleep(0)
