"""Tables of billing. Money is in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from huisheng.server.database.models import RowNumber, TableBase


class PurchaseOrder(TableBase):
    """Something that an account buys.

    Attributes:
        product: id in the plan file.
        price_version: of the plan file when it was ordered.
        offer: what is bought, with price, allowances and limits of that version.
        purpose: `pack`, `purchase`, `renewal` or `upgrade`.
        price_fen: of all of it, before the credit.
        credit_fen: for what is left of a plan that it replaces.
        amount_fen: to be paid.
        status: pending, paid, cancelled, expired, partially_refunded or refunded.
        method_reference: the method's own name of the order; None until it has begun there.
        checkout: what the method of payment gave to pay with.
        subscription_id: that it renews or replaces.
        unused: of an upgrade: meter → units of the old plan that the credit is for.
        next_poll_at: when the method is asked whether it is paid; None for not any more.
    """

    __tablename__ = "purchase_order"
    __table_args__ = (
        Index(None, "account_id", "created_at"),
        Index(None, "status", "expires_at"),
        Index(None, "next_poll_at"),
        CheckConstraint(
            "amount_fen = price_fen - credit_fen AND amount_fen > 0 AND credit_fen >= 0 AND quantity > 0",
            name="amounts",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    product: Mapped[str]
    price_version: Mapped[str]
    offer: Mapped[dict[str, Any]] = mapped_column(JSON)
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
    subscription_id: Mapped[str | None] = mapped_column(ForeignKey("subscription.id"), index=True)
    unused: Mapped[dict[str, int] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_poll_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]


class OrderKey(TableBase):
    """An idempotency key with which an order was asked for; `request` is what was asked."""

    __tablename__ = "order_key"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("purchase_order.id"))
    request: Mapped[str]
    created_at: Mapped[datetime]


class Payment(TableBase):
    """Money that has come; only ever added.

    Attributes:
        external_id: of the payment at the method; counts it once.
        amount_fen: in the minor unit of `currency`.
        charged: what the payer paid, in the minor unit of `charged_currency`.
        purpose: `order` for what an order was waiting for, which is delivered once; `surplus` where the order
            was paid before; `mismatch` where it is not the order's amount.
        paid_at: by the method's clock.
    """

    __tablename__ = "payment"
    __table_args__ = (UniqueConstraint("method", "external_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    method: Mapped[str]
    external_id: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    charged: Mapped[int] = mapped_column(BigInteger)
    charged_currency: Mapped[str]
    purpose: Mapped[str]
    paid_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class PaymentEvent(TableBase):
    """A notification of a method of payment that was verified; each is handled once."""

    __tablename__ = "payment_event"
    __table_args__ = (UniqueConstraint("method", "event_id"),)

    id: Mapped[RowNumber]
    method: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    order_id: Mapped[str | None]
    outcome: Mapped[str]
    received_at: Mapped[datetime]


class Refund(TableBase):
    """Money that goes back.

    Attributes:
        amount_fen: in the minor unit of the payment's currency.
        status: requested (the method may or may not know of it), processing, succeeded or failed.
        revoked: units that were taken back for it, of which grants.
        requested_by: the operator.
        next_attempt_at: when the method is told or asked; None once it has ended.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        UniqueConstraint("payment_id", "idempotency_key"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    status: Mapped[str]
    external_id: Mapped[str | None]
    revoked: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    requested_by: Mapped[str]
    idempotency_key: Mapped[str | None]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]


class Subscription(TableBase):
    """A plan that an account pays for by the month; an account has one at a time that has not ended.

    Attributes:
        method: of payment.
        external_id: at a method that renews by itself; None where each month is an order.
        customer_id: of the payer there.
        zone: where months are counted.
        anchor: when the first month began; its day and time are those of all months.
        cancel_at_period_end: whether it ends with the last month that is paid.
        next_product: the plan from the next month on; None for the same.
        payment_failed_at: when a method that renews by itself last failed; None once it is paid.
        next_sync_at: when such a method is told what became of it; None where it knows.
        ended_at: None while it goes on.
        end_reason: upgraded, replaced, cancelled, unpaid or refunded; None while it goes on.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index(None, "account_id", "ended_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    method: Mapped[str]
    external_id: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[str | None]
    zone: Mapped[str]
    anchor: Mapped[datetime]
    cancel_at_period_end: Mapped[bool]
    next_product: Mapped[str | None]
    payment_failed_at: Mapped[datetime | None]
    next_sync_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class SubscriptionPeriod(TableBase):
    """A month that was paid: by an order each, which knows the plan and its price."""

    __tablename__ = "subscription_period"
    __table_args__ = (
        Index(None, "subscription_id", "ends_at"),
        Index(None, "ends_at"),
        CheckConstraint("starts_at < ends_at", name="length"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey("purchase_order.id"), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscription.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Invoice(TableBase):
    """An invoice; numbers follow each other without a gap.

    Attributes:
        buyer: title, tax number, address, telephone, bank and e-mail, as far as given.
        seller: as the plan file named it when the invoice was asked for.
        kind: personal, company or special.
        fapiao_status: requested or issued.
        fapiao_number: that the tax system gave, once issued.
    """

    __tablename__ = "invoice"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("purchase_order.id"), unique=True)
    kind: Mapped[str]
    buyer: Mapped[dict[str, Any]] = mapped_column(JSON)
    seller: Mapped[dict[str, Any]] = mapped_column(JSON)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    fapiao_status: Mapped[str]
    fapiao_number: Mapped[str | None]
    created_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]


class NumberSequence(TableBase):
    """The last number that was given of a kind; who takes the next one holds the row until the commit."""

    __tablename__ = "number_sequence"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
