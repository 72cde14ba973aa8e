"""Which routes are public and which count against the limits. A route that is not named here needs a key, and
takes requests only from pages of allowed origins.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from starlette.types import Scope

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing here (RFC 9110, 9.2.1), and a browser keeps their answers from other origins."""

HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""For probes, which know neither host names nor keys."""

_DOCUMENTS: Final = frozenset({"/docs", "/openapi.json"})
_AUDIO: Final = "/audio/"
"""Names of files are 128 random bits: a client that knows one may have the file, and a player sends no
headers."""
_EXPENSIVE: Final = frozenset({"/api/read", "/api/speech"})
"""Safe, but they cost work."""


class Access(NamedTuple):
    """What a request needs.

    Attributes:
        is_public: it needs no key, and may come from a page of any origin.
        is_limited: it counts against rates and limits on concurrency.
        is_probe: it may have any Host.
    """

    is_public: bool
    is_limited: bool
    is_probe: bool


class Routes:
    """The rules by path.

    Args:
        page: paths of the page's files; one that ends in a slash stands for all below it.
    """

    def __init__(self, page: Collection[str]) -> None:
        self._files = frozenset(page) | _DOCUMENTS | HEALTH
        self._folders = (_AUDIO, *(path for path in page if path.endswith("/") and path != "/"))

    def access(self, scope: Scope) -> Access:
        """What a request needs. All that change something and every WebSocket need a key, and are limited."""
        if scope["type"] != "http" or scope["method"] not in SAFE_METHODS:
            return Access(is_public=False, is_limited=True, is_probe=False)
        path: str = scope["path"]
        is_public = path in self._files or path.startswith(self._folders)
        return Access(is_public, is_limited=path in _EXPENSIVE, is_probe=path in HEALTH)
