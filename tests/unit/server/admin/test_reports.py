"""Revenue and usage, added up by the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.server.admin.rows import NOW, add_customer, add_order, count_statements, pay, refund, use

from huisheng.server.admin import repository
from huisheng.server.admin.errors import InvalidInterval
from huisheng.server.admin.reports import (
    Days,
    RevenueRow,
    UsageGroup,
    UsageRow,
    choose_days,
    revenue,
    sum_up,
    usage,
)
from huisheng.server.database.database import Database
from huisheng.server.paging import PageRequest

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (None, None, Days(DAY - timedelta(days=29), DAY)),
        (DAY, None, Days(DAY, DAY)),
        (None, date(2026, 1, 30), Days(date(2026, 1, 1), date(2026, 1, 30))),
        (date(2026, 1, 1), date(2026, 12, 31), Days(date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_the_last_thirty_days_are_usual(first: date | None, last: date | None, days: Days) -> None:
    assert choose_days(first, last, NOW, SHANGHAI) == days


@pytest.mark.parametrize(
    ("first", "last"), [(DAY, DAY - timedelta(days=1)), (DAY - timedelta(days=366), DAY), (date.max, None)]
)
def test_days_that_are_none_or_too_many_are_refused(first: date, last: date | None) -> None:
    with pytest.raises(InvalidInterval):
        choose_days(first, last, NOW, SHANGHAI)


def test_revenue_is_by_the_day_of_the_zone_and_the_method(database: Database) -> None:
    """In Shanghai a day begins at 16:00 UTC."""
    begin = datetime(2026, 11, 22, tzinfo=SHANGHAI)
    with database.writing() as session:
        account = add_customer(session, "alice")
        first, second = (
            add_order(session, account, "a", 990),
            add_order(session, account, "b", 1990, "wechat"),
        )
        pay(session, first, 990, begin - timedelta(microseconds=1))
        payment = pay(session, second, 1990, begin)
        pay(session, second, 10, begin + timedelta(hours=23, minutes=59), "surplus")
        refund(session, payment, 500, begin + timedelta(days=1))
        refund(session, payment, 700, begin + timedelta(days=1), "failed")

    with database.reading() as session:
        rows = revenue(session, Days(date(2026, 11, 20), date(2026, 11, 23)), SHANGHAI)

    assert rows == [
        RevenueRow(date(2026, 11, 21), "manual", 1, 990, 0, 0),
        RevenueRow(date(2026, 11, 22), "wechat", 2, 2000, 0, 0),
        RevenueRow(date(2026, 11, 23), "wechat", 0, 0, 1, 500),
    ]


def test_no_moment_is_lost_or_counted_twice_where_clocks_are_moved(database: Database) -> None:
    """On 25 October 2026 the day has 25 hours in Berlin."""
    with database.writing() as session:
        order = add_order(session, add_customer(session, "alice"), "a", 1)
        for hour in range(3 * 24):
            pay(session, order, 1, datetime(2026, 10, 24, tzinfo=BERLIN) + timedelta(hours=hour), f"{hour}")
    days = Days(date(2026, 10, 23), date(2026, 10, 28))

    with database.reading() as session:
        rows = revenue(session, days, BERLIN)

    assert sum(row.payments for row in rows) == 72


def test_revenue_is_summed_up_by_month_and_by_method() -> None:
    rows = [
        RevenueRow(date(2026, 10, 31), "manual", 1, 990, 0, 0),
        RevenueRow(date(2026, 11, 1), "manual", 1, 10, 1, 500),
        RevenueRow(date(2026, 11, 2), "wechat", 2, 2000, 0, 0),
        RevenueRow(date(2026, 11, 30), "manual", 1, 1, 0, 0),
    ]

    assert sum_up(rows, "day") == rows
    assert sum_up(rows, "month") == [
        RevenueRow(date(2026, 10, 1), "manual", 1, 990, 0, 0),
        RevenueRow(date(2026, 11, 1), "manual", 2, 11, 1, 500),
        RevenueRow(date(2026, 11, 1), "wechat", 2, 2000, 0, 0),
    ]
    assert sum_up(rows, "method") == [
        RevenueRow(None, "manual", 3, 1001, 1, 500),
        RevenueRow(None, "wechat", 2, 2000, 0, 0),
    ]


def test_a_year_of_revenue_is_two_statements(database: Database) -> None:
    with database.reading() as session, count_statements() as statements:
        assert revenue(session, Days(date(2026, 1, 1), date(2026, 12, 31)), SHANGHAI) == []

    assert len(statements) == 2


def test_a_list_of_accounts_tells_what_they_paid(database: Database) -> None:
    with database.writing() as session:
        account = add_customer(session, "alice")
        for name, fen in (("a", 990), ("b", 1990)):
            payment = pay(session, add_order(session, account, name, fen), fen)
            refund(session, payment, 100)
            refund(session, payment, 200, status="failed")
            refund(session, payment, 50, status="processing")

    with database.reading() as session:
        (found,) = repository.search_accounts(session, "", None, PageRequest())
    assert (found.paid_fen, found.refunded_fen) == (2980, 300)


def test_usage_is_by_day(database: Database) -> None:
    with database.writing() as session:
        account = add_customer(session, "alice")
        use(session, account, DAY, "a")
        use(session, account, DAY, "b", requests=0)
        use(session, account, DAY - timedelta(days=1), "c")
        use(session, account, DAY + timedelta(days=1), "d")

    with database.reading() as session:
        rows = usage(session, Days(DAY - timedelta(days=5), DAY), "day")

    assert rows == [UsageRow("2026-11-21", "", 1, 10, 1500), UsageRow("2026-11-22", "", 1, 20, 3000)]


def test_usage_is_by_the_busiest_account_with_its_name(database: Database) -> None:
    with database.writing() as session:
        for name, calls in (("alice", 1), ("bob", 3), ("carol", 0)):
            account = add_customer(session, name)
            for number in range(calls):
                use(session, account, DAY, f"{name}{number}")

    with database.reading() as session, count_statements() as statements:
        rows = usage(session, Days(DAY, DAY), "account")

    assert [(row.key, row.name, row.calls) for row in rows] == [
        ("acc_bob", "bob", 3),
        ("acc_alice", "alice", 1),
    ]
    assert len(statements) == 2


@pytest.mark.parametrize(("group", "keys"), [("voice", ["b", "a"]), ("route", ["/b", "/a"])])
def test_usage_is_by_voice_and_by_route(database: Database, group: UsageGroup, keys: list[str]) -> None:
    with database.writing() as session:
        account = add_customer(session, "alice")
        for name, letter in (("1", "a"), ("2", "b"), ("3", "b")):
            use(session, account, DAY, name, voice=letter, route=f"/{letter}")

    with database.reading() as session:
        assert [row.key for row in usage(session, Days(DAY, DAY), group)] == keys
