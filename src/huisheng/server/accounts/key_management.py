"""API keys of an account: made, listed, changed, revoked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit
from huisheng.server.accounts.api_keys import make_key, shown_prefix
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.errors import TooManyKeys, UnknownObject
from huisheng.server.accounts.models import Account, ApiKey
from huisheng.server.accounts.repository import count_keys, find_membership
from huisheng.server.accounts.tokens import hash_token
from huisheng.server.database.ids import new_id
from huisheng.server.guard.client import Client, Role, Scope
from huisheng.server.guard.errors import NotPermitted
from huisheng.server.permissions import ROLE_SCOPES

MOST: Final = 100
"""Keys of an account that are not revoked."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is asked for; see `ApiKey` for the fields."""

    name: str
    scopes: Sequence[Scope]
    expires_at: datetime | None
    addresses: Sequence[str]
    rate: str
    concurrency: int


def create_key(session: Session, client: Client, asked: NewKey, now: datetime) -> tuple[ApiKey, str]:
    """A new key: its row, and the key itself, which nobody sees again.

    Raises:
        NotPermitted: the client would give it scopes that it does not have itself.
        TooManyKeys: the account has enough.
    """
    session.get_one(Account, client.account_id, with_for_update=True)  # so that keys are counted in turn
    _require_own_scopes(session, client, asked.scopes, now)
    if count_keys(session, client.account_id) >= MOST:
        raise TooManyKeys(MOST)
    key = make_key()
    row = ApiKey(
        id=new_id("key"),
        account_id=client.account_id,
        created_by=client.user_id or _creator(session, client),
        name=asked.name,
        prefix=shown_prefix(key),
        key_hash=hash_token(key),
        scopes=sorted(asked.scopes),
        addresses=list(asked.addresses),
        rate=asked.rate,
        concurrency=asked.concurrency,
        created_at=now,
        expires_at=asked.expires_at,
    )
    session.add(row)
    session.flush()
    detail = {"scopes": row.scopes}
    actor = Actor.of(client)
    audit.record(
        session, actor, "key.created", now, account_id=client.account_id, target=row.id, detail=detail
    )
    return row, key


def list_keys(session: Session, account_id: str, limit: int, cursor: str) -> Sequence[ApiKey]:
    """The keys of an account, revoked ones too, the latest first; one more than `limit`."""
    query = select(ApiKey).where(ApiKey.account_id == account_id)
    if cursor:
        before = select(ApiKey.created_at).where(ApiKey.id == cursor).scalar_subquery()
        query = query.where(
            (ApiKey.created_at < before) | ((ApiKey.created_at == before) & (ApiKey.id < cursor))
        )
    return session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id.desc()).limit(limit + 1)).all()


def change_key(
    session: Session, client: Client, key_id: str, changes: Mapping[str, Any], now: datetime
) -> ApiKey:
    """Change fields of a key.

    Raises:
        UnknownObject: the account has no such key, or it is revoked.
        NotPermitted: the client would give it scopes that it does not have itself.
    """
    row = _find_key(session, client, key_id)
    if row.revoked_at is not None:
        raise UnknownObject
    _require_own_scopes(session, client, changes.get("scopes", ()), now)
    for field, value in changes.items():
        setattr(row, field, value)
    detail = {"fields": sorted(changes)}
    actor = Actor.of(client)
    audit.record(
        session, actor, "key.changed", now, account_id=client.account_id, target=key_id, detail=detail
    )
    return row


def revoke_key(session: Session, client: Client, key_id: str, now: datetime) -> None:
    """End a key for good.

    Raises:
        UnknownObject: the account has no such key.
    """
    row = _find_key(session, client, key_id)
    if row.revoked_at is None:
        row.revoked_at = now
        actor = Actor.of(client)
        audit.record(session, actor, "key.revoked", now, account_id=client.account_id, target=key_id)


def _find_key(session: Session, client: Client, key_id: str) -> ApiKey:
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None or row.account_id != client.account_id:
        raise UnknownObject
    return row


def _creator(session: Session, client: Client) -> str:
    """The person behind the key with which another one is made."""
    return session.get_one(ApiKey, client.key_id).created_by


def _require_own_scopes(session: Session, client: Client, scopes: Sequence[Scope], now: datetime) -> None:
    """Refuse a client that gives away what it does not have, or may not manage keys any more: what is known
    of it may be some seconds old, and a key lasts longer.
    """
    own = _current_scopes(session, client, now)
    if "account" not in own or not own.issuperset(scopes):
        raise NotPermitted


def _current_scopes(session: Session, client: Client, now: datetime) -> frozenset[str]:
    """The scopes of a client as they are now."""
    if client.user_id:
        membership = find_membership(session, client.account_id, client.user_id)
        return frozenset(ROLE_SCOPES[cast("Role", membership.role)] if membership else ())
    row = session.get(ApiKey, client.key_id, populate_existing=True)
    is_over = row is None or row.revoked_at or (row.expires_at is not None and row.expires_at <= now)
    return frozenset() if row is None or is_over else frozenset(row.scopes)
