"""Money that goes back: never more than has come, with the units that it was for, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.unit.server.billing.shop import (
    CONFIG,
    DAY,
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

from huisheng.errors import OutOfRange
from huisheng.server.billing import orders, refunds
from huisheng.server.billing.errors import OrderNotFound, OrderUnpaid, RefundTooLarge
from huisheng.server.billing.models import Refund
from huisheng.server.billing.values import RefundShare
from huisheng.server.database.database import Database
from huisheng.server.errors import IdempotencyKeyReused
from huisheng.server.ledger import chart
from huisheng.server.ledger.models import Entry, LedgerAccount
from huisheng.server.ledger.service import balance
from huisheng.server.paging import PageRequest
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import RefundFinished, RefundResult, RefundState


@pytest.fixture(autouse=True)
def customer(database: Database) -> str:
    return add_customer(database)


def request(database: Database, order_id: str, amount_fen: int | None = None, key: str = "") -> Refund:
    with database.writing() as session:
        asked = refunds.RefundOrder(order_id, amount_fen, "test", "operator", key=key)
        return refunds.request_refund(session, asked, NOW)


def finish(database: Database, refund_id: str, state: RefundState | None, external_id: str = "ext") -> Refund:
    result = RefundResult(refund_id, external_id, state) if state else None
    with database.writing() as session:
        return refunds.finish(session, CONFIG, refund_id, result, NOW)


def money(database: Database) -> tuple[int, int, int]:
    """Cash, revenue and what went back."""
    with database.reading() as session:
        return (
            balance(session, chart.cash_account("wechat")),
            balance(session, chart.revenue_account()),
            balance(session, chart.refund_account()),
        )


def test_a_full_refund_takes_back_what_is_unused(database: Database) -> None:
    order = buy(database, "pack-1000")
    use(database, 300)

    give_back(database, order.id)

    assert remaining(database) == {}
    assert fetch(database, order).status == "refunded"
    assert money(database) == (0, -990, 990)
    assert mails(database)[-1] == ("refund_made", "")


def test_refunds_in_part_take_back_their_part(database: Database) -> None:
    order = buy(database, "pack-1000")

    give_back(database, order.id, 330)
    assert remaining(database) == {"calls": 666}
    assert fetch(database, order).status == "partially_refunded"
    give_back(database, order.id, 330)
    assert remaining(database) == {"calls": 333}
    give_back(database, order.id, 330)

    assert remaining(database) == {}
    assert fetch(database, order).status == "refunded"


def test_a_refund_in_part_takes_no_more_than_is_left(database: Database) -> None:
    order = buy(database, "pack-1000")
    use(database, 900)

    give_back(database, order.id, 495)

    assert remaining(database) == {"calls": 0}


def test_more_than_was_paid_is_refused(database: Database) -> None:
    order = buy(database, "pack-1000")
    request(database, order.id, 600)

    with pytest.raises(RefundTooLarge, match=r"3\.90"):
        request(database, order.id, 391)
    for amount in (0, -5):
        with pytest.raises(OutOfRange):
            request(database, order.id, amount)
    request(database, order.id)
    with pytest.raises(OrderUnpaid):
        request(database, order.id)


def test_only_what_was_paid_is_given_back(database: Database) -> None:
    order = place(database, "pack-1000")

    with pytest.raises(OrderUnpaid):
        request(database, order.id)
    with pytest.raises(OrderNotFound):
        request(database, "ord_none")


def test_what_was_too_much_goes_back_first_and_takes_nothing(database: Database) -> None:
    order = buy(database, "pack-1000")
    notify(database, payment_of(order, "tx_again"))

    give_back(database, order.id)

    assert remaining(database) == {"calls": 1000}
    assert fetch(database, order).status == "paid"
    assert money(database) == (990, -1980, 990)
    give_back(database, order.id)
    assert remaining(database) == {}


def test_a_wrong_amount_can_be_given_back(database: Database) -> None:
    order = place(database, "pack-1000")
    notify(database, payment_of(order, amount=Money(500)))

    assert give_back(database, order.id).amount_fen == 500


def excess(database: Database) -> list[tuple[int, str]]:
    """What is to be given back of the payments of the only order."""
    with database.reading() as session:
        (view,) = orders.list_orders(session, "", PageRequest(10, ""))
        return sorted((each.amount, each.currency) for each in view.excess)


def test_what_came_too_much_is_shown_until_it_has_gone_back(database: Database) -> None:
    order = buy(database, "pack-1000")
    assert excess(database) == []

    notify(database, payment_of(order, "tx_again"))
    notify(database, payment_of(order, "tx_usd", amount=Money(990, "USD")))
    assert excess(database) == [(990, "CNY"), (990, "USD")]

    failed = request(database, order.id, 300)
    finish(database, failed.id, RefundState.FAILED)
    for amount in (300, None, None):
        give_back(database, order.id, amount)
    assert excess(database) == []
    assert remaining(database) == {"calls": 1000}


def test_the_same_key_is_one_refund(database: Database) -> None:
    order = buy(database, "pack-1000")

    first = request(database, order.id, 100, "k")

    assert request(database, order.id, 100, "k").id == first.id
    with pytest.raises(IdempotencyKeyReused):
        request(database, order.id, 200, "k")


def test_a_refund_is_recorded_before_the_method_is_told(database: Database) -> None:
    order = buy(database, "pack-1000")

    refund = request(database, order.id)

    assert (refund.status, refund.next_attempt_at) == ("requested", NOW)
    assert remaining(database) == {}
    assert money(database) == (990, -990, 0)


def test_a_method_that_cannot_be_reached_is_told_again(database: Database) -> None:
    refund = request(database, buy(database, "pack-1000").id)
    with database.writing() as session:
        assert refunds.take_due(session, NOW, 9) == [refund.id]
        assert refunds.take_due(session, NOW, 9) == []

    assert finish(database, refund.id, None).status == "requested"

    with database.writing() as session:
        assert refunds.take_due(session, NOW + timedelta(minutes=1), 9) == [refund.id]
        call = refunds.make_call(session, CONFIG, refund.id)
    assert (call.reference, call.request.refund_id) == (None, refund.id)


def test_a_refund_that_takes_its_time_is_asked_for(database: Database) -> None:
    refund = request(database, buy(database, "pack-1000").id)

    finish(database, refund.id, RefundState.PROCESSING)

    with database.reading() as session:
        call = refunds.make_call(session, CONFIG, refund.id)
    assert call.reference is not None
    assert call.reference.external_id == "ext"
    assert finish(database, refund.id, RefundState.SUCCEEDED).status == "succeeded"


def test_a_refund_that_fails_gives_the_units_back(database: Database) -> None:
    order = buy(database, "pack-1000")
    use(database, 100)
    refund = request(database, order.id)

    assert finish(database, refund.id, RefundState.FAILED).status == "failed"

    assert remaining(database) == {"calls": 900}
    assert remaining(database, NOW + 365 * DAY) == {}
    assert fetch(database, order).status == "paid"
    assert money(database) == (990, -990, 0)
    give_back(database, order.id)
    assert remaining(database) == {}


def test_the_end_of_a_refund_counts_once(database: Database) -> None:
    order = buy(database, "pack-1000")
    refund = give_back(database, order.id)

    finish(database, refund.id, RefundState.FAILED)
    done = RefundFinished(
        "evt", order.id, f"tx_{order.id}", Money(990), RefundResult(refund.id, "ext", RefundState.FAILED)
    )
    assert notify(database, done) == "recorded"

    assert remaining(database) == {}
    assert money(database) == (0, -990, 990)


def test_a_refund_that_was_made_at_the_method_is_entered(database: Database) -> None:
    order = buy(database, "pack-1000")
    result = RefundResult("", "ext_console", RefundState.SUCCEEDED)
    done = RefundFinished("evt_1", "", f"tx_{order.id}", Money(495), result)

    assert notify(database, done) == "recorded"
    assert notify(database, RefundFinished("evt_2", "", f"tx_{order.id}", Money(495), result)) == "recorded"

    assert fetch(database, order).status == "partially_refunded"
    assert remaining(database) == {"calls": 500}
    assert money(database) == (495, -990, 495)


def test_a_refund_of_an_unknown_payment_is_noted(database: Database) -> None:
    done = RefundFinished("evt", "", "tx_none", Money(1), RefundResult("", "ext", RefundState.SUCCEEDED))

    assert notify(database, done) == "unknown"


def test_a_full_refund_of_the_month_ends_the_plan(database: Database) -> None:
    give_back(database, buy(database, "basic").id)

    state = subscription(database)
    assert (state.ended_at, state.end_reason) == (NOW, "refunded")
    assert remaining(database) == {}


def test_a_refund_in_part_leaves_the_plan(database: Database) -> None:
    give_back(database, buy(database, "basic").id, 1000)

    assert subscription(database).ended_at is None


def test_a_full_refund_of_a_month_to_come_takes_that_month_away(database: Database) -> None:
    buy(database, "basic")
    order = buy(database, "basic", now=MONTH_END - DAY)

    give_back(database, order.id, now=MONTH_END - DAY)

    assert subscription(database).last.interval.end == MONTH_END
    assert remaining(database, MONTH_END + DAY) == {"calls": 500}  # what is left of the month before


def test_an_upgrade_after_a_refund_is_credited_what_was_kept(database: Database) -> None:
    order = buy(database, "basic")
    give_back(database, order.id, 1000)

    assert place(database, "professional").credit_fen == 990  # none of what was kept is used


def test_the_books_balance(database: Database) -> None:
    order = buy(database, "basic")
    notify(database, payment_of(order, "tx_again"))
    give_back(database, order.id, 300)
    give_back(database, order.id)

    with database.reading() as session:
        sums = session.execute(
            select(LedgerAccount.unit, func.sum(Entry.amount))
            .join(LedgerAccount, LedgerAccount.id == Entry.ledger_account_id)
            .group_by(LedgerAccount.unit)
        ).all()
    assert {unit: int(total) for unit, total in sums} == {"calls": 0, "fen": 0}


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_all_parts_of_a_refund_take_back_everything_once(granted: int, parts: list[int]) -> None:
    whole, before, taken = sum(parts), 0, 0
    for part in parts:
        units = RefundShare(before, part, whole).units_of(granted)
        before += part
        taken += units
        assert units >= 0
        assert taken * whole >= granted * before  # never less than was paid back

    assert taken == granted
