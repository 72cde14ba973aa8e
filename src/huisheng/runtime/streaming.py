"""The one bridge between synchronous engines and asynchronous servers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, Generic, TypeVar

from huisheng.runtime.work.steps import Piece, Step
from huisheng.units import Seconds

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
        self._closed = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Make the generator now rather than with the first step; raises what that raises."""
        with self._lock:
            self._begun()

    def advance(self) -> Step[T]:
        """The next pieces: one that took its time, with those before it that took none.

        What comes before the first sound is not held back for it; what comes before a failure is given first.
        Of what was closed nothing comes any more.
        """
        with self._lock:
            if self._closed:
                return Step((), last=True)
            if self._failure:
                raise self._failure
            began = time.perf_counter()
            pieces: list[Piece[T]] = []
            try:
                last = self._collect(self._begun(), pieces)
            except Exception as error:
                if not pieces:
                    raise
                self._failure, last = error, False
            return Step(tuple(pieces), last, Seconds(time.perf_counter() - began))

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
            self._closed = True
            if self._generator:
                self._generator.close()


class Crew:
    """Threads of one place: some make steps, as many begin and close what shall not wait behind steps.

    Args:
        threads: steps at the same time.
    """

    def __init__(self, threads: int) -> None:
        self.steps: Executor = ThreadPoolExecutor(threads, thread_name_prefix="synthesis")
        self.aside: Executor = ThreadPoolExecutor(threads, thread_name_prefix="aside")
        self._lock = threading.Lock()
        self._queued = 0

    @property
    def wanted(self) -> bool:
        """Whether something that was submitted waits for a thread."""
        return self._queued > 0

    def submit(self, run: Callable[[], None]) -> None:
        """Run something as soon as a thread for steps is free."""
        with self._lock:
            self._queued += 1
        self.steps.submit(self._taken, run)

    def _taken(self, run: Callable[[], None]) -> None:
        with self._lock:
            self._queued -= 1
        run()

    def dismiss(self) -> None:
        """Give the threads back, each after what it is doing."""
        self.steps.shutdown(wait=False)
        self.aside.shutdown(wait=False)


class Bridge(Generic[T]):
    """A blocking generator as a course: its steps run in worker threads, and the event loop runs on.

    Args:
        steps: of the generator.
        crew: makes them.
    """

    def __init__(self, steps: Steps[T], crew: Crew) -> None:
        self._steps = steps
        self._crew = crew
        self._over = False

    async def begin(self) -> None:
        """Begin before the first step."""
        await _run(self._crew.aside, self._steps.begin)

    async def advance(self) -> Step[T]:
        """The next step."""
        step = await _run(self._crew.steps, self._steps.advance)
        self._over = step.last
        return step

    async def close(self) -> None:
        """Close the generator; whoever is cancelled here has closed it all the same."""
        if self._over:
            return
        await asyncio.shield(_run(self._crew.aside, self._steps.close))


async def _run(executor: Executor, call: Callable[[], R]) -> R:
    """In a thread, in the caller's context (PEP 567): what is logged in it names the request."""
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(executor, lambda: context.run(call))
