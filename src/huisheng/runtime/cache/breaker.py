"""A thing that fails is left alone for a while, then tried again once."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import TypeVar

from huisheng import forking
from huisheng.units import Seconds

T = TypeVar("T")

logger = logging.getLogger("huisheng.cache")


class CircuitBreaker:
    """Tries what may fail, but not for a while after it did; each probe that fails doubles the while.

    Args:
        name: of what is tried, for the log.
        first: how long nothing is tried after the first failure.
        longest: how long at most.
        clock: seconds, never backwards.
    """

    def __init__(
        self, name: str, first: Seconds, longest: Seconds, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._first = first
        self._longest = longest
        self._clock = clock
        self._lock = forking.make_lock()
        self._pause = 0.0
        """Seconds; 0 while everything works."""
        self._until = 0.0
        self.failures = 0
        """Since the start."""

    def attempt(self, action: Callable[[], T], *expected: type[Exception]) -> T | None:
        """What an action returns; None where it fails as expected, or is not tried now."""
        if not self._admits():
            return None
        try:
            result = action()
        except expected as error:
            self._failed(error)
            return None
        self._worked()
        return result

    def _admits(self) -> bool:
        """Whether to try now. The one who may try after a pause also begins the next one."""
        if not self._pause:
            return True
        with self._lock:
            now = self._clock()
            if now < self._until:
                return False
            self._pause = min(2.0 * self._pause, self._longest)
            self._until = now + self._pause
            return True

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self.failures += 1
            if self._pause:
                return
            self._pause = self._first
            self._until = self._clock() + self._pause
        logger.warning("%s fails (%s), next attempt in %g s", self._name, _reason(error), self._first)

    def _worked(self) -> None:
        if not self._pause:
            return
        with self._lock:
            news, self._pause = self._pause, 0.0
        if news:
            logger.warning("%s works again", self._name)


def _reason(error: Exception) -> str:
    """The kind of an error; its message may name what was kept."""
    number = error.errno if isinstance(error, OSError) else None
    return type(error).__name__ if number is None else os.strerror(number)
