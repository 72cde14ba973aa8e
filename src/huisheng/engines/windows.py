"""Windows of frames with what surrounds them, made by one thread, or by two while no other utterance is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from huisheng.forking import survive_forks

Made = TypeVar("Made")


class Margin(NamedTuple):
    """Frames before and after a stretch that make it what it is in the whole."""

    before: int
    after: int


class Window(NamedTuple):
    """Frames `start` up to, not including, `end`, and how many before and after them are given too."""

    start: int
    end: int
    before: int
    after: int


def around(start: int, end: int, frames: int, margin: Margin) -> Window:
    """A window with as much of its margin as there is.

    Args:
        start: of its own frames.
        end: the frame after its last.
        frames: that there are.
        margin: that it wants.
    """
    return Window(start, end, min(margin.before, start), min(margin.after, frames - end))


def window_slices(start: int, end: int, frames: int, reach: int) -> tuple[slice, slice]:
    """Where the frames from `start` to `end` lie with up to `reach` around them, and they among these."""
    first = max(0, start - reach)
    return slice(first, min(frames, end + reach)), slice(start - first, end - first)


class HelperQueue(NamedTuple):
    """The work of a helper thread.

    Attributes:
        executor: takes more of it, done one after the other.
        busy: seconds that the work which is waiting will take.
    """

    executor: Executor
    busy: float = 0.0


class HelperThread:
    """A thread that works for an utterance while it is the only one; several need the cores themselves.

    Args:
        wanted: whether there is a core for it; else it never helps.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self.renew()
        survive_forks(self)

    def renew(self) -> None:
        """A new executor, whose thread begins with the first work, and no utterance."""
        self.executor = ThreadPoolExecutor(1, "helper")
        self.lock = threading.Lock()
        self.utterances = 0

    @contextmanager
    def claim(self) -> Generator[Executor | None]:
        """A block of one utterance, which ends when the work that was left in it is done.

        Gives where work may be left; None beside another block.
        """
        with self.lock:
            self.utterances += 1
            executor = self.executor if self.wanted and self.utterances == 1 else None
        try:
            yield executor
        finally:
            try:
                if executor:
                    executor.submit(int).result()  # after all that waits before it
            finally:
                with self.lock:
                    self.utterances -= 1


class FrameTime:
    """How long a thread works on one frame, by the first time: one request is cut the same way every time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """Seconds of the processor; 0 before the first time."""

    @contextmanager
    def measure(self, frames: int) -> Generator[None]:
        """Time a block that makes so many frames."""
        began = time.thread_time()
        yield
        if frames and not self.seconds:
            self.seconds = (time.thread_time() - began) / frames


def make_halves(
    make: Callable[[int, int], Made], stretch: tuple[int, int], least: int, executor: Executor | None
) -> list[Made]:
    """Make a stretch of frames with two threads, half of it each, in order.

    Args:
        make: the frames from the first number up to, not including, the second.
        stretch: the same numbers of the whole.
        least: frames that are worth making what surrounds them; fewer are not divided.
        executor: takes the second half, if any does.
    """
    start, end = stretch
    half = (end - start) // 2
    if executor is None or half < least:
        return [make(start, end)]
    second = executor.submit(make, end - half, end)
    return [make(start, end - half), second.result()]
