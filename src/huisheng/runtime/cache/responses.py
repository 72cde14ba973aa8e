"""Complete responses that are kept, and those that are being made: equal requests are synthesized once.

A request that equals one in progress gets its pieces from the first on, live; later ones get the same bytes
in the same pieces. A packed response is

    HST1 | length of the table, 4 bytes | table: JSON of head and sizes | the pieces, one after the other
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final, Generic, TypeVar

from pydantic import NonNegativeInt, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from huisheng.errors import HuishengError
from huisheng.runtime.cache.coalescing import RequestCoalescer
from huisheng.runtime.cache.store import Store
from huisheng.runtime.memory import MemoryPool
from huisheng.runtime.observer import Observer

T = TypeVar("T")

LARGEST: Final = 8 << 20
"""Bytes of a response that is kept as a whole; of larger ones the sentences are."""

POOL_SIZE: Final = 96 << 20
"""Bytes of responses that are in memory to be kept or to be sent again."""

_CONCURRENT_READS: Final = 4
"""Responses that are read from the store at one time: each is in memory twice before the pool is asked."""

_COPIES: Final = 3
"""Times that a response is in memory while it is put: its parts, its files, and the packed value."""

_MAGIC: Final = b"HST1"
_BEGINNING: Final = struct.Struct("<4sI")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CachedResponse:
    """A complete response.

    Attributes:
        head: its metadata, as JSON.
        pieces: its bytes, in the order in which they were sent.
    """

    head: dict[str, Any]
    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(map(len, self.pieces))


class _Table(TypedDict):
    """The JSON before the pieces."""

    head: dict[str, Any]
    sizes: list[NonNegativeInt]


_TABLE: Final = TypeAdapter(_Table)


def pack(response: CachedResponse) -> bytes:
    """A response as one value."""
    sizes = [len(piece) for piece in response.pieces]
    table = json.dumps({"head": response.head, "sizes": sizes}, allow_nan=False).encode("ascii")
    return b"".join((_BEGINNING.pack(_MAGIC, len(table)), table, *response.pieces))


def unpack(value: bytes) -> CachedResponse | None:
    """The response in a packed value; None where it is none."""
    if len(value) < _BEGINNING.size:
        return None
    magic, length = _BEGINNING.unpack_from(value)
    start = _BEGINNING.size + length
    if magic != _MAGIC:
        return None
    try:
        table = _TABLE.validate_json(value[_BEGINNING.size : start])
    except ValidationError:
        return None
    edges = list(accumulate(table["sizes"], initial=start))
    if edges[-1] != len(value):
        return None
    return CachedResponse(table["head"], tuple(value[begin:end] for begin, end in pairwise(edges)))


class ResponseCache(Generic[T]):
    """Responses of one kind.

    Args:
        store: keeps them.
        observer: is told of every look-up.
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
        self._reading = asyncio.Semaphore(_CONCURRENT_READS)
        self._unwritten: dict[str, CachedResponse] = {}
        """Complete, and on their way into the store."""
        self._writing: set[asyncio.Task[None]] = set()
        """Tasks have no other reference that keeps them alive."""

    async def find(self, key: str) -> CachedResponse | None:
        """A response that was made before; None where it was not, is being made now, or where there is no
        memory for it. It counts in the pool for as long as it is referenced.
        """
        if not key or key in self._coalescer:
            return None
        response = self._unwritten.get(key)
        if response is None:
            async with self._reading:
                response = await asyncio.to_thread(self._read, key)
        self._observer.on_cache_lookup(hit=response is not None)
        return response

    def make(
        self,
        key: str,
        start: Callable[[], AsyncGenerator[T]],
        complete: Callable[[list[T]], Awaitable[CachedResponse]],
    ) -> AsyncGenerator[T]:
        """The parts of a response as they are made; kept when they are complete, unless they are too large.

        Args:
            key: of the response; empty for one that is not kept.
            start: makes it.
            complete: makes the response of all its parts.
        """
        return self._coalescer.join(key, lambda: self._record(key, start(), complete)) if key else start()

    async def _record(
        self, key: str, source: AsyncGenerator[T], complete: Callable[[list[T]], Awaitable[CachedResponse]]
    ) -> AsyncGenerator[T]:
        """Pass the parts on, and put them into the cache at the end."""
        recorded: list[T] | None = []
        size = 0
        try:
            async with aclosing(source) as parts:
                async for part in parts:
                    if recorded is not None:
                        more = self._measure(part)
                        if size + more <= LARGEST and self._pool.take(more):
                            recorded.append(part)
                            size += more
                        else:
                            self._pool.give(size)
                            recorded, size = None, 0
                            self._coalescer.seal(key)
                    yield part
            if recorded is not None:
                await self._keep(key, complete(recorded))
        finally:
            self._pool.give(size)

    async def _keep(self, key: str, complete: Awaitable[CachedResponse]) -> None:
        """Put a response, which goes on in the background."""
        try:
            response = await complete
        except (HuishengError, OSError):
            return  # a file that was just made is gone again; the next request has it made anew
        if response.size <= _COPIES * LARGEST and self._pool.lend(response, _COPIES * response.size):
            self._unwritten[key] = response
            writing = asyncio.create_task(self._write(key, response))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)

    async def _write(self, key: str, response: CachedResponse) -> None:
        try:
            await asyncio.to_thread(lambda: self._store.put(key, pack(response)))
        finally:
            self._unwritten.pop(key, None)

    def _read(self, key: str) -> CachedResponse | None:
        value = self._store.get(key)
        response = None if value is None else unpack(value)
        return response if response and self._pool.lend(response, response.size) else None
