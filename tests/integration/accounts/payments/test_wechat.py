"""WeChat Pay, against a peer that checks our signatures and signs with keys of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

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
from tools.peers.payments.keys import END, make_key, private_pem
from tools.peers.payments.server import Fault
from tools.peers.payments.wechat_peer import WeChatPeer

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
    PaymentMethod,
    PaymentPending,
    PaymentReceived,
    RefundFinished,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.wechat import WeChatPay

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def peer() -> Iterator[WeChatPeer]:
    with WeChatPeer(lambda: NOW) as peer:
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def method(peer: WeChatPeer) -> AsyncIterator[PaymentMethod]:
    method = make_method(peer.settings)
    yield method
    await method.close_connections()


def make_method(settings: dict[str, str]) -> WeChatPay:
    return WeChatPay(PaymentSettings.model_validate({"payments": "wechat", **settings}))


async def pay(method: PaymentMethod, peer: WeChatPeer) -> PaymentReceived:
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
    assert checkout.code.startswith("weixin://wxpay/bizpayurl?pr=")


async def test_the_code_of_a_long_order_is_good_for_two_hours(method: PaymentMethod) -> None:
    checkout = await method.start(replace(make_order(), expires_at=NOW + timedelta(days=1)), NOW)

    assert checkout.expires_at == NOW + timedelta(hours=2)


async def test_an_order_that_is_begun_again_has_the_same_code(method: PaymentMethod) -> None:
    order = make_order()

    assert await method.start(order, NOW) == await method.start(order, NOW)


async def test_an_unpaid_order_is_pending(method: PaymentMethod) -> None:
    order = make_order()
    await method.start(order, NOW)

    assert await method.query(reference_of(order), NOW) == PaymentPending()


async def test_an_order_that_was_never_begun_is_pending(method: PaymentMethod) -> None:
    assert await method.query(OrderReference("ord_unknown", ""), NOW) == PaymentPending()


async def test_a_notified_payment_is_the_one_that_is_found_by_asking(
    method: PaymentMethod, peer: WeChatPeer
) -> None:
    asked = await pay(method, peer)

    notified = await method.read_notification(receive(peer.payment_notification(asked.order_id)), NOW)

    assert isinstance(notified, PaymentReceived)
    assert notified == replace(asked, event_id=notified.event_id)
    assert (notified.amount, notified.charged, notified.paid_at) == (
        PRICE,
        PRICE,
        NOW,
    )


async def test_a_closed_order_cannot_be_paid(method: PaymentMethod) -> None:
    order = make_order()
    await method.start(order, NOW)

    await method.close(reference_of(order), NOW)

    assert await method.query(reference_of(order), NOW) == PaymentClosed()


async def test_closing_a_paid_or_an_unknown_order_changes_nothing(
    method: PaymentMethod, peer: WeChatPeer
) -> None:
    payment = await pay(method, peer)

    await method.close(OrderReference(payment.order_id, ""), NOW)
    await method.close(OrderReference("ord_unknown", ""), NOW)

    assert await method.query(OrderReference(payment.order_id, ""), NOW) == payment


async def test_closing_is_refused_as_anything_else(peer: WeChatPeer) -> None:
    method = make_method({**peer.settings, "wechat_private_key": private_pem(make_key())})

    with pytest.raises(PaymentRefused):
        await method.close(OrderReference("ord_any_at_all", ""), NOW)
    await method.close_connections()


async def test_a_duplicate_has_the_same_ids(method: PaymentMethod, peer: WeChatPeer) -> None:
    payment = await pay(method, peer)
    message = receive(peer.payment_notification(payment.order_id))

    assert await method.read_notification(message, NOW) == await method.read_notification(message, NOW)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.BAD_SIGNATURE, InvalidSignature),
        (Fault.ALTERED_BODY, InvalidSignature),
        (Fault.UNKNOWN_SERIAL, InvalidSignature),
        (Fault.TRUNCATED_CIPHERTEXT, InvalidSignature),
        (Fault.OLD_TIMESTAMP, StaleNotification),
        (Fault.FUTURE_TIMESTAMP, StaleNotification),
        (Fault.WRONG_MERCHANT, WrongMerchant),
    ],
)
async def test_a_faulty_notification_is_refused(
    method: PaymentMethod, peer: WeChatPeer, fault: Fault, error: type[Exception]
) -> None:
    payment = await pay(method, peer)

    with pytest.raises(error):
        await method.read_notification(receive(peer.payment_notification(payment.order_id, fault)), NOW)


@pytest.mark.parametrize(
    ("fault", "amount"), [(Fault.WRONG_AMOUNT, Money(989)), (Fault.WRONG_CURRENCY, Money(990, "USD"))]
)
async def test_another_amount_or_currency_is_handed_on_as_it_is(
    method: PaymentMethod, peer: WeChatPeer, fault: Fault, amount: Money
) -> None:
    payment = await pay(method, peer)

    read = await method.read_notification(receive(peer.payment_notification(payment.order_id, fault)), NOW)

    assert isinstance(read, PaymentReceived)
    assert read.amount == amount


@pytest.mark.parametrize("missing", ["timestamp", "nonce", "signature", "serial"])
async def test_a_notification_without_one_of_its_headers_is_refused(
    method: PaymentMethod, peer: WeChatPeer, missing: str
) -> None:
    payment = await pay(method, peer)
    message = receive(peer.payment_notification(payment.order_id))
    headers = {name: value for name, value in message.headers.items() if name != f"wechatpay-{missing}"}

    with pytest.raises(InvalidSignature):
        await method.read_notification(replace(message, headers=headers), NOW)


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1e9", "٣" * 10, "9" * 12, "0" * 10])
async def test_a_timestamp_that_is_none_is_refused(
    method: PaymentMethod, peer: WeChatPeer, timestamp: str
) -> None:
    payment = await pay(method, peer)
    message = receive(peer.payment_notification(payment.order_id))
    headers = {**message.headers, "wechatpay-timestamp": timestamp}

    with pytest.raises(InvalidSignature):
        await method.read_notification(replace(message, headers=headers), NOW)


async def test_a_signed_body_that_is_no_event_is_called_malformed(
    method: PaymentMethod, peer: WeChatPeer
) -> None:
    with pytest.raises(MalformedNotification):
        await method.read_notification(receive(peer.sign_message(b'{"id": 1}')), NOW)


async def test_other_events_are_ignored(method: PaymentMethod, peer: WeChatPeer) -> None:
    read = await method.read_notification(receive(peer.event("PAYSCORE.USER_PAID", {})), NOW)

    assert isinstance(read, Ignored)
    assert read.kind == "PAYSCORE.USER_PAID"


@pytest.mark.parametrize(("now", "is_believed"), [(NOW, True), (END + timedelta(seconds=1), False)])
async def test_a_platform_certificate_is_believed_in_its_term(now: datetime, is_believed: bool) -> None:
    with WeChatPeer(lambda: now, "certificate") as peer:
        method = make_method(peer.settings)
        message = receive(peer.event("OTHER", {}))

        with nullcontext() if is_believed else pytest.raises(InvalidSignature):
            assert isinstance(await method.read_notification(message, now), Ignored)
        await method.close_connections()


async def test_a_refund_is_processing_until_it_is_notified(method: PaymentMethod, peer: WeChatPeer) -> None:
    payment = await pay(method, peer)
    request = make_refund(OrderReference(payment.order_id, ""), payment.external_id)

    begun = await method.refund(request, NOW)
    peer.finish_refund(request.refund_id)
    finished = await method.read_notification(receive(peer.refund_notification(request.refund_id)), NOW)

    assert begun.state is RefundState.PROCESSING
    assert isinstance(finished, RefundFinished)
    assert finished.result == replace(begun, state=RefundState.SUCCEEDED)
    assert (finished.order_id, finished.payment_id, finished.amount) == (
        payment.order_id,
        payment.external_id,
        PRICE,
    )


@pytest.mark.parametrize(
    ("end", "state"), [("SUCCESS", "succeeded"), ("CLOSED", "failed"), ("ABNORMAL", "failed")]
)
async def test_a_refund_can_be_asked_for(
    method: PaymentMethod, peer: WeChatPeer, end: str, state: str
) -> None:
    payment = await pay(method, peer)
    request = make_refund(OrderReference(payment.order_id, ""), payment.external_id)
    begun = await method.refund(request, NOW)
    peer.finish_refund(request.refund_id, end)

    result = await method.query_refund(reference_to(request, begun.external_id), NOW)

    assert result == replace(begun, state=RefundState(state))


async def test_a_refund_of_another_merchant_is_refused(method: PaymentMethod, peer: WeChatPeer) -> None:
    payment = await pay(method, peer)
    request = make_refund(OrderReference(payment.order_id, ""), payment.external_id)
    await method.refund(request, NOW)
    peer.finish_refund(request.refund_id)

    with pytest.raises(WrongMerchant):
        await method.read_notification(
            receive(peer.refund_notification(request.refund_id, Fault.WRONG_MERCHANT)), NOW
        )


async def test_the_same_refund_is_given_back_once(method: PaymentMethod, peer: WeChatPeer) -> None:
    payment = await pay(method, peer)
    request = make_refund(OrderReference(payment.order_id, ""), payment.external_id)

    assert await method.refund(request, NOW) == await method.refund(request, NOW)


async def test_parts_can_be_given_back_until_nothing_is_left(method: PaymentMethod, peer: WeChatPeer) -> None:
    payment = await pay(method, peer)
    order = OrderReference(payment.order_id, "")
    await method.refund(make_refund(order, payment.external_id, 500), NOW)
    await method.refund(make_refund(order, payment.external_id, 490, 500), NOW)

    with pytest.raises(PaymentRefused) as refusal:
        await method.refund(make_refund(order, payment.external_id, 1, 990), NOW)

    assert refusal.value.reason == "INVALID_REQUEST"


async def test_a_payment_in_part_given_back_is_still_reported(
    method: PaymentMethod, peer: WeChatPeer
) -> None:
    payment = await pay(method, peer)
    await method.refund(make_refund(OrderReference(payment.order_id, ""), payment.external_id, 1), NOW)

    assert await method.query(OrderReference(payment.order_id, ""), NOW) == payment


async def test_a_call_is_repeated_after_a_failure(method: PaymentMethod, peer: WeChatPeer) -> None:
    peer.fail(1)

    assert (await method.start(make_order(), NOW)).code


async def test_a_lost_answer_is_fetched_again_and_nothing_is_done_twice(
    method: PaymentMethod, peer: WeChatPeer
) -> None:
    payment = await pay(method, peer)
    order = OrderReference(payment.order_id, "")
    peer.lose_answers(1)
    await method.refund(make_refund(order, payment.external_id, 600), NOW)

    assert (await method.refund(make_refund(order, payment.external_id, 390, 600), NOW)).external_id


async def test_a_peer_that_goes_on_failing_is_told_as_such(method: PaymentMethod, peer: WeChatPeer) -> None:
    peer.fail(3)

    with pytest.raises(PaymentPeerError) as failure:
        await method.start(make_order(), NOW)

    assert failure.value.retry_after > 0


@pytest.mark.parametrize(
    "fault", [Fault.BAD_SIGNATURE, Fault.ALTERED_BODY, Fault.UNKNOWN_SERIAL, Fault.OLD_TIMESTAMP]
)
async def test_an_answer_that_is_not_signed_by_the_peer_is_not_believed(
    method: PaymentMethod, peer: WeChatPeer, fault: Fault
) -> None:
    peer.answer_fault = fault
    try:
        with pytest.raises(PaymentPeerError):
            await method.start(make_order(), NOW)
    finally:
        peer.answer_fault = None


async def test_a_request_with_another_key_is_refused_by_the_peer(peer: WeChatPeer) -> None:
    method = make_method({**peer.settings, "wechat_private_key": private_pem(make_key())})

    with pytest.raises(PaymentRefused) as refusal:
        await method.start(make_order(), NOW)
    await method.close_connections()

    assert refusal.value.reason == "SIGN_ERROR"


async def test_an_order_of_nothing_is_refused_by_the_peer(method: PaymentMethod) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        await method.start(make_order(Money(0)), NOW)

    assert refusal.value.reason == "PARAM_ERROR"


async def test_notifications_are_answered_as_the_service_wants(method: PaymentMethod) -> None:
    failures = (None, InvalidSignature(), PaymentPeerError("wechat"))

    answers = [method.acknowledge(failure) for failure in failures]

    assert [answer.status for answer in answers] == [204, 401, 503]
    assert b'"code": "FAIL"' in answers[1].body
