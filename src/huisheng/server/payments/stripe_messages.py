"""Parts of Stripe's objects that we read, in the shapes of old and new versions of its API alike.

A webhook endpoint keeps the version that its account had when it was made. What moved in 2025-03-31 (the
subscription of an invoice, the period of a subscription) is looked for in both places.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, cast

from pydantic import BeforeValidator, Field, StrictInt

from huisheng.server.payments.http import PeerMessage
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import RefundResult, RefundState, SubscriptionReference
from huisheng.server.payments.times import from_seconds

MONTH: Final = "month_"
"""Before the names of what a subscription costs each month, in its metadata."""

_LAST: Final = 253_402_300_799
"""Seconds since 1970 at the end of the year 9999."""
_REFUND_STATES: Final[Mapping[str, RefundState]] = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
"""Every other status is on its way."""


def _reference(value: object) -> object:
    """The id of an object that may be there in full."""
    return cast("dict[str, object]", value).get("id") if isinstance(value, dict) else value


def _empty(value: object) -> object:
    return {} if value is None else value


_Id = Annotated[str | None, BeforeValidator(_reference)]
_Moment = Annotated[StrictInt, Field(ge=0, le=_LAST)]
_Texts = Annotated[dict[str, str], BeforeValidator(_empty)]


class RememberedPrice(PeerMessage):
    """What we write at Stripe beside an amount: the order's, and what the payer is asked for.

    Attributes:
        amount: fen.
        charged: minor units of `currency`.
        currency: ISO 4217.
    """

    amount: int
    charged: int
    currency: str

    def read(self, charged: Money) -> Money:
        """The order's amount where all of it was paid; else what was paid, which differs from it."""
        return Money(self.amount) if charged == Money(self.charged, self.currency) else charged


class StripeEvent(PeerMessage):
    """A notification."""

    class Data(PeerMessage):
        """What it is about; its shape depends on `type`."""

        object: dict[str, Any]

    id: str
    type: str
    created: _Moment
    livemode: bool
    account: str | None = None
    data: Data


class StripeSession(PeerMessage):
    """A Checkout Session."""

    id: str
    url: str | None = None
    status: str | None = None
    payment_status: str
    amount_total: StrictInt | None = None
    currency: str | None = None
    expires_at: _Moment
    metadata: _Texts = Field(default_factory=dict)
    payment_intent: _Id = None
    invoice: _Id = None
    subscription: _Id = None
    customer: _Id = None

    @property
    def is_paid(self) -> bool:
        """Whether all is done; an order that a credit covers wholly needs no payment."""
        return self.payment_status in {"paid", "no_payment_required"}

    @property
    def subscription_reference(self) -> SubscriptionReference | None:
        """The subscription that it began."""
        return SubscriptionReference(self.subscription, self.customer or "") if self.subscription else None


class _Period(PeerMessage):
    start: _Moment
    end: _Moment


class _Line(PeerMessage):
    period: _Period


class _Lines(PeerMessage):
    data: tuple[_Line, ...] = ()


class _SubscriptionDetails(PeerMessage):
    subscription: _Id = None
    metadata: _Texts = Field(default_factory=dict)


class _Parent(PeerMessage):
    subscription_details: _SubscriptionDetails | None = None


class _Transitions(PeerMessage):
    paid_at: _Moment | None = None


class _Payment(PeerMessage):
    payment_intent: _Id = None


class _InvoicePayment(PeerMessage):
    payment: _Payment


class _InvoicePayments(PeerMessage):
    data: tuple[_InvoicePayment, ...] = ()


class StripeInvoice(PeerMessage):
    """A bill of a subscription."""

    id: str
    billing_reason: str | None = None
    amount_paid: StrictInt
    currency: str
    customer: _Id = None
    lines: _Lines = _Lines()
    next_payment_attempt: _Moment | None = None
    status_transitions: _Transitions = _Transitions()
    parent: _Parent | None = None
    subscription: _Id = None
    subscription_details: _SubscriptionDetails | None = None
    payments: _InvoicePayments | None = None

    @property
    def details(self) -> _SubscriptionDetails:
        """Which subscription it is of, and what that remembers; empty where it says neither."""
        new = self.parent.subscription_details if self.parent else None
        return new or self.subscription_details or _SubscriptionDetails()

    @property
    def subscription_id(self) -> str:
        """Empty for a bill of something else."""
        return self.details.subscription or self.subscription or ""

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The month that it is for.

        Raises:
            ValueError: it has no line.
        """
        last = max((line.period for line in self.lines.data), key=lambda period: period.end)
        return from_seconds(last.start), from_seconds(last.end)

    @property
    def intent(self) -> str:
        """The payment that it was paid by; empty for none."""
        paid = [each.payment.payment_intent for each in self.payments.data] if self.payments else []
        return next((intent for intent in paid if intent), "")


class _Item(PeerMessage):
    id: str
    current_period_end: _Moment | None = None


class _Items(PeerMessage):
    data: tuple[_Item, ...] = ()


class StripeSubscription(PeerMessage):
    """A subscription."""

    id: str
    customer: _Id = None
    status: str
    cancel_at_period_end: bool = False
    cancel_at: _Moment | None = None
    ended_at: _Moment | None = None
    current_period_end: _Moment | None = None
    items: _Items = _Items()
    metadata: _Texts = Field(default_factory=dict)

    @property
    def reference(self) -> SubscriptionReference:
        """Itself and its payer."""
        return SubscriptionReference(self.id, self.customer or "")

    @property
    def period_end(self) -> int:
        """When the current month ends.

        Raises:
            ValueError: it does not say.
        """
        ends = [item.current_period_end for item in self.items.data] + [self.current_period_end]
        return max(end for end in ends if end)

    @property
    def ends_with_period(self) -> bool:
        """Whether it was cancelled; the portal may write either."""
        return self.cancel_at_period_end or (self.cancel_at or self.period_end + 1) <= self.period_end


class StripeRefund(PeerMessage):
    """A refund."""

    id: str
    amount: StrictInt
    currency: str
    status: str | None = None
    payment_intent: _Id = None
    metadata: _Texts = Field(default_factory=dict)

    @property
    def result(self) -> RefundResult:
        """How it stands."""
        state = _REFUND_STATES.get(self.status or "", RefundState.PROCESSING)
        return RefundResult(self.metadata.get("refund_id", ""), self.id, state)


class StripeCharge(PeerMessage):
    """A payment, as `charge.refunded` brings it."""

    id: str


class StripeIntent(PeerMessage):
    """A payment, as we ask for it."""

    id: str
    amount: StrictInt


def read_price(metadata: Mapping[str, str], prefix: str = "") -> RememberedPrice:
    """What was written beside an object.

    Args:
        metadata: of the object.
        prefix: `MONTH` for what a subscription costs each month.

    Raises:
        ValueError: we have not written it.
    """
    return RememberedPrice.model_validate(
        {name: metadata.get(f"{prefix}{name}") for name in RememberedPrice.model_fields}
    )


def write_price(amount: Money, charged: Money, prefix: str = "") -> dict[str, str]:
    """The opposite."""
    values = {"amount": amount.amount, "charged": charged.amount, "currency": charged.currency}
    return {f"{prefix}{name}": str(value) for name, value in values.items()}


def read_money(amount: int, currency: str) -> Money:
    """An amount as Stripe writes it, with the currency in small letters."""
    return Money(amount, currency.upper())
