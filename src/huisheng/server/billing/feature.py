"""What billing keeps of an account, for its export and its deletion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.billing import repository
from huisheng.server.billing.delivery import end_subscription
from huisheng.server.billing.errors import SubscriptionRenewsItself
from huisheng.server.billing.models import Invoice, Payment, PurchaseOrder, Refund, Subscription

_ORDER: Final = (
    *("id", "product", "price_version", "quantity", "purpose", "price_fen", "credit_fen", "amount_fen"),
    *("currency", "status", "method", "created_at", "expires_at", "paid_at"),
)
_PAYMENT: Final = ("id", "order_id", "method", "external_id", "amount_fen", "currency", "paid_at")
_REFUND: Final = ("id", "payment_id", "amount_fen", "reason", "status", "created_at", "finished_at")
_INVOICE: Final = (
    *("id", "number", "order_id", "kind", "buyer", "amount_fen", "fapiao_status", "fapiao_number"),
    "created_at",
)
_SUBSCRIPTION: Final = (
    *("id", "method", "zone", "anchor", "cancel_at_period_end", "next_product", "created_at", "ended_at"),
    "end_reason",
)


class BillingFeature:
    """An `AccountFeature`."""

    name = "billing"

    def export(self, session: Session, account_id: str) -> Iterable[Mapping[str, Any]]:
        """Orders, payments, refunds, subscriptions and invoices; `kind` tells them apart."""
        orders = select(PurchaseOrder).where(PurchaseOrder.account_id == account_id)
        payments = (
            select(Payment)
            .join(PurchaseOrder, PurchaseOrder.id == Payment.order_id)
            .where(PurchaseOrder.account_id == account_id)
        )
        refunds = (
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .join(PurchaseOrder, PurchaseOrder.id == Payment.order_id)
            .where(PurchaseOrder.account_id == account_id)
        )
        subscriptions = select(Subscription).where(Subscription.account_id == account_id)
        invoices = select(Invoice).where(Invoice.account_id == account_id)
        for kind, query, fields in (
            ("order", orders, _ORDER),
            ("payment", payments, _PAYMENT),
            ("refund", refunds, _REFUND),
            ("subscription", subscriptions, _SUBSCRIPTION),
            ("invoice", invoices, _INVOICE),
        ):
            for row in session.scalars(query):
                yield {"kind": kind, **{field: _jsonable(getattr(row, field)) for field in fields}}

    def objections(self, session: Session, account_id: str, now: datetime) -> Iterable[HuishengError]:
        """A card that would be charged for an account that is gone."""
        state = repository.newest_subscription(session, account_id)
        is_going_on = state and not (state.cancel_at_period_end or (state.ended_at and state.ended_at <= now))
        if state and is_going_on and state.renews_itself:
            yield SubscriptionRenewsItself()

    def erase(self, session: Session, account_id: str, now: datetime) -> None:
        """Give up what waits for payment and end the plan. Invoices are kept, as the law on books demands."""
        session.execute(
            update(PurchaseOrder)
            .where(PurchaseOrder.account_id == account_id, PurchaseOrder.status == "pending")
            .values(status="cancelled")
        )
        session.execute(
            update(PurchaseOrder)
            .where(PurchaseOrder.account_id == account_id)
            .values(checkout=None, user_id=None)
        )
        state = repository.newest_subscription(session, account_id)
        if state and state.ended_at is None:
            end_subscription(session, state.id, "cancelled", now)


def _jsonable(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
