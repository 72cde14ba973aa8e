"""Work in threads of this process: nothing to start, nothing to send; a crash takes all with it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypeVar

from huisheng.runtime.streaming import Bridge, Crew, Steps
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Work
from huisheng.runtime.workers.protocol import Course

T = TypeVar("T")


class Threads:
    """One site.

    Args:
        synthesizer: does the work.
        threads: steps at the same time.
        lazy: leave the loading of models to the first work.
    """

    def __init__(self, synthesizer: Synthesizer, threads: int, *, lazy: bool = False) -> None:
        self._synthesizer = synthesizer
        self._threads = threads
        self._lazy = lazy
        self._crew = Crew(threads)

    @property
    def sites(self) -> int:
        """One."""
        return 1

    @property
    def threads(self) -> int:
        """Steps at the same time."""
        return self._threads

    @property
    def pids(self) -> tuple[int, ...]:
        """None but our own."""
        return ()

    @property
    def remembered(self) -> tuple[int, int]:
        """Of the synthesizer."""
        return self._synthesizer.remembered

    async def start(self) -> None:
        """Load models, unless lazy.

        Raises:
            SetupError: they cannot be loaded.
        """
        if not self._lazy:
            await asyncio.to_thread(self._synthesizer.load)

    async def course(self, work: Work[T], site: int) -> Course[T]:  # noqa: ARG002 (there is one)
        """Work that is yet to begin."""
        return Bridge(Steps(partial(work.begin, self._synthesizer)), self._crew)

    async def close(self) -> None:
        """Give the threads back."""
        self._crew.dismiss()
