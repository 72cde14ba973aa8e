"""Orders with what was paid for them and what went back, as their operator sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account
from huisheng.server.billing.models import Invoice, Payment, Refund
from huisheng.server.billing.orders import OrderView
from huisheng.server.billing.schemas import InvoiceInfo, OrderInfo


class AdminPayment(BaseModel):
    """Money that came for an order."""

    id: str
    method: str
    external_id: str
    amount_fen: int
    purpose: str
    paid_at: datetime

    @classmethod
    def of(cls, row: Payment) -> Self:
        """From its row."""
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})


class AdminRefund(BaseModel):
    """Money that goes back of a payment."""

    id: str
    payment_id: str
    amount_fen: int
    reason: str
    status: str
    requested_by: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Refund) -> Self:
        """From its row."""
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})


class AdminOrder(OrderInfo):
    """An order, whose it is, and its money."""

    account_id: str
    account_name: str
    payments: Sequence[AdminPayment]
    refunds: Sequence[AdminRefund]


class AdminInvoice(InvoiceInfo):
    """An invoice, whose it is, and to whom it is made out."""

    account_id: str
    account_name: str
    buyer: dict[str, str]
    issued_at: datetime | None


def describe_orders(session: Session, views: Sequence[OrderView]) -> list[AdminOrder]:
    """Orders with their money, in three statements however many there are."""
    ids = [view.order.id for view in views]
    names = _names(session, [view.order.account_id for view in views])
    payments, refunds = defaultdict[str, list[Payment]](list), defaultdict[str, list[Refund]](list)
    paid = select(Payment).where(Payment.order_id.in_(ids)).order_by(Payment.recorded_at, Payment.id)
    for payment in session.scalars(paid):
        payments[payment.order_id].append(payment)
    back = (
        select(Payment.order_id, Refund)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Payment.order_id.in_(ids))
        .order_by(Refund.created_at, Refund.id)
    )
    for order_id, refund in session.execute(back):
        refunds[order_id].append(refund)
    return [
        AdminOrder(
            **OrderInfo.of(view).model_dump(),
            account_id=view.order.account_id,
            account_name=names[view.order.account_id],
            payments=[AdminPayment.of(row) for row in payments[view.order.id]],
            refunds=[AdminRefund.of(row) for row in refunds[view.order.id]],
        )
        for view in views
    ]


def describe_invoices(session: Session, rows: Sequence[Invoice]) -> list[AdminInvoice]:
    """Invoices with the names of their accounts."""
    names = _names(session, [row.account_id for row in rows])
    return [
        AdminInvoice(
            **InvoiceInfo.of(row).model_dump(),
            account_id=row.account_id,
            account_name=names[row.account_id],
            buyer=row.buyer,
            issued_at=row.issued_at,
        )
        for row in rows
    ]


def _names(session: Session, account_ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return {row.id: row.name for row in rows}
