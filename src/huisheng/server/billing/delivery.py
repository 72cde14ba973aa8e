"""What a paid order brings: the units of a pack, or a month of a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account
from huisheng.server.billing import books, repository
from huisheng.server.billing.models import PurchaseOrder, Subscription, SubscriptionPeriod
from huisheng.server.billing.values import BillingConfig, EndReason, SubscriptionState, load_offer
from huisheng.server.database.ids import new_id
from huisheng.server.payments.protocol import SubscriptionReference
from huisheng.server.plans.calendar import Interval, next_boundary, parse_zone
from huisheng.server.plans.catalogue import FREE, Meter, RenewalRules


def deliver(
    session: Session,
    order: PurchaseOrder,
    rules: RenewalRules,
    now: datetime,
    automatic: SubscriptionReference | None = None,
) -> None:
    """Give an account what it has paid for, in the transaction that records the payment.

    An order may be paid late, when the subscription that it was to renew or to replace is over, or another
    has begun: then its month begins now.

    Args:
        session: the account is locked.
        order: is paid.
        rules: of subscriptions.
        now: when.
        automatic: the subscription that a method has begun, and renews by itself.
    """
    offer = load_offer(order.offer)
    if offer.kind == "pack":
        term = Interval(now, now + timedelta(days=offer.terms.valid_days))
        books.give_units(session, order, term, now)
        return
    state = _settle_lapsed(session, order.account_id, rules, now)
    deducted = _end_replaced_plan(session, order, now) if order.purpose == "upgrade" else {}
    if state and order.purpose != "upgrade" and _continues(state, order, now):
        _append_month(session, order, state, rules, now)
        return
    if state:
        end_subscription(session, state.id, "replaced", now)
    _begin(session, order, rules, now, automatic, deducted)


def _settle_lapsed(
    session: Session, account_id: str, rules: RenewalRules, now: datetime
) -> SubscriptionState | None:
    """The subscription that goes on; one whose time is over is ended here, where no chore has done so yet."""
    state = repository.newest_subscription(session, account_id)
    if state is None or state.ended_at is not None:
        return None
    if state.is_live(now, rules):
        return state
    end_subscription(session, state.id, "cancelled" if state.cancel_at_period_end else "unpaid", now)
    return None


def end_subscription(session: Session, subscription_id: str, reason: EndReason, now: datetime) -> None:
    """End a subscription now; a method that renews it by itself is told."""
    row = session.get_one(Subscription, subscription_id)
    if row.ended_at is None:
        row.ended_at, row.end_reason = now, reason
        row.next_sync_at = now if row.external_id else None
        session.get_one(Account, row.account_id).plan = FREE


def add_reported_month(
    session: Session,
    order: PurchaseOrder,
    row: Subscription,
    month: Interval,
    config: BillingConfig,
    now: datetime,
) -> None:
    """A month that a method has renewed by itself, with the days that it gives.

    A subscription that had ended for want of it goes on.
    """
    row.ended_at, row.end_reason, row.payment_failed_at = None, None, None
    if row.next_product == order.product:
        row.next_product = None
    _add_month(session, order, row.id, month, config.catalogue.renewal, now)
    session.get_one(Account, order.account_id).plan = order.product


def _end_replaced_plan(session: Session, order: PurchaseOrder, now: datetime) -> dict[Meter, int]:
    """End the plan that an upgrade replaces, and take its units back, for which the customer had a credit.

    Returns:
        units that were used since the credit was reckoned: they are left out of the new plan's.
    """
    subscription_id = order.subscription_id
    if subscription_id is None:
        return {}
    replaced = repository.subscription_state(session, session.get_one(Subscription, subscription_id))
    if replaced is None:
        return {}
    period = replaced.period_at(order.created_at)
    unused = books.unused_units(session, period.order_id, now)
    books.take_back_all(session, period.order_id, order.id, now)
    end_subscription(session, subscription_id, "upgraded", now)
    quoted = order.unused or {}
    return {meter: max(quoted.get(meter, 0) - left, 0) for meter, left in unused.items()}


def _continues(state: SubscriptionState, order: PurchaseOrder, now: datetime) -> bool:
    """Whether an order is of a further month; a plan whose card has failed is bought anew."""
    if order.subscription_id == state.id:
        return True
    has_failed = state.renews_itself and now >= state.last.interval.end
    return order.product == state.last.offer.product and not has_failed


def _append_month(
    session: Session, order: PurchaseOrder, state: SubscriptionState, rules: RenewalRules, now: datetime
) -> None:
    """A further month, from the end of the last one on, however late it is paid."""
    start = state.last.interval.end
    end = next_boundary(state.anchor, start, parse_zone(state.zone))
    row = session.get_one(Subscription, state.id)
    row.cancel_at_period_end, row.next_product, row.payment_failed_at = False, None, None
    _add_month(session, order, state.id, Interval(start, end), rules, now)
    session.get_one(Account, order.account_id).plan = state.period_at(now).offer.product


def _begin(
    session: Session,
    order: PurchaseOrder,
    rules: RenewalRules,
    now: datetime,
    automatic: SubscriptionReference | None,
    deducted: Mapping[Meter, int],
) -> None:
    """A new subscription, whose first month begins now."""
    account = session.get_one(Account, order.account_id)
    row = Subscription(
        id=new_id("sub"),
        account_id=order.account_id,
        method=order.method,
        external_id=automatic.id if automatic else None,
        customer_id=automatic.customer_id if automatic else None,
        zone=account.zone,
        anchor=now,
        cancel_at_period_end=False,
        created_at=now,
    )
    session.add(row)
    session.flush()
    account.plan = order.product
    month = Interval(now, next_boundary(now, now, parse_zone(account.zone)))
    _add_month(session, order, row.id, month, rules, now, deducted)


def _add_month(
    session: Session,
    order: PurchaseOrder,
    subscription_id: str,
    month: Interval,
    rules: RenewalRules,
    now: datetime,
    deducted: Mapping[Meter, int] | None = None,
) -> None:
    """Its units can be used for some days longer: while the next month is not paid, the plan works on."""
    order.subscription_id = subscription_id
    session.add(
        SubscriptionPeriod(
            order_id=order.id, subscription_id=subscription_id, starts_at=month.start, ends_at=month.end
        )
    )
    session.flush()
    term = Interval(month.start, month.end + timedelta(days=rules.grace_days))
    books.give_units(session, order, term, now, deducted)
