"""How many connections there may be, and which are closed to make room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from huisheng.server.connections import ConnectionLimits, Connections, Reason
from huisheng.server.guard.errors import TooManyConnections, TooManyConnectionsPerAddress
from huisheng.server.settings import Settings


@dataclass(eq=False)
class Peer:
    """A connection without a socket."""

    address: str = "192.0.2.1"
    is_flushed: bool = True
    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True


Registry = Callable[..., Connections]


@pytest.fixture
def reasons() -> list[Reason]:
    return []


@pytest.fixture
def registry(reasons: list[Reason]) -> Registry:
    def make(total: int = 9, per_address: int = 9) -> Connections:
        limits = ConnectionLimits(total, per_address)
        return Connections(limits, [ip_network("198.51.100.0/24")], reasons.append)

    return make


@pytest.mark.parametrize(
    ("descriptors", "total", "per_address"),
    [(None, 4096, 1024), (65_536, 4096, 1024), (1024, 480, 240), (256, 96, 48), (64, 16, 8)],
)
def test_connections_are_as_many_as_the_descriptors_suffice_for(
    descriptors: int | None, total: int, per_address: int
) -> None:
    limits = ConnectionLimits.from_settings(Settings(), descriptors)

    assert (limits.total, limits.per_address) == (total, per_address)


async def test_the_connection_that_has_waited_longest_makes_room(registry: Registry) -> None:
    connections, first, second = registry(total=2), Peer(), Peer()
    for peer in (first, second):
        connections.add(peer)
    connections.mark_busy(first)
    connections.mark_waiting(first)

    connections.add(Peer())

    assert (first.is_closed, second.is_closed, len(connections)) == (False, True, 2)


async def test_a_connection_with_unsent_bytes_is_not_closed(registry: Registry) -> None:
    connections = registry(total=1)
    connections.add(Peer(is_flushed=False))

    with pytest.raises(TooManyConnections):
        connections.add(Peer())


async def test_a_64_of_ipv6_is_one_address(registry: Registry) -> None:
    connections, first = registry(per_address=1), Peer("2001:db8::1")
    connections.add(first)
    connections.mark_busy(first)

    with pytest.raises(TooManyConnectionsPerAddress):
        connections.add(Peer("2001:db8::2"))


async def test_no_address_makes_room_for_another_while_there_is_some(registry: Registry) -> None:
    connections, other = registry(per_address=1), Peer("192.0.2.2")
    connections.add(other)
    connections.add(Peer())

    connections.add(Peer())

    assert (other.is_closed, len(connections)) == (False, 2)


async def test_a_trusted_proxy_is_bound_by_the_total_alone(registry: Registry) -> None:
    connections = registry(total=3, per_address=1)
    for _ in range(4):
        connections.add(Peer("198.51.100.7"))

    assert len(connections) == 3


async def test_a_closed_connection_leaves_its_place_once(registry: Registry, reasons: list[Reason]) -> None:
    connections, peer = registry(total=1), Peer()
    connections.add(peer)
    for _ in range(2):
        connections.remove(peer)

    connections.add(Peer())

    assert (len(connections), reasons) == (1, [])


async def test_what_is_closed_and_what_is_refused_is_counted(
    registry: Registry, reasons: list[Reason]
) -> None:
    connections, peer = registry(total=1), Peer()
    connections.add(Peer())
    connections.add(peer)
    connections.mark_busy(peer)

    with pytest.raises(TooManyConnections):
        connections.add(Peer())

    assert reasons == [Reason.TOTAL_LIMIT] * 2


async def test_many_reports_are_one_line_of_the_log(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    connections = registry()

    for _ in range(100):
        connections.report(Reason.HEAD_TIMEOUT)

    assert len(caplog.records) == 1
