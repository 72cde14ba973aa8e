"""Request coalescing: equal requests at one time share one stream.

The first reader starts the source, later ones get every piece from the beginning. The reader that is furthest
ahead drives the source: while no reader wants more, nothing is made. The source runs in a task of its own, so
that a reader may leave without harm to the others; it ends when the last one leaves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


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
