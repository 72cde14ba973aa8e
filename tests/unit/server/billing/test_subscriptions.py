"""Subscriptions between payments: changes, ends, reminders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.unit.server.billing.shop import (
    CONFIG,
    CUSTOMER,
    DAY,
    GRACE,
    MONTH_END,
    NOW,
    add_customer,
    buy,
    mails,
    notify,
    payment_of,
    place,
    subscription,
)

from huisheng.server.accounts.models import Account
from huisheng.server.billing import subscriptions
from huisheng.server.billing.errors import NextPeriodPaid, PlanUnchanged, SubscriptionNotFound
from huisheng.server.billing.models import Subscription
from huisheng.server.billing.subscriptions import MethodUpdate
from huisheng.server.billing.values import Quote
from huisheng.server.database.database import Database
from huisheng.server.payments.protocol import PaymentFailed, SubscriptionReference

AUTOMATIC = SubscriptionReference("sub_ext", "cus_ext")
HOUR = timedelta(hours=1)
RULES = CONFIG.catalogue.renewal


@pytest.fixture(autouse=True)
def customer(database: Database) -> str:
    return add_customer(database)


def change(database: Database, product: str, now: datetime = NOW) -> Quote | None:
    with database.writing() as session:
        return subscriptions.plan_change(session, CONFIG, CUSTOMER, product, now)


def cancel(database: Database, now: datetime = NOW) -> None:
    with database.writing() as session:
        subscriptions.cancel(session, CONFIG, CUSTOMER, now)


def resume(database: Database, now: datetime = NOW) -> None:
    with database.writing() as session:
        subscriptions.resume(session, CONFIG, CUSTOMER, now)


def tend(database: Database, now: datetime) -> None:
    """What the chores do."""
    with database.reading() as session:
        due = subscriptions.find_due(session, CONFIG, now)
    for subscription_id in due:
        with database.writing() as session:
            subscriptions.do_due(session, CONFIG, subscription_id, now)


def status(database: Database, now: datetime) -> str:
    return subscription(database).status_at(now, RULES)


def plan(database: Database) -> str:
    with database.reading() as session:
        return session.get_one(Account, CUSTOMER).plan


def subscribe(database: Database) -> None:
    order = place(database, "professional", method="stripe")
    notify(database, payment_of(order, automatic=AUTOMATIC), "stripe")


def updates(database: Database, now: datetime = NOW) -> list[MethodUpdate]:
    with database.writing() as session:
        return subscriptions.take_unsynced(session, CONFIG, now, 9)


def test_what_holds_is_known_from_the_months_whenever_chores_have_run(database: Database) -> None:
    buy(database, "basic")

    moments = (NOW, MONTH_END - HOUR, MONTH_END, MONTH_END + GRACE - HOUR, MONTH_END + GRACE)
    assert [status(database, now) for now in moments] == ["active", "active", "grace", "grace", "ended"]


def test_a_cheaper_plan_begins_with_the_next_month(database: Database) -> None:
    buy(database, "professional")

    quote = change(database, "basic")

    assert quote is not None
    assert (quote.purpose, quote.cost.due_fen, quote.cost.effective) == ("downgrade", 0, "period_end")
    assert subscription(database).next_product == "basic"
    order = buy(database, "basic", now=MONTH_END - DAY)
    state = subscription(database)
    assert (order.purpose, order.amount_fen, state.next_product) == ("renewal", 1990, None)
    assert [period.offer.product for period in state.periods] == ["professional", "basic"]
    assert state.last.interval.start == MONTH_END


def test_the_plan_of_the_account_changes_when_the_month_does(database: Database) -> None:
    buy(database, "professional")
    change(database, "basic")
    buy(database, "basic", now=MONTH_END - DAY)
    assert plan(database) == "professional"

    tend(database, MONTH_END + HOUR)

    assert plan(database) == "basic"


def test_choosing_the_present_plan_takes_a_change_back(database: Database) -> None:
    buy(database, "professional")
    change(database, "basic")

    assert change(database, "professional") is None
    assert subscription(database).next_product is None


def test_a_dearer_plan_is_to_be_paid_first(database: Database) -> None:
    buy(database, "basic")

    quote = change(database, "enterprise")

    assert quote is not None
    assert (quote.purpose, quote.cost.due_fen) == ("upgrade", 17910)
    assert subscription(database).last.offer.product == "basic"


def test_a_plan_whose_next_month_is_paid_is_not_changed(database: Database) -> None:
    buy(database, "basic")
    buy(database, "basic", now=MONTH_END - DAY)

    with pytest.raises(PlanUnchanged):
        change(database, "basic", MONTH_END - DAY)
    with pytest.raises(NextPeriodPaid):
        change(database, "enterprise", MONTH_END - DAY)


def test_without_a_plan_there_is_nothing_to_change(database: Database) -> None:
    for act in (lambda: change(database, "basic"), lambda: cancel(database), lambda: resume(database)):
        with pytest.raises(SubscriptionNotFound):
            act()


def test_a_cancelled_plan_ends_with_its_month(database: Database) -> None:
    buy(database, "basic")
    cancel(database)

    assert [status(database, now) for now in (NOW, MONTH_END - HOUR, MONTH_END)] == [
        "active",
        "active",
        "cancelled",
    ]
    tend(database, MONTH_END)
    assert plan(database) == "free"
    assert mails(database) == [("payment_received", ""), ("subscription_ended", "")]


def test_a_cancellation_can_be_taken_back_while_the_month_lasts(database: Database) -> None:
    buy(database, "basic")
    cancel(database)
    resume(database, MONTH_END - HOUR)
    assert status(database, MONTH_END) == "grace"

    cancel(database)
    with pytest.raises(SubscriptionNotFound):
        resume(database, MONTH_END)


def test_a_plan_that_is_cancelled_in_grace_ends_at_once(database: Database) -> None:
    buy(database, "basic")

    cancel(database, MONTH_END + DAY)

    assert status(database, MONTH_END + DAY) == "cancelled"


def test_a_customer_who_pays_again_wants_to_go_on(database: Database) -> None:
    buy(database, "basic")
    cancel(database)

    buy(database, "basic", now=MONTH_END - DAY)

    assert not subscription(database).cancel_at_period_end


def test_the_customer_is_reminded_before_the_end_and_asked_after_it(database: Database) -> None:
    buy(database, "basic")
    for hours in range(0, 40 * 24, 5):  # chores run often, and each message goes out once
        tend(database, NOW + hours * HOUR)

    assert mails(database) == [
        ("payment_received", ""),
        ("renewal_due", "7"),
        ("renewal_due", "3"),
        ("renewal_due", "1"),
        ("renewal_overdue", "3"),
        ("renewal_overdue", "2"),
        ("subscription_ended", ""),
    ]
    assert plan(database) == "free"


def test_messages_that_were_missed_are_not_sent_late(database: Database) -> None:
    buy(database, "basic")

    tend(database, MONTH_END - 2 * DAY)
    tend(database, MONTH_END + GRACE - HOUR)

    assert mails(database)[1:] == [("renewal_due", "3"), ("renewal_overdue", "2")]


def test_nobody_is_reminded_of_what_is_paid_or_cancelled_or_renews_itself(database: Database) -> None:
    buy(database, "basic")
    buy(database, "basic", now=MONTH_END - 8 * DAY)
    tend(database, MONTH_END - DAY)
    for account in ("acc_cancelled", "acc_automatic"):
        add_customer(database, account)
    buy(database, "basic", account_id="acc_cancelled")
    with database.writing() as session:
        subscriptions.cancel(session, CONFIG, "acc_cancelled", NOW)
    order = place(database, "basic", method="stripe", account_id="acc_automatic")
    notify(database, payment_of(order, automatic=AUTOMATIC), "stripe")
    tend(database, MONTH_END - DAY)

    assert {template for template, _ in mails(database)} == {"payment_received"}


def test_a_card_that_fails_is_asked_for_like_an_unpaid_month(database: Database) -> None:
    subscribe(database)
    tend(database, MONTH_END + HOUR)
    assert len(mails(database)) == 1

    notify(database, PaymentFailed("evt", "ord", AUTOMATIC, None), "stripe", MONTH_END + 2 * HOUR)
    tend(database, MONTH_END + DAY)

    assert status(database, MONTH_END + DAY) == "past_due"
    assert [template for template, _ in mails(database)[1:]] == ["renewal_failed", "renewal_overdue"]


def test_a_plan_that_a_card_did_not_pay_can_be_bought_otherwise(database: Database) -> None:
    subscribe(database)
    late = MONTH_END + DAY

    order = buy(database, "professional", now=late)

    assert order.purpose == "purchase"
    state = subscription(database)
    assert (state.method, state.last.interval.start) == ("wechat", late)
    assert [each.is_over for each in updates(database, late)] == [True]


def test_a_method_that_renews_by_itself_is_told_of_every_change(database: Database) -> None:
    subscribe(database)
    assert updates(database) == []
    with pytest.raises(PlanUnchanged):
        change(database, "professional")

    cancel(database)
    (told,) = updates(database)
    assert (told.external_id, told.is_over, told.cancels) == ("sub_ext", False, True)
    change(database, "basic")
    (told,) = updates(database)
    assert (told.cancels, told.price.product, told.price.amount.amount) == (False, "basic", 1990)


def test_a_change_during_the_call_is_told_again(database: Database) -> None:
    subscribe(database)
    cancel(database)
    (told,) = updates(database)
    resume(database)

    with database.writing() as session:
        subscriptions.set_synced(session, CONFIG, told, NOW)

    (told,) = updates(database)
    assert not told.cancels
    with database.writing() as session:
        subscriptions.set_synced(session, CONFIG, told, NOW)
    assert updates(database, NOW + DAY) == []


def test_a_method_that_could_not_be_told_is_told_later(database: Database) -> None:
    subscribe(database)
    cancel(database)

    assert len(updates(database)) == 1
    assert updates(database) == []
    assert len(updates(database, NOW + HOUR)) == 1


def test_an_order_of_each_month_needs_no_telling(database: Database) -> None:
    buy(database, "basic")
    cancel(database)

    with database.reading() as session:
        row = session.get_one(Subscription, subscription(database).id)
    assert row.next_sync_at is None
