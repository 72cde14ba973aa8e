"""The connections of a server: how many there may be, and which are closed to make room for others.

A connection counts from the moment it is accepted, so half a request takes as much of a bound as a whole
one. Where a bound is reached, the connection that has waited longest for a request is closed: between two
requests, or before its first one is complete. Only where all are busy is the newcomer refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from huisheng.server.guard.addresses import Network, is_in, parse_address, subscriber
from huisheng.server.guard.errors import TooManyConnections, TooManyConnectionsPerAddress
from huisheng.server.settings import Settings

logger = logging.getLogger("huisheng.server")

_RESERVED: Final = 64
"""Descriptors that are no connections: listeners, workers, the cache, libraries, accepted connections that
are about to be closed."""

_PER_CONNECTION: Final = 2
"""Descriptors that a connection may need: its own, and that of the file that is sent or written for it."""

_LEAST: Final = 16
"""Connections that are accepted however few descriptors there are."""

_LOG_INTERVAL: Final = 60.0
"""Seconds between two lines of the log about closed and refused connections."""


class Reason(StrEnum):
    """Why the server closed or refused a connection."""

    HEAD_TIMEOUT = "head_timeout"
    BODY_TIMEOUT = "body_timeout"
    ADDRESS_LIMIT = "address_limit"
    TOTAL_LIMIT = "total_limit"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be at once.

    Attributes:
        total: of the server.
        per_address: of one client's address; of an IPv6 one, of its /64.
        descriptors: that the process may have open; None where the system sets no limit.
    """

    total: int
    per_address: int
    descriptors: int | None = None

    @classmethod
    def from_settings(cls, settings: Settings, descriptors: int | None) -> ConnectionLimits:
        """The limits of the settings, as far as the descriptors suffice; one address gets half at most."""
        total = settings.connections
        if descriptors is not None:
            total = min(total, max(_LEAST, (descriptors - _RESERVED) // _PER_CONNECTION))
        per_address = min(settings.guard.connections_per_ip, max(1, total // 2))
        return cls(total, per_address, descriptors)


class Connection(Protocol):
    """A connection that is counted."""

    @property
    def address(self) -> str:
        """The address of the peer; empty where the socket has none."""
        ...

    @property
    def is_flushed(self) -> bool:
        """Whether everything that was written to it has left the process."""
        ...

    def close(self) -> None:
        """Close it without an answer."""
        ...


@dataclass(slots=True)
class _Client:
    """The connections of one address; `waiting` are those without a request under way, longest first."""

    limit: float
    count: int = 0
    waiting: dict[Connection, None] = field(default_factory=dict["Connection", None])


class Connections:
    """All connections of a server.

    Args:
        limits: how many there may be.
        trusted: proxies, to whose addresses the limit per address does not apply.
        count: called for each connection that is closed or refused.
    """

    def __init__(
        self, limits: ConnectionLimits, trusted: Sequence[Network], count: Callable[[Reason], None]
    ) -> None:
        self._limits = limits
        self._trusted = trusted
        self._count = count
        self._open: dict[Connection, tuple[str, _Client]] = {}
        self._waiting: dict[Connection, None] = {}
        self._clients: dict[str, _Client] = {}
        self._log = _Log(limits)

    def __len__(self) -> int:
        """Connections that are open."""
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Count a new connection, which waits for its first request.

        Raises:
            TooManyConnectionsPerAddress: its address has as many as it may, all busy.
            TooManyConnections: the server has as many as it may, all busy.
        """
        address = connection.address
        is_limited = address and not is_in(parse_address(address), self._trusted)
        name = subscriber(address) if is_limited else ""
        limit = self._limits.per_address if is_limited else float("inf")
        client = self._clients.get(name) or _Client(limit)
        if client.count >= client.limit and not self._make_room(client.waiting, Reason.ADDRESS_LIMIT):
            raise TooManyConnectionsPerAddress(self._limits.per_address)
        if len(self._open) >= self._limits.total and not self._make_room(self._waiting, Reason.TOTAL_LIMIT):
            raise TooManyConnections
        self._clients[name] = client
        self._open[connection] = name, client
        client.count += 1
        self.mark_waiting(connection)

    def mark_waiting(self, connection: Connection) -> None:
        """A connection has no request from now on, and may be closed to make room."""
        if connection in self._open:
            _, client = self._open[connection]
            client.waiting[connection] = self._waiting[connection] = None

    def mark_busy(self, connection: Connection) -> None:
        """The head of a request is complete: the connection is no longer closed to make room."""
        self._waiting.pop(connection, None)
        if connection in self._open:
            _, client = self._open[connection]
            client.waiting.pop(connection, None)

    def remove(self, connection: Connection) -> None:
        """A connection is closed, or about to be. May be called twice."""
        self.mark_busy(connection)
        name, client = self._open.pop(connection, ("", None))
        if client is None:
            return
        client.count -= 1
        if not client.count:
            self._clients.pop(name, None)

    def report(self, reason: Reason) -> None:
        """Count and log a connection that is closed or refused."""
        self._count(reason)
        self._log.note(reason)

    def _make_room(self, waiting: dict[Connection, None], reason: Reason) -> bool:
        """Close the connection that has waited longest; False where there is none."""
        self.report(reason)
        oldest = next((connection for connection in waiting if connection.is_flushed), None)
        if oldest is None:
            return False
        self.remove(oldest)
        oldest.close()
        return True


class _Log:
    """Logs why connections are closed and refused: at once, and then at most once in an interval."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._causes = _causes(limits)
        self._counts = Counter[Reason]()
        self._is_quiet = False

    def note(self, reason: Reason) -> None:
        """Log a reason, now or at the end of the interval."""
        self._counts[reason] += 1
        if not self._is_quiet:
            self._write()

    def _write(self) -> None:
        self._is_quiet = bool(self._counts)
        if not self._counts:
            return
        chinese = "；".join(f"{self._causes[reason][0]}，{n} 个" for reason, n in self._counts.items())
        english = "; ".join(f"{self._causes[reason][1]}: {n}" for reason, n in self._counts.items())
        logger.warning("关闭或拒绝了连接：%s。 Connections closed or refused: %s.", chinese, english)
        self._counts.clear()
        asyncio.get_running_loop().call_later(_LOG_INTERVAL, self._write)


def _causes(limits: ConnectionLimits) -> dict[Reason, tuple[str, str]]:
    """Reason → its words in the log, in Chinese and in English."""
    files = f"，文件描述符上限 {limits.descriptors}" if limits.descriptors else ""
    descriptors = f", {limits.descriptors} file descriptors" if limits.descriptors else ""
    return {
        Reason.HEAD_TIMEOUT: (
            "请求头没有在 HUISHENG_HEAD_TIMEOUT 内收完",
            "request heads not complete within HUISHENG_HEAD_TIMEOUT",
        ),
        Reason.BODY_TIMEOUT: (
            "请求体中断或太慢（HUISHENG_BODY_TIMEOUT、HUISHENG_BODY_RATE）",
            "request bodies stalled or too slow (HUISHENG_BODY_TIMEOUT, HUISHENG_BODY_RATE)",
        ),
        Reason.ADDRESS_LIMIT: (
            f"一个地址的连接达到上限 {limits.per_address}（HUISHENG_CONNECTIONS_PER_IP{files}）",
            f"{limits.per_address} connections of one address (HUISHENG_CONNECTIONS_PER_IP{descriptors})",
        ),
        Reason.TOTAL_LIMIT: (
            f"全部连接达到上限 {limits.total}（HUISHENG_CONNECTIONS{files}）",
            f"{limits.total} connections in all (HUISHENG_CONNECTIONS{descriptors})",
        ),
    }
