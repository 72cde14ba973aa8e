"""Revenue and usage over a while, added up by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from huisheng.server.accounts.models import Account
from huisheng.server.admin.errors import InvalidInterval
from huisheng.server.admin.repository import FAILED
from huisheng.server.billing.models import Payment, Refund
from huisheng.server.database.models import UtcDateTime
from huisheng.server.plans.calendar import day_interval, local_day
from huisheng.server.usage.models import UsageRecord

LONGEST: Final = 366
"""Days of a report."""
_SHOWN: Final = 100
"""Accounts, voices or routes of a report: those with the most calls."""
_SOONEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2999, 12, 31)
"""Days that a report may end with."""
_USUAL: Final = 30
"""Days, where none are asked for."""

UsageGroup: TypeAlias = Literal["day", "account", "voice", "route"]
RevenueGroup: TypeAlias = Literal["day", "month", "method"]


_KEYS: Final[Mapping[UsageGroup, InstrumentedAttribute[Any]]] = {
    "day": UsageRecord.day,
    "account": UsageRecord.account_id,
    "voice": UsageRecord.voice,
    "route": UsageRecord.route,
}


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a report, the last one included."""

    first: date
    last: date

    @property
    def all(self) -> Sequence[date]:
        """Each of them."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """What a method of payment brought, and what went back, in fen: on a day, in the month that begins with
    it, or in all of the time, where it is None.
    """

    day: date | None
    method: str
    payments: int
    received_fen: int
    refunds: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What was used: of a day, an account, a voice or a route. `name` is that of the account."""

    key: str
    name: str
    calls: int
    characters: int
    milliseconds: int


def choose_days(first: date | None, last: date | None, now: datetime, zone: ZoneInfo) -> Days:
    """The days that are asked for; the last thirty, where none are.

    Raises:
        InvalidInterval: they are in the wrong order, or too many.
    """
    end = last or local_day(now, zone)
    begin = first or max(end, _SOONEST) - timedelta(days=_USUAL - 1)
    if not (0 <= (end - begin).days < LONGEST and _SOONEST <= end <= _LATEST):
        raise InvalidInterval(LONGEST)
    return Days(begin, end)


def revenue(session: Session, days: Days, zone: ZoneInfo) -> Sequence[RevenueRow]:
    """What came and what went back, of each day and method of payment on which anything did.

    Args:
        session: of a unit of work.
        days: of the report.
        zone: in which they are days.
    """
    intervals = _intervals(days, zone)
    received = _add_up(session, intervals, sa.select(Payment.method), Payment.paid_at, Payment.amount_fen)
    going_back = sa.select(Payment.method).join(Refund, Refund.payment_id == Payment.id)
    kept = going_back.where(Refund.status != FAILED)
    refunded = _add_up(session, intervals, kept, Refund.created_at, Refund.amount_fen)
    return [
        RevenueRow(day, method, *received.get((day, method), (0, 0)), *refunded.get((day, method), (0, 0)))
        for day, method in sorted(received.keys() | refunded.keys())
    ]


def sum_up(rows: Sequence[RevenueRow], group: RevenueGroup) -> Sequence[RevenueRow]:
    """Rows of days as they are, or their sums for each method: of each month, or of all of the time."""
    sums: dict[tuple[date | None, str], list[int]] = {}
    for row in rows:
        place = sums.setdefault((_period_of(row.day, group), row.method), [0, 0, 0, 0])
        parts = (row.payments, row.received_fen, row.refunds, row.refunded_fen)
        place[:] = [before + part for before, part in zip(place, parts, strict=True)]
    return [RevenueRow(day, method, *sums[day, method]) for day, method in sums]


def _period_of(day: date | None, group: RevenueGroup) -> date | None:
    if day is None or group == "method":
        return None
    return day.replace(day=1) if group == "month" else day


def usage(session: Session, days: Days, group: UsageGroup) -> Sequence[UsageRow]:
    """What was used on some days, each in the zone of its account: of every day, or of the busiest others."""
    key, calls = _KEYS[group], sa.func.sum(UsageRecord.requests)
    query = (
        sa.select(key, calls, sa.func.sum(UsageRecord.characters), sa.func.sum(UsageRecord.milliseconds))
        .where(UsageRecord.day.between(days.first, days.last))
        .group_by(key)
    )
    query = query.order_by(key) if group == "day" else query.order_by(calls.desc(), key).limit(_SHOWN)
    rows = [(str(row[0]), *map(int, row[1:])) for row in session.execute(query)]
    names = _names(session, [row[0] for row in rows]) if group == "account" else {}
    return [UsageRow(row[0], names.get(row[0], ""), *row[1:]) for row in rows]


def _add_up(
    session: Session,
    intervals: sa.CTE,
    rows: sa.Select[str],
    at: InstrumentedAttribute[datetime],
    amount: InstrumentedAttribute[int],
) -> dict[tuple[date, str], tuple[int, int]]:
    """Day and method of payment → how many rows there are, and the sum of their amounts.

    Args:
        session: of a unit of work.
        intervals: the days.
        rows: selects the method of each row.
        at: the row's moment.
        amount: of the row, in fen.
    """
    day = intervals.c.day
    statement = (
        rows.join(intervals, (at >= intervals.c.start) & (at < intervals.c.stop))
        .add_columns(day, sa.func.count(), sa.func.sum(amount))
        .group_by(Payment.method, day)
    )
    found = session.execute(statement)
    return {(on, method): (count, int(total)) for method, on, count, total in found}


def _names(session: Session, account_ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return {row.id: row.name for row in rows}


def _intervals(days: Days, zone: ZoneInfo) -> sa.CTE:
    """A table of the days with their first moments and those of the days after them."""
    columns = sa.column("day", sa.Date), sa.column("start", UtcDateTime), sa.column("stop", UtcDateTime)
    rows = [(day, interval.start, interval.end) for day in days.all for interval in [day_interval(day, zone)]]
    return sa.values(*columns, name="days").data(rows).cte("intervals")
