"""Alipay, against a gateway that checks our signatures and signs with a key of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from tests.integration.accounts.payments.orders import (
    NOW,
    PRICE,
    make_order,
    make_refund,
    receive,
    reference_of,
    reference_to,
)
from tools.peers.payments.alipay_peer import AlipayPeer
from tools.peers.payments.keys import make_key, private_pem
from tools.peers.payments.server import Fault

from huisheng.server.payments.alipay import Alipay
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
    NotificationMessage,
    OrderReference,
    PaymentClosed,
    PaymentMethod,
    PaymentPending,
    PaymentReceived,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def peer() -> Iterator[AlipayPeer]:
    with AlipayPeer(lambda: NOW) as peer:
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def method(peer: AlipayPeer) -> AsyncIterator[PaymentMethod]:
    method = make_method(peer.settings)
    yield method
    await method.close_connections()


def make_method(settings: dict[str, str]) -> Alipay:
    return Alipay(PaymentSettings.model_validate({"payments": "alipay", **settings}))


async def pay(method: PaymentMethod, peer: AlipayPeer) -> PaymentReceived:
    """A new order, paid, as the method tells when asked."""
    order = make_order()
    await method.start(order, NOW)
    peer.pay(order.order_id)
    status = await method.query(reference_of(order), NOW)
    assert isinstance(status, PaymentReceived)
    return status


async def test_an_order_gives_a_code_to_scan(method: PaymentMethod) -> None:
    checkout = await method.start(make_order(), NOW)

    assert (checkout.kind, checkout.charged) == ("qr", PRICE)
    assert checkout.code.startswith("https://qr.alipay.com/")


async def test_an_order_asks_for_yuan_until_its_end_in_chinese_time(
    method: PaymentMethod, peer: AlipayPeer
) -> None:
    await method.start(make_order(Money(123_456_705)), NOW)

    content = dict(parse_qsl(peer.requests[-1].body.decode()))["biz_content"]

    assert '"total_amount": "1234567.05"' in content
    assert '"time_expire": "2026-04-01 08:30:30"' in content


async def test_the_code_of_a_long_order_is_good_for_two_hours(method: PaymentMethod) -> None:
    checkout = await method.start(replace(make_order(), expires_at=NOW + timedelta(days=1)), NOW)

    assert checkout.expires_at == NOW + timedelta(hours=2)


async def test_an_order_that_is_begun_again_has_the_same_code(method: PaymentMethod) -> None:
    order = make_order()

    assert await method.start(order, NOW) == await method.start(order, NOW)


async def test_a_code_that_nobody_has_scanned_is_pending(method: PaymentMethod) -> None:
    order = make_order()
    await method.start(order, NOW)

    assert await method.query(reference_of(order), NOW) == PaymentPending()


async def test_a_scanned_order_is_pending_and_can_be_closed(method: PaymentMethod, peer: AlipayPeer) -> None:
    order = make_order()
    await method.start(order, NOW)
    peer.scan(order.order_id)
    before = await method.query(reference_of(order), NOW)

    await method.close(reference_of(order), NOW)

    assert before == PaymentPending()
    assert await method.query(reference_of(order), NOW) == PaymentClosed()


async def test_closing_a_paid_or_an_unknown_order_changes_nothing(
    method: PaymentMethod, peer: AlipayPeer
) -> None:
    payment = await pay(method, peer)

    await method.close(OrderReference(payment.order_id, ""), NOW)
    await method.close(OrderReference("ord_unknown", ""), NOW)

    assert await method.query(OrderReference(payment.order_id, ""), NOW) == payment


@pytest.mark.parametrize("status", ["TRADE_SUCCESS", "TRADE_FINISHED"])
async def test_a_notified_payment_is_the_one_that_is_found_by_asking(
    method: PaymentMethod, peer: AlipayPeer, status: str
) -> None:
    asked = await pay(method, peer)
    message = receive(peer.payment_notification(asked.order_id, other={"trade_status": status}))

    notified = await method.read_notification(message, NOW)

    assert isinstance(notified, PaymentReceived)
    assert notified == replace(asked, event_id=notified.event_id)
    assert (notified.amount, notified.charged, notified.paid_at) == (PRICE, PRICE, NOW)


async def test_a_duplicate_has_the_same_ids(method: PaymentMethod, peer: AlipayPeer) -> None:
    payment = await pay(method, peer)
    message = receive(peer.payment_notification(payment.order_id))

    first = await method.read_notification(message, NOW)

    assert await method.read_notification(message, NOW + timedelta(hours=25)) == first


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
    method: PaymentMethod, peer: AlipayPeer, fault: Fault, error: type[Exception]
) -> None:
    payment = await pay(method, peer)

    with pytest.raises(error):
        await method.read_notification(receive(peer.payment_notification(payment.order_id, fault)), NOW)


async def test_a_notification_of_another_application_is_refused(
    method: PaymentMethod, peer: AlipayPeer
) -> None:
    payment = await pay(method, peer)
    message = receive(peer.payment_notification(payment.order_id, other={"app_id": "2014000000000000"}))

    with pytest.raises(WrongMerchant):
        await method.read_notification(message, NOW)


async def test_another_amount_is_handed_on_as_it_is(method: PaymentMethod, peer: AlipayPeer) -> None:
    payment = await pay(method, peer)
    message = receive(peer.payment_notification(payment.order_id, Fault.WRONG_AMOUNT))

    read = await method.read_notification(message, NOW)

    assert isinstance(read, PaymentReceived)
    assert read.amount == Money(989)


@pytest.mark.parametrize(
    "other",
    [
        {"total_amount": "-9.90"},
        {"total_amount": "9.999"},
        {"total_amount": "9e3"},
        {"gmt_payment": ""},
        {"notify_time": "yesterday"},
    ],
)
async def test_a_signed_form_with_impossible_values_is_called_malformed(
    method: PaymentMethod, peer: AlipayPeer, other: dict[str, str]
) -> None:
    payment = await pay(method, peer)

    with pytest.raises(MalformedNotification):
        await method.read_notification(receive(peer.payment_notification(payment.order_id, other=other)), NOW)


@pytest.mark.parametrize("body", [b"sign", b"\xff=1", b"a=%ff&sign_type=RSA2", b"a=1&a=2"])
async def test_a_body_that_is_no_form_is_called_malformed(method: PaymentMethod, body: bytes) -> None:
    with pytest.raises(MalformedNotification):
        await method.read_notification(NotificationMessage({}, body), NOW)


@pytest.mark.parametrize(
    "body", [b"", b"a=1", b"sign_type=RSA2", b"sign_type=RSA2&sign=x", b"sign_type=RSA&sign=x"]
)
async def test_a_form_without_a_signature_is_refused(method: PaymentMethod, body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        await method.read_notification(NotificationMessage({}, body), NOW)


async def test_a_closed_trade_and_a_refund_are_no_payments(method: PaymentMethod, peer: AlipayPeer) -> None:
    payment = await pay(method, peer)
    order = OrderReference(payment.order_id, "")
    request = make_refund(order, payment.external_id, 1)
    await method.refund(request, NOW)
    closed = peer.payment_notification(payment.order_id, other={"trade_status": "TRADE_CLOSED"})

    read = [
        await method.read_notification(receive(message), NOW)
        for message in (closed, peer.refund_notification(request.refund_id))
    ]

    assert [each.kind for each in read if isinstance(each, Ignored)] == ["TRADE_CLOSED", "refund"]


async def test_a_refund_is_done_at_once_and_only_once(method: PaymentMethod, peer: AlipayPeer) -> None:
    payment = await pay(method, peer)
    request = make_refund(OrderReference(payment.order_id, ""), payment.external_id)

    first = await method.refund(request, NOW)

    assert first.state is RefundState.SUCCEEDED
    assert await method.refund(request, NOW) == first
    assert await method.query_refund(reference_to(request, first.external_id), NOW) == first


async def test_a_slow_refund_is_processing_until_it_is_found(method: PaymentMethod, peer: AlipayPeer) -> None:
    payment = await pay(method, peer)
    request = make_refund(OrderReference(payment.order_id, ""), payment.external_id)
    peer.slow_refunds = True
    try:
        begun = await method.refund(request, NOW)
    finally:
        peer.slow_refunds = False
    peer.finish_refund(request.refund_id)

    found = await method.query_refund(reference_to(request, ""), NOW)

    assert (begun.state, found.state) == (RefundState.PROCESSING, RefundState.SUCCEEDED)


async def test_parts_can_be_given_back_until_nothing_is_left(method: PaymentMethod, peer: AlipayPeer) -> None:
    payment = await pay(method, peer)
    order = OrderReference(payment.order_id, "")
    await method.refund(make_refund(order, payment.external_id, 500), NOW)
    await method.refund(make_refund(order, payment.external_id, 490, 500), NOW)

    with pytest.raises(PaymentRefused) as refusal:
        await method.refund(make_refund(order, payment.external_id, 1, 990), NOW)

    assert refusal.value.reason == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"


async def test_a_call_is_repeated_after_a_failure_or_a_lost_answer(
    method: PaymentMethod, peer: AlipayPeer
) -> None:
    payment = await pay(method, peer)
    order = OrderReference(payment.order_id, "")
    peer.fail(1)
    assert await method.query(order, NOW) == payment
    peer.lose_answers(1)

    refunded = await method.refund(make_refund(order, payment.external_id, 990), NOW)

    assert refunded.state is RefundState.SUCCEEDED


@pytest.mark.parametrize("fault", [Fault.BAD_SIGNATURE, Fault.ALTERED_BODY])
async def test_an_answer_that_is_not_signed_by_the_gateway_is_not_believed(
    method: PaymentMethod, peer: AlipayPeer, fault: Fault
) -> None:
    peer.answer_fault = fault
    try:
        with pytest.raises(PaymentPeerError):
            await method.start(make_order(), NOW)
    finally:
        peer.answer_fault = None


async def test_a_request_with_another_key_is_refused_by_the_gateway(peer: AlipayPeer) -> None:
    method = make_method({**peer.settings, "alipay_private_key": private_pem(make_key())})

    with pytest.raises(PaymentRefused) as refusal:
        await method.start(make_order(), NOW)
    await method.close_connections()

    assert refusal.value.reason == "isv.invalid-signature"


async def test_notifications_are_answered_with_one_word(method: PaymentMethod) -> None:
    failures = (None, InvalidSignature(), PaymentPeerError("alipay"))

    answers = [method.acknowledge(failure) for failure in failures]

    assert [(answer.status, answer.body) for answer in answers] == [
        (200, b"success"),
        (401, b"failure"),
        (503, b"failure"),
    ]
