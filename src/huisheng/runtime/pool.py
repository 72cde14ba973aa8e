"""Admission: how many may synthesize at once, how many may wait, and when to say no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from huisheng.errors import Busy


class Slots:
    """A bounded number of running requests with a bounded queue in front, first come first served.

    Refusing early is kinder than letting everyone wait: past the queue a caller learns at once
    when to come back.

    Args:
        slots: how many run at the same time, at least 1.
        queue: how many may wait.
        retry_after: seconds that a refused caller is told to wait.
    """

    def __init__(self, slots: int, queue: int, retry_after: int = 2) -> None:
        self._semaphore = asyncio.Semaphore(slots)
        self._queue = queue
        self._retry_after = retry_after
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return self._waiting

    @asynccontextmanager
    async def admit(self) -> AsyncGenerator[None]:
        """Hold a slot for the length of the block.

        Raises:
            Busy: all slots are taken and the queue is full.
        """
        if self._semaphore.locked() and self._waiting >= self._queue:
            raise Busy(self._retry_after)
        self._waiting += 1
        try:
            await self._semaphore.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._semaphore.release()
