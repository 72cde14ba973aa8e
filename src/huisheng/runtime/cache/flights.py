"""Equal requests at one time are one piece of work that all of them hear, live.

Whoever comes first starts the source, whoever comes later gets every piece from the beginning. The reader who
is furthest ahead drives it: while nobody wants more, nothing is made. It is run by a task of its own, so that
no reader's end is the end of the others; with the last of them it ends too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """What is being made now, by key. Belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}
        self._landings: set[asyncio.Task[None]] = set()
        """Held until they are done: the loop itself would let them go."""

    def __len__(self) -> int:
        """How many there are now."""
        return len(self._flights)

    def __contains__(self, key: object) -> bool:
        """Whether a join would share what is being made."""
        return key in self._flights

    async def join(self, key: str, start: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[T]:
        """Every piece of what is made under a key, from the first on.

        Closing this generator leaves the others alone; the last one to leave closes the source before it
        returns. A failure reaches every reader, behind the pieces that came before it.

        Args:
            key: equal for equal work.
            start: begins the work where nobody has yet; its source is owned by this function.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(start(), partial(self._forget, key))
        flight.readers += 1
        try:
            position = 0
            while await flight.reaches(position):
                yield flight.pieces[position]
                position += 1
        finally:
            flight.readers -= 1
            if not flight.readers:
                await self._land(key, flight)

    def _forget(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _land(self, key: str, flight: _Flight[T]) -> None:
        """End a flight that nobody is on; it ends even where the last reader is cancelled a second time."""
        self._forget(key, flight)
        landing = asyncio.create_task(flight.end())
        self._landings.add(landing)
        landing.add_done_callback(self._landings.discard)
        await asyncio.shield(landing)


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
        self.readers = 0
        self.pieces: list[T] = []
        """Those that were made so far."""
        self._source = source
        self._forget = forget
        self._round = _Round()
        self._wanted = asyncio.Event()
        self._ended = False
        self._failure: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._driver = asyncio.create_task(self._drive())

    async def reaches(self, position: int) -> bool:
        """Whether there is a piece at a position; waits until that is known.

        Raises:
            Exception: what the source raised in place of the piece.
        """
        while position >= len(self.pieces) and not self._ended:
            await self._next()
        if position < len(self.pieces):
            return True
        if self._failure is not None:
            # Of the source alone: raised for one reader after the other, it would keep the frames of all.
            raise self._failure.with_traceback(self._traceback)
        return False

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
                    self.pieces.append(piece)
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
        while not self._round.waiting:
            self._wanted.clear()
            await self._wanted.wait()

    def _arrive(self) -> None:
        """Wake all who wait; whoever wants more will say so."""
        self._round.over.set()
        self._round = _Round()
