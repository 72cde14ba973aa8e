"""What events of Stripe say, in the words of the Protocol."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from huisheng.server.payments.protocol import (
    Ignored,
    Notification,
    PaymentFailed,
    PaymentReceived,
    RefundFinished,
    RefundState,
    SubscriptionEnded,
    SubscriptionReference,
    SubscriptionRenewed,
    SubscriptionUpdated,
)
from huisheng.server.payments.stripe_api import StripeApi
from huisheng.server.payments.stripe_messages import (
    MONTH,
    StripeCharge,
    StripeEvent,
    StripeInvoice,
    StripeRefund,
    StripeSession,
    StripeSubscription,
    read_money,
    read_price,
)
from huisheng.server.payments.times import from_seconds

_PAID_SESSION: Final = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
_BILL: Final = frozenset({"invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed"})
"""The first two tell the same; an endpoint may have either."""
_FIRST: Final = "subscription_create"
_REASONS: Final = frozenset({_FIRST, "subscription_cycle"})
"""Reasons of bills that we look at; others are written by hand in the dashboard."""
_REFUND: Final = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})


async def read_event(event: StripeEvent, api: StripeApi) -> Notification:
    """What a genuine event says.

    Raises:
        ValueError: it is of another shape.
    """
    content = event.data.object
    if event.type.startswith("checkout.session."):
        return _read_session_event(event, StripeSession.model_validate(content))
    if event.type in _BILL:
        return await _read_invoice(event, StripeInvoice.model_validate(content), api)
    if event.type in {"customer.subscription.updated", "customer.subscription.deleted"}:
        return _read_subscription(event, StripeSubscription.model_validate(content))
    if event.type in _REFUND:
        return _read_refund(event, StripeRefund.model_validate(content))
    if event.type == "charge.refunded":
        refunds = await api.list_refunds({"charge": StripeCharge.model_validate(content).id})
        if refunds:
            return _read_refund(event, refunds[0])
    return Ignored(event.id, event.type)


def read_session(session: StripeSession, event_id: str, paid_at: datetime) -> PaymentReceived:
    """The payment of a session that is paid.

    Raises:
        ValueError: it is of another shape.
    """
    charged = read_money(session.amount_total or 0, session.currency or "")
    return PaymentReceived(
        event_id=event_id,
        order_id=session.metadata["order_id"],
        external_id=session.invoice or session.payment_intent or session.id,
        amount=read_price(session.metadata).read(charged),
        charged=charged,
        paid_at=paid_at,
        subscription=session.subscription_reference,
    )


def _read_session_event(event: StripeEvent, session: StripeSession) -> Notification:
    """Paid, refused by a slow method, or nothing to do; sessions of other programs are none of ours."""
    order_id = session.metadata.get("order_id", "")
    if order_id and session.is_paid and event.type in _PAID_SESSION:
        return read_session(session, event.id, from_seconds(event.created))
    if order_id and event.type == "checkout.session.async_payment_failed":
        return PaymentFailed(event.id, order_id, None, None)
    return Ignored(event.id, event.type)


async def _read_invoice(event: StripeEvent, invoice: StripeInvoice, api: StripeApi) -> Notification:
    """The first payment of a subscription, a further one, or one that failed.

    Raises:
        ValueError: it is of another shape.
    """
    if not invoice.subscription_id or invoice.billing_reason not in _REASONS:
        return Ignored(event.id, event.type)
    metadata: Mapping[str, str] = invoice.details.metadata
    if "order_id" not in metadata:  # as in versions that have no copy of it on the bill
        metadata = (await api.find_subscription(invoice.subscription_id)).metadata
    order_id = metadata.get("order_id", "")
    if not order_id:
        return Ignored(event.id, event.type)
    is_first = invoice.billing_reason == _FIRST
    subscription = SubscriptionReference(invoice.subscription_id, invoice.customer or "")
    if event.type == "invoice.payment_failed":
        again = invoice.next_payment_attempt
        renewed = None if is_first else subscription
        return PaymentFailed(event.id, order_id, renewed, from_seconds(again) if again else None)
    charged = read_money(invoice.amount_paid, invoice.currency)
    paid_at = from_seconds(invoice.status_transitions.paid_at or event.created)
    if is_first:
        amount = read_price(metadata).read(charged)
        return PaymentReceived(event.id, order_id, invoice.id, amount, charged, paid_at, subscription)
    start, end = invoice.period
    return SubscriptionRenewed(
        event_id=event.id,
        order_id=order_id,
        subscription=subscription,
        product=metadata.get("product", ""),
        external_id=invoice.id,
        amount=read_price(metadata, MONTH).read(charged),
        charged=charged,
        period_start=start,
        period_end=end,
        paid_at=paid_at,
    )


def _read_subscription(event: StripeEvent, subscription: StripeSubscription) -> Notification:
    """Changed or over; subscriptions of other programs are none of ours."""
    if "order_id" not in subscription.metadata:
        return Ignored(event.id, event.type)
    if event.type == "customer.subscription.deleted":
        ended_at = from_seconds(subscription.ended_at or event.created)
        return SubscriptionEnded(event.id, subscription.reference, ended_at)
    return SubscriptionUpdated(
        event_id=event.id,
        subscription=subscription.reference,
        product=subscription.metadata.get("product", ""),
        cancel_at_period_end=subscription.ends_with_period,
        period_end=from_seconds(subscription.period_end),
    )


def _read_refund(event: StripeEvent, refund: StripeRefund) -> Notification:
    """A refund that has ended; ours, or one that was made in the dashboard."""
    if refund.result.state is RefundState.PROCESSING:
        return Ignored(event.id, event.type)
    return RefundFinished(
        event_id=event.id,
        order_id=refund.metadata.get("order_id", ""),
        payment_id=refund.metadata.get("payment_id") or refund.payment_intent or "",
        amount=read_money(refund.amount, refund.currency),
        result=refund.result,
    )
