"""Money that has come, and whatever else methods of payment report: each event is dealt with once.

The event, the payment, the books and what was bought change in one transaction. Events may come late, twice,
in another order than they happened, or under several ids; a payment counts once by the method's id of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.billing import books, mails, refunds, repository
from huisheng.server.billing.delivery import add_reported_month, deliver, end_subscription
from huisheng.server.billing.errors import OrderNotFound, OrderNotKnownYet
from huisheng.server.billing.models import Payment, PaymentEvent, PurchaseOrder, Subscription
from huisheng.server.billing.values import (
    CURRENCY,
    BillingConfig,
    Outcome,
    PaymentPurpose,
    SubscriptionState,
    dump_offer,
)
from huisheng.server.database.ids import new_id
from huisheng.server.database.inserting import insert_once
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    Ignored,
    Notification,
    PaymentFailed,
    PaymentReceived,
    RefundFinished,
    SubscriptionEnded,
    SubscriptionReference,
    SubscriptionRenewed,
    SubscriptionUpdated,
)
from huisheng.server.plans.calendar import Interval

logger = logging.getLogger("huisheng.server")

_REPLACED: Final = frozenset({"upgraded", "replaced", "refunded"})
"""Reasons for which a subscription has ended and goes on no more, whatever is paid for it."""


def receive(
    session: Session, config: BillingConfig, method: str, notification: Notification, now: datetime
) -> Outcome:
    """Deal with what a method has reported, once.

    Args:
        session: of a unit of work that writes.
        config: of billing.
        method: that was found to have sent it.
        notification: what it says.
        now: when it came.

    Raises:
        OrderNotKnownYet: it is about something whose beginning has not been reported; to be sent again.
    """
    is_new = insert_once(
        session,
        PaymentEvent,
        method=method,
        event_id=notification.event_id,
        kind=type(notification).__name__,
        order_id=getattr(notification, "order_id", None) or None,
        outcome="recorded",
        received_at=now,
    )
    if not is_new:
        return "duplicate"
    outcome = _handle(session, config, method, notification, now)
    event = session.scalars(
        select(PaymentEvent).where(
            PaymentEvent.method == method, PaymentEvent.event_id == notification.event_id
        )
    ).one()
    event.outcome = outcome
    if outcome in {"surplus", "mismatch", "unknown"}:
        logger.error("payment event %d of %s: %s; see the order", event.id, method, outcome)
    return outcome


def record_payment(
    session: Session, config: BillingConfig, method: str, received: PaymentReceived, now: datetime
) -> Outcome:
    """Enter a payment and deliver its order; once for each id that the method gives to payments.

    An order that was cancelled or has expired is delivered too. A second payment for an order, one of
    another amount, and one of an upgrade whose credit is spent, are entered and kept to be given back.
    """
    try:
        order = repository.lock_order(session, received.order_id)
    except OrderNotFound:
        return "unknown"
    if repository.payment_with(session, method, received.external_id):
        _link_automatic(session, order, received.subscription)
        return "duplicate"
    is_exact = received.amount == Money(order.amount_fen, CURRENCY) and order.method == method
    is_due = not order.paid_at and _has_credit(session, order)
    purpose: PaymentPurpose = "mismatch" if not is_exact else "order" if is_due else "surplus"
    if not _enter(session, order, purpose, _PaymentFacts.of(received, method), now):
        return "mismatch"
    if purpose != "order":
        return purpose
    order.status, order.paid_at, order.next_poll_at = "paid", now, None
    deliver(session, order, config.catalogue.renewal, now, received.subscription)
    mails.tell_paid(session, config, order, now)
    return "credited"


def _has_credit(session: Session, order: PurchaseOrder) -> bool:
    """Whether the credit of an upgrade is still there: the plan that it is for was not replaced by another
    order since, and its price has not gone back.
    """
    if not order.credit_fen or order.subscription_id is None:
        return True
    row = session.get_one(Subscription, order.subscription_id)
    state = repository.subscription_state(session, row)
    if state is None or row.end_reason in _REPLACED:
        return False
    replaced = state.period_at(order.created_at).order_id
    return not repository.is_refunded_since(session, replaced, order.created_at)


@dataclass(frozen=True, slots=True)
class _PaymentFacts:
    """What a method says of money that has come."""

    method: str
    external_id: str
    amount: Money
    charged: Money
    paid_at: datetime

    @classmethod
    def of(cls, received: PaymentReceived | SubscriptionRenewed, method: str) -> Self:
        return cls(method, received.external_id, received.amount, received.charged, received.paid_at)


def _handle(
    session: Session, config: BillingConfig, method: str, notification: Notification, now: datetime
) -> Outcome:
    outcome: Outcome = "ignored"
    match notification:
        case PaymentReceived():
            outcome = record_payment(session, config, method, notification, now)
        case RefundFinished():
            outcome = refunds.finish_reported(session, config, method, notification, now)
        case SubscriptionRenewed():
            outcome = _record_renewal(session, config, method, notification, now)
        case SubscriptionUpdated():
            outcome = _update_subscription(session, method, notification)
        case SubscriptionEnded():
            outcome = _end_reported(session, config, method, notification, now)
        case PaymentFailed():
            outcome = _record_failure(session, config, method, notification, now)
        case Ignored():
            pass
    return outcome


def _enter(
    session: Session, order: PurchaseOrder, purpose: PaymentPurpose, facts: _PaymentFacts, now: datetime
) -> bool:
    """Add a payment to the table and to the books; False where there is no money in it."""
    if not facts.amount.amount:
        return False
    payment = Payment(
        id=new_id("pay"),
        order_id=order.id,
        method=facts.method,
        external_id=facts.external_id,
        amount_fen=facts.amount.amount,
        currency=facts.amount.currency,
        charged=facts.charged.amount,
        charged_currency=facts.charged.currency,
        purpose=purpose,
        paid_at=facts.paid_at,
        recorded_at=now,
    )
    session.add(payment)
    session.flush()
    books.enter_payment(session, order, payment)
    return True


def _link_automatic(session: Session, order: PurchaseOrder, automatic: SubscriptionReference | None) -> None:
    """Keep which subscription a method has begun, where another event had not said so."""
    if automatic is None or order.subscription_id is None:
        return
    row = session.get_one(Subscription, order.subscription_id)
    if row.external_id is None and row.method == order.method:
        row.external_id, row.customer_id = automatic.id, automatic.customer_id


def _locked_subscription(session: Session, method: str, external_id: str) -> Subscription | None:
    """A subscription by its name at a method, with its account held."""
    row = session.scalar(
        select(Subscription).where(Subscription.method == method, Subscription.external_id == external_id)
    )
    if row is not None:
        repository.lock_account(session, row.account_id)
        session.refresh(row)
    return row


def _record_renewal(
    session: Session, config: BillingConfig, method: str, renewed: SubscriptionRenewed, now: datetime
) -> Outcome:
    """A further month that a method has taken the money for: an order of its own, paid."""
    row = _locked_subscription(session, method, renewed.subscription.id)
    state = row and repository.subscription_state(session, row)
    if row is None or state is None:
        raise OrderNotKnownYet
    if repository.payment_with(session, method, renewed.external_id):
        return "duplicate"
    facts = _PaymentFacts.of(renewed, method)
    if row.end_reason in _REPLACED or _has_other(session, row):
        order = session.get_one(PurchaseOrder, state.last.order_id)
        return "surplus" if _enter(session, order, "surplus", facts, now) else "mismatch"
    order = _add_renewal_order(session, config, state, renewed, now)
    is_exact = renewed.amount == Money(order.amount_fen, CURRENCY)
    if not _enter(session, order, "order" if is_exact else "mismatch", facts, now) or not is_exact:
        return "mismatch"
    order.status, order.paid_at = "paid", now
    add_reported_month(session, order, row, Interval(renewed.period_start, renewed.period_end), config, now)
    mails.tell_paid(session, config, order, now)
    return "credited"


def _has_other(session: Session, row: Subscription) -> bool:
    """Whether the account has a subscription that goes on, beside one that has ended."""
    newest = repository.newest_subscription(session, row.account_id)
    return row.ended_at is not None and newest is not None and newest.ended_at is None


def _add_renewal_order(
    session: Session,
    config: BillingConfig,
    state: SubscriptionState,
    renewed: SubscriptionRenewed,
    now: datetime,
) -> PurchaseOrder:
    """The order of a month that nobody has ordered; expired until its amount is found to be right."""
    offers = {offer.product: offer for offer in config.catalogue.offers(now)}
    offers[state.last.offer.product] = state.last.offer
    offer = offers.get(renewed.product, state.last.offer)
    order = PurchaseOrder(
        id=new_id("ord"),
        account_id=state.account_id,
        product=offer.product,
        price_version=offer.terms.id,
        offer=dump_offer(offer),
        quantity=1,
        purpose="renewal",
        price_fen=offer.terms.price_fen,
        credit_fen=0,
        amount_fen=offer.terms.price_fen,
        currency=CURRENCY,
        status="expired",
        method=state.method,
        method_reference=renewed.external_id,
        subscription_id=state.id,
        created_at=now,
        expires_at=now,
    )
    session.add(order)
    session.flush()
    return order


def _update_subscription(session: Session, method: str, updated: SubscriptionUpdated) -> Outcome:
    """What the payer has changed at the method; what we have changed and not told it yet stands."""
    row = _locked_subscription(session, method, updated.subscription.id)
    state = row and repository.subscription_state(session, row)
    if row is None or state is None or row.ended_at or row.next_sync_at:
        return "ignored"
    row.cancel_at_period_end = updated.cancel_at_period_end
    is_same = updated.product == state.last.offer.product
    row.next_product = None if is_same else updated.product
    return "recorded"


def _end_reported(
    session: Session, config: BillingConfig, method: str, ended: SubscriptionEnded, now: datetime
) -> Outcome:
    """The method charges no more. A month that is paid is kept to its end."""
    row = _locked_subscription(session, method, ended.subscription.id)
    state = row and repository.subscription_state(session, row)
    if row is None or state is None or row.ended_at:
        return "ignored"
    row.next_sync_at = None
    if now < state.last.interval.end:
        row.cancel_at_period_end = True
        return "recorded"
    end_subscription(session, row.id, "cancelled" if row.cancel_at_period_end else "unpaid", now)
    row.next_sync_at = None
    mails.tell_ended(session, config, state, now)
    return "recorded"


def _record_failure(
    session: Session, config: BillingConfig, method: str, failed: PaymentFailed, now: datetime
) -> Outcome:
    """An order stays as it is; of a subscription it is kept, and its payer told."""
    if failed.subscription is None:
        return "recorded"
    row = _locked_subscription(session, method, failed.subscription.id)
    state = row and repository.subscription_state(session, row)
    if row is None or state is None or row.ended_at:
        return "ignored"
    row.payment_failed_at = now
    mails.tell_payment_failed(session, config, state, failed.event_id, now)
    return "recorded"
