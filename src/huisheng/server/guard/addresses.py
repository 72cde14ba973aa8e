"""Where a request comes from, and for which server: the client's address, Host, Origin, Sec-Fetch-Site.

A page of another site can make a browser on our network send requests here. With a name of its own that it
points at our address (DNS rebinding) it could even read the answers: Host then holds that name. Elements such
as `<audio>`, and `fetch` without CORS, send no Origin with a GET; Sec-Fetch-Site (W3C Fetch Metadata) tells
of them, wherever the address is https or loopback.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple, TypeAlias

from starlette.datastructures import Headers
from starlette.types import Scope

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

LOCALHOST: Final = "localhost"
_SCHEMES: Final = {("http", "https"): "https", ("websocket", "https"): "wss", ("websocket", "wss"): "wss"}
"""Kind of connection and what a proxy forwards as → scheme."""
_SUBSCRIBER: Final = 64
"""Bits of an IPv6 address that a single subscriber can change at will begin here (RFC 6177)."""
_LOCAL_SUFFIXES: Final = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
"""Names that cannot be registered: RFC 6762, RFC 8375, RFC 6761, ICANN's `.internal`, and common use."""
_DEFAULT_PORTS: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_LONGEST_AUTHORITY: Final = 261
"""Characters: of a name 253 (RFC 1035), brackets, a colon and a port. Longer values are not looked at, so
that they take no room in the caches below."""
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?")
_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)")
_REFERER: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]+", re.IGNORECASE)
_OTHER_ORIGINS: Final = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site for pages that are not of our origin; another port of the same host is the same
site."""
_OPAQUE: Final = "null"
"""The Origin of a page that keeps its own to itself."""


@lru_cache(maxsize=4096)
def parse_address(written: str) -> Address | None:
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


def is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    return address is not None and any(address in network for network in networks)


def subscriber(address: str) -> str:
    """The unit that a limit counts as one client: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _SUBSCRIBER), strict=False))
    return address


class Origination(NamedTuple):
    """The client's address, None where the socket has none, and the scheme that the client used."""

    address: Address | None
    scheme: str


class Proxies:
    """Finds clients behind trusted proxies.

    Args:
        trusted: networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def resolve(self, scope: Scope) -> Origination:
        """The client of a connection: its peer, or where that is a trusted proxy the one that it names."""
        client = scope.get("client")
        peer = parse_address(client[0]) if client else None
        scheme: str = scope.get("scheme", "http")
        if not self._trusted or not is_in(peer, self._trusted):
            return Origination(peer, scheme)
        headers = Headers(scope=scope)
        proto = headers.get("x-forwarded-proto", "").strip().lower()
        forwarded = ",".join(headers.getlist("x-forwarded-for")).split(",")
        return Origination(self._nearest(peer, forwarded), _SCHEMES.get((scope["type"], proto), scheme))

    def _nearest(self, peer: Address | None, forwarded: Sequence[str]) -> Address | None:
        """The nearest address that is no trusted proxy; what stands left of it may be forged."""
        for written in reversed(forwarded):
            hop = parse_address(written)
            if hop is None:
                return peer
            peer = hop
            if not is_in(hop, self._trusted):
                return hop
        return peer


class Authority(NamedTuple):
    """A host in lower case, IPv6 in brackets, and its port as written."""

    host: str
    port: str


@lru_cache(maxsize=1024)
def parse_authority(written: str) -> Authority | None:
    """The value of Host (RFC 9110, 7.2); None when it is no host."""
    match = _AUTHORITY.fullmatch(written.strip().lower())
    return Authority(match[1].removesuffix("."), match[2] or "") if match else None


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether a name or address, IPv6 with or without brackets, only ever means this machine."""
    address = parse_address(host)
    return host == LOCALHOST if address is None else address.is_loopback


def requesting_origin(headers: Headers) -> str | None:
    """The origin of the page that sends a request; None where none does, or one of our own origin.

    Without Origin, but from another origin by Sec-Fetch-Site, it is that of Referer: a page can keep its
    address back, but cannot send another. A page that keeps it back is `null`.
    """
    origin = headers.get("origin")
    if origin is not None or headers.get("sec-fetch-site") not in _OTHER_ORIGINS:
        return origin
    match = _REFERER.match(headers.get("referer", ""))
    return match[0] if match else _OPAQUE


class Hosts:
    """The names that this server goes by.

    Args:
        names: given by the operator; they alone are taken, besides addresses and localhost.
        listening: the address that the server listens on. Without the operator's names, loopback takes only
            loopback, any other takes addresses and names that cannot be registered.
    """

    def __init__(self, names: Collection[str], listening: str) -> None:
        self._names = frozenset(name.lower().removesuffix(".") for name in names)
        self._is_private = not self._names and is_loopback(listening)

    def knows(self, written: str) -> bool:
        """Whether a value of Host names this server."""
        authority = parse_authority(written) if len(written) <= _LONGEST_AUTHORITY else None
        if authority is None:
            return False
        host = authority.host
        if is_loopback(host):
            return True
        if self._is_private:
            return False
        is_address = parse_address(host) is not None
        if self._names:
            return is_address or host in self._names
        return is_address or "." not in host or host.endswith(_LOCAL_SUFFIXES)


class Origins:
    """The pages that may send requests: our own, and those of the operator's list.

    Args:
        allowed: origins as `https://example.com`; `*` is every page that has one.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(origin.lower() for origin in allowed)

    def allows(self, origin: str, host: str) -> bool:
        """Whether a value of Origin (RFC 6454) is allowed, `null` only where listed.

        Host and port are compared, not the scheme: before a proxy it is another than behind it.
        """
        origin = origin.strip().lower()
        if origin in self._allowed or ("*" in self._allowed and origin != _OPAQUE):
            return True
        match, ours = _ORIGIN.fullmatch(origin), parse_authority(host)
        theirs = parse_authority(match[2]) if match and len(match[2]) <= _LONGEST_AUTHORITY else None
        if match is None or theirs is None or ours is None or theirs.host != ours.host:
            return False
        usual = _DEFAULT_PORTS.get(match[1], "")
        return (theirs.port or usual) == (ours.port or usual)
