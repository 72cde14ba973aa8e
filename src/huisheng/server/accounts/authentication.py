"""Clients are known by their API key, their access token or their browser's cookie."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from sqlalchemy import update
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.accounts.access_tokens import AccessTokens, UnknownKeyVersion
from huisheng.server.accounts.api_keys import PREFIX, is_well_formed
from huisheng.server.accounts.attempts import Attempt, Attempts
from huisheng.server.accounts.cookies import read_cookie
from huisheng.server.accounts.csrf import HEADER, CsrfTokens
from huisheng.server.accounts.errors import KeyAddressRefused
from huisheng.server.accounts.identities import Identity, find_holder, find_key, find_session
from huisheng.server.accounts.models import ApiKey, BrowserSession
from huisheng.server.accounts.secret_keys import read_secret_versions
from huisheng.server.accounts.settings import AccountSettings
from huisheng.server.accounts.tokens import hash_token
from huisheng.server.clock import Clock
from huisheng.server.database.database import Database
from huisheng.server.guard.addresses import is_in, parse_address, subscriber
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import AccountNeeded, CsrfRefused, SessionEnded
from huisheng.server.guard.keys import Credentials, read_key

logger = logging.getLogger("huisheng.server")

_TRUSTED: Final = 5.0
"""Seconds that an identity is taken as it was found. What costs something checks it again."""
_KEPT: Final = 10_000
"""Identities in memory."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", ""})
"""Methods without proof of our page; the empty one is a WebSocket's, whose Origin the guard has checked."""
_FLUSH_INTERVAL: Final = 30.0
"""Seconds between two notes of when credentials were used last."""
_RELOAD_INTERVAL: Final = 5.0
"""Seconds between two looks for new versions of the secret, whatever tokens claim."""

CredentialKind: TypeAlias = Literal["key", "token", "session"]
_Name: TypeAlias = tuple[CredentialKind, str]
"""A kind and the hash of the credential."""


@dataclass(frozen=True, slots=True)
class _CachedIdentity:
    """An identity and the time, of the monotonic clock, until which it is trusted."""

    identity: Identity
    until: float


class IdentityCache:
    """Identities that were found lately. Those that are trusted no more still tell that a credential was
    right once, so that others who guess from the same address do not lock its owner out.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[_Name, _CachedIdentity] = OrderedDict()

    def find(self, name: _Name) -> Identity | None:
        """An identity that is still trusted."""
        kept = self._kept.get(name)
        if kept is None or kept.until < time.monotonic():
            return None
        self._kept.move_to_end(name)
        return kept.identity

    def was_known(self, name: _Name) -> bool:
        """Whether there was one."""
        return name in self._kept

    def keep(self, name: _Name, identity: Identity) -> None:
        """Trust an identity for a while."""
        self._kept[name] = _CachedIdentity(identity, time.monotonic() + _TRUSTED)
        self._kept.move_to_end(name)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Trust nothing: something was changed on this server."""
        self._kept.clear()


class AccountAuthenticator:
    """An `Authenticator` over the database.

    Args:
        database: with the accounts.
        settings: of accounts.
        tokens: reads those of apps.
        csrf: checks the proofs of our page.
        attempts: counts guesses.
        clock: tells the time.
    """

    def __init__(
        self,
        database: Database,
        settings: AccountSettings,
        tokens: AccessTokens,
        csrf: CsrfTokens,
        attempts: Attempts,
        clock: Clock,
    ) -> None:
        self.identities = IdentityCache()
        self._database = database
        self._settings = settings
        self._tokens = tokens
        self._csrf = csrf
        self._attempts = attempts
        self._clock = clock
        self._used: dict[_Name, tuple[str, datetime]] = {}
        self._reloaded = -_RELOAD_INTERVAL

    async def authenticate(self, credentials: Credentials) -> Client | None:
        """See `Authenticator`."""
        now = self._clock()
        bearer = read_key(credentials.headers)
        if bearer is not None:
            identity = await (
                self._by_token(bearer, now)
                if bearer.count(".") == 2
                else self._by_key(bearer, credentials.address, now)
            )
            return replace(identity.client, address=credentials.address)
        is_secure = credentials.is_secure or self._settings.is_https
        cookie = read_cookie(credentials.headers, "session", is_secure=is_secure)
        if not cookie:
            return None
        identity = await self._by_cookie(cookie, now)
        sent = credentials.headers.get(HEADER, "")
        if credentials.method not in _SAFE and not self._csrf.matches(cookie, sent):
            raise CsrfRefused
        return replace(identity.client, address=credentials.address)

    async def note_uses(self) -> None:
        """Write when keys and sessions were used last."""
        used, self._used = self._used, {}
        if used:
            await self._database.write(lambda session: _write_uses(session, used))

    async def run(self) -> None:
        """Write it every half minute until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(_FLUSH_INTERVAL)
                with suppress(HuishengError):  # the log has it; the next uses are written again
                    await self.note_uses()
        finally:
            with suppress(HuishengError):
                await self.note_uses()

    async def _by_key(self, key: str, address: str, now: datetime) -> Identity:
        name: _Name = ("key", hash_token(key))
        identity = self._find(name, now)
        if identity is None:
            identity = await self._look_up_key(name, key, address, now)
            self.identities.keep(name, identity)
        if identity.networks and not is_in(parse_address(address), identity.networks):
            raise KeyAddressRefused
        self._used[name] = (identity.client.key_id, now)
        return identity

    async def _look_up_key(self, name: _Name, key: str, address: str, now: datetime) -> Identity:
        """The identity of a key. Where others guess, only those that were right here before are looked at.

        Raises:
            AccountNeeded: nobody has it.
            TooManyAttempts: there were too many guesses from this address.
        """
        guess: Attempt = ("key", subscriber(address))
        is_new = not self.identities.was_known(name)

        def look_up(session: Session) -> Identity | None:
            if is_new:
                self._attempts.require_unblocked(session, *guess, now)
            return find_key(session, name[1], now)

        if key.startswith(PREFIX) and is_well_formed(key):
            found = await self._database.read(look_up)
            if found:
                return found
        await self._database.write(lambda session: self._attempts.begin(session, [guess], now))
        raise AccountNeeded(given=True)

    async def _by_token(self, token: str, now: datetime) -> Identity:
        name: _Name = ("token", hash_token(token))
        identity = self._find(name, now)
        if identity is None:
            try:
                claims = self._tokens.read(token, now)
            except UnknownKeyVersion:
                await self._reload_versions()
                claims = self._tokens.read(token, now)
            identity = await self._database.read(lambda session: find_holder(session, claims))
            self.identities.keep(name, identity)
        return identity

    async def _by_cookie(self, cookie: str, now: datetime) -> Identity:
        name: _Name = ("session", hash_token(cookie))
        identity = self._find(name, now)
        if identity is None:
            idle = self._settings.session_idle
            identity = await self._database.read(lambda session: find_session(session, name[1], idle, now))
            self.identities.keep(name, identity)
        self._used[name] = (identity.client.session_id, now)
        return identity

    def _find(self, name: _Name, now: datetime) -> Identity | None:
        identity = self.identities.find(name)
        is_over = identity is not None and identity.ends_at is not None and identity.ends_at <= now
        return None if is_over else identity

    async def _reload_versions(self) -> None:
        if time.monotonic() - self._reloaded < _RELOAD_INTERVAL:
            raise SessionEnded
        self._reloaded = time.monotonic()
        versions = await self._database.read(lambda session: read_secret_versions(session, "access_token"))
        self._tokens.use(versions, self._clock())


def _write_uses(session: Session, used: dict[_Name, tuple[str, datetime]]) -> None:
    """The latest use of each credential; another server may have noted a later one."""
    for (kind, _), (row_id, at) in used.items():
        if kind == "key":
            session.execute(
                update(ApiKey)
                .where(ApiKey.id == row_id, (ApiKey.last_used_at.is_(None)) | (ApiKey.last_used_at < at))
                .values(last_used_at=at)
            )
        else:
            session.execute(
                update(BrowserSession)
                .where(BrowserSession.id == row_id, BrowserSession.last_seen_at < at)
                .values(last_seen_at=at)
            )
