"""Signing in at an OpenID provider: who is let in, and as whom.

An identity there is linked to a person here only where both sides have proved the same e-mail address, or
where the person was signed in here when they went there. Else anybody could take over an account by an
address that nobody has checked.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from huisheng.server.accounts import audit, mail
from huisheng.server.accounts.attempts import Attempt
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.browser_sessions import Visitor, open_session
from huisheng.server.accounts.errors import (
    EmailUnverified,
    IdentityConflict,
    SignInFailed,
    SignupClosed,
    UnknownObject,
)
from huisheng.server.accounts.identities import find_session
from huisheng.server.accounts.models import LinkedIdentity, OidcRequest, User
from huisheng.server.accounts.oidc_client import OidcProvider, RecognizedPerson
from huisheng.server.accounts.oidc_settings import ProviderSettings
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.people import add_user, own_account
from huisheng.server.accounts.repository import find_user
from huisheng.server.accounts.text import normalize_email, normalize_name
from huisheng.server.accounts.tokens import hash_token, new_token
from huisheng.server.guard.addresses import subscriber
from huisheng.server.guard.client import Client

LIFETIME: Final = timedelta(minutes=10)
"""That somebody has to sign in there."""
_HOME: Final = "/account"
_LONGEST_PATH: Final = 300


@dataclass(frozen=True, slots=True)
class _Request:
    """A sign-in that is under way, as its row has it."""

    nonce: str
    code_verifier: str
    return_to: str
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody has come back from a provider.

    Attributes:
        session_token: of the browser; empty where it has one already.
        return_to: path on this server.
    """

    session_token: str
    return_to: str


class OidcSignIn:
    """Signs people in at providers.

    Args:
        parts: of accounts.
        providers: by id.
    """

    def __init__(self, parts: AccountParts, providers: Mapping[str, ProviderSettings]) -> None:
        self._parts = parts
        self.names = {name: each.name or name for name, each in providers.items()}
        """What people call the providers, by id."""
        redirect = f"{parts.settings.public_url}/api/auth/oidc"
        self._providers = {
            name: OidcProvider(each, f"{redirect}/{name}/callback") for name, each in providers.items()
        }

    async def start(self, provider: str, return_to: str, client: Client, visitor: Visitor) -> tuple[str, str]:
        """Where a browser is to go, and the state that it has to bring back.

        Raises:
            UnknownObject: there is no such provider.
            SignInFailed: it does not answer.
            TooManyAttempts: this address has begun too many.
        """
        state, nonce, code_verifier = new_token(), new_token(), new_token()
        url = await self._find(provider).authorization_url(state, nonce, code_verifier)
        parts, now = self._parts, self._parts.clock()

        def work(session: Session) -> None:
            parts.attempts.begin(session, [_attempt(visitor)], now)
            session.add(
                OidcRequest(
                    state_hash=hash_token(state),
                    provider=provider,
                    nonce=nonce,
                    code_verifier=code_verifier,
                    return_to=local_path(return_to),
                    user_id=client.user_id or None,
                    expires_at=now + LIFETIME,
                )
            )

        await parts.database.write(work)
        return url, state

    async def finish(
        self,
        provider: str,
        answer: Mapping[str, str],
        bound_state: str,
        session_token: str,
        visitor: Visitor,
    ) -> Arrival:
        """Let in whom a provider has recognized.

        Args:
            provider: its id.
            answer: the fields with which it sent the browser back.
            bound_state: the state in the browser's cookie.
            session_token: in its other cookie; empty for none.
            visitor: where the browser is.

        Raises:
            UnknownObject: there is no such provider.
            SignInFailed: it was not begun in this browser, not ended, or cannot be trusted.
            SignupClosed: the person is new, and nobody can sign up.
            EmailUnverified: the provider does not vouch for an address.
            IdentityConflict: the address has an account that is not known to be the same person's.
        """
        found = self._find(provider)
        parts, now = self._parts, self._parts.clock()
        state, code = answer.get("state", ""), answer.get("code", "")
        if not state or not hmac.compare_digest(state.encode(), bound_state.encode()):
            raise SignInFailed
        request = await parts.database.write(lambda session: _take(session, provider, state, now))
        if request is None or not code:
            raise SignInFailed
        person = await found.recognize(code, answer.get("iss", ""), request.nonce, request.code_verifier, now)

        def work(session: Session) -> str:
            parts.attempts.take_back(session, *_attempt(visitor))
            if request.user_id:
                self._link_signed_in(session, provider, person, request.user_id, session_token, visitor)
                return ""
            user = self._admit(session, provider, person, visitor, now)
            account_id = own_account(session, user.id).id
            actor = Actor(user.id, visitor.address)
            detail = {"provider": provider}
            audit.record(session, actor, "session.created", now, account_id=account_id, detail=detail)
            return open_session(session, user, account_id, visitor, parts.settings, now)

        return Arrival(await parts.database.write(work), request.return_to)

    def _find(self, provider: str) -> OidcProvider:
        found = self._providers.get(provider)
        if found is None:
            raise UnknownObject
        return found

    def _admit(
        self, session: Session, provider: str, person: RecognizedPerson, visitor: Visitor, now: datetime
    ) -> User:
        """The person here; a new one, or newly linked, where the rules allow it."""
        identity = session.get(LinkedIdentity, (provider, person.subject))
        if identity is not None:
            user = session.get_one(User, identity.user_id)
            if user.erased_at:
                raise SignInFailed
            return user
        email = _email(person)
        user = find_user(session, email)
        if user is None:
            if self._parts.signup_rule == "closed":
                raise SignupClosed
            user = add_user(session, email, now, name=_name(person), is_verified=True)
        elif user.email_verified_at is None:
            raise IdentityConflict
        self._link(session, provider, person, user, visitor, now)
        return user

    def _link_signed_in(
        self,
        session: Session,
        provider: str,
        person: RecognizedPerson,
        user_id: str,
        session_token: str,
        visitor: Visitor,
    ) -> None:
        """Link an identity to whoever is still signed in in this browser."""
        now, settings = self._parts.clock(), self._parts.settings
        client = find_session(session, hash_token(session_token), settings.session_idle, now).client
        identity = session.get(LinkedIdentity, (provider, person.subject))
        if client.user_id != user_id:
            raise SignInFailed
        if identity is None:
            self._link(session, provider, person, session.get_one(User, user_id), visitor, now)
        elif identity.user_id != user_id:
            raise IdentityConflict

    def _link(
        self,
        session: Session,
        provider: str,
        person: RecognizedPerson,
        user: User,
        visitor: Visitor,
        now: datetime,
    ) -> None:
        session.add(
            LinkedIdentity(provider=provider, subject=person.subject, user_id=user.id, created_at=now)
        )
        session.flush()
        account_id = own_account(session, user.id).id
        actor, detail = Actor(user.id, visitor.address), {"provider": provider}
        audit.record(session, actor, "identity.linked", now, account_id=account_id, detail=detail)
        if user.email and user.password_hash:
            values = {
                "provider": self.names[provider],
                "address": visitor.address,
                "link": self._parts.link("signin"),
            }
            key = f"linked:{provider}:{hash_token(person.subject)}"
            mail.enqueue(session, key, user.email, "identity_linked", user.locale, values, now)


def local_path(written: str) -> str:
    """A path of this server, whatever was written: browsers take two slashes, or one and a backslash, for the
    beginning of another.
    """
    is_local = (
        written.startswith("/")
        and not written.startswith("//")
        and "\\" not in written
        and written.isascii()
        and written.isprintable()
        and len(written) <= _LONGEST_PATH
    )
    return written if is_local else _HOME


def _attempt(visitor: Visitor) -> Attempt:
    return "oidc", subscriber(visitor.address)


def _take(session: Session, provider: str, state: str, now: datetime) -> _Request | None:
    """A request that is under way; it is used up."""
    row = session.get(OidcRequest, hash_token(state), with_for_update=True)
    if row is None:
        return None
    session.delete(row)
    if row.provider != provider or row.expires_at <= now:
        return None
    return _Request(row.nonce, row.code_verifier, row.return_to, row.user_id)


def _email(person: RecognizedPerson) -> str:
    """The address that the provider vouches for.

    Raises:
        EmailUnverified: it vouches for none.
    """
    try:
        return normalize_email(person.email)
    except ValueError as error:
        raise EmailUnverified from error


def _name(person: RecognizedPerson) -> str:
    try:
        return normalize_name(person.name)[:80]
    except ValueError:
        return ""
