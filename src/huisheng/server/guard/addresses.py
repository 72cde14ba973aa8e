"""The address of a client, behind the proxies that are believed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.types import Scope

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_SCHEMES: Final = {("http", "https"): "https", ("websocket", "https"): "wss", ("websocket", "wss"): "wss"}
"""Kind of connection and what a proxy forwards as → scheme."""
_SUBSCRIBER: Final = 64
"""Bits of an IPv6 address that a single subscriber can change at will begin here (RFC 6177)."""


@lru_cache(maxsize=4096)
def parsed(written: str) -> Address | None:
    """An address as sockets and proxies write it, with or without a port or a zone; None if it is none."""
    host = written.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def inside(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    return address is not None and any(address in network for network in networks)


def subscriber(address: str) -> str:
    """What a limit counts as one client: an IPv4 address, or the /64 of an IPv6 one."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, _SUBSCRIBER), strict=False))
    return address


class Proxies:
    """Finds clients behind trusted proxies.

    Args:
        trusted: networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def client(self, scope: Scope) -> Address | None:
        """The nearest address that is no trusted proxy; what stands left of it anybody may have written."""
        peer = _peer(scope)
        if not inside(peer, self._trusted):
            return peer
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        for written in reversed(",".join(forwarded).split(",")):
            hop = parsed(written)
            if hop is None:
                return peer
            peer = hop
            if not inside(hop, self._trusted):
                return hop
        return peer

    def scheme(self, scope: Scope) -> str:
        """The scheme that the client used."""
        scheme: str = scope.get("scheme", "http")
        if not inside(_peer(scope), self._trusted):
            return scheme
        forwarded = Headers(scope=scope).get("x-forwarded-proto", "").strip().lower()
        return _SCHEMES.get((scope["type"], forwarded), scheme)


def _peer(scope: Scope) -> Address | None:
    client = scope.get("client")
    return parsed(client[0]) if client else None
