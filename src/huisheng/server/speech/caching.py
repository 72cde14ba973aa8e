"""An audio file as an answer, and the headers by which HTTP caches know it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a file.

    Attributes:
        label: its AIGC label.
        key: hash of what it depends on; empty where it is not kept.
        parts: as they are made; to be closed.
        kept: whether it comes from the cache.
    """

    label: str
    key: str
    parts: AsyncGenerator[bytes]
    kept: bool


def public_name(key: str) -> str:
    """A public name of an answer, from which its key cannot be told. Empty without a key."""
    return hashlib.sha256(key.encode("ascii")).hexdigest()[:32] if key else ""


def cache_headers(answer: Answer) -> dict[str, str]:
    """Headers that tell a client whether its copy is still good (RFC 9110, 8.8.3; RFC 9111, 5.2.2), and
    whether this one was made for it.
    """
    if not answer.key:
        return {}
    return {
        "ETag": f'"{public_name(answer.key)}"',
        "Cache-Control": "private, no-cache",
        "X-Huisheng-Cache": "hit" if answer.kept else "miss",
    }
