"""Where a server keeps sound to be said again: a folder, and a Redis that other servers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from huisheng.runtime.cache.disk import DiskStore
from huisheng.runtime.cache.redis_store import RedisStore
from huisheng.runtime.cache.store import Store
from huisheng.runtime.cache.tiered import TieredStore


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """Says where, and can be sent to another process that opens it for itself.

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
        return Cache(DiskStore(self.folder, self.limit), RedisStore(self.redis) if self.redis else None)


class Cache:
    """What is kept there; a store.

    Args:
        disk: always asked first.
        shared: with other servers, if there are any.
    """

    def __init__(self, disk: DiskStore, shared: RedisStore | None) -> None:
        self._disk = disk
        self._shared = shared
        self._store: Store = disk if shared is None else TieredStore(disk, shared)

    @property
    def failures(self) -> int:
        """Troubles since the start."""
        return self._store.failures

    def get(self, key: str) -> bytes | None:
        """The value of a key, None where there is none."""
        return self._store.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, where that is possible now."""
        self._store.put(key, value)

    def sweep(self) -> None:
        """Make room in the folder: the longest unused go first."""
        self._disk.sweep()

    def close(self) -> None:
        """Leave the others."""
        if self._shared:
            self._shared.close()
