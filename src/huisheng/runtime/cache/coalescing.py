"""Equal requests at one time are one piece of work that all of them hear, live.

Whoever comes first starts the source, whoever comes later gets every piece from the beginning. The reader who
is furthest ahead drives it: while nobody wants more, nothing is made. It is run by a task of its own, so that
no reader's end is the end of the others; with the last of them it ends too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class RequestCoalescer(Generic[T]):
    """What is being made now, by key. Belongs to one event loop."""

    def __init__(self) -> None:
        self._coalescer: dict[str, _Flight[T]] = {}
        self._landings: set[asyncio.Task[None]] = set()
        """Held until they are done: the loop itself would let them go."""

    def __len__(self) -> int:
        """How many there are now."""
        return len(self._coalescer)

    def __contains__(self, key: object) -> bool:
        """Whether a join would share what is being made."""
        return key in self._coalescer

    async def join(self, key: str, start: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[T]:
        """Every piece of what is made under a key, from the first on.

        Closing this generator leaves the others alone; the last one to leave closes the source before it
        returns. A failure reaches every reader, behind the pieces that came before it.

        Args:
            key: equal for equal work.
            start: begins the work where nobody has yet; its source is owned by this function.
        """
        flight = self._coalescer.get(key)
        if flight is None:
            flight = self._coalescer[key] = _Flight(start(), partial(self._forget, key))
        reader = flight.enter()
        try:
            while await flight.reaches(reader):
                yield flight.take(reader)
        finally:
            flight.leave(reader)
            if not flight.readers:
                await self._land(key, flight)

    def seal(self, key: str) -> None:
        """Share what is being made with no new readers, and keep no piece that all have had. From here on the
        slowest of them sets the pace.
        """
        flight = self._coalescer.pop(key, None)
        if flight is not None:
            flight.seal()

    def _forget(self, key: str, flight: _Flight[T]) -> None:
        if self._coalescer.get(key) is flight:
            del self._coalescer[key]

    async def _land(self, key: str, flight: _Flight[T]) -> None:
        """End a flight that nobody is on; it ends even where the last reader is cancelled a second time."""
        self._forget(key, flight)
        landing = asyncio.create_task(flight.end())
        self._landings.add(landing)
        landing.add_done_callback(self._landings.discard)
        await asyncio.shield(landing)


@dataclass(slots=True, eq=False)
class _Reader:
    """Has had the pieces before `position`."""

    position: int = 0


@dataclass(slots=True)
class _Round:
    """The wait for one piece: how many wait for it, and whether it has come, or the end."""

    waiting: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)


class _Flight(Generic[T]):
    """One source and those who read it.

    Args:
        source: owned by this flight.
        forget: called with this flight when the source has ended.
    """

    def __init__(self, source: AsyncGenerator[T], forget: Callable[[_Flight[T]], None]) -> None:
        self.readers: set[_Reader] = set()
        self._pieces = deque[T]()
        """Those that were made so far; of a sealed flight, those that somebody has yet to read."""
        self._dropped = 0
        """Pieces before them."""
        self._sealed = False
        self._source = source
        self._forget = forget
        self._round = _Round()
        self._wanted = asyncio.Event()
        self._ended = False
        self._failure: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._driver = asyncio.create_task(self._drive())

    def enter(self) -> _Reader:
        """A new reader, before the first piece."""
        reader = _Reader()
        self.readers.add(reader)
        return reader

    def leave(self, reader: _Reader) -> None:
        """A reader wants nothing more."""
        self.readers.discard(reader)
        self._drop()

    async def reaches(self, reader: _Reader) -> bool:
        """Whether there is another piece for a reader; waits until that is known.

        Raises:
            Exception: what the source raised in place of the piece.
        """
        while reader.position >= self._made and not self._ended:
            await self._next()
        if reader.position < self._made:
            return True
        if self._failure is not None:
            # Of the source alone: raised for one reader after the other, it would keep the frames of all.
            raise self._failure.with_traceback(self._traceback)
        return False

    def take(self, reader: _Reader) -> T:
        """The next piece for a reader, which is there."""
        piece = self._pieces[reader.position - self._dropped]
        reader.position += 1
        self._drop()
        return piece

    def seal(self) -> None:
        """From here on pieces go once every reader has had them, and none is made before."""
        self._sealed = True
        self._drop()

    @property
    def _made(self) -> int:
        return self._dropped + len(self._pieces)

    def _drop(self) -> None:
        """Of a sealed flight, what every reader has had."""
        if not self._sealed:
            return
        needed = min((reader.position for reader in self.readers), default=self._made)
        while self._dropped < needed:
            self._pieces.popleft()
            self._dropped += 1
        self._wanted.set()

    async def end(self) -> None:
        """Stop the work and close its source.

        Raises:
            Exception: what the source raised while it was closed.
        """
        if self._ended:
            return
        self._driver.cancel()
        await asyncio.wait([self._driver])
        if isinstance(self._failure, Exception):
            raise self._failure

    async def _next(self) -> None:
        """Wait for the next piece, and keep the source going as long as somebody does."""
        mine = self._round
        mine.waiting += 1
        self._wanted.set()
        try:
            await mine.over.wait()
        finally:
            mine.waiting -= 1

    async def _drive(self) -> None:
        try:
            async with aclosing(self._source) as source:
                await self._demand()
                async for piece in source:
                    self._pieces.append(piece)
                    self._arrive()
                    await self._demand()
        except BaseException as failure:  # noqa: BLE001 (every reader raises it)
            self._failure, self._traceback = failure, failure.__traceback__
        finally:
            self._ended = True
            self._forget(self)
            self._arrive()

    async def _demand(self) -> None:
        """Wait until a reader wants the next piece; one who wanted it may have left again."""
        while not self._round.waiting or (self._sealed and self._pieces):
            self._wanted.clear()
            await self._wanted.wait()

    def _arrive(self) -> None:
        """Wake all who wait; whoever wants more will say so."""
        self._round.over.set()
        self._round = _Round()
