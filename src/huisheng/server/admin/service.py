"""What an operator may do to an account. Everything that changes something is in the audit log, with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from huisheng.server.accounts import audit
from huisheng.server.accounts.audit import Actor, AuditAction
from huisheng.server.accounts.models import Account, BrowserSession, RefreshToken
from huisheng.server.admin.errors import AccountErased
from huisheng.server.admin.repository import find_account
from huisheng.server.errors import IdempotencyKeyReused
from huisheng.server.plans.catalogue import Meter
from huisheng.server.usage.grants import NewGrant, give
from huisheng.server.usage.models import Grant

COMMAND_LINE: Final = Actor("command_line")
"""Whoever can run commands on the server."""


@dataclass(frozen=True, slots=True)
class Gift:
    """An allowance that an operator gives.

    Attributes:
        account_id: whom to.
        meter: what it counts.
        amount: units.
        valid_days: from now; None for ever.
        reason: why.
        key: names the gift, so that it is given once.
    """

    account_id: str
    meter: Meter
    amount: int
    valid_days: int | None
    reason: str
    key: str


def suspend(session: Session, operator: Actor, account_id: str, reason: str, now: datetime) -> Account:
    """Have nothing more spoken for an account, and sign its people out; what runs is finished.

    Raises:
        AccountNotFound: there is none.
        AccountErased: it was deleted.
    """
    account = _changeable(session, account_id)
    if account.suspended_at is None:
        account.suspended_at, account.suspension_reason = now, reason
        _end_sessions(session, account_id, now)
        _record(session, operator, "account.suspended", account_id, now, reason)
    return account


def resume(session: Session, operator: Actor, account_id: str, reason: str, now: datetime) -> Account:
    """The opposite. Raises as `suspend`."""
    account = _changeable(session, account_id)
    if account.suspended_at is not None:
        account.suspended_at, account.suspension_reason = None, None
        _record(session, operator, "account.resumed", account_id, now, reason)
    return account


def set_flags(
    session: Session, operator: Actor, account_id: str, flags: Sequence[str], reason: str, now: datetime
) -> Account:
    """Replace the flags of an account. Raises as `suspend`."""
    account = _changeable(session, account_id)
    chosen = sorted(set(flags))
    if chosen != account.flags:
        account.flags = chosen
        _record(session, operator, "account.flagged", account_id, now, reason, flags=chosen)
    return account


def give_grant(session: Session, operator: Actor, gift: Gift, now: datetime) -> Grant:
    """Give an account an allowance, once for each key.

    Raises:
        AccountNotFound, AccountErased: see `suspend`.
        IdempotencyKeyReused: another gift has the key.
    """
    _changeable(session, gift.account_id)
    key = f"gift:{gift.account_id}:{gift.key}"
    known = session.scalar(select(Grant).where(Grant.key == key))
    if known is not None:
        if (known.meter, known.amount) != (gift.meter, gift.amount):
            raise IdempotencyKeyReused
        return known
    ends_at = now + timedelta(days=gift.valid_days) if gift.valid_days else None
    new = NewGrant(gift.account_id, gift.meter, gift.amount, "gift", key, now, ends_at)
    grant = session.get_one(Grant, give(session, new, now))
    detail = {"meter": gift.meter, "amount": gift.amount, "valid_days": gift.valid_days}
    _record(session, operator, "grant.given", gift.account_id, now, gift.reason, **detail)
    return grant


def _changeable(session: Session, account_id: str) -> Account:
    account = find_account(session, account_id, lock=True)
    if account.erased_at is not None:
        raise AccountErased
    return account


def _end_sessions(session: Session, account_id: str, now: datetime) -> None:
    """Sign out the browsers and apps that work for an account."""
    for table in (BrowserSession, RefreshToken):
        is_alive = (table.account_id == account_id, table.revoked_at.is_(None))
        session.execute(update(table).where(*is_alive).values(revoked_at=now))


def _record(
    session: Session,
    operator: Actor,
    action: AuditAction,
    account_id: str,
    now: datetime,
    reason: str,
    **detail: object,
) -> None:
    detail = {"reason": reason} | detail
    audit.record(session, operator, action, now, account_id=account_id, detail=detail)
