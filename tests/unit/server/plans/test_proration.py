"""Credits for what is unused: never more than was paid, never less than nothing, in whole fen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.server.plans.calendar import Interval
from huisheng.server.plans.proration import Share, credit_fen, downgrade, time_share, upgrade

START = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = Interval(START, START + timedelta(days=30))

PRICES = st.integers(0, 10**9)
SHARES = st.lists(st.builds(Share, st.integers(-5, 10**12), st.integers(0, 10**12)), max_size=4)


@pytest.mark.parametrize(
    ("days", "unused_calls", "credit"),
    [
        (0, 500, 1990),
        (15, 500, 995),  # half of the time
        (15, 100, 398),  # a fifth of the calls
        (0, 499, 1986),  # 1986.02, rounded down
        (29, 500, 66),
        (15, 0, 0),
        (30, 500, 0),
        (40, 500, 0),
    ],
)
def test_the_smaller_share_of_time_and_calls_is_credited(days: int, unused_calls: int, credit: int) -> None:
    time = time_share(MONTH, START + timedelta(days=days))

    assert credit_fen(1990, [time, Share(unused_calls, 500)]) == credit


@given(PRICES, SHARES)
def test_a_credit_is_at_least_nothing_and_at_most_the_price(price: int, shares: list[Share]) -> None:
    assert 0 <= credit_fen(price, shares) <= price


@given(PRICES, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_who_has_used_more_is_credited_no_more(price: int, unused: int, further: int, whole: int) -> None:
    less, more = (
        credit_fen(price, [Share(unused, whole)]),
        credit_fen(price, [Share(unused + further, whole)]),
    )

    assert less <= more


@given(PRICES, st.timedeltas(timedelta(), timedelta(days=30)), st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_later_upgrade_is_credited_no_more(price: int, one: timedelta, other: timedelta) -> None:
    early, late = sorted((one, other))

    assert credit_fen(price, [time_share(MONTH, START + late)]) <= credit_fen(
        price, [time_share(MONTH, START + early)]
    )


@given(PRICES, PRICES, SHARES)
def test_an_upgrade_costs_at_least_nothing_and_at_most_its_price(
    old: int, new: int, shares: list[Share]
) -> None:
    change = upgrade(old, new, shares)

    assert 0 <= change.due_fen <= new
    assert change.due_fen + change.credit_fen == new


def test_an_upgrade_says_what_is_due_in_both_languages() -> None:
    change = upgrade(1990, 4990, [Share(1, 2)])

    assert (change.credit_fen, change.due_fen, change.effective) == (995, 3995, "now")
    assert "¥49.90，减去原套餐未用部分 ¥9.95，应付 ¥39.95" in change.explanation.zh
    assert "¥49.90, less ¥9.95 unused of the old plan, ¥39.95 due" in change.explanation.en


def test_a_downgrade_costs_nothing_now() -> None:
    change = downgrade(1990, date(2026, 12, 1))

    assert (change.due_fen, change.effective) == (0, "period_end")
    assert "2026-12-01" in change.explanation.zh
    assert "2026-12-01" in change.explanation.en
