"""Stripe: orders and subscriptions on its own page (Checkout), a portal, webhooks (docs.stripe.com)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import stripe
from typing_extensions import override

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import (
    InvalidSignature,
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    WrongMerchant,
)
from huisheng.server.payments.http import status_of_failure
from huisheng.server.payments.money import Money, portion
from huisheng.server.payments.protocol import (
    Acknowledgement,
    Bilingual,
    Checkout,
    MethodDescription,
    Notification,
    NotificationMessage,
    OrderReference,
    PaymentClosed,
    PaymentPending,
    PaymentRequest,
    PaymentStatus,
    RefundReference,
    RefundRequest,
    RefundResult,
    RefundState,
    SubscriptionMethod,
    SubscriptionPrice,
)
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.signatures import check_fresh
from huisheng.server.payments.stripe_api import METHOD, StripeApi
from huisheng.server.payments.stripe_events import read_event, read_session
from huisheng.server.payments.stripe_messages import MONTH, StripeEvent, write_price
from huisheng.server.payments.times import from_seconds

if TYPE_CHECKING:
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsLineItem,
        SessionCreateParamsLineItemPriceData,
    )

_DESCRIPTION: Final = MethodDescription(
    METHOD, Bilingual("银行卡（Stripe）", "Card (Stripe)"), "redirect", subscriptions=True
)
_WINDOW: Final = timedelta(minutes=5)
_SHORTEST_SESSION: Final = timedelta(minutes=31)
"""Stripe wants half an hour at least."""
_LONGEST_SESSION: Final = timedelta(hours=23)


class StripeCheckout(SubscriptionMethod):
    """The method.

    Args:
        settings: with all that `stripe` needs.

    Raises:
        SetupError: the currency or its rate is wrong.
    """

    def __init__(self, settings: PaymentSettings) -> None:
        key = settings.stripe_api_key.get_secret_value()
        self._is_live = key.startswith(("sk_live_", "rk_live_"))
        self._secret = settings.stripe_webhook_secret.get_secret_value()
        self._account = settings.stripe_account
        self._exchange = settings.stripe_exchange
        self._api = StripeApi(key, settings.stripe_address, settings.stripe_account)

    @property
    @override
    def description(self) -> MethodDescription:
        """A page of Stripe's, which renews by itself."""
        return _DESCRIPTION

    @override
    async def start(self, request: PaymentRequest, now: datetime) -> Checkout:
        """A Checkout Session; one whose answer was lost is found again by its idempotency key."""
        longest, shortest = now + _LONGEST_SESSION, now + _SHORTEST_SESSION
        expires_at = int(max(shortest, min(longest, request.expires_at)).timestamp())
        charged = self._exchange.convert(request.amount.amount)
        metadata = {"order_id": request.order_id, **write_price(request.amount, charged)}
        params: SessionCreateParams = {
            "client_reference_id": request.order_id,
            "success_url": request.return_url,
            "cancel_url": request.return_url,
            "expires_at": expires_at,
            "metadata": metadata,
        }
        if request.subscription is None:
            params["mode"] = "payment"
            params["line_items"] = [_line(request.subject, charged)]
            params["payment_intent_data"] = {"metadata": metadata}
        else:
            params |= await self._subscribe(request, request.subscription, metadata)
        key = f"{request.order_id}-{expires_at}"
        session = await self._api.start_session(params, key)
        return Checkout(
            kind="redirect",
            reference=session.id,
            charged=charged,
            expires_at=from_seconds(session.expires_at),
            url=session.url or "",
            instructions=Bilingual("请在 Stripe 的页面上支付。", "Pay on Stripe's page."),
        )

    @override
    async def query(self, order: OrderReference, now: datetime) -> PaymentStatus:
        """By the session; Stripe does not say when it was paid, so that the time is that of asking."""
        if not order.reference:
            return PaymentPending()
        session = await self._api.find_session(order.reference)
        if session.metadata.get("order_id") != order.order_id:
            raise PaymentPeerError(METHOD)
        if session.status == "complete" and session.is_paid:
            try:
                return read_session(session, f"query:{session.id}", now)
            except ValueError as error:
                raise PaymentPeerError(METHOD) from error
        return PaymentClosed() if session.status == "expired" else PaymentPending()

    @override
    async def close(self, order: OrderReference, now: datetime) -> None:
        """Let the session expire; one that is over is left as it is."""
        if not order.reference:
            return
        try:
            await self._api.expire_session(order.reference)
        except PaymentRefused:
            session = await self._api.find_session(order.reference)
            if session.status == "open":
                raise

    @override
    async def refund(self, request: RefundRequest, now: datetime) -> RefundResult:
        """Found again by our id beside it, since Stripe forgets idempotency keys after a day."""
        intent = await self._api.find_intent(request.payment_id)
        for known in await self._api.list_refunds({"payment_intent": intent.id}):
            if known.result.refund_id == request.refund_id:
                return known.result
        part = portion(intent.amount, request.total.amount, request.refunded.amount, request.amount.amount)
        metadata = {
            "refund_id": request.refund_id,
            "order_id": request.order.order_id,
            "payment_id": request.payment_id,
        }
        return (await self._api.make_refund(intent.id, part, metadata, request.refund_id)).result

    @override
    async def query_refund(self, refund: RefundReference, now: datetime) -> RefundResult:
        """By Stripe's id."""
        if not refund.external_id:
            return RefundResult(refund.refund_id, "", RefundState.PROCESSING)
        return (await self._api.find_refund(refund.external_id)).result

    @override
    async def read_notification(self, message: NotificationMessage, now: datetime) -> Notification:
        """Signature, age, mode and account; then what it says."""
        self._verify(message, now)
        try:
            event = StripeEvent.model_validate_json(message.body)
            if event.livemode != self._is_live or (event.account or "") != self._account:
                raise WrongMerchant
            return await read_event(event, self._api)
        except ValueError as error:
            raise MalformedNotification from error

    @override
    def acknowledge(self, failure: HuishengError | None = None) -> Acknowledgement:
        """204, or a status that has it sent again for three days."""
        status = HTTPStatus.NO_CONTENT if failure is None else status_of_failure(failure)
        return Acknowledgement(status, "text/plain", b"")

    @override
    async def close_connections(self) -> None:
        """Close the client."""
        await self._api.close()

    @override
    async def cancel_subscription(self, subscription_id: str, *, at_period_end: bool) -> None:
        """End it, now or with its month."""
        try:
            if at_period_end:
                await self._api.update_subscription(subscription_id, {"cancel_at_period_end": True})
            else:
                await self._api.end_subscription(subscription_id)
        except PaymentRefused as refusal:
            if refusal.reason != "resource_missing":  # so it is called once it is over
                raise

    @override
    async def resume_subscription(self, subscription_id: str) -> None:
        """Take back that it ends with its month."""
        await self._api.update_subscription(subscription_id, {"cancel_at_period_end": False})

    @override
    async def change_subscription(self, subscription_id: str, price: SubscriptionPrice) -> None:
        """Charge another price from the next month on."""
        charged = self._exchange.convert(price.amount.amount)
        subscription = await self._api.find_subscription(subscription_id)
        product = f"huisheng_{price.product}"
        await self._api.make_product(product, price.name)
        await self._api.update_subscription(
            subscription_id,
            {
                "items": [
                    {
                        "id": subscription.items.data[0].id,
                        "price_data": {
                            "currency": charged.currency.lower(),
                            "product": product,
                            "unit_amount": charged.amount,
                            "recurring": {"interval": "month"},
                        },
                    }
                ],
                "proration_behavior": "none",
                "metadata": _remember(price, charged),
            },
        )

    @override
    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """Stripe's customer portal, as it is configured in Stripe's dashboard."""
        return await self._api.open_portal(customer_id, return_url)

    async def _subscribe(
        self, request: PaymentRequest, price: SubscriptionPrice, metadata: Mapping[str, str]
    ) -> SessionCreateParams:
        """What a session needs besides to begin a subscription; a smaller first amount is a coupon."""
        monthly = self._exchange.convert(price.amount.amount)
        first = self._exchange.convert(request.amount.amount)
        params: SessionCreateParams = {
            "mode": "subscription",
            "line_items": [_line(price.name, monthly, is_monthly=True)],
            "subscription_data": {"metadata": {**metadata, **_remember(price, monthly)}},
        }
        if first.amount < monthly.amount:
            credit = monthly.amount - first.amount
            key = f"{request.order_id}-credit"
            coupon = await self._api.make_coupon(credit, monthly.currency.lower(), key)
            params["discounts"] = [{"coupon": coupon}]
        return params

    def _verify(self, message: NotificationMessage, now: datetime) -> None:
        """See to it that Stripe has signed a notification for this endpoint a short while ago.

        The check of the library's own `construct_event`, but for the clock, which is given.
        """
        header = message.header("Stripe-Signature")
        try:
            stripe.WebhookSignature.verify_header(message.body, header, self._secret)  # pyright: ignore[reportUnknownMemberType]
            timestamp = next(part for part in header.split(",") if part.startswith("t="))
            sent = from_seconds(int(timestamp.removeprefix("t=")))
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise InvalidSignature from error
        check_fresh(sent, now, _WINDOW)


def _line(name: str, charged: Money, *, is_monthly: bool = False) -> SessionCreateParamsLineItem:
    """What is bought, with its price."""
    price: SessionCreateParamsLineItemPriceData = {
        "currency": charged.currency.lower(),
        "unit_amount": charged.amount,
        "product_data": {"name": name},
    }
    if is_monthly:
        price["recurring"] = {"interval": "month"}
    return {"quantity": 1, "price_data": price}


def _remember(price: SubscriptionPrice, charged: Money) -> dict[str, str]:
    """What stands beside a subscription, and comes back with each of its bills."""
    return {"product": price.product, **write_price(price.amount, charged, MONTH)}
