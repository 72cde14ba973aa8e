"""A second thread for an utterance, while there is no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from huisheng.forking import survive_forks

Made = TypeVar("Made")


class Help(NamedTuple):
    """A thread that takes work.

    Attributes:
        queue: of its work, one after the other.
        busy: seconds that the work which is waiting will take it.
    """

    queue: Executor
    busy: float


class Helper:
    """A thread beside those that speak. Where several speak, they need the cores themselves.

    Args:
        wanted: whether there is a core for it; else it never helps.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self.renew()
        survive_forks(self)

    def renew(self) -> None:
        """A queue whose thread begins with the first work; nobody speaks."""
        self._queue = ThreadPoolExecutor(1, "helper")
        self._lock = threading.Lock()
        self._speaking = 0

    @contextmanager
    def claimed(self) -> Generator[Executor | None]:
        """Where work may be left by a block, which ends when the work is done; None while others speak."""
        with self._lock:
            self._speaking += 1
            helps = self._wanted and self._speaking == 1
        try:
            yield self._queue if helps else None
        finally:
            if helps:
                self._queue.submit(_nothing).result()
            with self._lock:
                self._speaking -= 1


class Pace:
    """How long a thread works on one frame, by the first time: one request is cut the same way every time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """Of the processor; 0 before the first time."""

    @contextmanager
    def measured(self, frames: int) -> Generator[None]:
        """Of the frames that a block makes."""
        began = time.thread_time()
        yield
        if frames and not self.seconds:
            self.seconds = (time.thread_time() - began) / frames


def divided(
    make: Callable[[int, int], Made], stretch: tuple[int, int], least: int, queue: Executor | None
) -> list[Made]:
    """What two threads make of a stretch of frames, half of it each, in order.

    Args:
        make: of the frames from the first number up to, not including, the second.
        stretch: the same of the whole.
        least: frames that are worth making what surrounds them; fewer are not divided.
        queue: takes the second half, if any does.
    """
    start, end = stretch
    half = (end - start) // 2
    if queue is None or half < least:
        return [make(start, end)]
    coming = queue.submit(make, end - half, end)
    return [make(start, end - half), coming.result()]


def _nothing() -> None:
    """Work that is done when all before it is."""
