"""Who a request is from: what every way of knowing has in common, and the keys of the settings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.datastructures import Headers

from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import AccountNeeded, Unauthorized

CARRIERS: Final = (("authorization", "bearer"),)
"""Header and the scheme before the key, empty where there is none; the first that is present counts."""

_ID_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is known of a request before it is read.

    Attributes:
        headers: with the key, the token or the cookie.
        address: of the client behind the trusted proxies.
        method: HTTP's; empty for a WebSocket.
        is_secure: whether the client uses TLS.
    """

    headers: Headers
    address: str
    method: str
    is_secure: bool


class Authenticator(Protocol):
    """Knows clients by their credentials."""

    async def authenticate(self, credentials: Credentials) -> Client | None:
        """The client; None where the request carries nothing that this authenticator looks at.

        Raises:
            Denied: what it carries is wrong, over, or not allowed.
        """
        ...


class OpenAccess:
    """An `Authenticator` that lets everybody in, for servers that ask for no key."""

    async def authenticate(self, credentials: Credentials) -> Client:
        """See `Authenticator`."""
        return Client(credentials.address)


class Keys:
    """An `Authenticator` by the keys in the settings.

    Only digests are kept and compared, each with every one, so that time tells nothing about a key.

    Args:
        keys: that open the server.
        is_operator: whether whoever has one administers the server, which is so where there are accounts.
    """

    def __init__(self, keys: Iterable[str], *, is_operator: bool = False) -> None:
        self._digests = tuple(_digest(key) for key in keys)
        self._is_operator = is_operator

    async def authenticate(self, credentials: Credentials) -> Client | None:
        """See `Authenticator`."""
        key = read_key(credentials.headers)
        digest = _digest(key or "")
        known = [hmac.compare_digest(digest, each) for each in self._digests]
        if not any(known):
            return None
        return Client(credentials.address, digest[:_ID_LENGTH], is_operator=self._is_operator)


async def identify(
    credentials: Credentials, authenticators: Sequence[Authenticator], *, has_accounts: bool = False
) -> Client:
    """The client by the first authenticator that knows it.

    Args:
        credentials: of the request.
        authenticators: the ways of knowing clients, in order.
        has_accounts: whether people can sign in and make keys.

    Raises:
        Unauthorized: none does; `AccountNeeded` where there are accounts.
        Denied: one refuses it.
    """
    for authenticator in authenticators:
        client = await authenticator.authenticate(credentials)
        if client is not None:
            return client
    refusal = AccountNeeded if has_accounts else Unauthorized
    raise refusal(given=read_key(credentials.headers) is not None)


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
