"""Who a credential stands for, asked of the database: a statement for each kind, one for private voices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import cast

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from huisheng.server.accounts.access_tokens import AccessClaims
from huisheng.server.accounts.models import (
    Account,
    ApiKey,
    BrowserSession,
    Membership,
    RefreshToken,
    User,
)
from huisheng.server.accounts.private_voices import hidden_from
from huisheng.server.guard.addresses import Network
from huisheng.server.guard.client import Client, Role, Scope
from huisheng.server.guard.errors import CredentialExpired, SessionEnded
from huisheng.server.permissions import ROLE_SCOPES


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a credential stands for.

    Attributes:
        client: the sender, but for the address.
        ends_at: the credential is worth nothing from then on; None for no end.
        networks: that it may come from; empty for all.
    """

    client: Client
    ends_at: datetime | None = None
    networks: Sequence[Network] = ()


def find_key(session: Session, key_hash: str, now: datetime) -> Identity | None:
    """Who an API key stands for; None where there is no such key.

    Raises:
        CredentialExpired: it may be used no more.
    """
    found = session.execute(
        select(ApiKey, Account)
        .join(Account, Account.id == ApiKey.account_id)
        .where(ApiKey.key_hash == key_hash)
    ).first()
    if found is None:
        return None
    key, account = found
    is_over = key.expires_at is not None and key.expires_at <= now
    if key.revoked_at or is_over or account.erased_at:
        raise CredentialExpired
    client = Client(
        key_id=key.id,
        account_id=account.id,
        via="key",
        scopes=frozenset(cast("list[Scope]", key.scopes)),
        suspended_by="operator" if account.suspended_at else "",
        hidden_voices=hidden_from(session, account.id),
    )
    return Identity(client, key.expires_at, tuple(ip_network(each) for each in key.addresses))


def find_session(session: Session, token_hash: str, idle: timedelta, now: datetime) -> Identity:
    """Whose browser has a session.

    Args:
        session: of a unit of work.
        token_hash: of the session's token.
        idle: how long a browser may send nothing.
        now: the time.

    Raises:
        SessionEnded: nobody's any more.
    """
    found = session.execute(
        select(BrowserSession, User, Account, Membership.role)
        .join(User, User.id == BrowserSession.user_id)
        .join(Account, Account.id == BrowserSession.account_id)
        .join(Membership, and_(Membership.user_id == User.id, Membership.account_id == Account.id))
        .where(BrowserSession.token_hash == token_hash)
    ).first()
    if found is None:
        raise SessionEnded
    row, user, account, role = found
    ends_at = min(row.expires_at, row.last_seen_at + idle)
    is_outdated = row.credential_epoch != user.credential_epoch
    if row.revoked_at or ends_at <= now or is_outdated or user.erased_at or account.erased_at:
        raise SessionEnded
    return Identity(_person(session, user, account, cast("Role", role), row.id), ends_at)


def find_holder(session: Session, claims: AccessClaims) -> Identity:
    """Whose app has an access token.

    Raises:
        SessionEnded: nobody's any more.
    """
    is_alive = exists().where(RefreshToken.family == claims.family, RefreshToken.revoked_at.is_(None))
    found = session.execute(
        select(User, Account, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Account, Account.id == Membership.account_id)
        .where(User.id == claims.user_id, Account.id == claims.account_id, is_alive)
    ).first()
    if found is None:
        raise SessionEnded
    user, account, role = found
    if user.credential_epoch != claims.epoch or user.erased_at or account.erased_at:
        raise SessionEnded
    return Identity(_person(session, user, account, cast("Role", role)), claims.expires_at)


def _person(session: Session, user: User, account: Account, role: Role, session_id: str = "") -> Client:
    """A person: with a browser, where there is a session's id, else with an app."""
    return Client(
        account_id=account.id,
        user_id=user.id,
        session_id=session_id,
        via="session" if session_id else "token",
        role=role,
        scopes=ROLE_SCOPES[role],
        is_operator=user.is_operator,
        suspended_by="operator" if account.suspended_at else "",
        hidden_voices=frozenset() if user.is_operator else hidden_from(session, account.id),
    )
