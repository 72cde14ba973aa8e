"""The audit log: who did what to an account, or to the server, and from where.

Events are never changed. Addresses of people are kept beside them, so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Self, TypeAlias

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from huisheng.runtime.request import request_id
from huisheng.server.accounts.models import ApiKey, AuditEvent, AuditOrigin, Membership, User
from huisheng.server.guard.client import Client
from huisheng.server.paging import PageRequest

_NOBODY: Final = "anonymous"

AuditAction: TypeAlias = Literal[
    "account.created",
    "account.changed",
    "account.deleted",
    "account.suspended",
    "account.resumed",
    "account.flagged",
    "grant.given",
    "email.verified",
    "password.changed",
    "password.reset",
    "password.set",
    "session.created",
    "session.ended",
    "session.refused",
    "session.switched",
    "app.signed_in",
    "app.token_reused",
    "identity.linked",
    "identity.unlinked",
    "key.created",
    "key.changed",
    "key.revoked",
    "member.added",
    "member.removed",
    "member.role_changed",
    "invitation.created",
    "invitation.revoked",
    "order.cancelled",
    "order.confirmed",
    "order.refunded",
    "invoice.requested",
    "invoice.issued",
    "subscription.changed",
    "subscription.cancelled",
    "subscription.resumed",
    "voice.granted",
    "voice.revoked",
    "voice.hidden",
    "voice.published",
    "operator.created",
    "operator.dismissed",
]
"""Thing and deed. The pages have words for each, in both languages."""

ActorKind: TypeAlias = Literal["member", "former", "key", "operator", "system", "unknown"]
"""Who an actor is to the account: one of its people, or no more; an API key; whoever runs the server; this
server; nobody who is known."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something: the id of a user or of an API key, and the address it comes from."""

    id: str
    address: str = ""

    @classmethod
    def of(cls, client: Client) -> Self:
        """The sender of a request."""
        return cls(client.user_id or client.key_id or _NOBODY, client.address)


SYSTEM: Final = Actor("system")
"""This server, of its own accord."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event with where it came from; the address is empty once it is erased.

    `actor_name` is a name, or else an e-mail address; empty where the reader is not to know it.
    """

    id: int
    at: datetime
    account_id: str
    actor: str
    actor_kind: ActorKind
    actor_name: str
    action: str
    target: str
    detail: Mapping[str, Any]
    address: str


def record(
    session: Session,
    actor: Actor,
    action: AuditAction,
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
    session: Session, page: PageRequest, account_id: str = "", action: str = "", *, for_operator: bool = False
) -> Sequence[RecordedEvent]:
    """Events, the latest first, one more than the page holds.

    Args:
        session: of a unit of work.
        page: its cursor is the id of an event.
        account_id: of the account; empty for all, and for those of the server.
        action: only these; empty for all.
        for_operator: whether people are named who are none of the account's.
    """
    query = (
        select(AuditEvent, AuditOrigin.address, User, ApiKey.name, Membership.role)
        .outerjoin(AuditOrigin, AuditOrigin.event_id == AuditEvent.id)
        .outerjoin(User, User.id == AuditEvent.actor)
        .outerjoin(ApiKey, and_(ApiKey.id == AuditEvent.actor, ApiKey.account_id == AuditEvent.account_id))
        .outerjoin(
            Membership,
            and_(Membership.user_id == AuditEvent.actor, Membership.account_id == AuditEvent.account_id),
        )
    )
    if account_id:
        query = query.where(AuditEvent.account_id == account_id)
    if action:
        query = query.where(AuditEvent.action == action)
    if page.cursor.isdecimal():
        query = query.where(AuditEvent.id < int(page.cursor[:18]))
    rows = session.execute(query.order_by(AuditEvent.id.desc()).limit(page.limit + 1))
    return [_recorded_event(row, for_operator=for_operator) for row in rows]


def erase_origins(session: Session, account_id: str) -> None:
    """Erase where the events of an account came from."""
    events = select(AuditEvent.id).where(AuditEvent.account_id == account_id)
    session.execute(delete(AuditOrigin).where(AuditOrigin.event_id.in_(events)))


def _recorded_event(row: Any, *, for_operator: bool) -> RecordedEvent:  # noqa: ANN401 (a row of `list_events`)
    event, address, user, key, role = row
    kind = _kind_of(event.actor, user, key, role)
    name = key or ""
    if user is not None and (for_operator or kind == "member"):
        name = (user.email if for_operator else user.name) or user.email or ""
    return RecordedEvent(
        event.id,
        event.at,
        event.account_id or "",
        event.actor,
        kind,
        name,
        event.action,
        event.target,
        event.detail,
        address or "",
    )


def _kind_of(actor: str, user: User | None, key: str | None, role: str | None) -> ActorKind:
    if actor == SYSTEM.id:
        return "system"
    if key is not None:
        return "key"
    if user is None:  # keys of the settings have no row
        return "unknown" if actor == _NOBODY else "operator"
    if role is not None:
        return "member"
    return "operator" if user.is_operator else "former"
