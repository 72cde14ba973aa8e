"""What billing keeps of an account: all of it in an export, and nothing that goes on after its deletion."""

from __future__ import annotations

import json

import pytest
from tests.unit.server.billing.shop import (
    CONFIG,
    CUSTOMER,
    NOW,
    add_customer,
    buy,
    fetch,
    give_back,
    notify,
    payment_of,
    place,
    remaining,
    subscription,
)

from huisheng.server.billing import subscriptions
from huisheng.server.billing.errors import SubscriptionRenewsItself
from huisheng.server.billing.feature import BillingFeature
from huisheng.server.database.database import Database
from huisheng.server.payments.protocol import SubscriptionReference

FEATURE = BillingFeature()


@pytest.fixture(autouse=True)
def customer(database: Database) -> str:
    return add_customer(database)


def test_an_export_has_everything_as_json(database: Database) -> None:
    give_back(database, buy(database, "pack-1000").id, 100)
    buy(database, "basic")
    buy(database, "pack-1000", account_id=add_customer(database, "acc_other"))

    with database.reading() as session:
        rows = list(FEATURE.export(session, CUSTOMER))

    assert [row["kind"] for row in json.loads(json.dumps(rows))] == [
        *("order", "order", "payment", "payment"),
        *("refund", "subscription"),
    ]


def test_a_card_must_be_cancelled_first(database: Database) -> None:
    order = place(database, "basic", method="stripe")
    notify(database, payment_of(order, automatic=SubscriptionReference("sub_x", "cus_x")), "stripe")

    with database.writing() as session:
        (objection,) = FEATURE.objections(session, CUSTOMER, NOW)
        subscriptions.cancel(session, CONFIG, CUSTOMER, NOW)
        assert list(FEATURE.objections(session, CUSTOMER, NOW)) == []
    assert isinstance(objection, SubscriptionRenewsItself)


def test_a_deleted_account_waits_for_nothing(database: Database) -> None:
    buy(database, "basic")
    pending = place(database, "pack-1000")

    with database.writing() as session:
        FEATURE.erase(session, CUSTOMER, NOW)

    assert fetch(database, pending).status == "cancelled"
    assert fetch(database, pending).user_id is None
    assert subscription(database).end_reason == "cancelled"


def test_a_payment_that_comes_after_the_deletion_is_entered(database: Database) -> None:
    pending = place(database, "pack-1000")
    with database.writing() as session:
        FEATURE.erase(session, CUSTOMER, NOW)

    assert notify(database, payment_of(pending)) == "credited"
    assert remaining(database) == {"calls": 1000}
