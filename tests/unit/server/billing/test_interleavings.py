"""Whatever happens in whatever order: the books balance, and nobody is credited twice."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.unit.server.billing.shop import (
    CONFIG,
    CUSTOMER,
    NOW,
    add_customer,
    notify,
    payment_of,
    place,
    remaining,
    subscription,
    use,
)

from huisheng.errors import EngineError, HuishengError
from huisheng.server.billing import orders, receiving, refunds, subscriptions
from huisheng.server.billing.models import Payment, PurchaseOrder, Refund, Subscription
from huisheng.server.billing.values import load_offer
from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.models import Entry, LedgerAccount
from huisheng.server.ledger.service import balance
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import RefundResult, RefundState
from huisheng.server.usage import grants

PRODUCTS = ("pack-1000", "basic", "professional", "enterprise")
HOUR = timedelta(hours=1)

NAMES = (
    *("buy", "buy", "place", "pay", "pay", "mispay", "cancel"),
    *("refund", "refund", "refund", "finish", "finish", "finish"),
    *("use", "wait", "wait", "change", "end"),
)
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9999)), min_size=14, max_size=24)
"""What happens, and a number that says with what."""


class Shop:
    """A customer, and what has happened so far."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.orders: list[PurchaseOrder] = []
        self.refunds: list[Refund] = []
        add_customer(database)

    def run(self, name: str, number: int) -> None:
        """One thing happens, or is refused."""
        try:
            getattr(self, name)(number)
        except HuishengError as refused:
            if isinstance(refused, EngineError):  # the books, or we, are at fault
                raise

    def buy(self, number: int) -> None:
        self.place(number)
        notify(self.database, payment_of(self.orders[-1], now=self.now), self.orders[-1].method, self.now)

    def place(self, number: int) -> None:
        product, method = PRODUCTS[number % 4], ("wechat", "alipay")[number // 4 % 2]
        self.orders.append(place(self.database, product, now=self.now, method=method))

    def pay(self, number: int) -> None:
        """A payment, or the same one again, or another of the same order."""
        if order := _pick(self.orders, number):
            said = payment_of(order, f"tx_{order.id}" + "_again" * (number % 3), now=self.now)
            notify(self.database, said, order.method, self.now)

    def mispay(self, number: int) -> None:
        if order := _pick(self.orders, number):
            said = payment_of(order, f"odd_{order.id}", amount=Money(number % 7), now=self.now)
            notify(self.database, said, order.method, self.now)

    def cancel(self, number: int) -> None:
        if order := _pick(self.orders, number):
            with self.database.writing() as session:
                orders.cancel_order(session, CUSTOMER, order.id)

    def refund(self, number: int) -> None:
        """All of it, half of it, a little more than is left, or nothing."""
        if order := _pick(self.orders, number):
            amounts = (None, None, order.amount_fen // 2, order.amount_fen + 1, 0)
            asked = refunds.RefundOrder(order.id, amounts[number % 5], "", "operator")
            with self.database.writing() as session:
                self.refunds.append(refunds.request_refund(session, asked, self.now))

    def finish(self, number: int) -> None:
        states = (
            RefundState.SUCCEEDED,
            RefundState.SUCCEEDED,
            RefundState.PROCESSING,
            RefundState.FAILED,
            None,
        )
        if refund := _pick(self.refunds, number):
            state = states[number % 5]
            result = state and RefundResult(refund.id, "ext", state)
            with self.database.writing() as session:
                refunds.finish(session, CONFIG, refund.id, result, self.now)

    def use(self, number: int) -> None:
        use(self.database, number % 700 + 1, self.now)

    def wait(self, number: int) -> None:
        """Time goes by, and the chores of billing and of usage are done."""
        self.now += number % 600 * HOUR
        with self.database.writing() as session:
            orders.take_expired(session, self.now, 99)
            grants.expire(session, self.now, 99)
        with self.database.reading() as session:
            due = subscriptions.find_due(session, CONFIG, self.now)
        for subscription_id in due:
            with self.database.writing() as session:
                subscriptions.do_due(session, CONFIG, subscription_id, self.now)

    def change(self, number: int) -> None:
        with self.database.writing() as session:
            subscriptions.plan_change(session, CONFIG, CUSTOMER, PRODUCTS[1 + number % 3], self.now)

    def end(self, number: int) -> None:
        act = subscriptions.cancel if number % 2 else subscriptions.resume
        with self.database.writing() as session:
            act(session, CONFIG, CUSTOMER, self.now)


T = TypeVar("T")


def _pick(things: Sequence[T], number: int) -> T | None:
    """One of the last three."""
    return things[-1 - number // 10 % min(len(things), 3)] if things else None


def check(database: Database, now: datetime) -> None:
    """What holds always."""
    with database.reading() as session:
        sums = session.execute(
            select(LedgerAccount.unit, func.sum(Entry.amount))
            .join(LedgerAccount, LedgerAccount.id == Entry.ledger_account_id)
            .group_by(LedgerAccount.unit)
        )
        assert all(int(total) == 0 for _, total in sums)
        payments = session.scalars(select(Payment)).all()
        back = session.scalars(select(Refund)).all()
        for method in ("wechat", "alipay"):
            paid = sum(each.amount_fen for each in payments if each.method == method)
            ids = {each.id for each in payments if each.method == method}
            gone = sum(
                each.amount_fen for each in back if each.payment_id in ids and each.status == "succeeded"
            )
            assert balance(session, chart.cash_account(method)) == paid - gone >= 0
        for payment in payments:
            parts = [each for each in back if each.payment_id == payment.id and each.status != "failed"]
            assert sum(each.amount_fen for each in parts) <= payment.amount_fen
        for order in session.scalars(select(PurchaseOrder)):
            credited = [each for each in payments if each.order_id == order.id and each.purpose == "order"]
            assert len(credited) == (order.paid_at is not None)
            assert (order.status in {"paid", "partially_refunded", "refunded"}) == bool(credited)
            given = [each for each in grants.find_grants(session, order.id) if each.key.startswith("order:")]
            allowances = load_offer(order.offer).terms.allowances
            assert sum(each.amount for each in given) <= sum(each.amount for each in allowances)
            assert bool(credited) or not given
            assert all(each.remaining >= 0 for each in given)
        live = session.scalars(select(Subscription).where(Subscription.ended_at.is_(None))).all()
        assert len(live) <= 1
    if live:
        months = [each.interval for each in subscription(database).periods]
        assert all(before.end == after.start for before, after in pairwise(months))
    assert all(units >= 0 for units in remaining(database, now).values())


@settings(max_examples=60)
@given(STEPS)
def test_any_interleaving_leaves_books_that_balance_and_credits_once(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "interleavings.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    try:
        shop = Shop(database)
        for name, number in steps:
            shop.run(name, number)
        check(database, shop.now)
    finally:
        database.close()
        for leftover in path.parent.glob("interleavings.db*"):
            leftover.unlink()


def test_notifications_at_the_same_time_credit_once(database: Database) -> None:
    add_customer(database)
    order = place(database, "pack-1000")
    notifications = [payment_of(order, "tx_1", event_id=f"evt_{number % 3}") for number in range(12)]

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(partial(_notify, database), notifications))

    assert sorted(outcomes).count("credited") == 1
    assert remaining(database) == {"calls": 1000}
    check(database, NOW)


def _notify(database: Database, notification: receiving.PaymentReceived) -> str:
    return notify(database, notification)


def test_refunds_at_the_same_time_give_back_what_was_paid_once(database: Database) -> None:
    add_customer(database)
    order = place(database, "pack-1000")
    notify(database, payment_of(order))
    asked = refunds.RefundOrder(order.id, 600, "", "operator")

    def refund(_: int) -> str:
        try:
            with database.writing() as session:
                return refunds.request_refund(session, asked, NOW).status
        except HuishengError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(refund, range(4)))

    assert statuses == ["refund_too_large", "refund_too_large", "refund_too_large", "requested"]
    check(database, NOW)
