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
        self._lock = threading.RLock()  # a finalizer that runs inside gives bytes back
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
        """Take bytes until `holder` is gone from memory; whether there is room."""
        if not self.take(size):
            return False
        weakref.finalize(holder, self.give, size)
        return True


class Holding:
    """What one holder has of a pool. Its first bytes are not counted, so that small holders never wait.

    Args:
        pool: that it shares with others.
        uncounted: bytes that it has beside the pool.
    """

    def __init__(self, pool: MemoryPool, uncounted: int) -> None:
        self._pool = pool
        self._uncounted = uncounted
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that it has, counted and uncounted."""
        return self._size

    def resize(self, size: int) -> bool:
        """Have so many bytes instead of those before; False, and no change, where there is no room."""
        more = max(0, size - self._uncounted) - max(0, self._size - self._uncounted)
        if more > 0 and not self._pool.take(more):
            return False
        if more < 0:
            self._pool.give(-more)
        self._size = size
        return True
