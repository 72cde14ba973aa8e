"""Calls to Stripe by its own library: errors become ours, answers the parts of objects that we read."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

import stripe
from typing_extensions import override

from huisheng.server.payments.errors import PaymentPeerError, PaymentRefused
from huisheng.server.payments.http import PeerClient, PeerMessage
from huisheng.server.payments.stripe_messages import (
    StripeIntent,
    StripeInvoice,
    StripeRefund,
    StripeSession,
    StripeSubscription,
)

if TYPE_CHECKING:
    from stripe.params import RefundListParams, SubscriptionUpdateParams
    from stripe.params.checkout import SessionCreateParams

METHOD: Final = "stripe"

_Object = TypeVar("_Object")
_Message = TypeVar("_Message", bound=PeerMessage)


class StripeApi:
    """A client of Stripe's API.

    Every call may raise `PaymentPeerError` and `PaymentRefused`.

    Args:
        key: secret or restricted.
        address: of the API.
        account: of Connect that calls are for; empty without.
    """

    def __init__(self, key: str, address: str, account: str) -> None:
        self._peer = PeerClient(METHOD)
        client = stripe.StripeClient(
            key,
            stripe_account=account or None,
            base_addresses={"api": address},
            max_network_retries=0,  # the peer's client repeats, with the same idempotency key
            http_client=_Transport(self._peer),
        )
        self._v1 = client.v1

    async def start_session(self, params: SessionCreateParams, key: str) -> StripeSession:
        """A new Checkout Session, or the one that was made with the same key."""
        call = self._v1.checkout.sessions.create_async(params, {"idempotency_key": key})
        return _read(StripeSession, await _ask(call))

    async def find_session(self, session_id: str) -> StripeSession:
        """A Checkout Session."""
        return _read(StripeSession, await _ask(self._v1.checkout.sessions.retrieve_async(session_id)))

    async def expire_session(self, session_id: str) -> None:
        """See to it that a Checkout Session cannot be paid."""
        await _ask(self._v1.checkout.sessions.expire_async(session_id))

    async def make_coupon(self, amount: int, currency: str, key: str) -> str:
        """A coupon that is good once, for so many minor units."""
        call = self._v1.coupons.create_async(
            {
                "amount_off": amount,
                "currency": currency,
                "duration": "once",
                "max_redemptions": 1,
                "name": "Credit",
            },
            {"idempotency_key": key},
        )
        return (await _ask(call)).id

    async def make_product(self, product_id: str, name: str) -> None:
        """A product of this id; one that is there already stays."""
        try:
            await _ask(self._v1.products.create_async({"id": product_id, "name": name}))
        except PaymentRefused as refusal:
            if refusal.reason != "resource_already_exists":
                raise

    async def find_subscription(self, subscription_id: str) -> StripeSubscription:
        """A subscription."""
        found = await _ask(self._v1.subscriptions.retrieve_async(subscription_id))
        return _read(StripeSubscription, found)

    async def update_subscription(self, subscription_id: str, params: SubscriptionUpdateParams) -> None:
        """Change a subscription."""
        await _ask(self._v1.subscriptions.update_async(subscription_id, params))

    async def end_subscription(self, subscription_id: str) -> None:
        """End a subscription now."""
        await _ask(self._v1.subscriptions.cancel_async(subscription_id))

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        """The address of the customer portal."""
        call = self._v1.billing_portal.sessions.create_async(
            {"customer": customer_id, "return_url": return_url}
        )
        return (await _ask(call)).url

    async def find_intent(self, payment_id: str) -> StripeIntent:
        """The payment intent of a payment, which for a subscription is named by its bill."""
        if payment_id.startswith("in_"):
            found = await _ask(self._v1.invoices.retrieve_async(payment_id, {"expand": ["payments"]}))
            payment_id = _read(StripeInvoice, found).intent
        if not payment_id:
            raise PaymentRefused(METHOD, "no_payment")
        return _read(StripeIntent, await _ask(self._v1.payment_intents.retrieve_async(payment_id)))

    async def make_refund(
        self, intent_id: str, amount: int, metadata: dict[str, str], key: str
    ) -> StripeRefund:
        """Give minor units of a payment back."""
        call = self._v1.refunds.create_async(
            {"payment_intent": intent_id, "amount": amount, "metadata": metadata}, {"idempotency_key": key}
        )
        return _read(StripeRefund, await _ask(call))

    async def find_refund(self, refund_id: str) -> StripeRefund:
        """A refund."""
        return _read(StripeRefund, await _ask(self._v1.refunds.retrieve_async(refund_id)))

    async def list_refunds(self, payment: RefundListParams) -> list[StripeRefund]:
        """Those of a payment intent or a charge, the latest first, a hundred at most."""
        listed = await _ask(self._v1.refunds.list_async({**payment, "limit": 100}))
        return [_read(StripeRefund, each) for each in listed.data]

    async def close(self) -> None:
        """Close its connections."""
        await self._peer.close()


class _Transport(stripe.HTTPClient):
    """Stripe's library on our client: one time limit, one way to repeat, answers of bounded size."""

    name = "httpx"

    def __init__(self, peer: PeerClient) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._peer = peer

    @override
    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        content = post_data.encode() if isinstance(post_data, str) else post_data
        answer = await self._peer.request(method.upper(), url, headers, content or b"")
        return answer.body, answer.status, answer.headers


async def _ask(call: Awaitable[_Object]) -> _Object:
    """What a call answers.

    Raises:
        PaymentRefused: Stripe says no; the reason is its code, else the kind of the error.
        PaymentPeerError: it does not answer in time, fails, or is still busy with the same request.
    """
    try:
        return await call
    except (stripe.APIConnectionError, stripe.APIError) as error:
        raise PaymentPeerError(METHOD) from error
    except stripe.StripeError as error:
        if error.http_status == HTTPStatus.CONFLICT:
            raise PaymentPeerError(METHOD) from error
        raise PaymentRefused(METHOD, error.code or type(error).__name__) from error


def _read(model: type[_Message], content: stripe.StripeObject) -> _Message:
    """The part of an object that we read.

    Raises:
        PaymentPeerError: it is of another shape.
    """
    try:
        return model.model_validate(content.to_dict())
    except ValueError as error:
        raise PaymentPeerError(METHOD) from error
