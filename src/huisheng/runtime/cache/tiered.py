"""A near store before a far one."""

from __future__ import annotations

from huisheng.runtime.cache.store import Store


class TieredStore:
    """What is found far away is kept near. Safe where both are.

    Args:
        near: asked first.
        far: asked where the near one has nothing.
    """

    def __init__(self, near: Store, far: Store) -> None:
        self._near = near
        self._far = far

    @property
    def failures(self) -> int:
        """Of both."""
        return self._near.failures + self._far.failures

    def get(self, key: str) -> bytes | None:
        """The value of a key."""
        value = self._near.get(key)
        if value is not None:
            return value
        value = self._far.get(key)
        if value is not None:
            self._near.put(key, value)
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keep a value in both."""
        self._near.put(key, value)
        self._far.put(key, value)
