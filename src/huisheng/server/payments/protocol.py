"""What every method of payment does, and the frozen values that cross to billing and back.

Amounts are those of the order, in fen. A method that charges in another currency remembers the order's
amount at its peer and gives it back; `charged` tells what the payer sees. Nothing here reads a clock: `now`
is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Literal, Protocol, TypeAlias

from huisheng.errors import HuishengError
from huisheng.server.payments.money import Money

MethodId: TypeAlias = Literal["manual", "wechat", "alipay", "stripe", "paypal"]

CheckoutKind: TypeAlias = Literal["qr", "redirect", "transfer"]
"""Scan `code`; open `url`; transfer by hand as the instructions say (`code`, where given, is shown as QR)."""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text for people, in both languages of the product."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class MethodDescription:
    """A method as people choose it.

    Attributes:
        id: in addresses and settings.
        name: as people call it.
        kind: of its checkouts.
        subscriptions: whether it renews by itself; the method is a `SubscriptionMethod` then.
    """

    id: MethodId
    name: Bilingual
    kind: CheckoutKind
    subscriptions: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionPrice:
    """What a plan that renews by itself costs each month.

    Attributes:
        product: id of the plan, which comes back with each renewal.
        amount: of each month, from the second on.
        name: of the plan, as bills show it.
    """

    product: str
    amount: Money
    name: str


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """An order to be paid.

    Attributes:
        order_id: ours; 6 to 32 of ASCII letters, digits and `_`.
        amount: to be paid now.
        subject: what is bought, for the payer; cut where a method takes less.
        notify_url: where the method reports to, `https://…/api/payments/<method>/notify`.
        return_url: the page that a browser comes back to; proof of nothing.
        expires_at: after which it cannot be paid.
        client_address: IP address of the payer; empty where unknown.
        subscription: only for a `SubscriptionMethod`: it renews at this price. `amount` may be less than a
            month's for the first month (a credit for what is left of another plan), never more.
    """

    order_id: str
    amount: Money
    subject: str
    notify_url: str
    return_url: str
    expires_at: datetime
    client_address: str = ""
    subscription: SubscriptionPrice | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """How an order is paid.

    Attributes:
        kind: what to do with the rest.
        reference: the method's own name of it; kept with the order and handed back in `OrderReference`.
        charged: what the payer is asked for, in the method's currency.
        expires_at: after which it cannot be paid.
        url: that a browser opens; empty for other kinds.
        code: content of a QR code; empty without one.
        instructions: for the payer.
    """

    kind: CheckoutKind
    reference: str
    charged: Money
    expires_at: datetime
    url: str = ""
    code: str = ""
    instructions: Bilingual = Bilingual("", "")


@dataclass(frozen=True, slots=True)
class OrderReference:
    """An order that was begun with a method.

    Attributes:
        order_id: ours.
        reference: that its checkout gave; empty where the answer never came.
    """

    order_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class SubscriptionReference:
    """A subscription at a method.

    Attributes:
        id: of the subscription there.
        customer_id: of the payer there, whom `open_portal` takes.
    """

    id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class PaymentPending:
    """Nothing has been paid yet."""


@dataclass(frozen=True, slots=True)
class PaymentClosed:
    """It was not paid and cannot be any more."""


@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """Money has come, for a merchant that was found to be us.

    Its receiver compares the amount and its currency with the order. The same payment may be reported any
    number of times, under several events: `external_id` is what counts it once.

    Attributes:
        event_id: of the notification; `query:…` where we asked.
        order_id: ours.
        external_id: of the payment at the method.
        amount: of the order; where the payer was charged something else than its whole amount, what was
            charged, so that it differs.
        charged: what the payer paid, in the method's currency.
        paid_at: when, by the method's clock.
        subscription: that it began.
    """

    event_id: str
    order_id: str
    external_id: str
    amount: Money
    charged: Money
    paid_at: datetime
    subscription: SubscriptionReference | None = None


PaymentStatus: TypeAlias = PaymentPending | PaymentClosed | PaymentReceived


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to be given back.

    Attributes:
        refund_id: ours, 6 to 32 of ASCII letters, digits and `_`; the same one is given back once, however
            often it is asked for.
        order: that was paid.
        payment_id: `external_id` of its payment.
        amount: to be given back.
        total: of the order.
        refunded: of the order in other refunds before.
        reason: for the payer, in one line.
        notify_url: as in `PaymentRequest`.
    """

    refund_id: str
    order: OrderReference
    payment_id: str
    amount: Money
    total: Money
    refunded: Money
    reason: str
    notify_url: str


class RefundState(StrEnum):
    """How far a refund is."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    """Ask `query_refund`, or wait for `RefundFinished`."""
    FAILED = "failed"
    """The money stays with us; another refund, with another id, may be tried."""


@dataclass(frozen=True, slots=True)
class RefundReference:
    """A refund that was begun.

    Attributes:
        refund_id: ours.
        order: that it belongs to.
        external_id: of the refund at the method, as its result gave it; empty where that never came. A method
            that needs it then says `processing`, and `refund` is to be repeated.
    """

    refund_id: str
    order: OrderReference
    external_id: str


@dataclass(frozen=True, slots=True)
class RefundResult:
    """How a refund stands.

    Attributes:
        refund_id: ours; empty for one that was made in the method's own console.
        external_id: of the refund at the method.
        state: how far it is.
    """

    refund_id: str
    external_id: str
    state: RefundState


@dataclass(frozen=True, slots=True)
class NotificationMessage:
    """What a method has sent, unread.

    Attributes:
        headers: names in any case.
        body: every byte as it came: signatures are over these.
    """

    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """The value of a header; empty without it."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class RefundFinished:
    """A refund has come to its end.

    Attributes:
        event_id: of the notification.
        order_id: ours; empty where the method does not say.
        payment_id: `external_id` of the payment that it belongs to.
        amount: that was given back, in the method's currency.
        result: never `processing`.
    """

    event_id: str
    order_id: str
    payment_id: str
    amount: Money
    result: RefundResult


@dataclass(frozen=True, slots=True)
class SubscriptionRenewed:
    """A further month was paid.

    Attributes:
        event_id: of the notification.
        order_id: of the order that began the subscription.
        subscription: which one.
        product: that the month is of.
        external_id: of the payment; counts it once.
        amount: of the month, as in `PaymentReceived`.
        charged: what the payer paid, in the method's currency.
        period_start: of the month.
        period_end: the same.
        paid_at: when, by the method's clock.
    """

    event_id: str
    order_id: str
    subscription: SubscriptionReference
    product: str
    external_id: str
    amount: Money
    charged: Money
    period_start: datetime
    period_end: datetime
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionUpdated:
    """A subscription was changed, perhaps by the payer in the method's portal.

    Attributes:
        event_id: of the notification.
        subscription: which one.
        product: that further months are of.
        cancel_at_period_end: whether it ends with the current month.
        period_end: of the current month.
    """

    event_id: str
    subscription: SubscriptionReference
    product: str
    cancel_at_period_end: bool
    period_end: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """A subscription is over and will not be charged again."""

    event_id: str
    subscription: SubscriptionReference
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A payment was tried and did not succeed; nothing has moved.

    Attributes:
        event_id: of the notification.
        order_id: ours; of the order that began it for a subscription.
        subscription: whose renewal it was; None for an order.
        retried_at: when the method will try again by itself; None for never.
    """

    event_id: str
    order_id: str
    subscription: SubscriptionReference | None
    retried_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Genuine, and nothing to do.

    Attributes:
        event_id: of the notification.
        kind: of the event, as the method calls it.
    """

    event_id: str
    kind: str


Notification: TypeAlias = (
    PaymentReceived
    | RefundFinished
    | SubscriptionRenewed
    | SubscriptionUpdated
    | SubscriptionEnded
    | PaymentFailed
    | Ignored
)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer to a notification."""

    status: HTTPStatus
    media_type: str
    body: bytes


class PaymentMethod(Protocol):
    """One way to pay.

    Every call may raise `PaymentPeerError` (the outcome is unknown: ask, or repeat with the same ids) and
    `PaymentRefused` (nothing was done).
    """

    @property
    def description(self) -> MethodDescription:
        """How it is chosen."""
        ...

    async def start(self, request: PaymentRequest, now: datetime) -> Checkout:
        """Begin an order. The same order may be begun again, where the answer was lost."""
        ...

    async def query(self, order: OrderReference, now: datetime) -> PaymentStatus:
        """Ask whether an order is paid; an approved one is collected where the method leaves that to us."""
        ...

    async def close(self, order: OrderReference, now: datetime) -> None:
        """See to it that an order is not paid any more, as far as the method can.

        Its payment may cross this call, and is reported then.
        """
        ...

    async def refund(self, request: RefundRequest, now: datetime) -> RefundResult:
        """Give money back. Repeated with the same id, it is given back once."""
        ...

    async def query_refund(self, refund: RefundReference, now: datetime) -> RefundResult:
        """Ask how a refund stands."""
        ...

    async def read_notification(self, message: NotificationMessage, now: datetime) -> Notification:
        """Verify a notification and read it.

        Raises:
            InvalidSignature: it was not signed by the method for us.
            StaleNotification: it is too old, or from the future.
            WrongMerchant: it is of another merchant, application or mode.
            MalformedNotification: it is signed and cannot be read.
        """
        ...

    def acknowledge(self, failure: HuishengError | None = None) -> Acknowledgement:
        """The answer to a notification: that it was dealt with, or that it must be sent again."""
        ...

    async def close_connections(self) -> None:
        """Close the connections to the peer; the last call."""
        ...


class SubscriptionMethod(PaymentMethod, Protocol):
    """A method that renews by itself."""

    async def cancel_subscription(self, subscription_id: str, *, at_period_end: bool) -> None:
        """End a subscription, now or with its month. One that is over stays so."""
        ...

    async def resume_subscription(self, subscription_id: str) -> None:
        """Take back that it ends with its month."""
        ...

    async def change_subscription(self, subscription_id: str, price: SubscriptionPrice) -> None:
        """Charge another price from the next month on; the current one stays as it is."""
        ...

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """The address of a page on which the payer changes cards, sees bills and cancels."""
        ...
