"""The thousandth synthesis costs what the hundredth cost: memory, files and threads do not grow."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

import httpx
import pytest
from tests.reliability.answers import DOORS, LeftError, Truth
from tests.reliability.conftest import Serve
from tests.reliability.serving import Served, until

NOISE = 6 << 20
"""Bytes that the allocators of three processes may keep back. Each tenth says the same sentences, so whatever
dictionaries and networks keep of a sentence is there after the first; what is measured at rest still goes up
and down by two mebibytes or so. A leak shows all the same: the sound of one answer alone is 50 kB and more at
4 bytes a sample, so one that is not freed makes 8 MB at least in the 160 syntheses between the two looks."""
IDLE_THREADS = 8
"""Threads for reading files, that the framework keeps for some seconds after the last use."""


class Size(NamedTuple):
    """The size of a server at rest."""

    descriptors: dict[int, int]
    threads: dict[int, int]
    memory: int


async def burst(client: httpx.AsyncClient, truth: Truth) -> None:
    """Eight at once, so that every thread that will be is there."""
    answers = (
        DOORS[number % len(DOORS)](client, truth.question(number), truth.rate, 1e9) for number in range(8)
    )
    await asyncio.gather(*answers)


async def size(running: Served) -> Size:
    """Once no client is connected any more."""
    await asyncio.to_thread(until, lambda: not running.connections)
    return Size(running.descriptors, running.threads, running.memory)


@pytest.mark.parametrize("leaving", [0, 3], ids=["all stay", "every third leaves"])
async def test_syntheses_in_a_row_are_all_good_and_leave_nothing_behind(
    serve: Serve, tiny: Truth, thorough: bool, leaving: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes ten seconds: fewer syntheses could not be told from what allocators keep back."""
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")  # else each thread that has to wait gets an arena of its own
    count = 1_000 if thorough else 200
    sizes: list[Size] = []
    with serve() as running:
        async with httpx.AsyncClient(base_url=running.address, timeout=60) as client:
            await burst(client, tiny)
        for _ in range(10):
            async with httpx.AsyncClient(base_url=running.address, timeout=60) as client:
                for number in range(count // 10):
                    asked, door = tiny.question(number, longest=1), DOORS[number % len(DOORS)]
                    if leaving and number % leaving == 0:
                        with suppress(LeftError):
                            await door(client, asked, tiny.rate, 500)
                    else:
                        assert tiny.is_answer(asked, await door(client, asked, tiny.rate, 1e9))
            sizes.append(await size(running))
        first = sizes[1]  # by then every thread has spoken, and every shape of a sentence has been seen
        # What a client left behind may still be under way; what has leaked is never given back.
        await asyncio.to_thread(until, lambda: running.memory - first.memory < NOISE)

    last = sizes[-1]
    assert last.descriptors == first.descriptors
    assert all(last.threads[pid] - many < IDLE_THREADS for pid, many in first.threads.items())
