"""Complete responses that are kept, and those that are being made: equal requests are synthesized once.

A request that equals one in progress shares its stream (request coalescing): it gets every piece from the
first on, live; later ones get the same bytes in the same pieces. The reader that is furthest ahead drives the
source of a shared stream: while no reader wants more, nothing is made. The source runs in a task of its own,
so that a reader may leave without harm to the others; it ends when the last one leaves.

A packed response is

    HST1 | length of the table, 4 bytes | table: JSON of head and sizes | the pieces, one after the other
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from itertools import accumulate, pairwise
from types import TracebackType
from typing import Any, Final, Generic, TypeVar

from pydantic import NonNegativeInt, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from huisheng.errors import HuishengError
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


class RequestCoalescer(Generic[T]):
    """The streams that are being made or read now, by key. Belongs to one event loop."""

    def __init__(self) -> None:
        self._streams: dict[str, _SharedStream[T]] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        """Tasks have no other reference that keeps them alive."""

    def __len__(self) -> int:
        """How many streams are made or read now."""
        return len(self._streams)

    def __contains__(self, key: str) -> bool:
        """Whether a join would share what is being made."""
        stream = self._streams.get(key)
        return stream is not None and not stream.ended

    async def join(self, key: str, start: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[T]:
        """Every piece of what is made under a key, from the first on.

        Closing this generator leaves other readers alone; the last one closes the source before it returns. A
        failure reaches every reader, behind the pieces that came before it.

        Args:
            key: equal for equal work.
            start: makes the source where no equal request runs; it is closed by this function.
        """
        stream = self._streams.get(key)
        if stream is None or stream.ended:
            stream = self._streams[key] = _SharedStream(start())
        reader = _Reader()
        stream.readers.add(reader)
        try:
            while await stream.has_next(reader):
                yield stream.take_next(reader)
        finally:
            stream.leave(reader)
            if not stream.readers and self._streams.get(key) is stream:
                del self._streams[key]
            if not stream.readers and not stream.ended:
                stopping = asyncio.create_task(stream.stop())
                self._stopping.add(stopping)
                stopping.add_done_callback(self._stopping.discard)
                await asyncio.shield(stopping)  # goes on where this reader is cancelled a second time

    def seal(self, key: str) -> None:
        """Share what is being made with no new readers, and keep no piece that all have had. From here on the
        slowest of them sets the pace.
        """
        stream = self._streams.pop(key, None)
        if stream is not None:
            stream.seal()


@dataclass(slots=True, eq=False)
class _Reader:
    """A reader that has had the pieces before `position`."""

    position: int = 0


class _SharedStream(Generic[T]):
    """One source and its readers.

    Args:
        source: closed by this stream.
    """

    def __init__(self, source: AsyncGenerator[T]) -> None:
        self.readers: set[_Reader] = set()
        self.ended = False
        """Whether nothing more comes from the source, which is closed."""
        self._source = source
        self._pieces = deque[T]()
        """All pieces so far; once sealed, those that some reader has yet to take."""
        self._dropped = 0
        """Pieces before them."""
        self._sealed = False
        self._waiting: set[asyncio.Future[None]] = set()
        """Readers that wait for the next piece."""
        self._wanted = asyncio.Event()
        self._failure: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._driver = asyncio.create_task(self._drive())

    async def has_next(self, reader: _Reader) -> bool:
        """Whether there is another piece for a reader; waits until that is known.

        Raises:
            Exception: what the source raised in place of the piece.
        """
        while reader.position >= (made := self._dropped + len(self._pieces)) and not self.ended:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            self._wanted.set()
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)
        if reader.position < made:
            return True
        if self._failure is not None:
            # The traceback of the source alone: raised for one reader after the other, it would grow.
            raise self._failure.with_traceback(self._traceback)
        return False

    def take_next(self, reader: _Reader) -> T:
        """The next piece for a reader, which is there."""
        piece = self._pieces[reader.position - self._dropped]
        reader.position += 1
        if self._sealed:
            self._drop()
        return piece

    def leave(self, reader: _Reader) -> None:
        """A reader wants nothing more."""
        self.readers.discard(reader)
        if self._sealed:
            self._drop()

    def seal(self) -> None:
        """From here on drop each piece that every reader has had, and make the next one only then."""
        self._sealed = True
        self._drop()

    async def stop(self) -> None:
        """Stop the work and close its source.

        Raises:
            Exception: what the source raised while it was closed.
        """
        if self.ended:
            return
        self._driver.cancel()
        await asyncio.wait([self._driver])
        if isinstance(self._failure, Exception):
            raise self._failure

    def _drop(self) -> None:
        """Drop the pieces that every reader has had."""
        made = self._dropped + len(self._pieces)
        needed = min((reader.position for reader in self.readers), default=made)
        while self._dropped < needed:
            self._pieces.popleft()
            self._dropped += 1
        self._wanted.set()

    async def _drive(self) -> None:
        try:
            async with aclosing(self._source) as source:
                await self._wait_for_reader()
                async for piece in source:
                    self._pieces.append(piece)
                    self._wake_readers()
                    await self._wait_for_reader()
        except BaseException as failure:  # noqa: BLE001 (every reader raises it)
            self._failure, self._traceback = failure, failure.__traceback__
        finally:
            self.ended = True
            self._wake_readers()

    async def _wait_for_reader(self) -> None:
        """Wait until a reader wants the next piece; one that wanted it may have left again."""
        while not self._waiting or (self._sealed and self._pieces):
            self._wanted.clear()
            await self._wanted.wait()

    def _wake_readers(self) -> None:
        """Wake all that wait; those that want more will wait again."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()
