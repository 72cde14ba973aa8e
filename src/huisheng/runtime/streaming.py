"""The one bridge between synchronous engines and asynchronous servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Executor
from typing import Generic, TypeVar

from huisheng.runtime.work import End, Piece, Step

T = TypeVar("T")


class Steps(Generic[T]):
    """A generator that may be advanced and closed from different threads, one at a time.

    Args:
        generator: owned by this object from here on.
    """

    def __init__(self, generator: Generator[Piece[T]]) -> None:
        self._generator = generator
        self._lock = threading.Lock()

    def advance(self) -> Step[T]:
        """The next piece, or the end."""
        with self._lock:
            return next(self._generator, End.END)

    def close(self) -> None:
        """Stop, once the step under way has ended."""
        with self._lock:
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

    async def advance(self) -> Step[T]:
        """The next piece, or the end."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._steps.advance)

    async def close(self) -> None:
        """Close the generator; whoever is cancelled here has closed it all the same."""
        closing = asyncio.get_running_loop().run_in_executor(self._executor, self._steps.close)
        await asyncio.shield(closing)
