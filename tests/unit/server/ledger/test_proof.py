"""The proof finds each way in which the books can be wrong, and nothing in books that are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session
from tests.unit.server.usage.accounts import (
    NOW,
    add_account,
    add_server,
    give_units,
    make_reservation,
)

from huisheng.cli.main import main
from huisheng.server.billing.models import Payment, PurchaseOrder, Refund
from huisheng.server.books import CHECKS, prove
from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.models import BalanceForward, Entry, Journal
from huisheng.server.ledger.proof import name_of
from huisheng.server.ledger.repository import Fact
from huisheng.server.ledger.service import post, transfer
from huisheng.server.usage.endings import Ending, end
from huisheng.server.usage.grants import expire, take_back
from huisheng.server.usage.models import Grant, Reservation, ReservationEnd, ServerInstance, UsageRecord


def add_payment(session: Session) -> None:
    """An order that was paid and refunded in part, in rows alone."""
    order = PurchaseOrder(
        id="ord_1",
        account_id="acc_a",
        user_id=None,
        product="pack-1000",
        price_version="v1",
        offer={},
        quantity=1,
        purpose="purchase",
        price_fen=990,
        credit_fen=0,
        amount_fen=990,
        currency="CNY",
        status="paid",
        method="alipay",
        method_reference=None,
        checkout=None,
        subscription_id=None,
        unused=None,
        created_at=NOW,
        expires_at=NOW,
        next_poll_at=None,
        paid_at=NOW,
    )
    session.add(order)
    session.flush()
    session.add(
        Payment(
            id="pay_1",
            order_id="ord_1",
            method="alipay",
            external_id="x1",
            amount_fen=990,
            currency="CNY",
            charged=990,
            charged_currency="CNY",
            purpose="order",
            paid_at=NOW,
            recorded_at=NOW,
        )
    )
    session.flush()
    add_refund(session)


def add_refund(session: Session) -> None:
    session.add(
        Refund(
            id="ref_1",
            payment_id="pay_1",
            amount_fen=90,
            reason="",
            status="succeeded",
            external_id=None,
            revoked={},
            idempotency_key=None,
            requested_by="usr",
            attempts=1,
            created_at=NOW,
            next_attempt_at=None,
            finished_at=NOW,
        )
    )
    session.flush()


def enter_payment(session: Session) -> None:
    fact = Fact("payment:alipay:x1", "payment", NOW)
    post(session, fact, transfer(990, chart.revenue_account(), chart.cash_account("alipay")))


def enter_refund(session: Session) -> None:
    fact = Fact("refund:ref_1", "refund", NOW)
    post(session, fact, transfer(90, chart.cash_account("alipay"), chart.refund_account()))


def keep_books(session: Session) -> None:
    """Books in which everything has happened."""
    add_account(session)
    add_server(session)
    pack, other = give_units(session, 100), give_units(session, 10, key="other")
    day = date(2026, 11, 22)
    ids = [make_reservation(session).id for _ in range(80)]
    outcomes = ["settled", "released"] * 39
    end(
        session,
        [Ending(each, "acc_a", how, NOW, day, 20, 4000) for each, how in zip(ids, outcomes, strict=False)],  # pyright: ignore[reportArgumentType]
        NOW,
    )
    take_back(session, other, 3, "revoke:1", NOW)
    take_back(session, pack, 3, "revoke:2", NOW)
    add_payment(session)
    enter_payment(session)
    enter_refund(session)


def faults(session: Session, after: timedelta = timedelta()) -> set[str]:
    return {fault.check for fault in prove(session, NOW + after).faults}


def test_books_in_which_everything_has_happened_are_right(database: Database) -> None:
    with database.writing() as session:
        keep_books(session)
        expire(session, NOW + timedelta(hours=1), 100)

    with database.reading() as session:
        proof = prove(session, NOW)

    assert (proof.faults, proof.checks) == ((), tuple(map(name_of, CHECKS)))
    assert proof.entries > 2 * proof.journals - 1 > 100


def unbalance(session: Session) -> None:
    session.execute(insert(Entry).values(journal_id=1, ledger_account_id=1, amount=1))


def empty_journal(session: Session) -> None:
    session.execute(insert(Journal).values(key="x", operation="adjust", reference="", at=NOW))


def spoil_forward(session: Session) -> None:
    session.execute(insert(BalanceForward).values(ledger_account_id=1, entry_id=1, balance=7, at=NOW))


def overdraw(session: Session) -> None:
    grant = session.query(Grant).filter_by(reference="pack").one()
    account = chart.grant_account("acc_a", "calls", grant.id)
    post(session, Fact("adjust:1", "adjust", NOW), transfer(500, account, chart.expired_account("calls")))


def misstate_grant(session: Session) -> None:
    session.execute(update(Grant).values(amount=1000))


def reopen(session: Session) -> None:
    session.execute(update(Reservation).values(is_open=True))


def close(session: Session) -> None:
    session.execute(update(Reservation).values(is_open=False))


def abandon(session: Session) -> None:
    session.execute(update(ServerInstance).values(lease_until=NOW - timedelta(hours=1)))


def drop_records(session: Session) -> None:
    session.query(UsageRecord).delete()


def misstate_records(session: Session) -> None:
    session.execute(update(UsageRecord).values(charged=2))


def settle_without_record(session: Session) -> None:
    reservation = session.query(Reservation).filter_by(is_open=True).first()
    assert reservation
    session.execute(
        insert(ReservationEnd).values(reservation_id=reservation.id, outcome="settled", journal_id=1, at=NOW)
    )


def forget_payment(session: Session) -> None:
    fact = Fact("payment:alipay:x2", "payment", NOW)
    post(session, fact, transfer(5, chart.revenue_account(), chart.cash_account("alipay")))


def fail_refund(session: Session) -> None:
    session.execute(update(Refund).values(status="failed"))


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (unbalance, "journals_balance"),
        (empty_journal, "journals_balance"),
        (spoil_forward, "balances_forward"),
        (overdraw, "grants"),
        (misstate_grant, "grants"),
        (reopen, "reservations"),
        (close, "reservations"),
        (abandon, "reservations"),
        (settle_without_record, "reservations"),
        (settle_without_record, "records"),
        (drop_records, "records"),
        (drop_records, "holdings"),
        (misstate_records, "holdings"),
        (close, "holdings"),
        (forget_payment, "payments"),
        (fail_refund, "refunds"),
    ],
)
def test_what_is_wrong_is_found(database: Database, spoil: Callable[[Session], None], check: str) -> None:
    with database.writing() as session:
        keep_books(session)
        spoil(session)

    with database.reading() as session:
        assert check in faults(session)


@pytest.mark.parametrize("missing", [enter_payment, enter_refund])
def test_money_that_is_not_in_the_books_is_found(
    database: Database, missing: Callable[[Session], None]
) -> None:
    entering: dict[Callable[[Session], None], str] = {enter_payment: "payments", enter_refund: "refunds"}
    with database.writing() as session:
        add_account(session)
        add_payment(session)
        for enter in entering.keys() - {missing}:
            enter(session)

    with database.reading() as session:
        assert faults(session) == {entering[missing]}


def test_the_command_tells_that_the_books_are_right(
    database: Database,
    database_address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUISHENG_DATABASE", database_address)
    with database.writing() as session:
        keep_books(session)
        session.execute(update(ServerInstance).values(lease_until=NOW + timedelta(days=36500)))

    assert main(["ledger", "prove", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["is_right"] is True


def test_the_command_names_what_is_wrong(
    database: Database,
    database_address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUISHENG_DATABASE", database_address)
    with database.writing() as session:
        keep_books(session)
        fail_refund(session)

    assert main(["ledger", "prove"]) == 1

    assert "refunds\tref_1" in capsys.readouterr().out
