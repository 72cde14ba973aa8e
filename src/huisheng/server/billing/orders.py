"""Orders: placed with a quote, begun with a method of payment, cancelled, expired; paid in `receiving`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.billing import repository
from huisheng.server.billing.errors import DowngradeIsScheduled, OrderClosed
from huisheng.server.billing.models import OrderKey, PurchaseOrder
from huisheng.server.billing.quotes import make_quote
from huisheng.server.billing.values import CURRENCY, ExcessPayment, Quote, dump_offer
from huisheng.server.database.ids import new_id
from huisheng.server.errors import IdempotencyKeyReused
from huisheng.server.paging import PageRequest, parse_time_cursor
from huisheng.server.payments.protocol import Checkout, CheckoutKind
from huisheng.server.plans.catalogue import Catalogue

LIFETIMES: Final[dict[CheckoutKind, timedelta]] = {
    "qr": timedelta(hours=1),
    "redirect": timedelta(hours=1),
    "transfer": timedelta(days=7),
}
"""How long an order waits for payment; WeChat Pay allows two hours, Stripe no less than half an hour."""

_SHORTEST_REST: Final = timedelta(minutes=10)
"""An order with less time than this left is not offered again."""

_SOONEST_POLL: Final = timedelta(minutes=1)
_RAREST_POLL: Final = timedelta(hours=6)
_LAST_POLL: Final = timedelta(days=3)
_POLLS_AN_AGE: Final = 10
"""Methods are asked each minute at first, then after a tenth of an order's age: a notification may be lost,
and a payment may come after an order was closed.
"""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a customer asks for.

    Attributes:
        account_id: that buys.
        user_id: who orders; empty for an API key.
        product: id.
        quantity: of it.
        method: of payment.
        kind: of the method's checkouts.
        key: idempotency key; empty without one.
    """

    account_id: str
    user_id: str
    product: str
    quantity: int
    method: str
    kind: CheckoutKind
    key: str = ""

    @property
    def fingerprint(self) -> str:
        """What a repetition with the same key must repeat."""
        return f"{self.product} {self.quantity} {self.method}"


class OrderView(NamedTuple):
    """An order.

    Attributes:
        refunded_fen: what went back of its payment.
        excess: payments that are to be given back.
    """

    order: PurchaseOrder
    refunded_fen: int = 0
    excess: Sequence[ExcessPayment] = ()


class PlacedOrder(NamedTuple):
    """An order, and those that it takes the place of, which are to be closed at their methods."""

    order: PurchaseOrder
    replaced: Sequence[PurchaseOrder] = ()


def place_order(session: Session, catalogue: Catalogue, request: OrderRequest, now: datetime) -> PlacedOrder:
    """A new order, or the one of this product that waits for payment, or that was made with this key.

    Raises:
        IdempotencyKeyReused: the key was used for something else.
        DowngradeIsScheduled: a cheaper plan is not bought now.
        UnknownProduct, OutOfRange, PlanUnchanged, NextPeriodPaid: see `make_quote`.
    """
    repository.lock_account(session, request.account_id)
    if request.key and (known := session.get(OrderKey, (request.account_id, request.key))):
        if known.request != request.fingerprint:
            raise IdempotencyKeyReused
        return PlacedOrder(session.get_one(PurchaseOrder, known.order_id))
    quote = make_quote(session, catalogue, request.account_id, request.product, request.quantity, now)
    if quote.purpose == "downgrade":
        raise DowngradeIsScheduled
    pending = repository.pending_orders(
        session, request.account_id, request.product, upgrades=quote.purpose == "upgrade"
    )
    same = next((order for order in pending if _is_same(order, request, quote, now)), None)
    replaced = [order for order in pending if order is not same]
    for order in replaced:
        order.status = "cancelled"
    order = same or _add_order(session, request, quote, now)
    if request.key:
        session.add(
            OrderKey(
                account_id=request.account_id,
                key=request.key,
                order_id=order.id,
                request=request.fingerprint,
                created_at=now,
            )
        )
    return PlacedOrder(order, replaced)


def attach_checkout(session: Session, order_id: str, checkout: Checkout, now: datetime) -> PurchaseOrder:
    """Keep how an order is paid; it is asked for from now on, unless a person has to confirm it."""
    order = repository.lock_order(session, order_id)
    order.checkout = dump_checkout(checkout)
    order.method_reference = checkout.reference
    order.expires_at = min(order.expires_at, checkout.expires_at)
    order.next_poll_at = None if checkout.kind == "transfer" else now + _SOONEST_POLL
    return order


def cancel_order(session: Session, account_id: str, order_id: str) -> PurchaseOrder:
    """Give an order up. A payment that crosses this is credited all the same.

    Raises:
        OrderNotFound: the account has none of this id.
        OrderClosed: it is paid, cancelled or expired.
    """
    repository.lock_account(session, account_id)
    order = repository.find_order(session, account_id, order_id)
    if order.status != "pending":
        raise OrderClosed
    order.status = "cancelled"
    return order


def take_expired(session: Session, now: datetime, limit: int) -> Sequence[PurchaseOrder]:
    """Orders whose time is over; they are expired from here on."""
    rows = session.scalars(
        select(PurchaseOrder)
        .where(PurchaseOrder.status == "pending", PurchaseOrder.expires_at <= now)
        .order_by(PurchaseOrder.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for order in rows:
        order.status = "expired"
    return rows


def take_unpolled(session: Session, now: datetime, limit: int) -> Sequence[PurchaseOrder]:
    """Orders whose method is to be asked; other servers do not get them until the next time."""
    rows = session.scalars(
        select(PurchaseOrder)
        .where(PurchaseOrder.next_poll_at <= now)
        .order_by(PurchaseOrder.next_poll_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for order in rows:
        order.next_poll_at = next_poll(order.created_at, now)
    return rows


def list_orders(session: Session, account_id: str, page: PageRequest, status: str = "") -> list[OrderView]:
    """Orders, newest first, one more than the page holds.

    Args:
        session: of a unit of work.
        account_id: whose; empty for those of all.
        page: what part of the list.
        status: empty for any.

    Raises:
        InvalidCursor: the cursor is none of an order.
    """
    before = parse_time_cursor(page.cursor)
    rows = repository.orders_before(session, account_id, before, page.limit + 1, status)
    return view_orders(session, rows)


def view_orders(session: Session, rows: Sequence[PurchaseOrder]) -> list[OrderView]:
    """The same orders with what was paid for them and went back."""
    ids = [order.id for order in rows]
    back, excess = repository.refunded_fen(session, ids), repository.excess_payments(session, ids)
    return [OrderView(order, back.get(order.id, 0), excess.get(order.id, ())) for order in rows]


def next_poll(created_at: datetime, now: datetime) -> datetime | None:
    """When a method is asked next; None where the order is too old."""
    age = now - created_at
    if age >= _LAST_POLL:
        return None
    return now + min(max(age / _POLLS_AN_AGE, _SOONEST_POLL), _RAREST_POLL)


def dump_checkout(checkout: Checkout) -> dict[str, Any]:
    """A checkout as an order keeps it."""
    return {
        "kind": checkout.kind,
        "url": checkout.url,
        "code": checkout.code,
        "reference": checkout.reference,
        "instructions": {"zh": checkout.instructions.zh, "en": checkout.instructions.en},
    }


def _is_same(order: PurchaseOrder, request: OrderRequest, quote: Quote, now: datetime) -> bool:
    """Whether an order that waits is what is asked for, at the price of now, and may wait a while longer."""
    return (
        order.expires_at - now >= _SHORTEST_REST
        and (order.product, order.quantity, order.method)
        == (request.product, request.quantity, request.method)
        and (order.purpose, order.subscription_id) == (quote.purpose, quote.subscription_id)
        and (order.price_fen, order.credit_fen) == (quote.cost.price_fen, quote.cost.credit_fen)
        and order.price_version == quote.offer.terms.id
    )


def _add_order(session: Session, request: OrderRequest, quote: Quote, now: datetime) -> PurchaseOrder:
    order = PurchaseOrder(
        id=new_id("ord"),
        account_id=request.account_id,
        user_id=request.user_id or None,
        product=quote.offer.product,
        price_version=quote.offer.terms.id,
        offer=dump_offer(quote.offer),
        quantity=quote.quantity,
        purpose=quote.purpose,
        price_fen=quote.cost.price_fen,
        credit_fen=quote.cost.credit_fen,
        amount_fen=quote.cost.due_fen,
        currency=CURRENCY,
        status="pending",
        method=request.method,
        subscription_id=quote.subscription_id,
        unused=dict(quote.unused) if quote.unused else None,
        created_at=now,
        expires_at=now + LIFETIMES[request.kind],
    )
    session.add(order)
    session.flush()
    return order
