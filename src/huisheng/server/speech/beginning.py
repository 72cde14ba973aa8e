"""Work that may begin before it is known whether its parts are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def beginning(
    parts: AsyncGenerator[T], until: Callable[[T], bool] | None
) -> AsyncGenerator[AsyncIterator[T]]:
    """The parts of some work, which is closed when the context ends.

    Args:
        parts: as they are made.
        until: tells the part up to which they are being made from here on, asked for or not; None where all
            are made as they are asked for.
    """
    made: asyncio.Queue[T | None] = asyncio.Queue()
    lead = asyncio.ensure_future(_lead(parts, until, made)) if until else None
    try:
        yield _follow(lead, made, parts) if lead else parts
    finally:
        if lead:
            lead.cancel()
            await asyncio.wait({lead})
            if not lead.cancelled():
                lead.exception()  # where nobody has asked for parts, nobody asks why there are none
        await parts.aclose()


async def _lead(parts: AsyncGenerator[T], until: Callable[[T], bool], made: asyncio.Queue[T | None]) -> None:
    """Put parts into a queue, and None behind the last."""
    try:
        async for part in parts:
            made.put_nowait(part)
            if until(part):
                return
    finally:
        made.put_nowait(None)


async def _follow(
    lead: asyncio.Future[None], made: asyncio.Queue[T | None], parts: AsyncGenerator[T]
) -> AsyncGenerator[T]:
    """The parts of a queue, then the others."""
    while (part := await made.get()) is not None:
        yield part
    await lead
    async for part in parts:
        yield part
