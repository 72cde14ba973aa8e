"""Money that comes: once for each payment, whatever is said of it, how often, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.unit.server.billing.shop import (
    CUSTOMER,
    DAY,
    GRACE,
    MONTH_END,
    NOW,
    add_customer,
    buy,
    fetch,
    give_back,
    mails,
    notify,
    payment_of,
    place,
    remaining,
    subscription,
    use,
)

from huisheng.server.accounts.models import Account
from huisheng.server.billing import orders
from huisheng.server.billing.errors import OrderNotKnownYet
from huisheng.server.billing.models import Payment, PaymentEvent, PurchaseOrder, SubscriptionPeriod
from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.service import balance
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    Ignored,
    PaymentFailed,
    PaymentReceived,
    SubscriptionEnded,
    SubscriptionReference,
    SubscriptionRenewed,
    SubscriptionUpdated,
)

AUTOMATIC = SubscriptionReference("sub_ext", "cus_ext")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def customer(database: Database) -> str:
    return add_customer(database)


def cash(database: Database, method: str = "wechat", unit: str = chart.FEN) -> int:
    with database.reading() as session:
        return balance(session, chart.cash_account(method, unit))


def outcomes(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(PaymentEvent.outcome).order_by(PaymentEvent.id)))


def plan(database: Database) -> str:
    with database.reading() as session:
        return session.get_one(Account, CUSTOMER).plan


def test_a_paid_pack_can_be_used_for_a_year(database: Database) -> None:
    order = buy(database, "pack-1000", quantity=2)

    assert remaining(database) == {"calls": 2000}
    assert remaining(database, NOW + 365 * DAY - HOUR) == {"calls": 2000}
    assert remaining(database, NOW + 365 * DAY) == {}
    assert (fetch(database, order).status, fetch(database, order).paid_at) == ("paid", NOW)
    assert cash(database) == 1980


def test_a_paid_plan_can_be_used_for_a_month_and_the_days_of_grace(database: Database) -> None:
    buy(database, "basic")

    state = subscription(database)
    assert state.last.interval.end == MONTH_END
    assert remaining(database, MONTH_END + GRACE - HOUR) == {"calls": 500}
    assert remaining(database, MONTH_END + GRACE) == {}
    assert plan(database) == "basic"


def test_the_customer_is_told_once(database: Database) -> None:
    order = buy(database, "basic")
    notify(database, payment_of(order))

    assert mails(database) == [("payment_received", "")]


@pytest.mark.parametrize(("event", "payment"), [("evt_1", "tx_1"), ("evt_2", "tx_1")])
def test_a_payment_that_is_reported_twice_is_credited_once(
    database: Database, event: str, payment: str
) -> None:
    order = place(database, "pack-1000")

    assert notify(database, payment_of(order, "tx_1", event_id="evt_1")) == "credited"
    assert notify(database, payment_of(order, payment, event_id=event)) == "duplicate"

    assert remaining(database) == {"calls": 1000}
    assert cash(database) == 990


def test_a_payment_after_the_order_was_closed_is_credited(database: Database) -> None:
    cancelled, expired = place(database, "pack-1000"), place(database, "basic")
    with database.writing() as session:
        orders.cancel_order(session, CUSTOMER, cancelled.id)
        orders.take_expired(session, NOW + HOUR, 9)

    late = NOW + 2 * DAY
    assert [notify(database, payment_of(order), now=late) for order in (cancelled, expired)] == [
        "credited"
    ] * 2
    assert remaining(database, late) == {"calls": 1500}
    assert fetch(database, expired).status == "paid"


def test_a_second_payment_of_an_order_is_kept_and_brings_nothing(database: Database) -> None:
    order = buy(database, "pack-1000")

    assert notify(database, payment_of(order, "tx_again")) == "surplus"

    assert remaining(database) == {"calls": 1000}
    assert cash(database) == 1980
    with database.reading() as session:
        purposes = session.scalars(select(Payment.purpose).order_by(Payment.id != "")).all()
    assert sorted(purposes) == ["order", "surplus"]


@pytest.mark.parametrize("amount", [Money(989), Money(991), Money(990, "USD"), Money(99_000)])
def test_another_amount_is_kept_and_brings_nothing(database: Database, amount: Money) -> None:
    order = place(database, "pack-1000")

    assert notify(database, payment_of(order, amount=amount)) == "mismatch"

    assert remaining(database) == {}
    assert fetch(database, order).status == "pending"
    assert cash(database, unit=chart.FEN if amount.currency == "CNY" else "USD") == amount.amount
    assert notify(database, payment_of(order, "tx_right")) == "credited"


def test_a_payment_of_nothing_is_no_payment(database: Database) -> None:
    assert notify(database, payment_of(place(database, "pack-1000"), amount=Money(0))) == "mismatch"
    assert cash(database) == 0


def test_the_payment_of_another_method_is_kept_and_brings_nothing(database: Database) -> None:
    order = place(database, "pack-1000")

    assert notify(database, payment_of(order), method="alipay") == "mismatch"
    assert remaining(database) == {}


def test_a_payment_of_an_unknown_order_is_noted(database: Database) -> None:
    stranger = PaymentReceived("evt", "ord_none", "tx", Money(990), Money(990), NOW)

    assert notify(database, stranger) == "unknown"
    assert outcomes(database) == ["unknown"]


def test_what_says_nothing_changes_nothing(database: Database) -> None:
    assert notify(database, Ignored("evt", "kind")) == "ignored"
    assert notify(database, PaymentFailed("evt_2", "ord", None, None)) == "recorded"


def test_a_further_month_begins_where_the_last_one_ends(database: Database) -> None:
    buy(database, "basic")
    buy(database, "basic", now=MONTH_END - 2 * DAY)

    state = subscription(database)
    assert [period.interval.start for period in state.periods] == [NOW, MONTH_END]
    assert state.last.interval.end == datetime(2027, 1, 22, 4, tzinfo=UTC)
    assert remaining(database, MONTH_END - DAY) == {"calls": 500}
    assert remaining(database, MONTH_END + DAY) == {"calls": 1000}
    assert remaining(database, MONTH_END + GRACE) == {"calls": 500}


def test_months_from_the_last_of_january_end_with_february_and_with_march(database: Database) -> None:
    start = datetime(2027, 1, 31, 4, tzinfo=UTC)
    for day in (start, start + DAY, start + 29 * DAY):
        buy(database, "basic", now=day)

    with database.reading() as session:
        months = session.scalars(select(SubscriptionPeriod).order_by(SubscriptionPeriod.starts_at)).all()
    assert [(month.starts_at.day, month.starts_at.month) for month in months] == [(31, 1), (28, 2), (31, 3)]
    assert (months[-1].ends_at.day, months[-1].ends_at.month) == (30, 4)


def test_a_month_that_is_paid_in_grace_begins_at_the_end_of_the_last_one(database: Database) -> None:
    buy(database, "basic")
    buy(database, "basic", now=MONTH_END + 2 * DAY)

    assert subscription(database).last.interval.start == MONTH_END


def test_a_month_that_is_paid_after_grace_begins_anew(database: Database) -> None:
    late = MONTH_END + GRACE + HOUR
    buy(database, "basic")
    order = place(database, "basic", now=MONTH_END + 2 * DAY)

    assert notify(database, payment_of(order, now=late), now=late) == "credited"

    state = subscription(database)
    assert state.last.interval.start == late
    assert remaining(database, late) == {"calls": 500}


def test_an_upgrade_begins_a_full_month_and_takes_the_old_units_back(database: Database) -> None:
    buy(database, "basic")
    half = NOW + 15 * DAY
    order = buy(database, "professional", now=half)

    assert (order.purpose, order.price_fen, order.credit_fen) == ("upgrade", 4990, 995)
    assert remaining(database, half) == {"calls": 2000}
    state = subscription(database)
    assert (state.last.offer.product, state.last.interval.start) == ("professional", half)
    assert plan(database) == "professional"


def test_units_that_were_used_since_the_quote_of_an_upgrade_are_left_out(database: Database) -> None:
    buy(database, "basic")
    order = place(database, "professional")
    use(database, 100)

    notify(database, payment_of(order))

    assert order.credit_fen == 1990
    assert remaining(database) == {"calls": 1900}


def test_the_smaller_unused_share_is_credited(database: Database) -> None:
    buy(database, "basic")
    use(database, 400)

    assert place(database, "professional").credit_fen == 398


def test_two_plans_that_are_paid_at_once_leave_one_and_the_units_of_both(database: Database) -> None:
    basic, professional = place(database, "basic"), place(database, "professional")
    notify(database, payment_of(basic))
    notify(database, payment_of(professional))

    assert subscription(database).last.offer.product == "professional"
    assert remaining(database) == {"calls": 2500}


def test_the_credit_of_a_plan_is_spent_once(database: Database) -> None:
    buy(database, "basic")
    first, second = place(database, "professional"), place(database, "enterprise")

    outcomes = [notify(database, payment_of(each)) for each in (first, second)]

    assert (first.credit_fen, second.credit_fen) == (1990, 1990)
    assert outcomes == ["credited", "surplus"]
    assert remaining(database) == {"calls": 2000}


def test_one_upgrade_at_a_time_waits_for_payment(database: Database) -> None:
    buy(database, "basic")
    first, second = place(database, "professional"), place(database, "enterprise")

    assert (fetch(database, first).status, fetch(database, second).status) == ("cancelled", "pending")


@pytest.mark.parametrize("fen", [None, 500])
def test_what_went_back_is_no_credit_any_more(database: Database, fen: int | None) -> None:
    basic = buy(database, "basic")
    upgrade = place(database, "professional", now=NOW + DAY)
    give_back(database, basic.id, fen, now=NOW + 2 * DAY)

    assert notify(database, payment_of(upgrade), now=NOW + 2 * DAY) == "surplus"
    assert fetch(database, upgrade).paid_at is None


def subscribe(database: Database) -> PurchaseOrder:
    """A plan that its method renews by itself."""
    order = place(database, "basic", method="stripe")
    assert notify(database, payment_of(order, automatic=AUTOMATIC), "stripe") == "credited"
    return order


def renewal_of(
    order: PurchaseOrder, number: int = 1, product: str = "basic", fen: int = 1990
) -> SubscriptionRenewed:
    start = MONTH_END + (number - 1) * 31 * DAY
    return SubscriptionRenewed(
        event_id=f"evt_renewal_{number}",
        order_id=order.id,
        subscription=AUTOMATIC,
        product="basic",
        external_id=f"in_{number}",
        amount=Money(fen),
        charged=Money(fen),
        period_start=start,
        period_end=start + 31 * DAY,
        paid_at=start,
    )


def test_a_method_that_renews_by_itself_adds_a_paid_order_each_month(database: Database) -> None:
    order = subscribe(database)

    assert notify(database, renewal_of(order), "stripe", MONTH_END) == "credited"
    assert notify(database, renewal_of(order), "stripe", MONTH_END) == "duplicate"

    state = subscription(database)
    assert state.last.interval.start == MONTH_END
    assert remaining(database, MONTH_END + 5 * DAY) == {"calls": 500}
    with database.reading() as session:
        rows = session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.created_at)).all()
    assert [(row.purpose, row.status, row.amount_fen) for row in rows] == [
        ("purchase", "paid", 1990),
        ("renewal", "paid", 1990),
    ]
    assert cash(database, "stripe") == 3980


def test_a_renewal_that_comes_before_its_beginning_is_sent_again(database: Database) -> None:
    order = place(database, "basic", method="stripe")

    with pytest.raises(OrderNotKnownYet):
        notify(database, renewal_of(order), "stripe", MONTH_END)
    notify(database, payment_of(order, automatic=AUTOMATIC), "stripe")

    assert notify(database, renewal_of(order), "stripe", MONTH_END) == "credited"


def test_renewals_that_come_in_the_wrong_order_are_all_credited(database: Database) -> None:
    order = subscribe(database)
    late = MONTH_END + 32 * DAY

    notify(database, renewal_of(order, 2), "stripe", late)
    notify(database, renewal_of(order, 1), "stripe", late)

    with database.reading() as session:
        periods = session.scalars(select(SubscriptionPeriod).order_by(SubscriptionPeriod.starts_at)).all()
    assert [period.starts_at for period in periods] == [NOW, MONTH_END, MONTH_END + 31 * DAY]
    assert remaining(database, late) == {"calls": 1000}


def test_a_renewal_of_another_amount_is_kept_and_brings_nothing(database: Database) -> None:
    order = subscribe(database)

    assert notify(database, renewal_of(order, fen=1), "stripe", MONTH_END) == "mismatch"
    assert subscription(database).last.interval.end == MONTH_END


def test_the_subscription_is_known_whichever_event_names_it(database: Database) -> None:
    order = place(database, "basic", method="stripe")
    notify(database, payment_of(order, "in_1", event_id="query:in_1"), "stripe")
    assert subscription(database).external_id is None

    notify(database, payment_of(order, "in_1", event_id="evt_2", automatic=AUTOMATIC), "stripe")

    assert subscription(database).external_id == AUTOMATIC.id


def test_a_renewal_revives_a_plan_that_was_given_up(database: Database) -> None:
    order = subscribe(database)
    late = MONTH_END + 10 * DAY
    ended = SubscriptionEnded("evt_end", AUTOMATIC, MONTH_END + GRACE)
    assert notify(database, ended, "stripe", MONTH_END + GRACE) == "recorded"
    assert plan(database) == "free"

    assert notify(database, renewal_of(order), "stripe", late) == "credited"

    assert subscription(database).ended_at is None
    assert plan(database) == "basic"


def test_a_renewal_of_a_plan_that_was_replaced_is_kept_and_brings_nothing(database: Database) -> None:
    order = subscribe(database)
    upgrade = place(database, "professional", now=NOW + DAY)
    notify(database, payment_of(upgrade), now=NOW + DAY)

    assert notify(database, renewal_of(order), "stripe", MONTH_END) == "surplus"

    assert remaining(database, MONTH_END - DAY) == {"calls": 2000}
    assert cash(database, "stripe") == 3980


def test_what_the_payer_changes_at_the_method_is_kept(database: Database) -> None:
    subscribe(database)
    changed = SubscriptionUpdated(
        "evt", AUTOMATIC, "professional", cancel_at_period_end=True, period_end=MONTH_END
    )

    assert notify(database, changed, "stripe") == "recorded"

    state = subscription(database)
    assert (state.cancel_at_period_end, state.next_product) == (True, "professional")


def test_a_subscription_that_ends_early_keeps_the_month_that_is_paid(database: Database) -> None:
    subscribe(database)

    notify(database, SubscriptionEnded("evt", AUTOMATIC, NOW + DAY), "stripe", NOW + DAY)

    state = subscription(database)
    assert (state.ended_at, state.cancel_at_period_end) == (None, True)


def test_a_payment_that_fails_is_told_to_the_customer(database: Database) -> None:
    order = subscribe(database)
    failed = PaymentFailed("evt", order.id, AUTOMATIC, MONTH_END + DAY)

    notify(database, failed, "stripe", MONTH_END + HOUR)

    assert mails(database)[-1][0] == "renewal_failed"
    assert subscription(database).payment_failed_at == MONTH_END + HOUR


def test_events_of_unknown_subscriptions_change_nothing(database: Database) -> None:
    other = SubscriptionReference("sub_other", "")

    assert notify(database, SubscriptionEnded("evt_1", other, NOW), "stripe") == "ignored"
    assert notify(database, PaymentFailed("evt_2", "ord", other, None), "stripe") == "ignored"
    updated = SubscriptionUpdated("evt_3", other, "basic", cancel_at_period_end=False, period_end=NOW)
    assert notify(database, updated, "stripe") == "ignored"
