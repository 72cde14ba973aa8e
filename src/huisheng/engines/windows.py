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

    @property
    def given(self) -> slice:
        """Where its frames and their surroundings lie."""
        return slice(self.start - self.before, self.end + self.after)

    @property
    def own(self) -> slice:
        """Where its own frames lie in what is given."""
        return slice(self.before, self.before + self.end - self.start)


def around(start: int, end: int, frames: int, margin: Margin) -> Window:
    """A window with as much of its margin as there is.

    Args:
        start: of its own frames.
        end: the frame after its last.
        frames: that there are.
        margin: that it wants.
    """
    return Window(start, end, min(margin.before, start), min(margin.after, frames - end))


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
        self._wanted = wanted
        self.renew()
        survive_forks(self)

    def renew(self) -> None:
        """A new executor, whose thread begins with the first work, and no utterance."""
        self._executor = ThreadPoolExecutor(1, "helper")
        self._lock = threading.Lock()
        self._utterances = 0

    def claim(self) -> Claim:
        """A block in which work may be left to it, and which ends when the work is done."""
        return Claim(self)

    def enter(self) -> Executor | None:
        """Count an utterance; where its work may be left, None beside another one."""
        with self._lock:
            self._utterances += 1
            return self._executor if self._wanted and self._utterances == 1 else None

    def leave(self) -> None:
        """Count an utterance less."""
        with self._lock:
            self._utterances -= 1


class Claim:
    """A block of one utterance beside a helper thread.

    Args:
        helper: the thread.
    """

    def __init__(self, helper: HelperThread) -> None:
        self._helper = helper
        self._executor: Executor | None = None

    def __enter__(self) -> Executor | None:
        self._executor = self._helper.enter()
        return self._executor

    def __exit__(self, *_: object) -> None:
        try:
            if self._executor:
                self._executor.submit(int).result()  # after all that waits before it
        finally:
            self._helper.leave()


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
