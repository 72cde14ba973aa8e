"""Stripe's objects as localstripe has them, of an API of long ago: refunds, subscriptions, webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.integration.accounts.payments.orders import PRICE, make_refund, reference_to
from tests.integration.accounts.payments.receiver import run_receiver
from tools.peers.payments.localstripe import run_localstripe

from huisheng.server.payments.errors import PaymentRefused
from huisheng.server.payments.protocol import (
    Ignored,
    Notification,
    OrderReference,
    RefundState,
    SubscriptionEnded,
)
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.stripe import StripeCheckout

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

KEY = "sk_test_12345"
SECRET = "whsec_of_localstripe"  # noqa: S105 - of nobody
METADATA = {
    "order_id": "ord_local",
    "product": "basic",
    "amount": "990",
    "charged": "990",
    "currency": "CNY",
    "month_amount": "990",
    "month_charged": "990",
    "month_currency": "CNY",
}


class LocalStripe:
    """What a test needs from it besides our calls."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"})

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.post(path, json=content)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def get(self, path: str) -> dict[str, Any]:
        return self._client.get(path).json()

    def close(self) -> None:
        self._client.close()

    def make_card(self) -> str:
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2060, "cvc": "123"}
        return self.post("/v1/payment_methods", {"type": "card", "card": card})["id"]

    def make_payment(self) -> str:
        """A payment intent of `PRICE` that succeeded."""
        content = {
            "amount": PRICE.amount,
            "currency": "cny",
            "payment_method": self.make_card(),
            "confirm": True,
        }
        return self.post("/v1/payment_intents", content)["id"]

    def make_subscription(self) -> str:
        """One of `PRICE` a month that is active."""
        card, customer = self.make_card(), self.post("/v1/customers", {"email": "a@example.com"})["id"]
        self.post(f"/v1/payment_methods/{card}/attach", {"customer": customer})
        default = {"invoice_settings": {"default_payment_method": card}}
        self.post(f"/v1/customers/{customer}", default)
        plan = {"amount": PRICE.amount, "currency": "cny", "interval": "month", "product": {"name": "基础"}}
        items = [{"plan": self.post("/v1/plans", plan)["id"]}]
        content = {"customer": customer, "items": items, "metadata": METADATA}
        return self.post("/v1/subscriptions", content)["id"]


@pytest.fixture(scope="module")
def peer() -> Iterator[LocalStripe]:
    with run_localstripe() as address:
        peer = LocalStripe(address)
        yield peer
        peer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def method(peer: LocalStripe) -> AsyncIterator[StripeCheckout]:
    settings = {"stripe_api_key": KEY, "stripe_webhook_secret": SECRET, "stripe_address": peer.address}
    method = StripeCheckout(PaymentSettings.model_validate({"payments": "stripe", **settings}))
    yield method
    await method.close_connections()


async def test_a_payment_is_given_back_in_parts_and_each_part_once(
    method: StripeCheckout, peer: LocalStripe
) -> None:
    payment = peer.make_payment()
    order = OrderReference("ord_local", "")
    request = make_refund(order, payment, 500)

    first = await method.refund(request, datetime.now(UTC))
    again = await method.refund(request, datetime.now(UTC))
    await method.refund(make_refund(order, payment, 490, 500), datetime.now(UTC))

    assert again == first
    assert await method.query_refund(reference_to(request, first.external_id), datetime.now(UTC)) == first
    assert first.state is RefundState.SUCCEEDED
    refunds = peer.get(f"/v1/refunds?payment_intent={payment}")["data"]
    assert sorted(each["amount"] for each in refunds) == [490, 500]


async def test_a_payment_that_is_not_there_cannot_be_given_back(method: StripeCheckout) -> None:
    with pytest.raises(PaymentRefused):
        await method.refund(make_refund(OrderReference("ord_x", ""), "pi_x"), datetime.now(UTC))


async def test_a_subscription_is_cancelled_and_resumed(method: StripeCheckout, peer: LocalStripe) -> None:
    subscription = peer.make_subscription()
    found: list[bool] = []

    await method.cancel_subscription(subscription, at_period_end=True)
    found.append(peer.get(f"/v1/subscriptions/{subscription}")["cancel_at_period_end"])
    await method.resume_subscription(subscription)
    found.append(peer.get(f"/v1/subscriptions/{subscription}")["cancel_at_period_end"])

    assert found == [True, False]


async def test_its_webhooks_are_believed_and_read(method: StripeCheckout, peer: LocalStripe) -> None:
    events = ["invoice.payment_succeeded", "customer.subscription.deleted"]
    read: list[Notification] = []
    with run_receiver() as (address, received):
        peer.post("/_config/webhooks/ours", {"url": address, "secret": SECRET, "events": events})
        subscription = peer.make_subscription()
        await method.cancel_subscription(subscription, at_period_end=False)
        while not any(isinstance(each, SubscriptionEnded) for each in read):
            message = await asyncio.to_thread(received.get, timeout=30)
            read.append(await method.read_notification(message, datetime.now(UTC)))

    ended = [each for each in read if isinstance(each, SubscriptionEnded)]
    assert [each.subscription.id for each in ended] == [subscription]
    assert {type(each) for each in read} == {Ignored, SubscriptionEnded}  # its bills have no reason
