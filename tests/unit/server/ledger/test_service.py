"""Facts are entered once and balance; a balance is the sum of its entries."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from tests.unit.server.usage.accounts import NOW, add_account

from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.errors import LedgerFault
from huisheng.server.ledger.models import BalanceForward, Entry
from huisheng.server.ledger.repository import FORWARD_AFTER, Fact
from huisheng.server.ledger.service import JournalLine, balance, bring_forward, post, transfer

CASH, REVENUE = chart.cash_account("alipay"), chart.revenue_account()


def payment(fen: int, key: str = "payment:alipay:1") -> tuple[Fact, tuple[JournalLine, ...]]:
    return Fact(key, "payment", NOW), transfer(fen, REVENUE, CASH)


def test_a_fact_moves_what_it_says(database: Database) -> None:
    with database.writing() as session:
        post(session, *payment(990))

    with database.reading() as session:
        assert (balance(session, CASH), balance(session, REVENUE)) == (990, -990)


def test_a_fact_is_entered_once(database: Database) -> None:
    with database.writing() as session:
        first = post(session, *payment(990))
    with database.writing() as session:
        again = post(session, *payment(990))

    assert (first.is_new, again.is_new, again.journal_id) == (True, False, first.journal_id)
    with database.reading() as session:
        assert balance(session, CASH) == 990


def test_another_fact_under_a_known_key_is_refused(database: Database) -> None:
    with database.writing() as session:
        post(session, *payment(990))

    with pytest.raises(LedgerFault), database.writing() as session:
        post(session, *payment(991))


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (JournalLine(CASH, 1),),
        (JournalLine(CASH, 1), JournalLine(REVENUE, -2)),
        (JournalLine(CASH, 0), JournalLine(REVENUE, 0)),
        (JournalLine(CASH, 1), JournalLine(chart.issued_account("calls"), -1)),
    ],
)
def test_what_does_not_balance_in_each_unit_is_refused(
    database: Database, lines: tuple[JournalLine, ...]
) -> None:
    with pytest.raises(LedgerFault), database.writing() as session:
        post(session, Fact("adjust:1", "adjust", NOW), lines)

    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(Entry)).scalar_one() == 0


def test_a_place_where_nothing_moved_holds_nothing(database: Database) -> None:
    with database.reading() as session:
        assert balance(session, CASH) == 0


def test_a_balance_brought_forward_stays_the_sum(database: Database) -> None:
    with database.writing() as session:
        account = chart.used_account(add_account(session), "calls")
        count = 2 * FORWARD_AFTER + 3
        for number in range(count):
            fact = Fact(f"adjust:{number}", "adjust", NOW)
            post(session, fact, transfer(1, chart.issued_account("calls"), account))
            if number % FORWARD_AFTER == 0:
                bring_forward(session, NOW)

    with database.reading() as session:
        forwards = session.execute(select(func.count()).select_from(BalanceForward)).scalar_one()
        assert (balance(session, account), forwards) == (count, 2)
