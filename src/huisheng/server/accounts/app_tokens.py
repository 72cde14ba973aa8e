"""Refresh tokens of apps. Each is good once and brings its successor; one that comes twice has been copied,
and its whole family ends (RFC 9700, 4.14.2).

An app may send the same token twice at once, or again because an answer was lost. For some seconds it is then
given the same successor, not a second one: whoever copied the token holds no other than the app does, and the
second use of the successor tells.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit, mail
from huisheng.server.accounts.access_tokens import LIFETIME, AccessClaims
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.browser_sessions import Visitor
from huisheng.server.accounts.errors import UnknownObject
from huisheng.server.accounts.models import RefreshToken, User
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.people import own_account
from huisheng.server.accounts.repository import list_accounts
from huisheng.server.accounts.secret_keys import ensure_secret
from huisheng.server.accounts.sign_in import prove_password
from huisheng.server.accounts.tokens import hash_token, new_token
from huisheng.server.database.ids import new_id
from huisheng.server.guard.errors import SessionEnded

_IDLE: Final = timedelta(days=30)
"""That a refresh token is good for; each use brings a new one."""
_REPEATED: Final = timedelta(seconds=10)
"""Within which a token that was used brings its successor again, while that is not used."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What an app gets: the access token is good for `expires_in` seconds."""

    access_token: str
    refresh_token: str
    expires_in: int = int(LIFETIME.total_seconds())


async def issue_tokens(
    parts: AccountParts, email: str, password: str, visitor: Visitor, account_id: str = ""
) -> TokenPair:
    """Sign an app in. Raises as `sign_in`.

    Args:
        parts: of accounts.
        email: of the person.
        password: of theirs.
        visitor: where the app is.
        account_id: one of theirs; empty for their own.

    Raises:
        UnknownObject: the account is none of theirs.
    """
    user_id = await prove_password(parts, email, password, visitor)
    now = parts.clock()

    def work(session: Session) -> TokenPair:
        user = session.get_one(User, user_id)
        chosen = account_id or own_account(session, user_id).id
        if chosen not in {place.account.id for place in list_accounts(session, user_id)}:
            raise UnknownObject
        audit.record(session, Actor(user_id, visitor.address), "app.signed_in", now, account_id=chosen)
        return _add_pair(session, parts, user, chosen, new_id("fam"), now, new_token())

    return await parts.database.write(work)


async def refresh(parts: AccountParts, token: str, visitor: Visitor) -> TokenPair:
    """A new pair for a refresh token, which is then used up.

    Raises:
        SessionEnded: it is unknown, used, revoked or too old.
    """
    now = parts.clock()
    pair = await parts.database.write(lambda session: _refresh(session, parts, token, visitor, now))
    if pair is None:
        parts.forget_identities()
        raise SessionEnded
    return pair


async def revoke(parts: AccountParts, token: str) -> None:
    """End the family of a refresh token; an unknown one is nothing to complain about (RFC 7009, 2.2)."""
    now = parts.clock()

    def work(session: Session) -> None:
        row = session.get(RefreshToken, hash_token(token))
        if row is not None:
            _revoke_family(session, row.family, now)

    await parts.database.write(work)
    parts.forget_identities()


def _refresh(
    session: Session, parts: AccountParts, token: str, visitor: Visitor, now: datetime
) -> TokenPair | None:
    """The next pair; None where there is none. What is done then, such as revoking, is kept."""
    token_hash = hash_token(token)
    row = session.get(RefreshToken, token_hash)
    if row is None:
        return None
    used: Any = session.execute(
        update(RefreshToken)
        .where(RefreshToken.token_hash == token_hash, RefreshToken.used_at.is_(None))
        .values(used_at=now)
    )
    session.refresh(row)
    user = session.get_one(User, row.user_id)
    successor = _successor(session, token, now)
    if not used.rowcount and not _is_repeated(session, row, successor, now):
        _end_copied_family(session, parts, row, user, visitor, now)
        return None
    is_member = row.account_id in {place.account.id for place in list_accounts(session, user.id)}
    is_outdated = row.credential_epoch != user.credential_epoch or row.expires_at <= now
    if row.revoked_at or is_outdated or user.erased_at or not is_member:
        return None
    if not used.rowcount:
        return _make_pair(parts, user, row.account_id, row.family, successor, now)
    return _add_pair(session, parts, user, row.account_id, row.family, now, successor)


def _successor(session: Session, token: str, now: datetime) -> str:
    """The token that comes after one: always the same, and known to this server alone until it is given."""
    secret = ensure_secret(session, "refresh_token", now)
    digest = hmac.new(secret, token.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _is_repeated(session: Session, row: RefreshToken, successor: str, now: datetime) -> bool:
    """Whether a token that was used has come again soon, and nobody has used its successor."""
    following = session.get(RefreshToken, hash_token(successor), populate_existing=True)
    is_soon = row.used_at is not None and now - row.used_at <= _REPEATED
    return is_soon and following is not None and following.used_at is None


def _end_copied_family(
    session: Session, parts: AccountParts, row: RefreshToken, user: User, visitor: Visitor, now: datetime
) -> None:
    """Whoever came second, or first, is a thief: nobody has the family any more, and its owner is told."""
    if not _revoke_family(session, row.family, now):
        return
    actor = Actor("anonymous", visitor.address)
    audit.record(session, actor, "app.token_reused", now, account_id=row.account_id, target=row.family)
    if user.email:
        values = {"link": parts.link("signin"), "address": visitor.address}
        mail.enqueue(session, f"reused:{row.family}", user.email, "token_reused", user.locale, values, now)


def _revoke_family(session: Session, family: str, now: datetime) -> bool:
    """End a family; False where it has ended before."""
    revoked: Any = session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return bool(revoked.rowcount)


def _add_pair(
    session: Session,
    parts: AccountParts,
    user: User,
    account_id: str,
    family: str,
    now: datetime,
    token: str,
) -> TokenPair:
    session.add(
        RefreshToken(
            token_hash=hash_token(token),
            family=family,
            user_id=user.id,
            account_id=account_id,
            credential_epoch=user.credential_epoch,
            created_at=now,
            expires_at=now + _IDLE,
        )
    )
    session.flush()
    return _make_pair(parts, user, account_id, family, token, now)


def _make_pair(
    parts: AccountParts, user: User, account_id: str, family: str, token: str, now: datetime
) -> TokenPair:
    claims = AccessClaims(user.id, account_id, user.credential_epoch, family, now + LIFETIME)
    return TokenPair(parts.tokens.issue(claims, now), token)
