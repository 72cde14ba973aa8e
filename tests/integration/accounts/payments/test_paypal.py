"""PayPal, against a peer with tokens, orders that are approved and collected, and certificates of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

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
from tools.peers.payments.keys import END
from tools.peers.payments.paypal_peer import PayPalPeer
from tools.peers.payments.server import Fault

from huisheng.server.payments.errors import (
    InvalidSignature,
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    StaleNotification,
    WrongMerchant,
)
from huisheng.server.payments.money import Money
from huisheng.server.payments.paypal import PayPal
from huisheng.server.payments.protocol import (
    Ignored,
    OrderReference,
    PaymentClosed,
    PaymentFailed,
    PaymentPending,
    PaymentReceived,
    RefundFinished,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

DOLLARS = Money(138, "USD")
"""`PRICE` at 7.2 yuan a dollar."""


@pytest.fixture(scope="module")
def peer() -> Iterator[PayPalPeer]:
    with PayPalPeer(lambda: NOW) as peer:
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def method(peer: PayPalPeer) -> AsyncIterator[PayPal]:
    method = make_method(peer.settings)
    yield method
    await method.close_connections()


def make_method(settings: dict[str, str]) -> PayPal:
    return PayPal(PaymentSettings.model_validate({"payments": "paypal", **settings}))


async def start(method: PayPal) -> OrderReference:
    order = make_order()
    return OrderReference(order.order_id, (await method.start(order, NOW)).reference)


async def pay(method: PayPal, peer: PayPalPeer) -> tuple[OrderReference, PaymentReceived]:
    """A new order, approved, and collected by asking."""
    order = await start(method)
    peer.pay(order.order_id)
    status = await method.query(order, NOW)
    assert isinstance(status, PaymentReceived)
    return order, status


async def test_an_order_gives_a_page_to_go_to_and_costs_dollars(method: PayPal) -> None:
    checkout = await method.start(make_order(), NOW)

    assert (checkout.kind, checkout.charged) == ("redirect", DOLLARS)
    assert checkout.url == f"https://www.paypal.com/checkoutnow?token={checkout.reference}"


async def test_an_order_that_is_begun_again_has_the_same_page(method: PayPal) -> None:
    order = make_order()

    assert await method.start(order, NOW) == await method.start(order, NOW)


async def test_an_order_that_nobody_has_approved_is_pending(method: PayPal) -> None:
    order = await start(method)

    await method.close(order, NOW)

    assert await method.query(order, NOW) == PaymentPending()


async def test_an_order_whose_page_was_never_heard_of_is_pending(method: PayPal) -> None:
    assert await method.query(OrderReference("ord_unknown", ""), NOW) == PaymentPending()


async def test_an_order_that_paypal_has_forgotten_is_closed(method: PayPal, peer: PayPalPeer) -> None:
    order = await start(method)
    peer.expire(order.order_id)

    assert await method.query(order, NOW) == PaymentClosed()


async def test_an_approved_order_is_collected_once_by_asking(method: PayPal, peer: PayPalPeer) -> None:
    order, payment = await pay(method, peer)

    assert (payment.amount, payment.charged, payment.paid_at) == (PRICE, DOLLARS, NOW)
    assert await method.query(order, NOW) == payment


async def test_an_order_of_another_number_is_not_believed(method: PayPal, peer: PayPalPeer) -> None:
    order, _ = await pay(method, peer)

    with pytest.raises(PaymentPeerError):
        await method.query(replace(order, order_id="ord_another"), NOW)


async def test_an_approved_order_is_collected_by_its_notification(method: PayPal, peer: PayPalPeer) -> None:
    order = await start(method)
    peer.pay(order.order_id)
    message = receive(peer.payment_notification(order.order_id))

    read = await method.read_notification(message, NOW)

    assert isinstance(read, PaymentReceived)
    assert (read.order_id, read.amount) == (order.order_id, PRICE)
    assert await method.read_notification(message, NOW) == read


async def test_a_notified_payment_is_the_one_found_by_asking(method: PayPal, peer: PayPalPeer) -> None:
    order, asked = await pay(method, peer)

    notified = await method.read_notification(receive(peer.payment_notification(order.order_id)), NOW)

    assert isinstance(notified, PaymentReceived)
    assert notified == replace(asked, event_id=notified.event_id)


async def test_a_signed_notification_of_money_that_paypal_does_not_have_is_ignored(
    method: PayPal, peer: PayPalPeer
) -> None:
    order = await start(method)
    claim = {"id": "1C", "supplementary_data": {"related_ids": {"order_id": order.reference}}}
    message = receive(peer.event("PAYMENT.CAPTURE.COMPLETED", claim))

    assert isinstance(await method.read_notification(message, NOW), Ignored)


@pytest.mark.parametrize("reference", ["", "../../v1/oauth2/token", "1?x=y", "é", "A" * 65])
async def test_a_signed_notification_cannot_lead_us_elsewhere(
    method: PayPal, peer: PayPalPeer, reference: str
) -> None:
    message = receive(peer.event("CHECKOUT.ORDER.APPROVED", {"id": reference}))

    with pytest.raises(MalformedNotification):
        await method.read_notification(message, NOW)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.BAD_SIGNATURE, InvalidSignature),
        (Fault.ALTERED_BODY, InvalidSignature),
        (Fault.UNKNOWN_SERIAL, InvalidSignature),
        (Fault.OLD_TIMESTAMP, StaleNotification),
        (Fault.FUTURE_TIMESTAMP, StaleNotification),
        (Fault.WRONG_MERCHANT, WrongMerchant),
    ],
)
async def test_a_faulty_notification_is_refused(
    method: PayPal, peer: PayPalPeer, fault: Fault, error: type[Exception]
) -> None:
    order, _ = await pay(method, peer)

    with pytest.raises(error):
        await method.read_notification(receive(peer.payment_notification(order.order_id, fault)), NOW)


@pytest.mark.parametrize("certificate", ["CERT-self-signed", "CERT-other-name", "CERT-missing"])
async def test_a_certificate_that_is_not_paypals_is_not_believed(
    method: PayPal, peer: PayPalPeer, certificate: str
) -> None:
    message = receive(peer.sign_message(b"{}", certificate=certificate))

    with pytest.raises(InvalidSignature):
        await method.read_notification(message, NOW)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "{host}",
        "{host}/v1/oauth2/token",
        "{host}@example.com/v1/notifications/certs/CERT-good",
        "{host}.example.com/v1/notifications/certs/CERT-good",
        "{host}/v1/notifications/certs/CERT-good?x",
        "{host}/v1/notifications/certs/../certs/CERT-good",
        "https://[/v1/notifications/certs/CERT-good",
    ],
)
async def test_a_certificate_is_fetched_from_nowhere_else(
    method: PayPal, peer: PayPalPeer, address: str
) -> None:
    message = receive(peer.sign_message(b"{}"))
    headers = {**message.headers, "paypal-cert-url": address.format(host=peer.address)}
    before = len(peer.requests)

    with pytest.raises(InvalidSignature):
        await method.read_notification(replace(message, headers=headers), NOW)
    assert len(peer.requests) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paypal-auth-algo", "SHA1withRSA"),
        ("paypal-transmission-time", "yesterday"),
        ("paypal-transmission-time", "2026-03-31T23:59:30"),
        ("paypal-transmission-id", "another"),
        ("paypal-transmission-sig", ""),
    ],
)
async def test_a_header_that_was_changed_is_refused(
    method: PayPal, peer: PayPalPeer, name: str, value: str
) -> None:
    message = receive(peer.event("CUSTOMER.CREATED", {}))

    with pytest.raises(InvalidSignature):
        await method.read_notification(replace(message, headers={**message.headers, name: value}), NOW)


async def test_a_notification_of_another_webhook_is_refused(peer: PayPalPeer) -> None:
    method = make_method({**peer.settings, "paypal_webhook_id": "ANOTHER"})

    with pytest.raises(InvalidSignature):
        await method.read_notification(receive(peer.event("CUSTOMER.CREATED", {})), NOW)
    await method.close_connections()


async def test_a_certificate_is_not_believed_after_its_term() -> None:
    after = END + timedelta(days=1)
    with PayPalPeer(lambda: after) as peer:
        method = make_method(peer.settings)

        with pytest.raises(InvalidSignature):
            await method.read_notification(receive(peer.event("CUSTOMER.CREATED", {})), after)
        await method.close_connections()


async def test_the_roots_of_browsers_do_not_know_the_peer(peer: PayPalPeer) -> None:
    settings = {name: value for name, value in peer.settings.items() if name != "paypal_roots_file"}
    method = make_method(settings)

    with pytest.raises(InvalidSignature):
        await method.read_notification(receive(peer.event("CUSTOMER.CREATED", {})), NOW)
    await method.close_connections()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff"])
async def test_a_body_that_is_no_event_is_called_malformed(
    method: PayPal, peer: PayPalPeer, body: bytes
) -> None:
    with pytest.raises(MalformedNotification):
        await method.read_notification(receive(peer.sign_message(body)), NOW)


async def test_other_events_are_ignored(method: PayPal, peer: PayPalPeer) -> None:
    read = await method.read_notification(receive(peer.event("CUSTOMER.CREATED", {})), NOW)

    assert read == Ignored(read.event_id, "CUSTOMER.CREATED")


@pytest.mark.parametrize(
    ("fault", "amount"),
    [(Fault.WRONG_AMOUNT, Money(137, "USD")), (Fault.WRONG_CURRENCY, Money(138, "EUR"))],
)
async def test_another_amount_or_currency_is_handed_on_as_it_is(
    method: PayPal, peer: PayPalPeer, fault: Fault, amount: Money
) -> None:
    order, _ = await pay(method, peer)

    read = await method.read_notification(receive(peer.payment_notification(order.order_id, fault)), NOW)

    assert isinstance(read, PaymentReceived)
    assert read.amount == amount


async def test_money_that_takes_days_is_reported_when_it_has_come(method: PayPal, peer: PayPalPeer) -> None:
    order = await start(method)
    peer.pay(order.order_id)
    peer.slow = True
    try:
        early = await method.query(order, NOW)
    finally:
        peer.slow = False
    peer.finish(order.order_id)

    late = await method.read_notification(receive(peer.payment_notification(order.order_id)), NOW)

    assert early == PaymentPending()
    assert isinstance(late, PaymentReceived)


async def test_money_that_never_comes_is_a_failed_payment(method: PayPal, peer: PayPalPeer) -> None:
    order, _ = await pay(method, peer)
    peer.finish(order.order_id, "DECLINED")
    message = peer.payment_notification(order.order_id, kind="PAYMENT.CAPTURE.DENIED")

    read = await method.read_notification(receive(message), NOW)

    assert read == PaymentFailed(read.event_id, order.order_id, None, None)


async def test_an_order_whose_card_is_declined_stays_pending(method: PayPal, peer: PayPalPeer) -> None:
    order = await start(method)
    peer.pay(order.order_id)
    peer.declines = True
    try:
        assert await method.query(order, NOW) == PaymentPending()
    finally:
        peer.declines = False


async def test_a_refund_is_done_at_once_and_only_once(method: PayPal, peer: PayPalPeer) -> None:
    order, payment = await pay(method, peer)
    request = make_refund(order, payment.external_id)

    first = await method.refund(request, NOW)

    assert first.state is RefundState.SUCCEEDED
    assert await method.refund(request, NOW) == first
    assert await method.query_refund(reference_to(request, first.external_id), NOW) == first


async def test_a_refund_that_was_never_heard_of_is_processing(method: PayPal, peer: PayPalPeer) -> None:
    order, payment = await pay(method, peer)
    request = make_refund(order, payment.external_id)

    result = await method.query_refund(reference_to(request, ""), NOW)

    assert result.state is RefundState.PROCESSING


async def test_a_slow_refund_is_notified_with_our_ids(method: PayPal, peer: PayPalPeer) -> None:
    order, payment = await pay(method, peer)
    request = make_refund(order, payment.external_id)
    peer.slow = True
    try:
        begun = await method.refund(request, NOW)
    finally:
        peer.slow = False
    early = await method.read_notification(receive(peer.refund_notification(request.refund_id)), NOW)
    peer.finish(order.order_id)

    read = await method.read_notification(receive(peer.refund_notification(request.refund_id)), NOW)

    done = replace(begun, state=RefundState.SUCCEEDED)
    assert begun.state is RefundState.PROCESSING
    assert isinstance(early, Ignored)
    assert read == RefundFinished(read.event_id, order.order_id, payment.external_id, DOLLARS, done)


async def test_parts_of_an_order_give_all_of_its_dollars_back(method: PayPal, peer: PayPalPeer) -> None:
    order, payment = await pay(method, peer)
    given: list[str] = []
    for amount, before in ((330, 0), (331, 330), (329, 661)):
        request = make_refund(order, payment.external_id, amount, before)
        await method.refund(request, NOW)
        message = peer.refund_notification(request.refund_id)
        given.append(json.loads(message.body)["resource"]["amount"]["value"])

    with pytest.raises(PaymentRefused) as refusal:
        await method.refund(make_refund(order, payment.external_id, 100, 0), NOW)

    assert given == ["0.46", "0.46", "0.46"]
    assert refusal.value.reason == "CAPTURE_FULLY_REFUNDED"


async def test_a_token_that_was_taken_is_replaced(method: PayPal, peer: PayPalPeer) -> None:
    await start(method)
    peer.expire_tokens()

    assert (await start(method)).reference


async def test_a_token_is_fetched_again_when_its_time_is_over(method: PayPal, peer: PayPalPeer) -> None:
    await start(method)
    before = len(peer.requests)

    await method.start(make_order(), NOW + timedelta(hours=9))

    assert [request.path for request in peer.requests[before:]] == ["/v1/oauth2/token", "/v2/checkout/orders"]


async def test_a_call_is_repeated_after_a_failure_or_a_lost_answer(method: PayPal, peer: PayPalPeer) -> None:
    order, payment = await pay(method, peer)
    peer.fail(1)
    assert await method.query(order, NOW) == payment
    peer.lose_answers(2)

    refunded = await method.refund(make_refund(order, payment.external_id), NOW)

    assert refunded.state is RefundState.SUCCEEDED


async def test_a_wrong_secret_is_refused_by_paypal(peer: PayPalPeer) -> None:
    method = make_method({**peer.settings, "paypal_client_secret": "another"})

    with pytest.raises(PaymentRefused) as refusal:
        await start(method)
    await method.close_connections()

    assert refusal.value.reason == "invalid_client"


async def test_a_currency_that_the_merchant_cannot_take_is_refused_by_paypal(peer: PayPalPeer) -> None:
    settings = {name: value for name, value in peer.settings.items() if name != "paypal_rate"}
    method = make_method({**settings, "paypal_currency": "CNY"})

    with pytest.raises(PaymentRefused) as refusal:
        await start(method)
    await method.close_connections()

    assert refusal.value.reason == "CURRENCY_NOT_SUPPORTED"


async def test_notifications_are_answered_by_status(method: PayPal) -> None:
    failures = (None, InvalidSignature(), PaymentPeerError("paypal"))

    assert [method.acknowledge(failure).status for failure in failures] == [204, 401, 503]
