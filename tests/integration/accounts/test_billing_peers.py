"""Orders, notifications, polling and refunds with methods whose peers sign and check as the real ones do."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.unit.server.accounts.conftest import FixedClock
from tests.unit.server.billing.shop import (
    CONFIG,
    CUSTOMER,
    DAY,
    GRACE,
    MONTH_END,
    NOW,
    add_customer,
    mails,
    remaining,
    subscription,
)
from tools.peers.payments.peers import PEERS
from tools.peers.payments.server import Fault, PaymentPeer, SentMessage
from tools.peers.payments.stripe_peer import StripePeer
from tools.peers.payments.wechat_peer import WeChatPeer

from huisheng.server.billing.models import PaymentEvent, Refund
from huisheng.server.billing.refunds import RefundOrder
from huisheng.server.billing.service import Billing
from huisheng.server.database.database import Database
from huisheng.server.guard.client import Client
from huisheng.server.paging import PageRequest
from huisheng.server.payments import http
from huisheng.server.payments.errors import PaymentPeerError
from huisheng.server.payments.methods import make_methods
from huisheng.server.payments.protocol import NotificationMessage
from huisheng.server.payments.settings import PaymentSettings

pytestmark = pytest.mark.slow

BUYER = Client("203.0.113.7", account_id=CUSTOMER, user_id=f"usr_{CUSTOMER}")
MINUTE = timedelta(minutes=1)

Open = Callable[[str], tuple[Billing, Any]]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copyfile(sqlite_template, tmp_path / "huisheng.db")
    database = Database(f"sqlite:///{tmp_path}/huisheng.db")
    add_customer(database)
    yield database
    database.close()


@pytest.fixture
def shop(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a shop that takes one method, with the other side of it."""
    monkeypatch.setattr(http, "_PAUSES", (0.0, 0.0))
    with ExitStack() as peers:

        def open_shop(method: str) -> tuple[Billing, PaymentPeer]:
            peer = peers.enter_context(PEERS[method](clock))
            settings = PaymentSettings.model_validate({"payments": (method,), **peer.settings})
            return Billing(database, CONFIG, make_methods(settings), clock), peer

        yield open_shop


async def deliver(billing: Billing, method: str, message: SentMessage) -> int:
    """Hand a notification in; the status of the answer."""
    headers = {name.lower(): value for name, value in message.headers.items()}
    answer = await billing.receive(method, NotificationMessage(headers, message.body))
    return int(answer.status)


@pytest.mark.parametrize("method", PEERS)
async def test_an_order_is_paid_once_however_often_it_is_told(
    method: str, shop: Open, database: Database
) -> None:
    billing, peer = shop(method)
    view = await billing.place_order(BUYER, "pack-1000", 1, method)
    assert view.order.checkout
    peer.pay(view.order.id)

    for _ in range(3):
        assert await deliver(billing, method, peer.payment_notification(view.order.id)) < 300

    assert remaining(database) == {"calls": 1000}
    assert (await billing.find_order(CUSTOMER, view.order.id)).order.status == "paid"
    await billing.methods.close()


async def test_what_is_paid_by_two_methods_is_credited_twice(
    shop: Open, database: Database, clock: FixedClock
) -> None:
    """The second order of the same closes the first one, whose payment is under way: nothing is lost."""
    (wechat, one), (alipay, other) = shop("wechat"), shop("alipay")
    first = (await wechat.place_order(BUYER, "pack-1000", 1, "wechat")).order.id
    one.pay(first)
    second = (await alipay.place_order(BUYER, "pack-1000", 1, "alipay")).order.id
    other.pay(second)

    assert (await wechat.find_order(CUSTOMER, first)).order.status == "cancelled"
    assert await deliver(alipay, "alipay", other.payment_notification(second)) < 300
    assert await deliver(wechat, "wechat", one.payment_notification(first)) < 300

    assert remaining(database) == {"calls": 2000}
    orders = await wechat.list_orders(CUSTOMER, PageRequest())
    assert [view.order.status for view in orders] == ["paid", "paid"]
    await wechat.refund(BUYER, RefundOrder(first, None, "paid twice", "operator"))
    assert remaining(database) == {"calls": 1000}
    for billing in (wechat, alipay):
        await billing.methods.close()


async def test_a_notification_that_finds_the_database_locked_is_sent_again(
    shop: Open, database: Database, tmp_path: Path
) -> None:
    """The answer comes when the database has waited for its five seconds."""
    billing, peer = shop("wechat")
    order = (await billing.place_order(BUYER, "pack-1000", 1, "wechat")).order.id
    peer.pay(order)
    message = peer.payment_notification(order)

    with closing(sqlite3.connect(tmp_path / "huisheng.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await deliver(billing, "wechat", message)
        other.execute("ROLLBACK")

    assert refused == 503
    assert remaining(database) == {}
    assert await deliver(billing, "wechat", message) == 204
    assert remaining(database) == {"calls": 1000}
    await billing.methods.close()


@pytest.mark.parametrize("method", PEERS)
async def test_an_order_whose_notification_is_lost_is_asked_for(
    method: str, shop: Open, database: Database, clock: FixedClock
) -> None:
    billing, peer = shop(method)
    view = await billing.place_order(BUYER, "pack-1000", 1, method)
    peer.pay(view.order.id)

    await billing.chores.run_due()
    assert remaining(database) == {}
    clock.advance(2 * MINUTE)
    await billing.chores.run_due()

    assert remaining(database, clock.now) == {"calls": 1000}
    assert await deliver(billing, method, peer.payment_notification(view.order.id)) < 300
    assert remaining(database, clock.now) == {"calls": 1000}
    await billing.methods.close()


@pytest.mark.parametrize("method", PEERS)
async def test_a_refund_is_made_in_parts_and_once(
    method: str, shop: Open, database: Database, clock: FixedClock
) -> None:
    billing, peer = shop(method)
    view = await billing.place_order(BUYER, "pack-1000", 1, method)
    peer.pay(view.order.id)
    await deliver(billing, method, peer.payment_notification(view.order.id))
    peer.lose_answers(9)

    first = await billing.refund(BUYER, RefundOrder(view.order.id, 495, "test", "operator", key="k"))
    assert first.status == "requested"
    peer.lose_answers(0)
    clock.advance(2 * MINUTE)
    await billing.chores.run_due()
    again = await billing.refund(BUYER, RefundOrder(view.order.id, 495, "test", "operator", key="k"))
    assert again.id == first.id

    assert remaining(database) == {"calls": 500}
    assert (await billing.find_order(CUSTOMER, view.order.id)).refunded_fen == 495
    await billing.methods.close()


@pytest.mark.parametrize("fault", [Fault.WRONG_AMOUNT, Fault.WRONG_CURRENCY, Fault.WRONG_MERCHANT])
async def test_a_genuine_notification_of_something_else_brings_nothing(
    fault: Fault, shop: Open, database: Database
) -> None:
    billing, peer = shop("wechat")
    view = await billing.place_order(BUYER, "pack-1000", 1, "wechat")
    peer.pay(view.order.id)

    await deliver(billing, "wechat", peer.payment_notification(view.order.id, fault))

    assert remaining(database) == {}
    await billing.methods.close()


async def test_a_method_that_cannot_be_reached_begins_the_order_later(shop: Open, database: Database) -> None:
    billing, peer = shop("wechat")
    peer.fail(9)
    with pytest.raises(PaymentPeerError):
        await billing.place_order(BUYER, "pack-1000", 1, "wechat")
    peer.fail(0)

    view = await billing.place_order(BUYER, "pack-1000", 1, "wechat")

    assert view.order.checkout
    assert [order.order.id for order in await billing.list_all_orders(PageRequest())] == [view.order.id]
    await billing.methods.close()


async def test_an_expired_order_is_closed_at_the_method_and_a_crossing_payment_is_credited(
    shop: Open, database: Database, clock: FixedClock
) -> None:
    billing, peer = shop("wechat")
    assert isinstance(peer, WeChatPeer)
    view = await billing.place_order(BUYER, "pack-1000", 1, "wechat")
    clock.advance(61 * MINUTE)
    await billing.chores.run_due()
    assert (await billing.find_order(CUSTOMER, view.order.id)).order.status == "expired"
    assert any(request.path.endswith("/close") for request in peer.requests)
    peer.pay(view.order.id)

    await deliver(billing, "wechat", peer.payment_notification(view.order.id))

    assert remaining(database, clock.now) == {"calls": 1000}
    await billing.methods.close()


async def test_a_card_renews_a_plan_and_is_told_of_its_end(
    shop: Open, database: Database, clock: FixedClock
) -> None:
    billing, peer = shop("stripe")
    assert isinstance(peer, StripePeer)
    view = await billing.place_order(BUYER, "basic", 1, "stripe")
    peer.pay(view.order.id)
    await deliver(billing, "stripe", peer.payment_notification(view.order.id))
    await deliver(billing, "stripe", peer.invoice_notification(view.order.id))
    assert subscription(database).external_id

    clock.now = MONTH_END
    peer.renew(view.order.id)
    await deliver(billing, "stripe", peer.invoice_notification(view.order.id))
    await billing.cancel_plan(BUYER)
    await deliver(billing, "stripe", peer.subscription_notification(view.order.id))

    assert len(subscription(database).periods) == 2
    assert remaining(database, MONTH_END + GRACE) == {"calls": 500}
    assert subscription(database).cancel_at_period_end
    clock.now = subscription(database).last.interval.end
    await billing.chores.run_due()
    assert [template for template, _ in mails(database)] == [
        "payment_received",
        "payment_received",
        "subscription_ended",
    ]
    await billing.methods.close()


async def test_two_servers_that_do_the_chores_at_once_do_them_once(
    shop: Open, database: Database, clock: FixedClock
) -> None:
    billing, peer = shop("wechat")
    other = Billing(database, CONFIG, billing.methods, clock)
    view = await billing.place_order(BUYER, "basic", 1, "wechat")
    peer.pay(view.order.id)
    clock.advance(2 * MINUTE)
    await billing.chores.run_due()
    await other.chores.run_due()
    clock.now = MONTH_END - DAY
    await billing.chores.run_due()
    await other.chores.run_due()

    assert remaining(database, MONTH_END) == {"calls": 500}
    assert [template for template, _ in mails(database)] == ["payment_received", "renewal_due"]
    with database.reading() as session:
        assert len(session.scalars(select(PaymentEvent)).all()) == 1
        assert session.scalars(select(Refund)).all() == []
    await billing.methods.close()
