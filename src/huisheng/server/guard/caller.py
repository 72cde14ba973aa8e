"""Who is asking, for logs, limits and the audit log."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    Attributes:
        address: IP address of the client behind the trusted proxies; empty where the socket has none.
        key_id: first eight hex digits of the SHA-256 of the key; empty without a key.
    """

    address: str = ""
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as a log names it."""

    caller: Caller = Caller()
    request_id: str = ""


visit: ContextVar[Visit] = ContextVar("visit", default=Visit())  # noqa: B039 (frozen)
"""The request that the current task serves. For what is logged far from any request; rules are given a
`Caller`."""


async def _caller(connection: HTTPConnection) -> Caller:
    return connection.state.caller


CallerDep = Annotated[Caller, Depends(_caller)]
"""Who asks, for endpoints of either kind."""
