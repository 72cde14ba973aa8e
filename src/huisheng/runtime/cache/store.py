"""What every store of cached values shares: the protocol, checksums, and the circuit breaker."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from huisheng import forking
from huisheng.units import Seconds

T = TypeVar("T")

logger = logging.getLogger("huisheng.cache")

_MAGIC: Final = b"HSC1"
"""First bytes of every entry; another number for another format."""
SEAL_SIZE: Final = len(_MAGIC) + hashlib.sha256().digest_size
"""Bytes of the header that `seal` makes."""


class Store(Protocol):
    """Values by key. Safe to call from several threads, and from several processes that share it.

    A cache that fails is an empty cache: it raises nothing for its own failures, which are logged when they
    begin and when they end. A value may be gone at any time.
    """

    @property
    def failures(self) -> int:
        """Failures since the start."""
        ...

    def get(self, key: str) -> bytes | None:
        """The value, exactly as it was put; None where there is none, or it cannot be read now.

        Args:
            key: SHA-256 in hexadecimal.
        """
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, where that is possible now.

        Args:
            key: SHA-256 in hexadecimal.
            value: always the same for one key.
        """
        ...


class NullStore:
    """A store that keeps nothing."""

    @property
    def failures(self) -> int:
        """None."""
        return 0

    def get(self, key: str) -> bytes | None:  # noqa: ARG002 (as above)
        """Nothing."""
        return None

    def put(self, key: str, value: bytes) -> None:
        """Nothing."""


def seal(key: str, value: bytes) -> bytes:
    """The header of an entry: the format, and a checksum of key and value."""
    checksum = hashlib.sha256(key.encode("ascii"))
    checksum.update(value)
    return _MAGIC + checksum.digest()


def unseal(key: str, entry: bytes) -> bytes | None:
    """The value of an entry; None where it is damaged, or not ours."""
    value = entry[SEAL_SIZE:]
    return value if entry[:SEAL_SIZE] == seal(key, value) else None


class CircuitBreaker:
    """Makes calls that may fail, but none in a pause after a failure; a retry that fails doubles the pause.

    Args:
        name: of the calls, for the log.
        first: pause after the first failure.
        longest: the longest pause.
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
        """The result of an action; None where it fails as expected, or is not tried now."""
        if self._pause and not self._may_retry():
            return None
        try:
            result = action()
        except expected as error:
            self._record_failure(error)
            return None
        if self._pause:
            self._record_recovery()
        return result

    def _may_retry(self) -> bool:
        """Whether a pause is over. The first call after it also begins the next pause."""
        with self._lock:
            now = self._clock()
            if now < self._until:
                return False
            self._pause = min(2.0 * self._pause, self._longest)
            self._until = now + self._pause
            return True

    def _record_failure(self, error: Exception) -> None:
        with self._lock:
            self.failures += 1
            if self._pause:
                return
            self._pause = self._first
            self._until = self._clock() + self._pause
        logger.warning("%s fails (%s), next attempt in %g s", self._name, _describe(error), self._first)

    def _record_recovery(self) -> None:
        with self._lock:
            was_broken, self._pause = self._pause > 0.0, 0.0
        if was_broken:
            logger.warning("%s works again", self._name)


def _describe(error: Exception) -> str:
    """The kind of an error; its message may name what was kept."""
    number = error.errno if isinstance(error, OSError) else None
    return type(error).__name__ if number is None else os.strerror(number)
