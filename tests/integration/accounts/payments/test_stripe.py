"""Stripe, by its own library against a peer with Checkout, subscriptions and signed webhooks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from tests.integration.accounts.payments.orders import (
    NOW,
    PRICE,
    make_order,
    make_refund,
    receive,
    reference_to,
)
from tools.peers.payments.server import Fault, SentMessage
from tools.peers.payments.stripe_peer import StripePeer

from huisheng.server.payments.errors import (
    InvalidSignature,
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    StaleNotification,
    WrongMerchant,
)
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    Ignored,
    OrderReference,
    PaymentClosed,
    PaymentFailed,
    PaymentPending,
    PaymentReceived,
    RefundFinished,
    RefundState,
    SubscriptionEnded,
    SubscriptionMethod,
    SubscriptionPrice,
    SubscriptionRenewed,
    SubscriptionUpdated,
)
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.stripe import StripeCheckout

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

BASIC = SubscriptionPrice("basic", Money(1_990), "基础")
PROFESSIONAL = SubscriptionPrice("professional", Money(4_990), "专业")
DOLLARS = {"stripe_currency": "USD", "stripe_rate": "7.2"}


@pytest.fixture(scope="module")
def peer() -> Iterator[StripePeer]:
    with StripePeer(lambda: NOW) as peer:
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def method(peer: StripePeer) -> AsyncIterator[StripeCheckout]:
    method = make_method(peer.settings)
    yield method
    await method.close_connections()


def make_method(settings: dict[str, str]) -> StripeCheckout:
    return StripeCheckout(PaymentSettings.model_validate({"payments": "stripe", **settings}))


async def pay(
    method: SubscriptionMethod, peer: StripePeer, price: SubscriptionPrice | None = None, amount: int = 0
) -> tuple[OrderReference, PaymentReceived]:
    """A new order, paid, as the method tells when asked; of a pack without a price."""
    order = make_order(Money(amount) if amount else price.amount if price else PRICE, price)
    checkout = await method.start(order, NOW)
    peer.pay(order.order_id)
    reference = OrderReference(order.order_id, checkout.reference)
    status = await method.query(reference, NOW)
    assert isinstance(status, PaymentReceived)
    return reference, status


def content_of(message: SentMessage) -> dict[str, Any]:
    """What an event is about."""
    return json.loads(message.body)["data"]["object"]


async def test_an_order_gives_a_page_to_go_to(method: StripeCheckout) -> None:
    checkout = await method.start(make_order(), NOW)

    assert (checkout.kind, checkout.charged) == ("redirect", PRICE)
    assert checkout.url == f"https://checkout.stripe.com/c/pay/{checkout.reference}"


@pytest.mark.parametrize(
    ("asked", "given"),
    [(5, timedelta(minutes=31)), (31, timedelta(minutes=31)), (9_999, timedelta(hours=23))],
)
async def test_a_page_is_open_as_long_as_stripe_allows(
    method: StripeCheckout, asked: int, given: timedelta
) -> None:
    checkout = await method.start(replace(make_order(), expires_at=NOW + timedelta(minutes=asked)), NOW)

    assert checkout.expires_at == NOW + given


async def test_an_order_that_is_begun_again_has_the_same_page(method: StripeCheckout) -> None:
    order = make_order()

    assert await method.start(order, NOW) == await method.start(order, NOW)


async def test_an_unpaid_order_is_pending_and_can_be_closed(method: StripeCheckout) -> None:
    order = make_order()
    reference = OrderReference(order.order_id, (await method.start(order, NOW)).reference)
    before = await method.query(reference, NOW)

    await method.close(reference, NOW)

    assert before == PaymentPending()
    assert await method.query(reference, NOW) == PaymentClosed()


async def test_an_order_whose_page_was_never_heard_of_is_pending(method: StripeCheckout) -> None:
    reference = OrderReference("ord_unknown", "")

    await method.close(reference, NOW)

    assert await method.query(reference, NOW) == PaymentPending()


async def test_closing_a_paid_order_changes_nothing(method: StripeCheckout, peer: StripePeer) -> None:
    order, payment = await pay(method, peer)

    await method.close(order, NOW)

    assert await method.query(order, NOW) == payment


async def test_a_session_of_another_order_is_not_believed(method: StripeCheckout, peer: StripePeer) -> None:
    order, _ = await pay(method, peer)

    with pytest.raises(PaymentPeerError):
        await method.query(replace(order, order_id="ord_another"), NOW)


async def test_a_notified_payment_is_the_one_that_is_found_by_asking(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, asked = await pay(method, peer)

    notified = await method.read_notification(receive(peer.payment_notification(order.order_id)), NOW)

    assert isinstance(notified, PaymentReceived)
    assert notified == replace(asked, event_id=notified.event_id)
    assert (notified.amount, notified.paid_at) == (PRICE, NOW)
    assert notified.external_id.startswith("pi_")


async def test_a_duplicate_has_the_same_ids(method: StripeCheckout, peer: StripePeer) -> None:
    order, _ = await pay(method, peer)
    message = receive(peer.payment_notification(order.order_id))

    assert await method.read_notification(message, NOW) == await method.read_notification(message, NOW)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.BAD_SIGNATURE, InvalidSignature),
        (Fault.ALTERED_BODY, InvalidSignature),
        (Fault.OLD_TIMESTAMP, StaleNotification),
        (Fault.FUTURE_TIMESTAMP, StaleNotification),
        (Fault.WRONG_MERCHANT, WrongMerchant),
    ],
)
async def test_a_faulty_notification_is_refused(
    method: StripeCheckout, peer: StripePeer, fault: Fault, error: type[Exception]
) -> None:
    order, _ = await pay(method, peer)

    with pytest.raises(error):
        await method.read_notification(receive(peer.payment_notification(order.order_id, fault)), NOW)


async def test_an_event_of_another_account_is_refused(method: StripeCheckout, peer: StripePeer) -> None:
    event = json.loads(peer.event("customer.created", {}).body) | {"account": "acct_1"}

    with pytest.raises(WrongMerchant):
        await method.read_notification(receive(peer.sign_message(json.dumps(event).encode())), NOW)


async def test_an_event_of_our_account_of_connect_is_read(peer: StripePeer) -> None:
    method = make_method({**peer.settings, "stripe_account": "acct_1"})
    event = json.loads(peer.event("customer.created", {}).body) | {"account": "acct_1"}

    read = await method.read_notification(receive(peer.sign_message(json.dumps(event).encode())), NOW)
    await method.close_connections()

    assert isinstance(read, Ignored)


@pytest.mark.parametrize("header", ["", "t=1", "v1=x", "t=x,v1=x", "t=1,v1=", "t=" + "9" * 40 + ",v1=x"])
async def test_a_header_that_is_no_signature_is_refused(
    method: StripeCheckout, peer: StripePeer, header: str
) -> None:
    message = receive(peer.event("customer.created", {}))

    with pytest.raises(InvalidSignature):
        await method.read_notification(replace(message, headers={"stripe-signature": header}), NOW)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"x", b"\xff"])
async def test_a_body_that_is_no_event_is_refused(
    method: StripeCheckout, peer: StripePeer, body: bytes
) -> None:
    with pytest.raises((MalformedNotification, InvalidSignature)):
        await method.read_notification(receive(peer.sign_message(body)), NOW)


@pytest.mark.parametrize(
    ("fault", "amount"), [(Fault.WRONG_AMOUNT, Money(989)), (Fault.WRONG_CURRENCY, Money(990, "USD"))]
)
async def test_another_amount_or_currency_is_handed_on_as_it_is(
    method: StripeCheckout, peer: StripePeer, fault: Fault, amount: Money
) -> None:
    order, _ = await pay(method, peer)

    read = await method.read_notification(receive(peer.payment_notification(order.order_id, fault)), NOW)

    assert isinstance(read, PaymentReceived)
    assert read.amount == amount


async def test_money_that_takes_days_is_reported_when_it_has_come(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order = make_order()
    reference = OrderReference(order.order_id, (await method.start(order, NOW)).reference)
    peer.wait_for_money(order.order_id)
    early = await method.read_notification(receive(peer.payment_notification(order.order_id)), NOW)
    pending = await method.query(reference, NOW)
    peer.pay(order.order_id)
    kind = "checkout.session.async_payment_succeeded"

    late = await method.read_notification(receive(peer.payment_notification(order.order_id, kind=kind)), NOW)

    assert isinstance(early, Ignored)
    assert pending == PaymentPending()
    assert isinstance(late, PaymentReceived)


async def test_money_that_never_comes_is_a_failed_payment(method: StripeCheckout, peer: StripePeer) -> None:
    order = make_order()
    await method.start(order, NOW)
    kind = "checkout.session.async_payment_failed"

    read = await method.read_notification(receive(peer.payment_notification(order.order_id, kind=kind)), NOW)

    assert isinstance(read, PaymentFailed)
    assert (read.order_id, read.subscription) == (order.order_id, None)


async def test_sessions_and_subscriptions_of_other_programs_are_ignored(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, _ = await pay(method, peer, BASIC)
    kinds = {
        "checkout.session.completed": peer.payment_notification(order.order_id),
        "customer.subscription.deleted": peer.subscription_notification(order.order_id),
    }
    for kind, message in kinds.items():
        content: dict[str, Any] = {**content_of(message), "metadata": {}}

        read = await method.read_notification(receive(peer.event(kind, content)), NOW)

        assert read == Ignored(read.event_id, kind)


async def test_a_refund_is_done_at_once_and_only_once(method: StripeCheckout, peer: StripePeer) -> None:
    order, payment = await pay(method, peer)
    request = make_refund(order, payment.external_id)

    first = await method.refund(request, NOW)

    assert first.state is RefundState.SUCCEEDED
    assert await method.refund(request, NOW) == first
    assert await method.query_refund(reference_to(request, first.external_id), NOW) == first


async def test_a_refund_is_known_when_its_idempotency_key_is_forgotten(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, payment = await pay(method, peer)
    request = make_refund(order, payment.external_id, 100)
    first = await method.refund(request, NOW)
    peer.forget_keys()

    assert await method.refund(request, NOW) == first


@pytest.mark.parametrize("kind", ["charge.refunded", "refund.updated"])
async def test_a_notified_refund_names_the_order_and_the_payment(
    method: StripeCheckout, peer: StripePeer, kind: str
) -> None:
    order, payment = await pay(method, peer, BASIC)
    request = make_refund(order, payment.external_id, 500)
    done = await method.refund(replace(request, total=BASIC.amount), NOW)

    read = await method.read_notification(
        receive(peer.refund_notification(request.refund_id, kind=kind)), NOW
    )

    assert read == RefundFinished(read.event_id, order.order_id, payment.external_id, Money(500), done)
    assert payment.external_id.startswith("in_")


async def test_a_refund_in_the_dashboard_has_no_id_of_ours(method: StripeCheckout, peer: StripePeer) -> None:
    order, payment = await pay(method, peer)
    refund_id = peer.refund(order.order_id, 100)

    read = await method.read_notification(receive(peer.refund_notification(refund_id)), NOW)

    assert isinstance(read, RefundFinished)
    assert (read.result.refund_id, read.result.external_id, read.payment_id) == (
        "",
        refund_id,
        payment.external_id,
    )


async def test_parts_are_given_back_until_nothing_is_left(method: StripeCheckout, peer: StripePeer) -> None:
    order, payment = await pay(method, peer)
    await method.refund(make_refund(order, payment.external_id, 500), NOW)
    await method.refund(make_refund(order, payment.external_id, 490, 500), NOW)

    with pytest.raises(PaymentRefused) as refusal:
        await method.refund(make_refund(order, payment.external_id, 1, 990), NOW)

    assert refusal.value.reason == "charge_already_refunded"


async def test_dollars_are_charged_reported_and_given_back_by_parts(peer: StripePeer) -> None:
    method = make_method({**peer.settings, **DOLLARS})
    order, payment = await pay(method, peer)

    parts = [
        await method.refund(make_refund(order, payment.external_id, amount, before), NOW)
        for amount, before in ((330, 0), (330, 330), (330, 660))
    ]
    with pytest.raises(PaymentRefused):
        await method.refund(make_refund(order, payment.external_id, 1, 989), NOW)
    await method.close_connections()

    assert (payment.amount, payment.charged) == (PRICE, Money(138, "USD"))
    assert {part.state for part in parts} == {RefundState.SUCCEEDED}


async def test_a_subscription_begins_with_its_first_bill_however_it_is_told(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, asked = await pay(method, peer, BASIC)

    by_session = await method.read_notification(receive(peer.payment_notification(order.order_id)), NOW)
    by_bill = await method.read_notification(receive(peer.invoice_notification(order.order_id)), NOW)

    assert asked.subscription
    assert asked.amount == BASIC.amount
    assert by_session == replace(asked, event_id=by_session.event_id)
    assert by_bill == replace(asked, event_id=by_bill.event_id)


async def test_a_credit_lowers_the_first_month_only(method: StripeCheckout, peer: StripePeer) -> None:
    order, first = await pay(method, peer, PROFESSIONAL, 1_234)
    peer.renew(order.order_id)

    second = await method.read_notification(receive(peer.invoice_notification(order.order_id)), NOW)

    assert isinstance(second, SubscriptionRenewed)
    assert (first.amount, second.amount) == (Money(1_234), PROFESSIONAL.amount)


async def test_a_further_month_is_a_renewal(method: StripeCheckout, peer: StripePeer) -> None:
    order, first = await pay(method, peer, BASIC)
    peer.renew(order.order_id)

    read = await method.read_notification(receive(peer.invoice_notification(order.order_id)), NOW)

    assert isinstance(read, SubscriptionRenewed)
    assert (read.order_id, read.subscription, read.product) == (order.order_id, first.subscription, "basic")
    assert read.external_id != first.external_id
    assert (read.period_start, read.period_end) == (
        datetime(2026, 4, 30, 23, 59, 30, tzinfo=UTC),
        datetime(2026, 5, 30, 23, 59, 30, tzinfo=UTC),
    )


async def test_a_renewal_of_another_amount_is_handed_on_as_it_is(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, _ = await pay(method, peer, BASIC)
    peer.renew(order.order_id)
    message = peer.invoice_notification(order.order_id, Fault.WRONG_AMOUNT)

    read = await method.read_notification(receive(message), NOW)

    assert isinstance(read, SubscriptionRenewed)
    assert read.amount == Money(1_989)


async def test_a_renewal_that_is_not_paid_is_told_with_its_next_attempt(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, first = await pay(method, peer, BASIC)
    peer.renew(order.order_id, is_paid=False)
    message = peer.invoice_notification(order.order_id, kind="invoice.payment_failed")

    read = await method.read_notification(receive(message), NOW)

    assert read == PaymentFailed(read.event_id, order.order_id, first.subscription, NOW + timedelta(days=3))


async def test_a_subscription_is_cancelled_resumed_ended(method: StripeCheckout, peer: StripePeer) -> None:
    order, payment = await pay(method, peer, BASIC)
    assert payment.subscription
    subscription = payment.subscription.id
    await method.cancel_subscription(subscription, at_period_end=True)
    cancelled = await method.read_notification(receive(peer.subscription_notification(order.order_id)), NOW)
    await method.resume_subscription(subscription)
    resumed = await method.read_notification(receive(peer.subscription_notification(order.order_id)), NOW)
    await method.cancel_subscription(subscription, at_period_end=False)
    await method.cancel_subscription(subscription, at_period_end=False)

    message = peer.subscription_notification(order.order_id, "deleted")
    ended = await method.read_notification(receive(message), NOW)

    end = datetime(2026, 4, 30, 23, 59, 30, tzinfo=UTC)
    assert cancelled == SubscriptionUpdated(cancelled.event_id, payment.subscription, "basic", True, end)
    assert resumed == SubscriptionUpdated(resumed.event_id, payment.subscription, "basic", False, end)
    assert ended == SubscriptionEnded(ended.event_id, payment.subscription, NOW)


async def test_another_plan_is_charged_from_the_next_month_on(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order, payment = await pay(method, peer, PROFESSIONAL)
    assert payment.subscription
    for _ in range(2):  # the product is there the second time
        await method.change_subscription(payment.subscription.id, BASIC)
    peer.renew(order.order_id)

    read = await method.read_notification(receive(peer.invoice_notification(order.order_id)), NOW)

    assert isinstance(read, SubscriptionRenewed)
    assert (read.product, read.amount) == ("basic", BASIC.amount)


async def test_the_portal_is_opened_for_the_payer(method: StripeCheckout, peer: StripePeer) -> None:
    _, payment = await pay(method, peer, BASIC)
    assert payment.subscription

    address = await method.open_portal(payment.subscription.customer_id, "https://tts.example.com/account")

    assert address.endswith(payment.subscription.customer_id)


async def test_events_of_old_versions_are_read_too(method: StripeCheckout, peer: StripePeer) -> None:
    order, payment = await pay(method, peer, BASIC)
    new = content_of(peer.invoice_notification(order.order_id))
    old = {name: value for name, value in new.items() if name not in {"parent", "payments"}}
    old |= {"subscription": {"id": new["parent"]["subscription_details"]["subscription"]}}
    changed: dict[str, Any] = json.loads(peer.subscription_notification(order.order_id).body)["data"][
        "object"
    ]
    changed["current_period_end"] = changed["items"]["data"][0].pop("current_period_end")
    changed["cancel_at"] = changed["current_period_end"]

    read = [
        await method.read_notification(receive(peer.event(kind, content)), NOW)
        for kind, content in (("invoice.paid", old), ("customer.subscription.updated", changed))
    ]

    assert read[0] == replace(payment, event_id=read[0].event_id)
    assert isinstance(read[1], SubscriptionUpdated)
    assert read[1].cancel_at_period_end


async def test_a_lost_answer_is_fetched_again_and_nothing_is_done_twice(
    method: StripeCheckout, peer: StripePeer
) -> None:
    order = make_order()
    peer.lose_answers(1)

    checkout = await method.start(order, NOW)

    assert checkout == await method.start(order, NOW)


async def test_a_peer_that_goes_on_failing_is_told_as_such(method: StripeCheckout, peer: StripePeer) -> None:
    order, _ = await pay(method, peer)
    peer.fail(3)

    with pytest.raises(PaymentPeerError):
        await method.query(order, NOW)


async def test_a_wrong_key_is_refused_by_stripe(peer: StripePeer) -> None:
    method = make_method({**peer.settings, "stripe_api_key": "sk_test_of_another"})

    with pytest.raises(PaymentRefused) as refusal:
        await method.start(make_order(), NOW)
    await method.close_connections()

    assert refusal.value.reason == "AuthenticationError"


async def test_rate_and_currency_come_from_the_settings(peer: StripePeer) -> None:
    settings = PaymentSettings.model_validate({"payments": "stripe", **peer.settings, **DOLLARS})

    assert settings.stripe_exchange.rate == Decimal("7.2")


async def test_notifications_are_answered_by_status(method: StripeCheckout) -> None:
    failures = (None, InvalidSignature(), PaymentPeerError("stripe"))

    assert [method.acknowledge(failure).status for failure in failures] == [204, 401, 503]
