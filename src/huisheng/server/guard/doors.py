"""Which addresses ask for what. What is not named here needs a key, and a page that is allowed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.types import Scope

READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Safe methods (RFC 9110, 9.2.1): they change nothing here, and a browser keeps answers from strangers."""

HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""For probes, which know neither names nor keys."""

_DOCUMENTS: Final = frozenset({"/docs", "/openapi.json"})
_AUDIO: Final = "/audio/"
"""Names of files are 128 random bits: whoever knows one may have the file, and a player sends no headers."""
_COSTLY: Final = frozenset({"/api/read", "/api/speech"})
"""What costs work although it only reads."""


class Doors:
    """The rules by address.

    Args:
        page: addresses of the page's files; one that ends in a slash stands for all below it.
    """

    def __init__(self, page: Collection[str]) -> None:
        self._files = frozenset(page) | _DOCUMENTS | HEALTH
        self._folders = (_AUDIO, *(address for address in page if address.endswith("/") and address != "/"))

    def is_open(self, scope: Scope) -> bool:
        """Whether a request needs no key, and may come from a page of any origin."""
        path: str = scope["path"]
        return is_reading(scope) and (path in self._files or path.startswith(self._folders))

    def is_counted(self, scope: Scope) -> bool:
        """Whether limits count a request: those that make us work, and every WebSocket."""
        return not is_reading(scope) or scope["path"] in _COSTLY


def is_reading(scope: Scope) -> bool:
    """Whether a request only reads."""
    return scope["type"] == "http" and scope["method"] in READING_METHODS


def is_health(scope: Scope) -> bool:
    """Whether a probe asks."""
    return is_reading(scope) and scope["path"] in HEALTH
