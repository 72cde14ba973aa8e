"""Work in threads of this process: nothing to start, nothing to send; a crash ends the whole server.

The one bridge from synchronous engines to asyncio.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Generic, TypeVar

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Step, StepIterator, Work
from huisheng.runtime.workers.protocol import WorkHandle

T = TypeVar("T")
R = TypeVar("R")


class ThreadPools:
    """Two executors of one worker, so that beginning and closing never wait behind steps.

    Args:
        threads: of each: steps at the same time.
    """

    def __init__(self, threads: int) -> None:
        self.synthesis: Executor = ThreadPoolExecutor(threads, thread_name_prefix="synthesis")
        self.control: Executor = ThreadPoolExecutor(threads, thread_name_prefix="control")
        self._lock = threading.Lock()
        self._queued = 0

    @property
    def has_queue(self) -> bool:
        """Whether something that was submitted waits for a thread."""
        return self._queued > 0

    def submit(self, run: Callable[[], None]) -> None:
        """Run something as soon as a thread of `synthesis` is free."""
        with self._lock:
            self._queued += 1
        self.synthesis.submit(self._start, run)

    def _start(self, run: Callable[[], None]) -> None:
        with self._lock:
            self._queued -= 1
        run()

    def shutdown(self) -> None:
        """Let the threads end, each after what it is doing."""
        self.synthesis.shutdown(wait=False)
        self.control.shutdown(wait=False)


class ThreadWorkHandle(Generic[T]):
    """Work whose steps are made in threads of this process, while the event loop runs on.

    Args:
        steps: of the work.
        pools: make them.
    """

    def __init__(self, steps: StepIterator[T], pools: ThreadPools) -> None:
        self._steps = steps
        self._pools = pools
        self._over = False

    async def begin(self) -> None:
        """Begin before the first step."""
        await _run(self._pools.control, self._steps.begin)

    async def advance(self) -> Step[T]:
        """The next step."""
        step = await _run(self._pools.synthesis, self._steps.advance)
        self._over = step.last
        return step

    async def close(self) -> None:
        """Close the generator, also where the caller is cancelled meanwhile."""
        if self._over:
            return
        await asyncio.shield(_run(self._pools.control, self._steps.close))


def _run(executor: Executor, call: Callable[[], R]) -> asyncio.Future[R]:
    """Call in a thread, in the caller's context (PEP 567): what is logged there names the request."""
    return asyncio.get_running_loop().run_in_executor(executor, copy_context().run, call)


class ThreadWorkers:
    """One worker: the threads of this process.

    Args:
        synthesizer: does the work.
        threads: steps at the same time.
        lazy: leave the loading of models to the first work.
    """

    def __init__(self, synthesizer: Synthesizer, threads: int, *, lazy: bool = False) -> None:
        self._synthesizer = synthesizer
        self.threads = threads
        """Steps at the same time."""
        self._lazy = lazy
        self._pools = ThreadPools(threads)

    @property
    def count(self) -> int:
        """One."""
        return 1

    @property
    def pids(self) -> tuple[int, ...]:
        """None but our own."""
        return ()

    @property
    def cache_counts(self) -> tuple[int, int]:
        """Those of the synthesizer."""
        return self._synthesizer.cache_counts

    async def start(self) -> None:
        """Load models, unless lazy.

        Raises:
            SetupError: they cannot be loaded.
        """
        if not self._lazy:
            await asyncio.to_thread(self._synthesizer.load)

    async def submit(self, work: Work[T], worker: int) -> WorkHandle[T]:  # noqa: ARG002 (there is one)
        """A handle to work that is yet to begin."""
        return ThreadWorkHandle(StepIterator(partial(work.begin, self._synthesizer)), self._pools)

    async def close(self) -> None:
        """Let the threads end."""
        self._pools.shutdown()
