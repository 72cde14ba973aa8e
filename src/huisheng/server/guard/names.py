"""Host, Origin and Sec-Fetch-Site: what a browser says about the page that asks.

A page of a stranger can make the browser of somebody on our network send requests here. With a name of its
own that it points at our address (DNS rebinding) it could even read the answers: Host then holds that name.
Elements such as `<audio>`, and `fetch` without CORS, send no Origin with a GET; Sec-Fetch-Site (W3C Fetch
Metadata) tells of them, wherever the address is https or loopback.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from starlette.datastructures import Headers

from huisheng.server.guard.addresses import parsed

LOCALHOST: Final = "localhost"
_LOCAL_SUFFIXES: Final = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
"""Names that nobody can register: RFC 6762, RFC 8375, RFC 6761, ICANN's `.internal`, and common use."""
_DEFAULT_PORTS: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?")
_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)")
_REFERER: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]+", re.IGNORECASE)
_OTHER_ORIGINS: Final = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site for pages that are not of our origin; another port of the same host is the same
site."""
_OPAQUE: Final = "null"
"""The Origin of a page that keeps its own to itself."""


class Authority(NamedTuple):
    """A host in lower case, IPv6 in brackets, and its port as written."""

    host: str
    port: str


def authority(written: str) -> Authority | None:
    """What stands in Host (RFC 9110, 7.2); None when it is no host."""
    found = _AUTHORITY.fullmatch(written.strip().lower())
    return Authority(found[1].removesuffix("."), found[2] or "") if found else None


def is_loopback(host: str) -> bool:
    """Whether a name or address, IPv6 with or without brackets, only ever means this machine."""
    address = parsed(host)
    return host == LOCALHOST if address is None else address.is_loopback


def asking_origin(told: Headers) -> str | None:
    """The origin of the page that sends a request; None where none does, or one of our own origin.

    Without Origin, but from another origin by Sec-Fetch-Site, it is that of Referer: a page can keep its
    address back, but cannot send another. Who keeps it back is `null`.
    """
    origin = told.get("origin")
    if origin is not None or told.get("sec-fetch-site") not in _OTHER_ORIGINS:
        return origin
    found = _REFERER.match(told.get("referer", ""))
    return found[0] if found else _OPAQUE


class Hosts:
    """The names that this server goes by.

    Args:
        named: by the operator; they alone are taken, besides addresses and localhost.
        listening: the address that the server listens on. Without names of the operator's, loopback takes
            only loopback, any other takes addresses and names that nobody can register.
    """

    def __init__(self, named: Collection[str], listening: str) -> None:
        self._named = frozenset(name.lower().removesuffix(".") for name in named)
        self._is_private = not self._named and is_loopback(listening)

    def knows(self, written: str) -> bool:
        """Whether a value of Host names this server."""
        found = authority(written)
        if found is None:
            return False
        if self._is_private or is_loopback(found.host):
            return is_loopback(found.host)
        return parsed(found.host) is not None or self._is_name(found.host)

    def _is_name(self, host: str) -> bool:
        if self._named:
            return host in self._named
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)


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
        found, ours = _ORIGIN.fullmatch(origin), authority(host)
        theirs = authority(found[2]) if found else None
        if found is None or theirs is None or ours is None or theirs.host != ours.host:
            return False
        usual = _DEFAULT_PORTS.get(found[1], "")
        return (theirs.port or usual) == (ours.port or usual)
