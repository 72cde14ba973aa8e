"""Where values are kept by their keys, and the seal that tells a sound value from a damaged one."""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

_MAGIC: Final = b"HSC1"
"""First bytes of what we keep; another number, another form."""
SEALED: Final = len(_MAGIC) + hashlib.sha256().digest_size
"""Bytes of a seal."""


class Store(Protocol):
    """Values by key. Safe to call from several threads, and from several processes on one place.

    A cache in trouble is an empty cache: nothing is raised for troubles of its own, they are logged when they
    begin and when they end. A value may be gone at any time.
    """

    @property
    def failures(self) -> int:
        """Troubles since the start."""
        ...

    def get(self, key: str) -> bytes | None:
        """The value, exactly as it was put; None where there is none, or it cannot be had now.

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
    """Keeps nothing."""

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
    """What stands before a value where it is kept: the form, and a checksum of key and value."""
    checksum = hashlib.sha256(key.encode("ascii"))
    checksum.update(value)
    return _MAGIC + checksum.digest()


def unsealed(key: str, kept: bytes) -> bytes | None:
    """The value behind its seal; None where it is damaged, or was never ours."""
    value = kept[SEALED:]
    return value if kept[:SEALED] == seal(key, value) else None
