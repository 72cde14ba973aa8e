"""Answers that were given before, and those that are being given now: equal requests are spoken once.

Whoever asks while an answer is being made hears it from its beginning, live; whoever asks later is given the
same bytes in the same pieces.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from huisheng.errors import HuishengError
from huisheng.runtime.cache.coalescing import RequestCoalescer
from huisheng.runtime.cache.responses import CachedResponse, framed, unframed
from huisheng.runtime.cache.store import Store
from huisheng.runtime.memory import MemoryPool
from huisheng.runtime.observer import Observer

T = TypeVar("T")


LARGEST: Final = 8 << 20
"""Bytes of an answer that is kept as a whole; of larger ones the sentences are."""

AT_ONCE: Final = 96 << 20
"""Bytes of answers that are in memory to be kept or to be given again."""

_AT_A_TIME: Final = 4
"""Answers that are read from the store at one time: each is in memory twice before the pool is asked."""

_COPIES: Final = 3
"""Times that an answer is in memory while it is put: its parts, its files, and the value made of them."""


class ResponseCache(Generic[T]):
    """Answers of one kind.

    Args:
        store: that keeps them.
        observer: is told of every look.
        pool: of the memory that they take.
        measure: bytes of a part.
    """

    def __init__(
        self, store: Store, observer: Observer, pool: MemoryPool, measure: Callable[[T], int]
    ) -> None:
        self._store = store
        self._observer = observer
        self._pool = pool
        self._measure = measure
        self._coalescer = RequestCoalescer[T]()
        self._reading = asyncio.Semaphore(_AT_A_TIME)
        self._fresh: dict[str, CachedResponse] = {}
        """Complete, and on their way into the store."""
        self._chores: set[asyncio.Task[None]] = set()
        """Held until they are done: the loop itself would let them go."""

    async def find(self, key: str) -> CachedResponse | None:
        """An answer that was given before; None where it was not, is being given now, or where there is no
        memory for it. It counts in the pool for as long as somebody holds it.
        """
        if not key or key in self._coalescer:
            return None
        take = self._fresh.get(key)
        if take is None:
            async with self._reading:
                take = await asyncio.to_thread(self._stored, key)
        self._observer.looked_up("request", hit=take is not None)
        return take

    async def make(
        self, key: str, start: Callable[[], AsyncGenerator[T]], take: Callable[[list[T]], CachedResponse]
    ) -> AsyncGenerator[T]:
        """An answer as it is made; kept when it is complete, unless it is too large.

        Args:
            key: of the answer; empty for one that is not kept.
            start: makes it.
            take: of all its parts; runs in a thread.
        """
        source = self._coalescer.join(key, lambda: self._noted(key, start, take)) if key else start()
        async with aclosing(source) as parts:
            async for part in parts:
                yield part

    async def _noted(
        self, key: str, start: Callable[[], AsyncGenerator[T]], take: Callable[[list[T]], CachedResponse]
    ) -> AsyncGenerator[T]:
        notes = _Notes[T](self._pool)
        try:
            async with aclosing(start()) as parts:
                async for part in parts:
                    if notes.complete and not notes.add(part, self._measure(part)):
                        self._coalescer.seal(key)
                    yield part
            if notes.complete:
                await self._keep(key, partial(take, notes.parts))
        finally:
            notes.forget()

    async def _keep(self, key: str, take: Callable[[], CachedResponse]) -> None:
        """Put an answer, which goes on in the background."""
        try:
            fresh = await asyncio.to_thread(take)
        except (HuishengError, OSError):
            return  # a file that was just made is gone again; the next request has it made anew
        if fresh.size <= _COPIES * LARGEST and self._pool.lend(fresh, _COPIES * fresh.size):
            self._fresh[key] = fresh
            chore = asyncio.create_task(self._put(key, fresh))
            self._chores.add(chore)
            chore.add_done_callback(self._chores.discard)

    async def _put(self, key: str, take: CachedResponse) -> None:
        try:
            await asyncio.to_thread(lambda: self._store.put(key, framed(take)))
        finally:
            self._fresh.pop(key, None)

    def _stored(self, key: str) -> CachedResponse | None:
        value = self._store.get(key)
        take = None if value is None else unframed(value)
        return take if take and self._pool.lend(take, take.size) else None


class _Notes(Generic[T]):
    """The parts of an answer while it is made.

    Args:
        pool: of the memory that they take.
    """

    def __init__(self, pool: MemoryPool) -> None:
        self.parts: list[T] = []
        self.complete = True
        """Whether all parts so far are in it."""
        self._pool = pool
        self._size = 0

    def add(self, part: T, size: int) -> bool:
        """Note the next part; all are forgotten where they are too much."""
        if self._size + size > LARGEST or not self._pool.take(size):
            self.complete = False
            self.forget()
            return False
        self.parts.append(part)
        self._size += size
        return True

    def forget(self) -> None:
        """Give the memory back."""
        self.parts = []
        self._pool.give(self._size)
        self._size = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a file.

    Attributes:
        label: its AIGC label.
        key: of what it depends on; empty where it is not kept.
        parts: as they are made; to be closed.
        kept: whether it was given before.
    """

    label: str
    key: str
    parts: AsyncGenerator[bytes]
    kept: bool


def public_name(key: str) -> str:
    """What an answer is called where everybody can read it: it tells nobody the key. Empty without one."""
    return hashlib.sha256(key.encode("ascii")).hexdigest()[:32] if key else ""


def kept_headers(answer: Answer) -> dict[str, str]:
    """What tells a client whether its copy is still good (RFC 9110, 8.8.3; RFC 9111, 5.2.2), and whether this
    one was made for it.
    """
    if not answer.key:
        return {}
    return {
        "ETag": f'"{public_name(answer.key)}"',
        "Cache-Control": "private, no-cache",
        "X-Huisheng-Cache": "hit" if answer.kept else "miss",
    }
