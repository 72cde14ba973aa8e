"""Orders and refunds for the tests of payment methods, at a fixed time."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from tools.peers.payments.server import SentMessage

from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    NotificationMessage,
    OrderReference,
    PaymentRequest,
    RefundReference,
    RefundRequest,
    SubscriptionPrice,
)

NOW: Final = datetime(2026, 3, 31, 23, 59, 30, tzinfo=UTC)
"""In China it is April already."""
PRICE: Final = Money(990)


def make_order(amount: Money = PRICE, subscription: SubscriptionPrice | None = None) -> PaymentRequest:
    """A new order of a pack, good for half an hour."""
    return PaymentRequest(
        order_id=f"ord_{secrets.token_hex(10)}",
        amount=amount,
        subject="绘声 1,000 次调用 & more=less/",
        notify_url="https://tts.example.com/api/payments/method/notify",
        return_url="https://tts.example.com/account",
        expires_at=NOW + timedelta(minutes=31),
        client_address="203.0.113.7",
        subscription=subscription,
    )


def reference_of(order: PaymentRequest, reference: str = "") -> OrderReference:
    """The order as it is asked for later."""
    return OrderReference(order.order_id, reference)


def make_refund(
    order: OrderReference, payment_id: str, amount: int = PRICE.amount, refunded: int = 0
) -> RefundRequest:
    """Some fen of an order of `PRICE`."""
    return RefundRequest(
        refund_id=f"ref_{secrets.token_hex(10)}",
        order=order,
        payment_id=payment_id,
        amount=Money(amount),
        total=PRICE,
        refunded=Money(refunded),
        reason="不再需要",
        notify_url="https://tts.example.com/api/payments/method/notify",
    )


def reference_to(refund: RefundRequest, external_id: str) -> RefundReference:
    """The refund as it is asked for later."""
    return RefundReference(refund.refund_id, refund.order, external_id)


def receive(message: SentMessage) -> NotificationMessage:
    """A notification as our server gets it."""
    return NotificationMessage({name.lower(): value for name, value in message.headers.items()}, message.body)
