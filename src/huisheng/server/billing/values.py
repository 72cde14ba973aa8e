"""Frozen values of billing: between rules, and in the JSON of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from pydantic import TypeAdapter

from huisheng.server.plans.calendar import Interval
from huisheng.server.plans.catalogue import Catalogue, Meter, Offer, PlanLimits, RenewalRules
from huisheng.server.plans.proration import Proration

CURRENCY: Final = "CNY"
"""The currency of every order; `_fen` is a hundredth of it."""

Purpose: TypeAlias = Literal["pack", "purchase", "renewal", "upgrade", "downgrade"]
"""A pack; a subscription that begins, goes on, or is replaced by a dearer one. A downgrade is planned, and
ordered as a renewal.
"""

OrderStatus: TypeAlias = Literal["pending", "paid", "cancelled", "expired", "partially_refunded", "refunded"]

SubscriptionStatus: TypeAlias = Literal["active", "past_due", "grace", "cancelled", "ended"]
"""Paid; the method that renews by itself has failed; the month is over and not renewed; ended as wished;
ended otherwise. In the first three the plan works.
"""

LIVE: Final[frozenset[SubscriptionStatus]] = frozenset({"active", "past_due", "grace"})

EndReason: TypeAlias = Literal["upgraded", "replaced", "cancelled", "unpaid", "refunded"]

PaymentPurpose: TypeAlias = Literal["order", "surplus", "mismatch"]

Outcome: TypeAlias = Literal["credited", "surplus", "mismatch", "duplicate", "unknown", "recorded", "ignored"]
"""What became of a notification."""

_OFFER: Final = TypeAdapter(Offer)


@dataclass(frozen=True, slots=True)
class BillingConfig:
    """What rules need to know of the server.

    Attributes:
        catalogue: what is sold.
        public_url: where browsers find the server; empty where that is not known.
        font: for Chinese in receipts and invoices; None for the one of those who read them.
    """

    catalogue: Catalogue
    public_url: str = ""
    font: Path | None = None

    def link(self, place: str) -> str:
        """A place of the account's page, for mails."""
        return f"{self.public_url}/account#{place}"

    def notify_url(self, method: str) -> str:
        """Where a method of payment reports to."""
        return f"{self.public_url}/api/payments/{method}/notify"


def dump_offer(offer: Offer) -> dict[str, Any]:
    """An offer as an order keeps it."""
    return _OFFER.dump_python(offer, mode="json")


def load_offer(row: Mapping[str, Any]) -> Offer:
    """The opposite."""
    return _OFFER.validate_python(row)


class ExcessPayment(NamedTuple):
    """A payment that an order was not waiting for.

    Attributes:
        amount: what has not gone back of it, in the minor unit of `currency`.
    """

    payment_id: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundShare:
    """A part of a payment that goes back.

    Attributes:
        before: went back before.
        amount: goes back now.
        whole: the payment.
    """

    before: int
    amount: int
    whole: int

    def units_of(self, granted: int) -> int:
        """What is taken back of what was given, rounded up; all parts of a payment take all of it."""
        before, after = (
            -(-granted * part // self.whole) for part in (self.before, self.before + self.amount)
        )
        return after - before


@dataclass(frozen=True, slots=True)
class RevokedUnits:
    """What was taken back of a grant, and until when it could have been used; None for ever."""

    grant_id: str
    units: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a purchase would cost an account now.

    Attributes:
        offer: what is bought.
        quantity: of it; 1 of a subscription.
        purpose: why.
        cost: what is due, and when it begins.
        subscription_id: that it renews or replaces; None where there is none.
        unused: of an upgrade: units of the old plan that the credit is for.
    """

    offer: Offer
    quantity: int
    purpose: Purpose
    cost: Proration
    subscription_id: str | None = None
    unused: Mapping[Meter, int] | None = None


@dataclass(frozen=True, slots=True)
class PaidPeriod:
    """A month that was paid.

    Attributes:
        order_id: that paid it.
        offer: the plan in it.
        interval: the month.
    """

    order_id: str
    offer: Offer
    interval: Interval


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription with its months. What holds now is computed from them, whenever chores have last run.

    Attributes:
        id: of the subscription.
        account_id: whose it is.
        method: of payment.
        external_id: at a method that renews by itself; None where each month is an order.
        customer_id: of the payer there.
        zone: where months are counted.
        anchor: when the first month began.
        cancel_at_period_end: whether it ends with the last month that is paid.
        next_product: from the next month on; None for the same.
        payment_failed_at: when the method last failed.
        ended_at: None while it goes on.
        end_reason: the same.
        periods: the last few, oldest first; at least one.
    """

    id: str
    account_id: str
    method: str
    external_id: str | None
    customer_id: str | None
    zone: str
    anchor: datetime
    cancel_at_period_end: bool
    next_product: str | None
    payment_failed_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    periods: tuple[PaidPeriod, ...]

    @property
    def last(self) -> PaidPeriod:
        """The last month that is paid; it may be to come."""
        return self.periods[-1]

    @property
    def renews_itself(self) -> bool:
        """Whether its method takes money without being asked."""
        return self.external_id is not None

    def period_at(self, now: datetime) -> PaidPeriod:
        """The month that holds a moment, else the last one."""
        return next((each for each in self.periods if now in each.interval), self.last)

    def status_at(self, now: datetime, rules: RenewalRules) -> SubscriptionStatus:
        """How it stands."""
        if self.ended_at is not None and self.ended_at <= now:
            return "cancelled" if self.end_reason == "cancelled" else "ended"
        if now < self.last.interval.end:
            return "active"
        if self.cancel_at_period_end:
            return "cancelled"
        if now >= self.last.interval.end + timedelta(days=rules.grace_days):
            return "ended"
        return "past_due" if self.payment_failed_at else "grace"

    def is_live(self, now: datetime, rules: RenewalRules) -> bool:
        """Whether its plan works."""
        return self.status_at(now, rules) in LIVE


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What an account may use now, and by which plan.

    Attributes:
        offer: the plan; None for the free one.
        period: the month of the plan; None for the free one.
        status: of the subscription; `active` for the free plan.
        cancel_at_period_end: see `SubscriptionState`.
        next_product: the same.
        limits: of the plan, the free plan and live packs together.
    """

    offer: Offer | None
    period: Interval | None
    status: SubscriptionStatus
    cancel_at_period_end: bool
    next_product: str | None
    limits: PlanLimits
