"""The cache of a server: a folder, and behind it, where there is one, a Redis that several servers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from huisheng.runtime.cache.disk import DiskStore
from huisheng.runtime.cache.redis_store import RedisStore
from huisheng.runtime.cache.store import Store


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """Where a cache is, as a value that another process can open.

    Attributes:
        folder: ours alone.
        limit: bytes that all entries in it may hold; 0 for none.
        redis: address of a Redis; empty for none.
    """

    folder: Path
    limit: int
    redis: str = field(default="", repr=False)

    def open(self) -> Cache:
        """Open it.

        Raises:
            SetupError: the address is no Redis's, or the client for it is not installed.
        """
        disk = DiskStore(self.folder, self.limit)
        return SharedStore(disk, RedisStore(self.redis)) if self.redis else disk


class ClosableStore(Store, Protocol):
    """A store with connections."""

    def close(self) -> None:
        """Close them."""
        ...


class SharedStore:
    """A store on disk, and behind it one that is shared with other servers; what is found there is copied.

    Args:
        disk: asked first.
        shared: asked where the disk has nothing; closed with this store.
    """

    def __init__(self, disk: DiskStore, shared: ClosableStore) -> None:
        self._disk = disk
        self._shared = shared

    @property
    def failures(self) -> int:
        """Failures of both since the start."""
        return self._disk.failures + self._shared.failures

    def get(self, key: str) -> bytes | None:
        """The value of a key, None where there is none."""
        value = self._disk.get(key)
        if value is None:
            value = self._shared.get(key)
            if value is not None:
                self._disk.put(key, value)
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, where that is possible now."""
        self._disk.put(key, value)
        self._shared.put(key, value)

    def sweep(self) -> None:
        """Make room in the folder: the longest unused go first."""
        self._disk.sweep()

    def close(self) -> None:
        """Close the connections to the shared store."""
        self._shared.close()


Cache: TypeAlias = DiskStore | SharedStore
"""The store of a server: on disk alone, or with a shared one behind it."""
