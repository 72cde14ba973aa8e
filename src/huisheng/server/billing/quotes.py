"""What a purchase would cost an account: a pack, a first month, a further one, a dearer or a cheaper plan."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from huisheng.errors import OutOfRange
from huisheng.server.billing import books, repository
from huisheng.server.billing.errors import NextPeriodPaid, PlanUnchanged
from huisheng.server.billing.values import Quote, SubscriptionState
from huisheng.server.plans import proration
from huisheng.server.plans.calendar import local_day, parse_zone
from huisheng.server.plans.catalogue import Catalogue, Offer
from huisheng.server.plans.proration import time_share

MOST_PACKS: Final = 100
"""In one order."""


def make_quote(
    session: Session, catalogue: Catalogue, account_id: str, product: str, quantity: int, now: datetime
) -> Quote:
    """What a purchase would cost now.

    Args:
        session: of a unit of work.
        catalogue: what is sold.
        account_id: that buys.
        product: id of a pack or a subscription.
        quantity: packs; 1 of a subscription.
        now: when.

    Raises:
        UnknownProduct: nothing of this id is sold.
        OutOfRange: so many are not sold at once.
        PlanUnchanged: the next month of this plan is paid, or paid by itself.
        NextPeriodPaid: the next month of another plan is.
    """
    state = live_subscription(session, catalogue, account_id, now)
    offer = _choose_offer(catalogue, state, product, now)
    most = MOST_PACKS if offer.kind == "pack" else 1
    if not 1 <= quantity <= most:
        raise OutOfRange("quantity", quantity, 1, most)
    if offer.kind == "pack":
        return Quote(offer, quantity, "pack", proration.purchase(offer.terms.price_fen * quantity))
    if state is None:
        return Quote(offer, 1, "purchase", proration.purchase(offer.terms.price_fen))
    return _quote_change(session, state, offer, now)


def live_subscription(
    session: Session, catalogue: Catalogue, account_id: str, now: datetime
) -> SubscriptionState | None:
    """The subscription whose plan works now, None without one."""
    state = repository.newest_subscription(session, account_id)
    return state if state and state.is_live(now, catalogue.renewal) else None


def next_offer(catalogue: Catalogue, state: SubscriptionState, now: datetime) -> Offer:
    """The plan of the next month: the one that was chosen, if it is still sold, else the present one."""
    offers = {offer.product: offer for offer in catalogue.offers(now)}
    return offers.get(state.next_product or "", state.last.offer)


def _choose_offer(
    catalogue: Catalogue, state: SubscriptionState | None, product: str, now: datetime
) -> Offer:
    """What is sold under an id; the present plan as it was bought, even if it is sold no more."""
    if state and product == state.last.offer.product:
        return state.last.offer
    return catalogue.offer(product, now)


def _quote_change(session: Session, state: SubscriptionState, offer: Offer, now: datetime) -> Quote:
    """A subscription where there is one."""
    price_fen = offer.terms.price_fen
    last = state.last
    if (
        now >= last.interval.end and state.renews_itself
    ):  # its card has failed: whatever is bought replaces it
        return Quote(offer, 1, "purchase", proration.purchase(price_fen))
    first_day = local_day(last.interval.end, parse_zone(state.zone))
    is_next_paid = last.interval.start > now
    if now >= last.interval.end or offer.product in (last.offer.product, state.next_product):
        if is_next_paid or state.renews_itself:
            raise PlanUnchanged
        return Quote(offer, 1, "renewal", proration.renewal(price_fen, first_day), state.id)
    if is_next_paid:
        raise NextPeriodPaid
    if price_fen <= last.offer.terms.price_fen:
        return Quote(offer, 1, "downgrade", proration.downgrade(price_fen, first_day), state.id)
    unused = books.unused_units(session, last.order_id, now)
    shares = [time_share(last.interval, now), *books.unused_shares(session, last.order_id, now)]
    cost = proration.upgrade(repository.kept_fen(session, last.order_id), price_fen, shares)
    return Quote(offer, 1, "upgrade", cost, state.id, unused)
