"""What accounts are given, by plans, packs, subscriptions and the operator, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias, cast

from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, bindparam, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from huisheng.server.database.ids import new_id
from huisheng.server.ledger import chart, repository
from huisheng.server.ledger.errors import LedgerFault
from huisheng.server.ledger.repository import AnyRow, Balance, Fact
from huisheng.server.ledger.service import post, transfer
from huisheng.server.plans.catalogue import Meter, PlanLimits
from huisheng.server.usage.models import Grant

Source: TypeAlias = Literal["free", "pack", "subscription", "gift"]
"""Where a grant comes from."""

GRANTS: Final = cast("Table", Grant.__table__)

_LIMITS: Final = TypeAdapter(PlanLimits)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """An allowance to be given.

    Attributes:
        account_id: whom to.
        meter: what it counts.
        amount: units, above zero.
        source: where it comes from.
        key: names it, so that it is given once: `order:<order>:<meter>`, `gift:<…>`.
        starts_at: it can be used from then on.
        ends_at: and until then; None for ever.
        reference: the order or period that it comes from.
        price_version: of the plan file in which it was bought.
        limits: of what was bought; None where it brings none of its own.
    """

    account_id: str
    meter: Meter
    amount: int
    source: Source
    key: str
    starts_at: datetime
    ends_at: datetime | None
    reference: str = ""
    price_version: str = ""
    limits: PlanLimits | None = None


@dataclass(frozen=True, slots=True)
class GrantBalance:
    """A grant and what is left of it.

    Attributes:
        id: of the grant; empty for the free allowance of a day of which nothing was used yet.
        amount: that was given.
        balance: what is left, and how it was added up.
        limits: None where it brings none of its own.
        ledger_account_id: its account in the books.
        reserved_id: the one of what is reserved in its meter; None where nothing ever was.
    """

    id: str
    key: str
    meter: Meter
    amount: int
    source: Source
    reference: str
    starts_at: datetime
    ends_at: datetime | None
    limits: PlanLimits | None
    ledger_account_id: int
    reserved_id: int | None
    balance: Balance

    @property
    def remaining(self) -> int:
        """What is left."""
        return self.balance.amount

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Grants are used in this order: those that end first, of those the ones that began first."""
        return self.ends_at or _NEVER, self.starts_at, self.key


def give(session: Session, new: NewGrant, now: datetime) -> str:
    """Give an account an allowance, once; returns the id of the grant, also where it was given before.

    Raises:
        LedgerFault: the amount is not above zero.
    """
    if new.amount <= 0:
        raise LedgerFault(f"a grant of {new.amount}")
    connection = session.connection()
    repository.lock_accounts(connection, {new.account_id})
    known = connection.execute(_FIND_KEY, {"key": new.key}).scalar_one_or_none()
    if known is not None:
        return known
    grant_id = new_id("grt")
    account = chart.grant_account(new.account_id, new.meter, grant_id)
    fact = Fact(
        f"issue:{grant_id}", "issue", now, new.account_id, new.reference or new.key, new.price_version or None
    )
    post(
        session,
        fact,
        transfer(new.amount, chart.issued_account(new.meter), account),
    )
    number = repository.find_ledger_accounts(connection, {account})[account]
    connection.execute(insert(GRANTS), _row(grant_id, new, now, number))
    return grant_id


def take_back(session: Session, grant_id: str, amount: int | None, key: str, now: datetime) -> int:
    """Take unused units of a grant back, as for a refund.

    Args:
        session: of a unit of work that writes.
        grant_id: of what.
        amount: at most; None for all of it, and then it ends: what requests under way give back later is
            not used any more.
        key: names the fact, such as `revoke:<refund>:<grant>`: what was taken under it before is returned.
        now: the time.

    Returns:
        how many units were taken.
    """
    connection = session.connection()
    grant = connection.execute(select(GRANTS).where(GRANTS.c.id == grant_id)).one()
    repository.lock_accounts(connection, {grant.account_id})
    if amount is None and (grant.ends_at is None or grant.ends_at > now):
        connection.execute(update(GRANTS).where(GRANTS.c.id == grant_id).values(ends_at=now))
    if rows := repository.find_journal(connection, key):
        return max(row.amount for row in rows)
    left = _remaining(connection, grant)
    taken = left if amount is None else min(amount, left)
    if taken > 0:
        account = chart.grant_account(grant.account_id, grant.meter, grant_id)
        fact = Fact(key, "revoke", now, grant.account_id, grant_id)
        post(
            session,
            fact,
            transfer(taken, account, chart.issued_account(grant.meter)),
        )
    return max(taken, 0)


def find_grants(session: Session, reference: str) -> list[GrantBalance]:
    """The grants that come from an order or a period, also those that are over."""
    return _read_balances(session.connection().execute(_BY_REFERENCE, {"reference": reference}).all())


def live_grants(connection: Connection, account_id: str, now: datetime) -> list[GrantBalance]:
    """The grants that can be used now, in the order in which they are; some may be used up."""
    rows = connection.execute(_LIVE, {"account_id": account_id, "now": now}).all()
    return sorted(_read_balances(rows), key=lambda grant: grant.order)


def expire(session: Session, now: datetime, limit: int) -> int:
    """Expire what is left of grants that are over, of at most so many; returns of how many."""
    connection = session.connection()
    over = connection.execute(_OVER, {"now": now, "limit": limit}).all()
    repository.lock_accounts(connection, {grant.account_id for grant in over})
    for grant in over:
        left = _remaining(connection, grant)
        if left > 0:
            account = chart.grant_account(grant.account_id, grant.meter, grant.id)
            fact = Fact(f"expire:{grant.id}", "expire", now, grant.account_id, grant.id)
            post(
                session,
                fact,
                transfer(left, account, chart.expired_account(grant.meter)),
            )
    if over:
        ids = [grant.id for grant in over]
        connection.execute(update(GRANTS).where(GRANTS.c.id.in_(ids)).values(expired_at=now))
    return len(over)


def is_given(connection: Connection, key: str) -> bool:
    """Whether there is a grant of this key."""
    return connection.execute(_FIND_KEY, {"key": key}).first() is not None


def format_limits(limits: PlanLimits | None) -> str:
    """Limits as a grant keeps them."""
    return _LIMITS.dump_json(limits).decode() if limits else ""


@lru_cache(maxsize=256)
def parse_limits(written: str) -> PlanLimits | None:
    """The limits that a grant keeps."""
    return _LIMITS.validate_json(written) if written else None


def _remaining(connection: Connection, grant: AnyRow) -> int:
    number = grant.ledger_account_id
    return repository.find_balances(connection, [number])[number].amount


def _read_balances(rows: Sequence[AnyRow]) -> list[GrantBalance]:
    return [
        GrantBalance(
            *(row.id, row.key, row.meter, row.given, row.source, row.reference, row.starts_at, row.ends_at),
            parse_limits(row.limits),
            row.ledger_account_id,
            row.reserved_id,
            Balance(int(row.amount), row.entries, row.last),
        )
        for row in rows
    ]


def _row(grant_id: str, new: NewGrant, now: datetime, ledger_account_id: int) -> dict[str, Any]:
    return {
        "id": grant_id,
        "key": new.key,
        "account_id": new.account_id,
        "meter": new.meter,
        "amount": new.amount,
        "source": new.source,
        "reference": new.reference,
        "price_version": new.price_version,
        "limits": format_limits(new.limits),
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "expired_at": None,
        "created_at": now,
        "ledger_account_id": ledger_account_id,
    }


_QUERY: Final = repository.balance_query(GRANTS, GRANTS.c.ledger_account_id)
_RESERVED_ID: Final = (
    select(repository.ACCOUNTS.c.id)
    .where(
        repository.ACCOUNTS.c.owner == GRANTS.c.account_id,
        repository.ACCOUNTS.c.kind == literal("reserved"),
        repository.ACCOUNTS.c.unit == GRANTS.c.meter,
        repository.ACCOUNTS.c.detail == literal(""),
    )
    .correlate(GRANTS)
    .scalar_subquery()
)
_WITH_BALANCE: Final = (
    select(
        *(GRANTS.c.id, GRANTS.c.key, GRANTS.c.meter, GRANTS.c.amount.label("given"), GRANTS.c.source),
        *(GRANTS.c.reference, GRANTS.c.starts_at, GRANTS.c.ends_at, GRANTS.c.limits),
        *(GRANTS.c.ledger_account_id, _RESERVED_ID.label("reserved_id")),
        *_QUERY.columns,
    )
    .select_from(_QUERY.source)
    .group_by(GRANTS.c.id, *_QUERY.groups)
)
_BY_REFERENCE: Final = _WITH_BALANCE.where(GRANTS.c.reference == bindparam("reference"))
_LIVE: Final = _WITH_BALANCE.where(
    GRANTS.c.account_id == bindparam("account_id"),
    GRANTS.c.starts_at <= bindparam("now"),
    or_(GRANTS.c.ends_at.is_(None), GRANTS.c.ends_at > bindparam("now")),
)
_FIND_KEY: Final = select(GRANTS.c.id).where(GRANTS.c.key == bindparam("key"))
_OVER: Final = (
    select(GRANTS)
    .where(GRANTS.c.expired_at.is_(None), GRANTS.c.ends_at <= bindparam("now"))
    .order_by(GRANTS.c.ends_at)
    .limit(bindparam("limit"))
)
