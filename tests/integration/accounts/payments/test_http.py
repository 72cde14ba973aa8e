"""Calls to a peer that is slow, gone, or says too much."""

from __future__ import annotations

import logging
import socket
from typing import ClassVar

import pytest
from tools.peers.payments.server import Fault, PaymentPeer, PeerAnswer, PeerRequest, SentMessage
from typing_extensions import override

from huisheng.server.payments.errors import PaymentPeerError
from huisheng.server.payments.http import PeerClient

pytestmark = pytest.mark.slow


class Talker(PaymentPeer):
    """Answers each request with what it is asked for: its length in bytes, or its status."""

    failure: ClassVar[bytes] = b"swordfish"

    @property
    @override
    def settings(self) -> dict[str, str]:
        return {}

    @override
    def pay(self, order_id: str) -> None:
        raise NotImplementedError

    @override
    def payment_notification(self, order_id: str, fault: Fault | None = None) -> SentMessage:
        raise NotImplementedError

    @override
    def refund_notification(self, refund_id: str, fault: Fault | None = None) -> SentMessage:
        raise NotImplementedError

    @override
    def respond(self, request: PeerRequest) -> PeerAnswer:
        _, kind, number = request.path.split("/")
        if kind == "length":
            return PeerAnswer(200, b"x" * int(number))
        return PeerAnswer(int(number), b"", {"Location": "/length/1"})


async def test_an_answer_of_a_mebibyte_is_the_longest_that_is_read() -> None:
    client = PeerClient("talker")
    with Talker() as peer:
        whole = await client.request("GET", f"{peer.address}/length/{1 << 20}", {})
        with pytest.raises(PaymentPeerError):
            await client.request("GET", f"{peer.address}/length/{(1 << 20) + 1}", {})
    await client.close()

    assert len(whole.body) == 1 << 20


@pytest.mark.parametrize(("status", "calls"), [(200, 1), (302, 1), (400, 1), (404, 1)])
async def test_an_answer_is_handed_on_and_no_redirect_is_followed(status: int, calls: int) -> None:
    client = PeerClient("talker")
    with Talker() as peer:
        answer = await client.request("POST", f"{peer.address}/status/{status}", {})
    await client.close()

    assert (answer.status, len(peer.requests)) == (status, calls)
    assert answer.is_success == (status == 200)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_peer_is_asked_three_times_and_what_it_says_is_not_logged(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = PeerClient("talker")
    with Talker() as peer, caplog.at_level(logging.DEBUG, "huisheng"), pytest.raises(PaymentPeerError):
        await client.request("POST", f"{peer.address}/status/{status}", {}, b"swordfish")
    await client.close()

    assert len(peer.requests) == 3
    assert f"status {status}" in caplog.text
    assert "swordfish" not in caplog.text


async def test_a_peer_that_is_gone_is_told_as_such() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    client = PeerClient("talker")

    with pytest.raises(PaymentPeerError) as failure:
        await client.request("GET", address, {})
    await client.close()

    assert "talker" in failure.value.english


async def test_a_peer_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huisheng.server.payments.http.TIMEOUT", 0.05)
    client = PeerClient("talker")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(PaymentPeerError):
            await client.request("GET", f"http://127.0.0.1:{silent.getsockname()[1]}", {})
    await client.close()
