"""Mail about money: to the owner of an account and those who pay for it. Each fact is told once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from huisheng.server.accounts import mail
from huisheng.server.billing import repository
from huisheng.server.billing.models import PurchaseOrder, Refund
from huisheng.server.billing.values import BillingConfig, SubscriptionState, load_offer
from huisheng.server.plans.calendar import local_day, parse_zone
from huisheng.server.plans.catalogue import LocalizedText, Offer, format_yuan


def tell_paid(session: Session, config: BillingConfig, order: PurchaseOrder, now: datetime) -> None:
    """An order is paid and delivered."""
    values = {"order": order.id, "amount": format_yuan(order.amount_fen), "link": config.link("orders")}
    _tell(session, order.account_id, f"paid:{order.id}", "payment_received", _name(order), values, now)


def tell_refunded(
    session: Session, config: BillingConfig, order: PurchaseOrder, refund: Refund, now: datetime
) -> None:
    """Money has gone back."""
    values = {"order": order.id, "amount": format_yuan(refund.amount_fen), "link": config.link("orders")}
    _tell(session, order.account_id, f"refunded:{refund.id}", "refund_made", _name(order), values, now)


def remind(
    session: Session, config: BillingConfig, state: SubscriptionState, offer: Offer, days: int, now: datetime
) -> None:
    """The month ends in some days and the next one is to be paid; `offer` is the next one's plan."""
    key = f"remind:{state.id}:{state.last.order_id}:{days}"
    values = {**_renewal_values(config, state, offer), "days": str(days)}
    _tell(session, state.account_id, key, "renewal_due", offer.name, values, now)


def dun(
    session: Session, config: BillingConfig, state: SubscriptionState, offer: Offer, days: int, now: datetime
) -> None:
    """The month is over, and the next one is not paid."""
    key = f"dun:{state.id}:{state.last.order_id}:{days}"
    left = max(config.catalogue.renewal.grace_days - days, 0)
    values = {**_renewal_values(config, state, offer), "days": str(left)}
    _tell(session, state.account_id, key, "renewal_overdue", offer.name, values, now)


def tell_payment_failed(
    session: Session, config: BillingConfig, state: SubscriptionState, event_id: str, now: datetime
) -> None:
    """A method that renews by itself could not take the money."""
    offer = state.last.offer
    key = f"failed:{state.id}:{event_id}"
    _tell(
        session,
        state.account_id,
        key,
        "renewal_failed",
        offer.name,
        _renewal_values(config, state, offer),
        now,
    )


def tell_ended(session: Session, config: BillingConfig, state: SubscriptionState, now: datetime) -> None:
    """A subscription is over; the account is back at the free plan."""
    name = state.last.offer.name
    key = f"ended:{state.id}:{state.last.order_id}"
    _tell(session, state.account_id, key, "subscription_ended", name, {"link": config.link("plans")}, now)


def _renewal_values(config: BillingConfig, state: SubscriptionState, offer: Offer) -> dict[str, str]:
    return {
        "amount": format_yuan(offer.terms.price_fen),
        "date": local_day(state.last.interval.end, parse_zone(state.zone)).isoformat(),
        "link": config.link("plans"),
    }


def _name(order: PurchaseOrder) -> LocalizedText:
    return load_offer(order.offer).name


def _tell(
    session: Session,
    account_id: str,
    key: str,
    template: str,
    product: LocalizedText,
    values: dict[str, str],
    now: datetime,
) -> None:
    """Put a message to each payer into the outbox, once."""
    for user in repository.payers(session, account_id):
        locale = mail.locale_of(user.locale)
        name = product.en if locale == "en" else product.zh
        mail.enqueue(
            session,
            f"{key}:{user.id}",
            user.email or "",
            template,
            locale,
            {**values, "product": name},
            now,
        )
