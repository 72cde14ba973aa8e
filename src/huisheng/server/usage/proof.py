"""What must hold of usage: grants, reservations, how they ended, and the records of what was used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, func, select, true
from sqlalchemy.orm import Session

from huisheng.server.ledger import repository
from huisheng.server.ledger.proof import Check, Fault
from huisheng.server.ledger.repository import ACCOUNTS, ENTRIES, JOURNALS
from huisheng.server.usage.endings import ENDS, RECORDS
from huisheng.server.usage.grants import GRANTS
from huisheng.server.usage.limits import RESERVATIONS
from huisheng.server.usage.reservations import INSTANCES

_GRACE: Final = timedelta(minutes=5)
"""Within which the reservations of a server that is taken for dead are released."""


def check_grants(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """No grant is below zero, has more than was given, or differs from the fact that gave it."""
    query = repository.balance_query(GRANTS, GRANTS.c.ledger_account_id)
    amount = query.columns[0]
    wrong = (
        select(GRANTS.c.id, GRANTS.c.amount, amount)
        .select_from(query.source)
        .group_by(GRANTS.c.id, *query.groups)
        .having((amount < 0) | (amount > GRANTS.c.amount))
    )
    for grant, given, left in session.execute(wrong):
        yield Fault("grants", grant, f"{left} is left of {given}")
    issued = (
        select(GRANTS.c.id, GRANTS.c.amount, ENTRIES.c.amount)
        .outerjoin(JOURNALS, JOURNALS.c.key == "issue:" + GRANTS.c.id)
        .outerjoin(
            ENTRIES,
            and_(
                ENTRIES.c.journal_id == JOURNALS.c.id,
                ENTRIES.c.ledger_account_id == GRANTS.c.ledger_account_id,
            ),
        )
        .where(ENTRIES.c.amount.is_distinct_from(GRANTS.c.amount))
    )
    for grant, given, entered in session.execute(issued):
        yield Fault("grants", grant, f"{given} was given, {entered} entered")


def check_reservations(session: Session, now: datetime) -> Iterable[Fault]:
    """Each reservation has ended once, or is open and its server lives or has died a moment ago."""
    wrong = (
        select(RESERVATIONS.c.id, RESERVATIONS.c.is_open, ENDS.c.outcome)
        .outerjoin(ENDS, ENDS.c.reservation_id == RESERVATIONS.c.id)
        .where(RESERVATIONS.c.is_open == ENDS.c.reservation_id.is_not(None))
    )
    for reservation, is_open, outcome in session.execute(wrong):
        state = "open" if is_open else "closed"
        yield Fault("reservations", reservation, f"it is {state}, and its end is {outcome}")
    abandoned = (
        select(RESERVATIONS.c.id, RESERVATIONS.c.instance)
        .join(INSTANCES, INSTANCES.c.id == RESERVATIONS.c.instance)
        .where(RESERVATIONS.c.is_open, INSTANCES.c.lease_until <= now - _GRACE)
    )
    for reservation, instance in session.execute(abandoned):
        yield Fault("reservations", reservation, f"its server {instance} is gone")


def check_records(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """Each reservation that was settled has a record of what was used, and no other has one."""
    settled = and_(ENDS.c.reservation_id == RESERVATIONS.c.id, ENDS.c.outcome == "settled")
    wrong = (
        select(RESERVATIONS.c.id, RECORDS.c.id)
        .outerjoin(ENDS, settled)
        .outerjoin(RECORDS, RECORDS.c.reservation_id == RESERVATIONS.c.id)
        .where(ENDS.c.reservation_id.is_(None) != RECORDS.c.id.is_(None))
    )
    for reservation, record in session.execute(wrong):
        found = "a record and no settlement" if record else "a settlement and no record"
        yield Fault("records", reservation, f"there is {found}")


def check_holdings(session: Session, now: datetime) -> Iterable[Fault]:  # noqa: ARG001 (a Check)
    """What an account has reserved is the sum of its open reservations, what it has used that of its records;
    each account and meter is told once.
    """
    reservations = _sums(
        session,
        RESERVATIONS.c.account_id,
        RESERVATIONS.c.meter,
        RESERVATIONS.c.amount,
        RESERVATIONS.c.is_open,
    )
    records = _sums(session, RECORDS.c.account_id, RECORDS.c.meter, RECORDS.c.charged, true())
    for kind, rows in (("reserved", reservations), ("used", records)):
        in_books = _sums(
            session,
            ACCOUNTS.c.owner,
            ACCOUNTS.c.unit,
            ENTRIES.c.amount,
            ACCOUNTS.c.kind == kind,
            _WITH_ENTRIES,
        )
        for name in sorted(rows.keys() | in_books.keys()):
            if rows.get(name, 0) != in_books.get(name, 0):
                account, meter = name
                told = f"{in_books.get(name, 0)} {meter} {kind} in the books, {rows.get(name, 0)} by its rows"
                yield Fault("holdings", account, told)


def _sums(
    session: Session,
    account: ColumnElement[str],
    meter: ColumnElement[str],
    amount: ColumnElement[int],
    condition: ColumnElement[bool],
    source: FromClause | None = None,
) -> dict[tuple[str, str], int]:
    """Account and meter → a sum of amounts."""
    statement = select(account, meter, func.sum(amount)).where(condition).group_by(account, meter)
    if source is not None:
        statement = statement.select_from(source)
    return {(row[0], row[1]): int(row[2]) for row in session.execute(statement)}


_WITH_ENTRIES: Final = ACCOUNTS.join(ENTRIES, ENTRIES.c.ledger_account_id == ACCOUNTS.c.id)

CHECKS: Final[tuple[Check, ...]] = (check_grants, check_reservations, check_records, check_holdings)
"""What must hold of usage."""
