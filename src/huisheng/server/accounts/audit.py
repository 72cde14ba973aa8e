"""The audit log: who did what to an account, or to the server, and from where.

Events are never changed. Addresses of people are kept beside them, so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from huisheng.runtime.request import request_id
from huisheng.server.accounts.models import AuditEvent, AuditOrigin
from huisheng.server.guard.client import Client
from huisheng.server.paging import PageRequest


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something: the id of a user or of an API key, and the address it comes from."""

    id: str
    address: str = ""

    @classmethod
    def of(cls, client: Client) -> Self:
        """The sender of a request."""
        return cls(client.user_id or client.key_id or "anonymous", client.address)


SYSTEM: Final = Actor("system")
"""This server, of its own accord."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event with where it came from; the address is empty once it is erased."""

    id: int
    at: datetime
    account_id: str
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    address: str


def record(
    session: Session,
    actor: Actor,
    action: str,
    now: datetime,
    *,
    account_id: str = "",
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an event, in the transaction of what it tells of.

    Args:
        session: of a unit of work that writes.
        actor: who did it.
        action: thing and deed, as `key.created`.
        now: when.
        account_id: of the account that it was done to; empty for the server itself.
        target: id of what it was done to, in the account.
        detail: more; nothing that names a person, since it cannot be erased.
    """
    event = AuditEvent(
        at=now,
        account_id=account_id or None,
        actor=actor.id,
        action=action,
        target=target,
        request_id=request_id.get(),
        detail=dict(detail or {}),
    )
    session.add(event)
    session.flush()
    if actor.address:
        session.add(AuditOrigin(event_id=event.id, address=actor.address))


def list_events(
    session: Session, page: PageRequest, account_id: str = "", action: str = ""
) -> Sequence[RecordedEvent]:
    """Events, the latest first, one more than the page holds.

    Args:
        session: of a unit of work.
        page: its cursor is the id of an event.
        account_id: of the account; empty for all, and for those of the server.
        action: only these; empty for all.
    """
    query = select(AuditEvent, AuditOrigin.address).outerjoin(
        AuditOrigin, AuditOrigin.event_id == AuditEvent.id
    )
    if account_id:
        query = query.where(AuditEvent.account_id == account_id)
    if action:
        query = query.where(AuditEvent.action == action)
    if page.cursor.isdecimal():
        query = query.where(AuditEvent.id < int(page.cursor[:18]))
    rows = session.execute(query.order_by(AuditEvent.id.desc()).limit(page.limit + 1))
    return [_recorded_event(event, address or "") for event, address in rows]


def erase_origins(session: Session, account_id: str) -> None:
    """Erase where the events of an account came from."""
    events = select(AuditEvent.id).where(AuditEvent.account_id == account_id)
    session.execute(delete(AuditOrigin).where(AuditOrigin.event_id.in_(events)))


def _recorded_event(event: AuditEvent, address: str) -> RecordedEvent:
    return RecordedEvent(
        event.id,
        event.at,
        event.account_id or "",
        event.actor,
        event.action,
        event.target,
        event.detail,
        address,
    )
