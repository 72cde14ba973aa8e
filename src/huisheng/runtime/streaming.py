"""The one bridge between synchronous engines and asynchronous servers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Final, Generic, TypeVar

from huisheng.runtime.work import Piece, Step

T = TypeVar("T")
R = TypeVar("R")


WORTH: Final = 0.005
"""Seconds of work that are worth a step of their own; what takes less goes on with what follows."""


class Steps(Generic[T]):
    """A generator that may be advanced and closed from different threads, one at a time.

    Args:
        start: makes it, once.
        worth: seconds of work in a step, at least.
    """

    def __init__(self, start: Callable[[], Generator[Piece[T]]], worth: float = WORTH) -> None:
        self._start = start
        self._generator: Generator[Piece[T]] | None = None
        self._worth = worth
        self._heard = False
        self._failure: Exception | None = None
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Make the generator now rather than with the first step; raises what that raises."""
        with self._lock:
            self._begun()

    def advance(self) -> Step[T]:
        """The next pieces: one that took its time, with those before it that took none.

        What comes before the first sound is not held back for it; what comes before a failure is given first.
        """
        with self._lock:
            if self._failure:
                raise self._failure
            pieces: list[Piece[T]] = []
            generator = self._begun()
            try:
                last = self._collect(generator, pieces)
            except Exception as error:
                if not pieces:
                    raise
                self._failure, last = error, False
            return Step(tuple(pieces), last)

    def _begun(self) -> Generator[Piece[T]]:
        self._generator = self._generator or self._start()
        return self._generator

    def _collect(self, generator: Generator[Piece[T]], pieces: list[Piece[T]]) -> bool:
        """Whether the pieces of this step are the last."""
        began = time.perf_counter()
        for piece in generator:
            pieces.append(piece)
            self._heard = self._heard or piece.audio > 0.0
            if not self._heard or time.perf_counter() - began >= self._worth:
                return False
        return True

    def close(self) -> None:
        """Stop, once the step under way has ended."""
        with self._lock:
            if self._generator:
                self._generator.close()


class Bridge(Generic[T]):
    """A blocking generator as a course: its steps run in worker threads, and the event loop runs on.

    Args:
        steps: of the generator.
        executor: where they run; one thread more than steps at the same time, for closing.
    """

    def __init__(self, steps: Steps[T], executor: Executor) -> None:
        self._steps = steps
        self._executor = executor
        self._over = False

    async def begin(self) -> None:
        """Begin before the first step."""
        await self._run(self._steps.begin)

    async def advance(self) -> Step[T]:
        """The next step."""
        step = await self._run(self._steps.advance)
        self._over = step.last
        return step

    async def close(self) -> None:
        """Close the generator; whoever is cancelled here has closed it all the same."""
        if self._over:
            return
        closing = asyncio.get_running_loop().run_in_executor(self._executor, self._steps.close)
        await asyncio.shield(closing)

    async def _run(self, call: Callable[[], R]) -> R:
        """In a thread, in the reader's context (PEP 567): what is logged in it names the request."""
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: context.run(call))
