"""Subscriptions between payments: changed, cancelled, resumed, reminded of, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from huisheng.server.billing import mails, repository
from huisheng.server.billing.delivery import end_subscription
from huisheng.server.billing.errors import SubscriptionNotFound
from huisheng.server.billing.models import Subscription, SubscriptionPeriod
from huisheng.server.billing.quotes import live_subscription, make_quote, next_offer
from huisheng.server.billing.values import CURRENCY, BillingConfig, Quote, SubscriptionState
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import SubscriptionPrice
from huisheng.server.plans.catalogue import Offer

_RETRY: Final = timedelta(minutes=5)
"""Behind an attempt to tell a method what became of a subscription."""

_RECENT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MethodUpdate:
    """What a method that renews by itself is to be told.

    Attributes:
        subscription_id: ours.
        method: of payment.
        external_id: of the subscription there.
        is_over: it is to end now.
        cancels: it is to end with its month.
        price: of further months.
    """

    subscription_id: str
    method: str
    external_id: str
    is_over: bool
    cancels: bool
    price: SubscriptionPrice


def plan_change(
    session: Session, config: BillingConfig, account_id: str, product: str, now: datetime
) -> Quote | None:
    """What a change to another plan means; one that costs nothing now is noted for the next month.

    Returns:
        None where a change that was noted is taken back.

    Raises:
        SubscriptionNotFound: there is no plan to change.
        UnknownProduct, PlanUnchanged, NextPeriodPaid: see `make_quote`.
    """
    repository.lock_account(session, account_id)
    state = _require_live(session, config, account_id, now)
    row = session.get_one(Subscription, state.id)
    if state.next_product and product == state.last.offer.product:
        _note(row, None, now)
        return None
    quote = make_quote(session, config.catalogue, account_id, product, 1, now)
    if quote.purpose == "downgrade":
        _note(row, product, now)
    return quote


def cancel(session: Session, config: BillingConfig, account_id: str, now: datetime) -> None:
    """End the subscription with the month that is paid; at once where none is.

    Raises:
        SubscriptionNotFound: there is none.
    """
    repository.lock_account(session, account_id)
    state = _require_live(session, config, account_id, now)
    row = session.get_one(Subscription, state.id)
    row.cancel_at_period_end, row.next_product = True, None
    _tell_method(row, now)
    if now >= state.last.interval.end:
        end_subscription(session, state.id, "cancelled", now)


def resume(session: Session, config: BillingConfig, account_id: str, now: datetime) -> None:
    """Take a cancellation back, while the month lasts.

    Raises:
        SubscriptionNotFound: there is none that goes on.
    """
    repository.lock_account(session, account_id)
    state = _require_live(session, config, account_id, now)
    row = session.get_one(Subscription, state.id)
    row.cancel_at_period_end = False
    _tell_method(row, now)


def find_due(session: Session, config: BillingConfig, now: datetime) -> Sequence[str]:
    """Subscriptions that something may have to be done about: whose month begins or ends about now."""
    rules = config.catalogue.renewal
    last = func.max(SubscriptionPeriod.ends_at)
    ahead = now + timedelta(days=max(rules.remind_days, default=0))
    ending = (
        select(Subscription.id)
        .join(SubscriptionPeriod, SubscriptionPeriod.subscription_id == Subscription.id)
        .where(Subscription.ended_at.is_(None))
        .group_by(Subscription.id)
        .having(last <= ahead)
    )
    beginning = (
        select(SubscriptionPeriod.subscription_id)
        .join(Subscription, Subscription.id == SubscriptionPeriod.subscription_id)
        .where(Subscription.ended_at.is_(None), SubscriptionPeriod.starts_at.between(now - _RECENT, now))
    )
    return session.scalars(ending.union(beginning)).all()


def do_due(session: Session, config: BillingConfig, subscription_id: str, now: datetime) -> None:
    """Remind of a month that ends, ask for one that is not paid, and end what was not renewed."""
    row = session.get_one(Subscription, subscription_id)
    account = repository.lock_account(session, row.account_id)
    session.refresh(row)
    state = repository.subscription_state(session, row)
    if state is None or row.ended_at is not None:
        return
    status = state.status_at(now, config.catalogue.renewal)
    if status in {"ended", "cancelled"}:
        _end(session, config, state, now)
        return
    account.plan = state.period_at(now).offer.product
    _send_notices(session, config, state, status, now)


def take_unsynced(session: Session, config: BillingConfig, now: datetime, limit: int) -> list[MethodUpdate]:
    """What methods are to be told; other servers do not get it until the next time."""
    rows = session.scalars(
        select(Subscription)
        .where(Subscription.next_sync_at <= now)
        .order_by(Subscription.next_sync_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    updates: list[MethodUpdate] = []
    for row in rows:
        row.next_sync_at = now + _RETRY
        if update := _method_update(session, config, row, now):
            updates.append(update)
    return updates


def set_synced(session: Session, config: BillingConfig, told: MethodUpdate, now: datetime) -> None:
    """A method knows what became of a subscription, unless that has changed since."""
    row = session.get_one(Subscription, told.subscription_id, with_for_update={"key_share": True})
    row.next_sync_at = None if _method_update(session, config, row, now) == told else now


def _require_live(
    session: Session, config: BillingConfig, account_id: str, now: datetime
) -> SubscriptionState:
    state = live_subscription(session, config.catalogue, account_id, now)
    if state is None:
        raise SubscriptionNotFound
    return state


def _note(row: Subscription, product: str | None, now: datetime) -> None:
    """The plan of the next month; whoever chooses one wants to go on."""
    row.next_product, row.cancel_at_period_end = product, False
    _tell_method(row, now)


def _tell_method(row: Subscription, now: datetime) -> None:
    if row.external_id is not None:
        row.next_sync_at = now


def _end(session: Session, config: BillingConfig, state: SubscriptionState, now: datetime) -> None:
    reason = "cancelled" if state.cancel_at_period_end else "unpaid"
    end_subscription(session, state.id, reason, now)
    mails.tell_ended(session, config, state, now)


def _send_notices(
    session: Session, config: BillingConfig, state: SubscriptionState, status: str, now: datetime
) -> None:
    """The latest message that is due, of those that come before the end and of those after it."""
    rules, end = config.catalogue.renewal, state.last.interval.end
    offer = next_offer(config.catalogue, state, now)
    if status == "active":
        due = [days for days in rules.remind_days if now >= end - timedelta(days=days)]
        if due and not (state.renews_itself or state.cancel_at_period_end):
            mails.remind(session, config, state, offer, min(due), now)
    elif status == "past_due" or not state.renews_itself:
        due = [days for days in rules.dunning_days if now >= end + timedelta(days=days)]
        if due:
            mails.dun(session, config, state, offer, max(due), now)


def _method_update(
    session: Session, config: BillingConfig, row: Subscription, now: datetime
) -> MethodUpdate | None:
    state = repository.subscription_state(session, row)
    if state is None or row.external_id is None:
        row.next_sync_at = None
        return None
    return MethodUpdate(
        row.id,
        row.method,
        row.external_id,
        is_over=row.ended_at is not None,
        cancels=row.cancel_at_period_end,
        price=subscription_price(next_offer(config.catalogue, state, now)),
    )


def subscription_price(offer: Offer) -> SubscriptionPrice:
    """A plan as a method that renews by itself charges it."""
    name = f"{offer.name.zh} {offer.name.en}"
    return SubscriptionPrice(offer.product, Money(offer.terms.price_fen, CURRENCY), name)
