"""What holds of every method that has a peer, by the interface that journeys and benchmarks use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.integration.accounts.payments.orders import (
    NOW,
    PRICE,
    make_order,
    make_refund,
    reference_to,
)
from tests.integration.accounts.payments.receiver import run_receiver
from tools.peers.payments.peers import PEERS
from tools.peers.payments.server import PaymentPeer, SentMessage
from tools.peers.payments.wechat_peer import WeChatPeer

from huisheng.server.payments.methods import make_methods
from huisheng.server.payments.protocol import (
    Notification,
    OrderReference,
    PaymentMethod,
    PaymentPending,
    PaymentReceived,
    RefundFinished,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module", params=PEERS)
def peer(request: pytest.FixtureRequest) -> Iterator[PaymentPeer]:
    with PEERS[request.param](lambda: NOW) as peer:
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def method(peer: PaymentPeer) -> AsyncIterator[PaymentMethod]:
    method_id = next(each for each, kind in PEERS.items() if isinstance(peer, kind))
    methods = make_methods(PaymentSettings.model_validate({"payments": method_id, **peer.settings}))
    yield methods.get(method_id)
    await methods.close()


async def deliver(message: SentMessage, method: PaymentMethod) -> Notification:
    """What is read from a notification that came over HTTP."""
    with run_receiver() as (address, received):
        answer = await asyncio.to_thread(message.post, address)
    assert answer.status_code == 204
    return await method.read_notification(received.get_nowait(), NOW)


async def test_an_order_is_paid_notified_and_given_back(method: PaymentMethod, peer: PaymentPeer) -> None:
    order = make_order()
    reference = OrderReference(order.order_id, (await method.start(order, NOW)).reference)
    before = await method.query(reference, NOW)
    peer.pay(order.order_id)
    notified = await deliver(peer.payment_notification(order.order_id), method)
    asked = await method.query(reference, NOW)
    assert isinstance(notified, PaymentReceived)
    assert isinstance(asked, PaymentReceived)
    request = make_refund(reference, notified.external_id, 100)
    result = await method.refund(request, NOW)
    if isinstance(peer, WeChatPeer):
        peer.finish_refund(request.refund_id)
    finished = await deliver(peer.refund_notification(request.refund_id), method)

    assert before == PaymentPending()
    assert (notified.order_id, notified.amount) == (order.order_id, PRICE)
    assert (asked.external_id, asked.amount) == (notified.external_id, PRICE)
    found = await method.query_refund(reference_to(request, result.external_id), NOW)
    assert found.state is RefundState.SUCCEEDED
    if isinstance(finished, RefundFinished):
        assert finished.result == found


async def test_a_method_is_described_by_its_id_and_in_both_languages(
    method: PaymentMethod, peer: PaymentPeer
) -> None:
    description = method.description

    assert isinstance(peer, PEERS[description.id])
    assert description.name.zh
    assert description.name.en.isascii()


async def test_settings_of_a_peer_are_variables_too(method: PaymentMethod, peer: PaymentPeer) -> None:
    prefix = f"HUISHENG_{method.description.id.upper()}_"

    assert peer.environment
    assert all(name.startswith(prefix) for name in peer.environment)
