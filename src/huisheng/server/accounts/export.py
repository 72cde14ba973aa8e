"""All that is kept of an account, as JSON. It is written to a file first, so that no slow reader holds the
database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import (
    Account,
    ApiKey,
    AuditEvent,
    BrowserSession,
    Invitation,
    LinkedIdentity,
    User,
)
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.repository import list_members
from huisheng.server.database.models import TableBase
from huisheng.server.guard.client import Client

_IN_MEMORY: Final = 1 << 20
"""Bytes; what is larger goes to a temporary file, which is gone with its last reader."""
_ROWS: Final = 500
_HIDDEN: Final = frozenset({"password_hash", "key_hash", "token_hash", "credential_epoch"})
"""What is no information about a person, and could help a thief."""


def write_export(session: Session, parts: AccountParts, client: Client, now: datetime) -> IO[bytes]:
    """An export of the account that a client works for, at its beginning.

    Args:
        session: of a unit of work that changes nothing.
        parts: of accounts.
        client: an owner who is signed in.
        now: the time.
    """
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (it outlives this function)
    file.write(b'{"exported_at": ' + _encode(now))
    for name, rows in _sections(session, parts, client):
        file.write(b', "' + name.encode() + b'": [')
        for number, row in enumerate(rows):
            file.write((b",\n" if number else b"\n") + _encode(row))
        file.write(b"]")
    file.write(b"}\n")
    file.seek(0)
    return file


def _sections(
    session: Session, parts: AccountParts, client: Client
) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    account_id, user_id = client.account_id, client.user_id
    yield "account", _rows(session, Account, Account.id == account_id)
    yield "user", _rows(session, User, User.id == user_id)
    yield "members", _members(session, account_id)
    yield "invitations", _rows(session, Invitation, Invitation.account_id == account_id)
    yield "keys", _rows(session, ApiKey, ApiKey.account_id == account_id)
    yield "sessions", _rows(session, BrowserSession, BrowserSession.user_id == user_id)
    yield "identities", _rows(session, LinkedIdentity, LinkedIdentity.user_id == user_id)
    yield "audit", _rows(session, AuditEvent, AuditEvent.account_id == account_id)
    for feature in parts.features:
        yield feature.name, feature.export(session, account_id)


def _rows(session: Session, model: type[TableBase], condition: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 (SQLAlchemy's)
    query = select(model.__table__).where(condition).execution_options(yield_per=_ROWS)
    for row in session.execute(query).mappings():
        yield {name: value for name, value in row.items() if name not in _HIDDEN}


def _members(session: Session, account_id: str) -> Iterator[Mapping[str, Any]]:
    for user, membership in list_members(session, account_id):
        yield {
            "user_id": user.id,
            "email": user.email,
            "name": user.name,
            "role": membership.role,
            "created_at": membership.created_at,
        }


def _encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_as_text).encode()


def _as_text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
