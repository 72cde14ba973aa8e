"""What is free each day: for a person, not for an account.

Whoever deletes an account and signs up again, or has several addresses that lead to one mailbox, has one free
day with all of them; an organization, of which a person can have any number, has none of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from typing import Final, cast

from sqlalchemy import Connection, Table, and_, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, Membership, Secret, User
from huisheng.server.plans.calendar import day_interval, local_day, parse_zone
from huisheng.server.plans.catalogue import Catalogue
from huisheng.server.usage.grants import NewGrant, give, is_given

PERSONAL: Final = "personal"
"""The kind of an account that may have a free day."""

_DOTLESS: Final = frozenset({"gmail.com", "googlemail.com"})
"""Hosts to which dots before the @ mean nothing."""

_ACCOUNTS: Final = cast("Table", Account.__table__)
_MEMBERS: Final = cast("Table", Membership.__table__)
_USERS: Final = cast("Table", User.__table__)


def free_day(
    connection: Connection, account_id: str, zone: str, now: datetime, catalogue: Catalogue
) -> tuple[NewGrant, ...]:
    """What an account has free today and was not given yet, a grant for each meter.

    Args:
        connection: to the database.
        account_id: whose day it is.
        zone: of the account.
        now: the time.
        catalogue: what is free.
    """
    terms = catalogue.free_at(now)
    day = local_day(now, parse_zone(zone))
    holder = _find_holder(connection, account_id, day) if terms.allowances else None
    if holder is None:
        return ()
    interval = day_interval(day, parse_zone(zone))
    grants = (
        NewGrant(
            account_id,
            allowance.meter,
            allowance.amount,
            "free",
            f"free:{holder}:{day.isoformat()}:{allowance.meter}",
            interval.start,
            interval.end,
            day.isoformat(),
            terms.id,
        )
        for allowance in terms.allowances
    )
    return tuple(new for new in grants if not is_given(connection, new.key))


def give_free_day(session: Session, account_id: str, zone: str, now: datetime, catalogue: Catalogue) -> bool:
    """Give an account what it has free today; whether that was anything.

    Where another account of the same person is given it at the same moment, this one has nothing.
    """
    new = free_day(session.connection(), account_id, zone, now, catalogue)
    if not new:
        return False
    try:
        with session.begin_nested():
            for each in new:
                give(session, each, now)
    except IntegrityError:
        return False
    return True


def canonical_mailbox(email: str) -> str:
    """The mailbox that an address leads to: what stands behind a plus is the reader's own mark."""
    local, _, host = email.rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if host in _DOTLESS else local}@{host}"


def _find_holder(connection: Connection, account_id: str, day: date) -> str | None:
    """Who has the free day of an account: a keyed hash of the person's mailbox and the day, by which nobody
    is known and days of one person are not known as such; None for an organization.
    """
    kind, email = connection.execute(_OWNER, {"account_id": account_id}).first() or ("", None)
    if kind != PERSONAL:
        return None
    if email is None:
        return account_id
    secret = connection.execute(_SECRET).scalar() or b""
    said = f"free day:{day.isoformat()}:{canonical_mailbox(email)}"
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()[:32]


_OWNER: Final = (
    select(_ACCOUNTS.c.kind, _USERS.c.email)
    .select_from(
        _ACCOUNTS.outerjoin(
            _MEMBERS, and_(_MEMBERS.c.account_id == _ACCOUNTS.c.id, _MEMBERS.c.role == "owner")
        ).outerjoin(_USERS, _USERS.c.id == _MEMBERS.c.user_id)
    )
    .where(_ACCOUNTS.c.id == bindparam("account_id"))
    .limit(1)
)
_SECRET: Final = select(Secret.value).where(Secret.purpose == "attempts").order_by(Secret.version).limit(1)
