"""Money that goes back, in full or in part.

A refund is recorded, and the units that it is for are taken back, before the method is told; and it is told
until it has made or refused the refund. It knows a refund by our id and makes it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.errors import OutOfRange
from huisheng.server.billing import books, mails, repository
from huisheng.server.billing.delivery import end_subscription
from huisheng.server.billing.errors import OrderUnpaid, RefundTooLarge
from huisheng.server.billing.models import Payment, PurchaseOrder, Refund, Subscription, SubscriptionPeriod
from huisheng.server.billing.values import BillingConfig, Outcome, RefundShare, RevokedUnits
from huisheng.server.database.ids import new_id
from huisheng.server.errors import IdempotencyKeyReused
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    OrderReference,
    RefundFinished,
    RefundReference,
    RefundRequest,
    RefundResult,
    RefundState,
)

_DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 6 * 60))
"""Behind each attempt to reach the method; the last is repeated."""

_REVOKED: Final = TypeAdapter(list[RevokedUnits])


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What an operator asks for.

    Attributes:
        order_id: of the order.
        amount_fen: to be given back; None for all that is left.
        reason: for the payer, in one line.
        requested_by: the operator.
        payment_id: of one payment; empty for the one that was too much, else for that of the order.
        key: idempotency key; empty without one.
    """

    order_id: str
    amount_fen: int | None
    reason: str
    requested_by: str
    payment_id: str = ""
    key: str = ""


class RefundCall(NamedTuple):
    """What a method is to be asked: to make a refund, or how it stands."""

    method: str
    request: RefundRequest
    reference: RefundReference | None


def request_refund(session: Session, asked: RefundOrder, now: datetime) -> Refund:
    """Record a refund and take back the units that it is for; the method is told afterwards.

    Raises:
        OrderNotFound: there is no such order.
        OrderUnpaid: nothing was paid for it, or all of it went back.
        RefundTooLarge: more would go back than has come.
        OutOfRange: the amount is not above zero.
        IdempotencyKeyReused: the key was used for another amount.
    """
    order = repository.lock_order(session, asked.order_id)
    if asked.key and (known := _with_key(session, asked)):
        if asked.amount_fen not in (None, known.amount_fen):
            raise IdempotencyKeyReused
        return known
    payment, left = _choose_payment(session, asked)
    amount = left if asked.amount_fen is None else asked.amount_fen
    if amount <= 0:
        raise OutOfRange("amount_fen", amount, 1, left)
    if amount > left:
        raise RefundTooLarge(left)
    refund = _add(session, payment, amount, asked, now)
    share = RefundShare(payment.amount_fen - left, amount, payment.amount_fen)
    _take_back(session, order, payment, refund, share, now)
    _set_status(session, order)
    return refund


def finish(
    session: Session, config: BillingConfig, refund_id: str, result: RefundResult | None, now: datetime
) -> Refund:
    """Keep what a method has answered about a refund.

    Args:
        session: of a unit of work that writes.
        config: of billing.
        refund_id: ours.
        result: of the method; None where it could not be reached.
        now: the time.
    """
    refund, payment, order = _lock(session, refund_id)
    if refund.status not in {"requested", "processing"}:
        return refund
    refund.attempts += 1
    refund.next_attempt_at = now + _DELAYS[min(refund.attempts, len(_DELAYS)) - 1]
    if result is None:
        return refund
    refund.external_id = result.external_id or refund.external_id
    refund.status = result.state.value
    if result.state is RefundState.SUCCEEDED:
        _complete(session, config, order, payment, refund, now)
    elif result.state is RefundState.FAILED:
        refund.finished_at, refund.next_attempt_at = now, None
        revoked = _REVOKED.validate_python(refund.revoked)
        books.restore_units(session, order, refund.id, revoked, now)
        _set_status(session, order)
    return refund


def finish_reported(
    session: Session, config: BillingConfig, method: str, finished: RefundFinished, now: datetime
) -> Outcome:
    """A method says that a refund has come to its end: ours, or one that was made in its own console."""
    refund = session.get(Refund, finished.result.refund_id) if finished.result.refund_id else None
    if refund is None:
        refund = session.scalar(
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.method == method, Refund.external_id == finished.result.external_id)
        )
    if refund is not None:
        finish(session, config, refund.id, finished.result, now)
        return "recorded"
    if finished.result.state is not RefundState.SUCCEEDED:
        return "ignored"
    return _record_foreign(session, config, method, finished, now)


def make_call(session: Session, config: BillingConfig, refund_id: str) -> RefundCall:
    """What the method of a refund is to be asked."""
    refund, payment, order = _find(session, refund_id)
    reference = OrderReference(order.id, order.method_reference or "")
    before = sum(
        each.amount_fen
        for each in repository.refunds_of(session, payment.id)
        if each.status != repository.FAILED and (each.created_at, each.id) < (refund.created_at, refund.id)
    )
    request = RefundRequest(
        refund_id=refund.id,
        order=reference,
        payment_id=payment.external_id,
        amount=Money(refund.amount_fen, payment.currency),
        total=Money(payment.amount_fen, payment.currency),
        refunded=Money(before, payment.currency),
        reason=refund.reason,
        notify_url=config.notify_url(payment.method),
    )
    is_begun = refund.status == RefundState.PROCESSING.value
    begun = RefundReference(refund.id, reference, refund.external_id or "") if is_begun else None
    return RefundCall(payment.method, request, begun)


def take_due(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Refunds whose method is to be asked; other servers do not get them until the next time."""
    rows = session.scalars(
        select(Refund)
        .where(Refund.next_attempt_at <= now)
        .order_by(Refund.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for refund in rows:
        refund.next_attempt_at = now + _DELAYS[min(refund.attempts, len(_DELAYS) - 1)]
    return [refund.id for refund in rows]


def _choose_payment(session: Session, asked: RefundOrder) -> tuple[Payment, int]:
    """The payment that money goes back of, and what is left of it: first what was too much."""
    payments = [
        each for each in repository.payments_of(session, asked.order_id) if asked.payment_id in ("", each.id)
    ]
    left = {each.id: _refundable(session, each) for each in payments}
    payments.sort(key=lambda each: each.purpose == "order")
    chosen = next((each for each in payments if left[each.id]), None)
    if chosen is None:
        raise OrderUnpaid
    return chosen, left[chosen.id]


def _refundable(session: Session, payment: Payment) -> int:
    refunds = repository.refunds_of(session, payment.id)
    return payment.amount_fen - sum(each.amount_fen for each in refunds if each.status != repository.FAILED)


def _with_key(session: Session, asked: RefundOrder) -> Refund | None:
    return session.scalar(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == asked.order_id, Refund.idempotency_key == asked.key)
    )


def _add(session: Session, payment: Payment, amount: int, asked: RefundOrder, now: datetime) -> Refund:
    refund = Refund(
        id=new_id("rfd"),
        payment_id=payment.id,
        amount_fen=amount,
        reason=asked.reason,
        status="requested",
        revoked=[],
        requested_by=asked.requested_by,
        idempotency_key=asked.key or None,
        attempts=0,
        created_at=now,
        next_attempt_at=now,
    )
    session.add(refund)
    session.flush()
    return refund


def _take_back(
    session: Session,
    order: PurchaseOrder,
    payment: Payment,
    refund: Refund,
    share: RefundShare,
    now: datetime,
) -> None:
    """Take back what the money was for; a payment that was too much has brought nothing."""
    if payment.purpose != "order":
        return
    if share.before + share.amount == share.whole:
        revoked = books.take_back_all(session, order.id, refund.id, now)
    else:
        revoked = books.take_back_share(session, order.id, refund.id, share, now)
    refund.revoked = _REVOKED.dump_python(revoked, mode="json")


def _set_status(session: Session, order: PurchaseOrder) -> None:
    """How much of an order was given back, or is about to be."""
    session.flush()
    back = repository.refunded_fen(session, [order.id]).get(order.id, 0)
    if order.paid_at is not None:
        full = "refunded" if back >= order.amount_fen else "partially_refunded"
        order.status = full if back else "paid"


def _complete(
    session: Session,
    config: BillingConfig,
    order: PurchaseOrder,
    payment: Payment,
    refund: Refund,
    now: datetime,
) -> None:
    """The money has gone back; a month that was wholly given back is over."""
    refund.status, refund.finished_at, refund.next_attempt_at = RefundState.SUCCEEDED.value, now, None
    books.enter_refund(session, order, payment, refund, now)
    mails.tell_refunded(session, config, order, refund, now)
    period = session.get(SubscriptionPeriod, order.id)
    if period is None or order.status != "refunded":
        return
    row = session.get_one(Subscription, period.subscription_id)
    state = repository.subscription_state(session, row)
    if period.starts_at > now:
        session.delete(period)
    elif state and state.last.order_id == order.id and state.is_live(now, config.catalogue.renewal):
        end_subscription(session, row.id, "refunded", now)


def _record_foreign(
    session: Session, config: BillingConfig, method: str, finished: RefundFinished, now: datetime
) -> Outcome:
    """A refund that was made without us: entered like ours, as far as there was money left."""
    payment = repository.payment_with(session, method, finished.payment_id)
    if payment is None:
        return "unknown"
    order = repository.lock_order(session, payment.order_id)
    left = _refundable(session, payment)
    amount = min(payment.amount_fen * finished.amount.amount // max(payment.charged, 1), left)
    if amount <= 0:
        return "mismatch"
    asked = RefundOrder(order.id, amount, "", f"method:{method}")
    refund = _add(session, payment, amount, asked, now)
    refund.external_id = finished.result.external_id
    share = RefundShare(payment.amount_fen - left, amount, payment.amount_fen)
    _take_back(session, order, payment, refund, share, now)
    _set_status(session, order)
    _complete(session, config, order, payment, refund, now)
    return "recorded"


def _find(session: Session, refund_id: str) -> tuple[Refund, Payment, PurchaseOrder]:
    refund = session.get_one(Refund, refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    return refund, payment, session.get_one(PurchaseOrder, payment.order_id)


def _lock(session: Session, refund_id: str) -> tuple[Refund, Payment, PurchaseOrder]:
    """The same, with the account held."""
    refund, payment, order = _find(session, refund_id)
    order = repository.lock_order(session, order.id)
    session.refresh(refund)
    return refund, payment, order
