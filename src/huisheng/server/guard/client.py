"""The client that sent a request, for logs, limits, the cache and the audit log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request.

    Attributes:
        address: IP address of the client behind the trusted proxies; empty where the socket has none.
        key_id: first eight hex digits of the SHA-256 of the key; empty without a key.
    """

    address: str = ""
    key_id: str = ""
