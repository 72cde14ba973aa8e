"""What billing enters into the books: money that comes and goes, units that are given and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from huisheng.server.billing import repository
from huisheng.server.billing.models import Payment, PurchaseOrder, Refund
from huisheng.server.billing.values import RefundShare, RevokedUnits, load_offer
from huisheng.server.ledger import chart
from huisheng.server.ledger.repository import Fact
from huisheng.server.ledger.service import post, transfer
from huisheng.server.plans.calendar import Interval
from huisheng.server.plans.catalogue import Meter
from huisheng.server.plans.proration import Share
from huisheng.server.usage import grants
from huisheng.server.usage.grants import GrantBalance, NewGrant


def enter_payment(session: Session, order: PurchaseOrder, payment: Payment) -> None:
    """Money has come: once for each payment that a method knows."""
    fact = Fact(
        f"payment:{payment.method}:{payment.external_id}",
        "payment",
        payment.recorded_at,
        order.account_id,
        order.id,
        order.price_version,
    )
    unit = _unit(payment.currency)
    cash = chart.cash_account(payment.method, unit)
    post(session, fact, transfer(payment.amount_fen, chart.revenue_account(unit), cash))


def enter_refund(
    session: Session, order: PurchaseOrder, payment: Payment, refund: Refund, now: datetime
) -> None:
    """Money has gone back: once for each refund."""
    fact = Fact(f"refund:{refund.id}", "refund", now, order.account_id, refund.id, order.price_version)
    unit = _unit(payment.currency)
    cash = chart.cash_account(payment.method, unit)
    post(session, fact, transfer(refund.amount_fen, cash, chart.refund_account(unit)))


def give_units(
    session: Session,
    order: PurchaseOrder,
    term: Interval,
    now: datetime,
    deducted: Mapping[Meter, int] | None = None,
) -> None:
    """Give the units of an order, once.

    Args:
        session: of a unit of work that writes.
        order: is paid.
        term: in which they can be used.
        now: the time.
        deducted: units that are left out.
    """
    offer = load_offer(order.offer)
    for allowance in offer.terms.allowances:
        amount = allowance.amount * order.quantity - (deducted or {}).get(allowance.meter, 0)
        if amount > 0:
            new = NewGrant(
                order.account_id,
                allowance.meter,
                amount,
                "pack" if offer.kind == "pack" else "subscription",
                f"order:{order.id}:{allowance.meter}",
                term.start,
                term.end,
                order.id,
                order.price_version,
                offer.terms.limits,
            )
            grants.give(session, new, now)


def unused_units(session: Session, order_id: str, now: datetime) -> dict[Meter, int]:
    """What is left of the units of an order, by meter; nothing where they are over."""
    unused: dict[Meter, int] = {}
    for grant in _usable_grants(session, order_id, now):
        unused[grant.meter] = unused.get(grant.meter, 0) + max(grant.remaining, 0)
    return unused


def unused_shares(session: Session, order_id: str, now: datetime) -> list[Share]:
    """What is left of the units of an order, for each meter, of those that were not taken back."""
    unused = unused_units(session, order_id, now)
    revoked = repository.revoked_units(session, order_id)
    given: dict[Meter, int] = {}
    for grant in grants.find_grants(session, order_id):
        given[grant.meter] = given.get(grant.meter, 0) + grant.amount - revoked.get(grant.id, 0)
    return [Share(unused.get(meter, 0), whole) for meter, whole in given.items()]


def take_back_all(session: Session, order_id: str, reason: str, now: datetime) -> list[RevokedUnits]:
    """Take back what is left of the units of an order, which end.

    Args:
        session: of a unit of work that writes.
        order_id: of the order.
        reason: the order or the refund that causes it.
        now: the time.
    """
    return [_take_back(session, grant, None, reason, now) for grant in _usable_grants(session, order_id, now)]


def take_back_share(
    session: Session, order_id: str, reason: str, share: RefundShare, now: datetime
) -> list[RevokedUnits]:
    """Take back the part of an order's units that belongs to a part of its price, as far as it is left.

    Args:
        session: of a unit of work that writes.
        order_id: of the order.
        reason: the refund that causes it.
        share: of the payment.
        now: the time.
    """
    return [
        _take_back(session, grant, share.units_of(grant.amount), reason, now)
        for grant in _usable_grants(session, order_id, now)
    ]


def restore_units(
    session: Session, order: PurchaseOrder, refund_id: str, revoked: Iterable[RevokedUnits], now: datetime
) -> None:
    """Give back what was taken for a refund that has failed, until it would have ended."""
    limits = load_offer(order.offer).terms.limits
    known = {grant.id: grant for grant in grants.find_grants(session, order.id)}
    for each in revoked:
        if each.units:
            grant = known[each.grant_id]
            new = NewGrant(
                order.account_id,
                grant.meter,
                each.units,
                grant.source,
                f"restore:{refund_id}:{grant.id}",
                grant.starts_at,
                each.ends_at,
                order.id,
                order.price_version,
                limits,
            )
            grants.give(session, new, now)


def _take_back(
    session: Session, grant: GrantBalance, units: int | None, reason: str, now: datetime
) -> RevokedUnits:
    taken = grants.take_back(session, grant.id, units, f"revoke:{reason}:{grant.id}", now)
    return RevokedUnits(grant.id, taken, grant.ends_at)


def _usable_grants(session: Session, order_id: str, now: datetime) -> list[GrantBalance]:
    """Those that have not ended; they may be to come."""
    return [
        grant
        for grant in grants.find_grants(session, order_id)
        if grant.ends_at is None or grant.ends_at > now
    ]


def _unit(currency: str) -> str:
    """Money is counted in hundredths; fen are those of the yuan."""
    return chart.FEN if currency == "CNY" else currency
