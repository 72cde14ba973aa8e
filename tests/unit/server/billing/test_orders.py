"""Orders: placed once, offered again while they wait, closed when nobody pays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.server.billing.shop import (
    CUSTOMER,
    DAY,
    MONTH_END,
    NOW,
    add_customer,
    buy,
    fetch,
    place,
)

from huisheng.errors import OutOfRange
from huisheng.server.billing import orders
from huisheng.server.billing.errors import (
    DowngradeIsScheduled,
    OrderClosed,
    OrderNotFound,
)
from huisheng.server.database.database import Database
from huisheng.server.errors import IdempotencyKeyReused
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import Checkout
from huisheng.server.plans.errors import UnknownProduct

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def customer(database: Database) -> str:
    return add_customer(database)


def test_an_order_has_the_price_of_what_is_ordered(database: Database) -> None:
    order = fetch(database, place(database, "pack-1000", 3))

    assert (order.price_fen, order.credit_fen, order.amount_fen, order.currency) == (2970, 0, 2970, "CNY")
    assert (order.status, order.purpose, order.price_version) == ("pending", "pack", "2026-01-01")
    assert order.expires_at == NOW + HOUR


def test_an_order_keeps_what_it_is_of(database: Database) -> None:
    offer = fetch(database, place(database, "enterprise")).offer

    assert offer["terms"]["price_fen"] == 19900
    assert offer["terms"]["allowances"] == [{"meter": "calls", "amount": 10000}]
    assert offer["terms"]["limits"]["custom_voice"]


def test_an_order_that_waits_is_given_again(database: Database) -> None:
    assert place(database, "basic").id == place(database, "basic", now=NOW + timedelta(minutes=10)).id


def test_another_order_of_the_product_takes_its_place(database: Database) -> None:
    first = place(database, "pack-1000")
    second = place(database, "pack-1000", 2)
    third = place(database, "pack-1000", 2, method="alipay")
    late = place(database, "pack-1000", 2, method="alipay", now=NOW + timedelta(minutes=51))

    statuses = [fetch(database, order).status for order in (first, second, third, late)]
    assert statuses == ["cancelled", "cancelled", "cancelled", "pending"]


def test_orders_of_different_products_wait_beside_each_other(database: Database) -> None:
    first, second = place(database, "pack-1000"), place(database, "basic")

    assert (fetch(database, first).status, fetch(database, second).status) == ("pending", "pending")


def test_the_same_key_gives_the_same_order_even_once_it_is_paid(database: Database) -> None:
    first = buy_with_key(database, "k")

    assert place(database, "pack-1000", key="k").id == first
    assert place(database, "pack-1000").id != first


def buy_with_key(database: Database, key: str) -> str:
    order_id = place(database, "pack-1000", key=key).id
    assert buy(database, "pack-1000").id == order_id
    return order_id


def test_the_same_key_with_another_request_is_refused(database: Database) -> None:
    place(database, "pack-1000", key="k")

    with pytest.raises(IdempotencyKeyReused):
        place(database, "pack-1000", 2, key="k")


def test_a_key_belongs_to_one_account(database: Database) -> None:
    first = place(database, "pack-1000", key="k")

    assert place(database, "basic", account_id=add_customer(database, "acc_other"), key="k").id != first.id


def test_what_is_not_sold_is_refused(database: Database) -> None:
    for product, quantity in (("pack-1000", 0), ("pack-1000", -1), ("pack-1000", 101), ("basic", 2)):
        with pytest.raises(OutOfRange):
            place(database, product, quantity)
    for product in ("free", "gold", ""):
        with pytest.raises(UnknownProduct):
            place(database, product)


def test_a_cheaper_plan_is_not_bought(database: Database) -> None:
    buy(database, "professional")

    with pytest.raises(DowngradeIsScheduled):
        place(database, "basic")


def test_an_order_is_cancelled_by_its_account_alone(database: Database) -> None:
    order = place(database, "basic")
    add_customer(database, "acc_other")

    with pytest.raises(OrderNotFound), database.writing() as session:
        orders.cancel_order(session, "acc_other", order.id)
    with database.writing() as session:
        orders.cancel_order(session, CUSTOMER, order.id)

    assert fetch(database, order).status == "cancelled"


def test_an_order_that_is_paid_is_not_cancelled(database: Database) -> None:
    order = buy(database, "basic")

    with pytest.raises(OrderClosed), database.writing() as session:
        orders.cancel_order(session, CUSTOMER, order.id)


def test_an_order_expires_when_its_time_is_over(database: Database) -> None:
    order = place(database, "basic")

    with database.writing() as session:
        assert orders.take_expired(session, NOW + HOUR - timedelta(seconds=1), 9) == []
        assert [each.id for each in orders.take_expired(session, NOW + HOUR, 9)] == [order.id]
        assert orders.take_expired(session, NOW + HOUR, 9) == []


def test_a_method_is_asked_less_often_the_older_an_order_is(database: Database) -> None:
    order = place(database, "basic")
    checkout = Checkout("qr", "ref", Money(1990), NOW + 2 * HOUR, code="weixin://pay")
    with database.writing() as session:
        kept = orders.attach_checkout(session, order.id, checkout, NOW)
    times = [kept.next_poll_at]
    while times[-1] is not None:
        with database.writing() as session:
            (polled,) = orders.take_unpolled(session, times[-1], 9)
        times.append(polled.next_poll_at)

    assert kept.expires_at == NOW + HOUR
    assert times[0] == NOW + timedelta(minutes=1)
    assert times[1] == NOW + timedelta(minutes=2)
    assert 20 < len(times) < 100
    assert max(time for time in times if time) < NOW + 4 * DAY


def test_an_order_that_is_paid_is_asked_for_no_more(database: Database) -> None:
    order = place(database, "basic")
    with database.writing() as session:
        orders.attach_checkout(session, order.id, Checkout("qr", "ref", Money(1990), MONTH_END), NOW)

    buy(database, "basic")

    assert fetch(database, order).next_poll_at is None


def test_a_transfer_is_asked_for_of_nobody(database: Database) -> None:
    order = place(database, "basic")
    with database.writing() as session:
        kept = orders.attach_checkout(
            session, order.id, Checkout("transfer", "HS1", Money(1), MONTH_END), NOW
        )

    assert kept.next_poll_at is None
