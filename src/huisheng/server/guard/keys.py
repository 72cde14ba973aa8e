"""API keys: where requests carry them, and whether they are known."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers

from huisheng.server.guard.errors import Unauthorized

CARRIERS: Final = (("authorization", "bearer"),)
"""Header and the scheme before the key, empty where there is none; the first that is present counts."""

_ID_LENGTH: Final = 8


class Keys:
    """The keys that open the server.

    Only digests are kept and compared, each with every one, so that time tells nothing about a key.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = tuple(_digest(key) for key in keys)

    def identify(self, headers: Headers) -> str:
        """The id of the key that a request carries.

        Raises:
            Unauthorized: there is none, or a wrong one.
        """
        key = read_key(headers)
        if key is None:
            raise Unauthorized(given=False)
        digest = _digest(key)
        known = [hmac.compare_digest(digest, each) for each in self._digests]
        if not any(known):
            raise Unauthorized(given=True)
        return digest[:_ID_LENGTH]


def read_key(headers: Headers) -> str | None:
    """The key that a request carries, None without one."""
    for name, scheme in CARRIERS:
        value = headers.get(name, "").strip()
        if scheme:
            scheme_sent, _, value = value.partition(" ")
            value = value.strip() if scheme_sent.lower() == scheme else ""
        if value:
            return value
    return None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
