"""Where values are kept by their keys, and the seal that tells a sound value from a damaged one."""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

_MAGIC: Final = b"HSC1"
"""First bytes of what we keep; another number, another form."""
_DIGEST: Final = hashlib.sha256().digest_size


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


def sealed(key: str, value: bytes) -> bytes:
    """A value with the checksum of itself and its key before it."""
    return _MAGIC + _checksum(key, value) + value


def unsealed(key: str, kept: bytes) -> bytes | None:
    """The value that was sealed under this key; None where it is damaged, or was never ours."""
    start = len(_MAGIC) + _DIGEST
    value = kept[start:]
    return value if kept[:start] == _MAGIC + _checksum(key, value) else None


def _checksum(key: str, value: bytes) -> bytes:
    seal = hashlib.sha256(key.encode("ascii"))
    seal.update(value)
    return seal.digest()
