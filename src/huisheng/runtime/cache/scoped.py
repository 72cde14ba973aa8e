"""A part of a store for one owner, whose entries nobody else is served."""

from __future__ import annotations

import hashlib

from huisheng.runtime.cache.store import Store


class ScopedStore:
    """The entries of one owner in a store that many share: each key becomes another one for each owner.

    Args:
        store: that holds the entries, and bounds all of them together.
        owner: an account, a key; any text.
    """

    def __init__(self, store: Store, owner: str) -> None:
        self._store = store
        self._owner = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).digest()

    @property
    def failures(self) -> int:
        """Of the whole store."""
        return self._store.failures

    def get(self, key: str) -> bytes | None:
        """The owner's value of a key."""
        return self._store.get(self._own(key))

    def put(self, key: str, value: bytes) -> None:
        """Keep a value for the owner."""
        self._store.put(self._own(key), value)

    def _own(self, key: str) -> str:
        return hashlib.sha256(self._owner + key.encode("ascii")).hexdigest()
