"""Tables of billing. Money is in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from huisheng.server.database.models import TableBase


class PurchaseOrder(TableBase):
    """Something that an account buys.

    Attributes:
        product: id in the plan file.
        price_version: of the plan file when it was ordered.
        price_fen: of all of it, before the credit.
        credit_fen: for what is left of a plan that it replaces.
        amount_fen: to be paid.
        status: pending, paid, cancelled, expired, partially_refunded or refunded.
        purpose: `purchase`, `renewal` or `upgrade`.
        checkout: what the method of payment gave to pay with.
    """

    __tablename__ = "purchase_order"
    __table_args__ = (
        Index(None, "account_id", "created_at"),
        Index(None, "status", "expires_at"),
        CheckConstraint("amount_fen >= 0 AND quantity > 0", name="amounts"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    product: Mapped[str]
    price_version: Mapped[str]
    quantity: Mapped[int]
    purpose: Mapped[str]
    price_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[str]
    method: Mapped[str]
    method_reference: Mapped[str | None]
    checkout: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    idempotency_key: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class Payment(TableBase):
    """Money that has come; only ever added."""

    __tablename__ = "payment"
    __table_args__ = (UniqueConstraint("method", "external_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    method: Mapped[str]
    external_id: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    paid_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class PaymentEvent(TableBase):
    """A notification of a method of payment that was verified; each is handled once."""

    __tablename__ = "payment_event"
    __table_args__ = (UniqueConstraint("method", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    order_id: Mapped[str | None]
    outcome: Mapped[str]
    received_at: Mapped[datetime]


class Refund(TableBase):
    """Money that goes back; `status` is requested, processing, succeeded or failed."""

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    status: Mapped[str]
    external_id: Mapped[str | None]
    requested_by: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Subscription(TableBase):
    """A plan that an account pays for by the month.

    Attributes:
        status: active, past_due, grace, cancelled or ended.
        anchor_day: day of the month on which periods begin, in the account's zone.
        next_product: the plan from the next period on; None for the same.
        external_id: at the method of payment that renews by itself; None where each period is an order.
        dunning_stage: reminders that have gone out for the coming period.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index(None, "status", "period_end"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    product: Mapped[str]
    price_version: Mapped[str]
    status: Mapped[str]
    method: Mapped[str]
    external_id: Mapped[str | None] = mapped_column(unique=True)
    anchor_day: Mapped[int]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    cancel_at_period_end: Mapped[bool]
    next_product: Mapped[str | None]
    dunning_stage: Mapped[int]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invoice(TableBase):
    """A receipt or invoice; numbers follow each other without a gap.

    Attributes:
        buyer: title, tax number, address, telephone, bank and e-mail, as far as given.
        kind: personal, company or special.
        fapiao_status: requested, issued or none.
    """

    __tablename__ = "invoice"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("purchase_order.id"), unique=True)
    kind: Mapped[str]
    buyer: Mapped[dict[str, Any]] = mapped_column(JSON)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    fapiao_status: Mapped[str]
    fapiao_number: Mapped[str | None]
    created_at: Mapped[datetime]
