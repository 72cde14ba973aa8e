"""The one bridge between synchronous engines and asynchronous servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import Executor
from enum import Enum
from typing import Generic, Literal, TypeVar

T = TypeVar("T")


class _End(Enum):
    """Told apart from every piece by the type checker."""

    END = "end"


class _Steps(Generic[T]):
    """A generator that may be advanced and closed from different threads, one at a time."""

    def __init__(self, generator: Generator[T]) -> None:
        self._generator = generator
        self._lock = threading.Lock()

    def advance(self) -> T | Literal[_End.END]:
        with self._lock:
            return next(self._generator, _End.END)

    def close(self) -> None:
        with self._lock:
            self._generator.close()


async def pieces(generator: Generator[T], executor: Executor | None = None) -> AsyncGenerator[T]:
    """Iterate a blocking generator without blocking the event loop.

    Each step runs in a worker thread, one at a time, so a slow reader holds the generator back. When the
    reader leaves (cancelled or closed), the step under way ends and the generator is closed before this
    returns: the engine is free again.

    Args:
        generator: yields the pieces; owned by this function from here on.
        executor: where its steps run; the loop's default when None.
    """
    loop = asyncio.get_running_loop()
    steps = _Steps(generator)
    try:
        while (piece := await loop.run_in_executor(executor, steps.advance)) is not _End.END:
            yield piece
    finally:
        await asyncio.shield(loop.run_in_executor(executor, steps.close))
