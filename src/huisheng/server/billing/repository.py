"""Billing's questions to the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, Membership, User
from huisheng.server.billing.errors import InvoiceNotFound, OrderNotFound
from huisheng.server.billing.models import (
    Invoice,
    Payment,
    PurchaseOrder,
    Refund,
    Subscription,
    SubscriptionPeriod,
)
from huisheng.server.billing.values import ExcessPayment, PaidPeriod, SubscriptionState, load_offer
from huisheng.server.plans.calendar import Interval

_PERIODS: Final = 6
"""Months of a subscription that are read: the present one, one to come, and some that are over."""

FAILED: Final = "failed"
"""Status of a refund whose money stays with us."""

_PAYERS: Final = ("owner", "billing")
"""Roles that get mail about money."""


def lock_account(session: Session, account_id: str) -> Account:
    """The account, held until the end of the transaction: what is bought for it happens in one order."""
    return session.get_one(Account, account_id, with_for_update={"key_share": True}, populate_existing=True)


def find_order(session: Session, account_id: str, order_id: str) -> PurchaseOrder:
    """An order of an account.

    Raises:
        OrderNotFound: it has none of this id.
    """
    order = session.get(PurchaseOrder, order_id)
    if order is None or order.account_id != account_id:
        raise OrderNotFound
    return order


def lock_order(session: Session, order_id: str) -> PurchaseOrder:
    """An order, with its account held.

    Raises:
        OrderNotFound: there is none.
    """
    owner = session.scalar(select(PurchaseOrder.account_id).where(PurchaseOrder.id == order_id))
    if owner is None:
        raise OrderNotFound
    lock_account(session, owner)
    return session.get_one(PurchaseOrder, order_id, populate_existing=True)


def pending_orders(
    session: Session, account_id: str, product: str, *, upgrades: bool = False
) -> Sequence[PurchaseOrder]:
    """Orders of a product that wait for payment; with `upgrades` those to any other plan too."""
    condition = PurchaseOrder.product == product
    if upgrades:
        condition |= PurchaseOrder.purpose == "upgrade"
    return session.scalars(
        select(PurchaseOrder).where(
            PurchaseOrder.account_id == account_id, PurchaseOrder.status == "pending", condition
        )
    ).all()


def orders_before(
    session: Session,
    account_id: str,
    before: tuple[datetime, str] | None,
    limit: int,
    status: str = "",
) -> Sequence[PurchaseOrder]:
    """Orders, newest first, behind a time and an id.

    Args:
        session: of a unit of work.
        account_id: whose; empty for those of all.
        before: of the last order before; None for the first page.
        limit: at most.
        status: of the orders; empty for any.
    """
    query = select(PurchaseOrder)
    if account_id:
        query = query.where(PurchaseOrder.account_id == account_id)
    if status:
        query = query.where(PurchaseOrder.status == status)
    if before is not None:
        at, order_id = before
        query = query.where(
            (PurchaseOrder.created_at < at)
            | ((PurchaseOrder.created_at == at) & (PurchaseOrder.id < order_id))
        )
    newest_first = query.order_by(PurchaseOrder.created_at.desc(), PurchaseOrder.id.desc())
    return session.scalars(newest_first.limit(limit)).all()


def refunded_fen(session: Session, order_ids: Iterable[str]) -> dict[str, int]:
    """Order → what went back, or is going back, of the payment that it was waiting for."""
    rows = session.execute(
        select(Payment.order_id, func.sum(Refund.amount_fen))
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Payment.order_id.in_(list(order_ids)), Payment.purpose == "order", Refund.status != FAILED)
        .group_by(Payment.order_id)
    )
    return {order_id: int(total) for order_id, total in rows}


def excess_payments(session: Session, order_ids: Iterable[str]) -> dict[str, list[ExcessPayment]]:
    """Order → payments that it was not waiting for and that have not gone back whole, oldest first."""
    back = func.coalesce(func.sum(Refund.amount_fen), 0)
    rows = session.execute(
        select(Payment.order_id, Payment.id, Payment.amount_fen - back, Payment.currency)
        .outerjoin(Refund, and_(Refund.payment_id == Payment.id, Refund.status != FAILED))
        .where(Payment.order_id.in_(list(order_ids)), Payment.purpose != "order")
        .group_by(Payment.id)
        .having(Payment.amount_fen > back)
        .order_by(Payment.recorded_at, Payment.id)
    )
    found = defaultdict[str, list[ExcessPayment]](list)
    for order_id, payment_id, left, currency in rows:
        found[order_id].append(ExcessPayment(payment_id, int(left), currency))
    return found


def is_refunded_since(session: Session, order_id: str, since: datetime) -> bool:
    """Whether any of an order's price went back, or is going back, since."""
    query = (
        select(Refund.id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.order_id == order_id,
            Payment.purpose == "order",
            Refund.status != FAILED,
            Refund.created_at >= since,
        )
    )
    return session.scalars(query.limit(1)).first() is not None


def kept_fen(session: Session, order_id: str) -> int:
    """The price of an order, its credit included, less what went back."""
    order = session.get_one(PurchaseOrder, order_id)
    return max(order.price_fen - refunded_fen(session, [order_id]).get(order_id, 0), 0)


def payments_of(session: Session, order_id: str) -> Sequence[Payment]:
    """Every payment for an order, first come first."""
    return session.scalars(
        select(Payment).where(Payment.order_id == order_id).order_by(Payment.recorded_at, Payment.id)
    ).all()


def payment_with(session: Session, method: str, external_id: str) -> Payment | None:
    """The payment that a method calls by this id."""
    return session.scalar(select(Payment).where(Payment.method == method, Payment.external_id == external_id))


def revoked_units(session: Session, order_id: str) -> dict[str, int]:
    """Grant → units that were taken back for refunds of an order."""
    rows = session.scalars(
        select(Refund.revoked)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order_id, Refund.status != FAILED)
    )
    revoked: dict[str, int] = {}
    for each in (part for row in rows for part in row):
        revoked[each["grant_id"]] = revoked.get(each["grant_id"], 0) + each["units"]
    return revoked


def refunds_of(session: Session, payment_id: str) -> Sequence[Refund]:
    """Every refund of a payment, oldest first."""
    return session.scalars(
        select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.created_at, Refund.id)
    ).all()


def newest_subscription(session: Session, account_id: str) -> SubscriptionState | None:
    """The subscription of an account that goes on, else the one that ended last."""
    row = session.scalar(
        select(Subscription)
        .where(Subscription.account_id == account_id)
        .order_by(Subscription.ended_at.is_(None).desc(), Subscription.created_at.desc(), Subscription.id)
        .limit(1)
    )
    return row and subscription_state(session, row)


def subscription_state(session: Session, row: Subscription) -> SubscriptionState | None:
    """A subscription with its months; None where none of them is paid any more."""
    periods = session.execute(
        select(SubscriptionPeriod, PurchaseOrder.offer)
        .join(PurchaseOrder, PurchaseOrder.id == SubscriptionPeriod.order_id)
        .where(SubscriptionPeriod.subscription_id == row.id)
        .order_by(SubscriptionPeriod.ends_at.desc())
        .limit(_PERIODS)
    ).all()
    if not periods:
        return None
    return SubscriptionState(
        id=row.id,
        account_id=row.account_id,
        method=row.method,
        external_id=row.external_id,
        customer_id=row.customer_id,
        zone=row.zone,
        anchor=row.anchor,
        cancel_at_period_end=row.cancel_at_period_end,
        next_product=row.next_product,
        payment_failed_at=row.payment_failed_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        periods=tuple(
            PaidPeriod(period.order_id, load_offer(offer), Interval(period.starts_at, period.ends_at))
            for period, offer in reversed(periods)
        ),
    )


def packs_paid_since(session: Session, account_id: str, since: datetime) -> Sequence[PurchaseOrder]:
    """Packs that were paid since, and not given back as a whole."""
    return session.scalars(
        select(PurchaseOrder).where(
            PurchaseOrder.account_id == account_id,
            PurchaseOrder.purpose == "pack",
            PurchaseOrder.status.in_(("paid", "partially_refunded")),
            PurchaseOrder.paid_at >= since,
        )
    ).all()


def find_invoice(session: Session, account_id: str, invoice_id: str) -> Invoice:
    """An invoice of an account.

    Raises:
        InvoiceNotFound: it has none of this id.
    """
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or invoice.account_id != account_id:
        raise InvoiceNotFound
    return invoice


def payers(session: Session, account_id: str) -> Sequence[User]:
    """The people of an account who get mail about money."""
    return session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.account_id == account_id,
            Membership.role.in_(_PAYERS),
            User.email.is_not(None),
        )
        .order_by(User.id)
    ).all()
