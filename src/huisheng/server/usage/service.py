"""What an account has used."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from huisheng.errors import OutOfRange
from huisheng.server.accounts.models import Account, ApiKey
from huisheng.server.ledger.repository import AnyRow
from huisheng.server.plans.calendar import local_day, parse_zone
from huisheng.server.usage.endings import RECORDS
from huisheng.server.usage.schemas import AccountUsage, AccountUsageRow, AccountUsageTotals, Group

LONGEST: Final = 366
"""Days of one report."""
_USUAL: Final = 30
_MILLISECONDS: Final = 1000
_KEYS: Final = cast("Table", ApiKey.__table__)


def report(
    session: Session, account_id: str, first: date | None, last: date | None, group: Group, now: datetime
) -> AccountUsage:
    """Usage added up by the database.

    Args:
        session: of a unit of work.
        account_id: whose usage.
        first: day in the account's zone; thirty days before the last when None.
        last: the same; today when None.
        group: what it is added up by.
        now: the time.

    Raises:
        OutOfRange: the last day is before the first, or too far behind it.
    """
    zone = session.get_one(Account, account_id).zone
    last = last or local_day(now, parse_zone(zone))
    first = first or date.fromordinal(max(last.toordinal() - _USUAL + 1, 1))
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST:
        raise OutOfRange("to", days, 1, LONGEST)
    rows = _rows(session, account_id, first, last, group)
    totals = AccountUsageTotals(
        calls=sum(row.calls for row in rows),
        characters=sum(row.characters for row in rows),
        seconds=round(sum(row.seconds for row in rows), 3),
    )
    return AccountUsage(zone=zone, first=first, last=last, group=group, rows=rows, totals=totals)


def _rows(session: Session, account_id: str, first: date, last: date, group: Group) -> list[AccountUsageRow]:
    column = {"day": RECORDS.c.day, "key": RECORDS.c.key_id, "voice": RECORDS.c.voice}[group]
    sums = (func.sum(RECORDS.c.requests), func.sum(RECORDS.c.characters), func.sum(RECORDS.c.milliseconds))
    mine = (RECORDS.c.account_id == account_id, RECORDS.c.day.between(first, last))
    statement = select(column, *sums).where(*mine).group_by(column).order_by(column)
    if group == "key":
        named = RECORDS.outerjoin(_KEYS, _KEYS.c.id == RECORDS.c.key_id)
        statement = select(column, *sums, func.max(_KEYS.c.name)).select_from(named).where(*mine)
        statement = statement.group_by(column).order_by(column)
    return [_row(group, row) for row in session.execute(statement)]


def _row(group: Group, row: AnyRow) -> AccountUsageRow:
    names = {"day": ("day",), "key": ("key_id", "key_name"), "voice": ("voice",)}[group]
    seconds = round(int(row[3]) / _MILLISECONDS, 3)
    values = (row[0], *row[4:])
    totals = {"calls": int(row[1]), "characters": int(row[2]), "seconds": seconds}
    return AccountUsageRow.model_validate({**totals, **dict(zip(names, values, strict=True))})
