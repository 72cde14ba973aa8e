"""The client that sent a request, for logs, limits, the cache and the audit log."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request.

    Attributes:
        address: IP address of the client behind the trusted proxies; empty where the socket has none.
        key_id: first eight hex digits of the SHA-256 of the key; empty without a key.
    """

    address: str = ""
    key_id: str = ""


current_client: ContextVar[Client] = ContextVar("current_client", default=Client())  # noqa: B039 (frozen)
"""The client of the request that the current task serves. The id of the request is
`runtime.request.request_id`."""


async def _client(connection: HTTPConnection) -> Client:
    return connection.state.client


ClientDep = Annotated[Client, Depends(_client)]
"""The client, for endpoints over HTTP and WebSocket."""
