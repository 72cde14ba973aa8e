"""How many bytes of one kind may be in memory at one time."""

from __future__ import annotations

import threading
import weakref


class MemoryPool:
    """Bytes that several holders share. Safe to use from several threads.

    Args:
        limit: bytes of all together.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.RLock()  # what is collected inside it gives its bytes back
        self._taken = 0

    @property
    def taken(self) -> int:
        """Bytes in use now."""
        return self._taken

    def take(self, size: int) -> bool:
        """Whether there is room for so many more bytes, which are then in use."""
        with self._lock:
            if self._taken + size > self._limit:
                return False
            self._taken += size
            return True

    def give(self, size: int) -> None:
        """Bytes are no longer in use."""
        with self._lock:
            self._taken -= size

    def lend(self, holder: object, size: int) -> bool:
        """As `take`, until `holder` is gone from memory."""
        if not self.take(size):
            return False
        weakref.finalize(holder, self.give, size)
        return True
