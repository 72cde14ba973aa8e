"""Whatever is sent, signed or not: it is read, or refused with one of our errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.integration.accounts.payments.orders import NOW, make_order, receive
from tools.peers.payments.alipay_peer import AlipayPeer
from tools.peers.payments.paypal_peer import PayPalPeer
from tools.peers.payments.peers import PEERS
from tools.peers.payments.stripe_peer import StripePeer
from tools.peers.payments.wechat_peer import WeChatPeer

from huisheng.server.payments.errors import NotificationError, PaymentPeerError, PaymentRefused
from huisheng.server.payments.methods import make_methods
from huisheng.server.payments.protocol import NotificationMessage
from huisheng.server.payments.settings import PaymentSettings

pytestmark = pytest.mark.slow

LEAVES: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**12, -1, 2**63, 10**30])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "-1", "1e9", "../.."])
)
JSON: Final = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


class Shop:
    """Every method with its peer."""

    def __init__(self, stack: ExitStack) -> None:
        self.wechat = stack.enter_context(WeChatPeer(lambda: NOW))
        self.alipay = stack.enter_context(AlipayPeer(lambda: NOW))
        self.stripe = stack.enter_context(StripePeer(lambda: NOW))
        self.paypal = stack.enter_context(PayPalPeer(lambda: NOW))
        peers = (self.wechat, self.alipay, self.stripe, self.paypal)
        given = {name: value for peer in peers for name, value in peer.settings.items()}
        self.settings = PaymentSettings.model_validate({"payments": ",".join(PEERS), **given})
        self.methods = make_methods(self.settings)
        self.runner = stack.enter_context(asyncio.Runner())

    def read(self, method: str, message: NotificationMessage) -> None:
        """Read a message; any error that is not ours fails the test."""
        with suppress(NotificationError, PaymentPeerError, PaymentRefused):
            self.runner.run(self.methods.get(method).read_notification(message, NOW))


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with ExitStack() as stack:
        shop = Shop(stack)
        yield shop
        shop.runner.run(shop.methods.close())


def change(content: object, path: list[int], value: object) -> object:
    """A copy in which one value is another, found by going down as far as there is something."""
    inside: dict[Any, Any] = {}
    if isinstance(content, dict):
        inside = dict(cast("dict[str, object]", content))
    elif isinstance(content, list | tuple):
        inside = dict(enumerate(cast("list[object]", content)))
    if not path or not inside:
        return value
    place = list(inside)[path[0] % len(inside)]
    inside[place] = change(inside[place], path[1:], value)
    return inside if isinstance(content, dict) else list(inside.values())


PATHS: Final = st.lists(st.integers(0, 30), min_size=1, max_size=6)


@pytest.mark.parametrize("method", PEERS)
@given(headers=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=4), body=st.binary())
def test_what_nobody_has_signed_is_refused(
    method: str, shop: Shop, headers: dict[str, str], body: bytes
) -> None:
    shop.read(method, NotificationMessage(headers, body))


TRANSACTION: Final = {
    "appid": "wx2421b1c4370ec43b",
    "mchid": "1900009191",
    "out_trade_no": "ord_1",
    "trade_state": "SUCCESS",
    "transaction_id": "4200",
    "success_time": "2026-04-01T07:59:30+08:00",
    "amount": {"total": 990, "currency": "CNY"},
}
NOTICE: Final = {
    "mchid": "1900009191",
    "out_trade_no": "ord_1",
    "transaction_id": "4200",
    "out_refund_no": "ref_1",
    "refund_id": "5030",
    "refund_status": "SUCCESS",
    "amount": {"refund": 1},
}


@given(path=PATHS, value=JSON, kind=st.sampled_from(["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]))
def test_any_event_of_wechat_is_read_or_refused(
    shop: Shop, path: list[int], value: object, kind: str
) -> None:
    content = TRANSACTION if kind == "TRANSACTION.SUCCESS" else NOTICE
    changed = change(content, path, value)

    shop.read("wechat", receive(shop.wechat.event(kind, changed)))


@given(name=st.sampled_from(["total_amount", "gmt_payment", "notify_time", "trade_no"]), value=st.text())
def test_any_form_of_alipay_is_read_or_refused(shop: Shop, name: str, value: str) -> None:
    fields = {
        "notify_id": "1",
        "notify_time": "2026-04-01 07:59:30",
        "app_id": shop.settings.alipay_app_id,
        "seller_id": shop.settings.alipay_seller_id,
        "out_trade_no": "ord_1",
        "trade_no": "2026",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "9.90",
        "gmt_payment": "0001-01-01 00:00:00",
    }

    try:
        message = shop.alipay.sign_form({**fields, name: value})
    except UnicodeEncodeError:  # a lone surrogate cannot be signed
        return
    shop.read("alipay", receive(message))


PRICE: Final = {"amount": "990", "charged": "990", "currency": "CNY", "order_id": "ord_1"}
SESSION: Final = {
    "id": "cs_1",
    "payment_status": "paid",
    "amount_total": 990,
    "currency": "cny",
    "expires_at": 1,
    "metadata": PRICE,
    "payment_intent": "pi_1",
}
INVOICE: Final = {
    "id": "in_1",
    "billing_reason": "subscription_cycle",
    "amount_paid": 990,
    "currency": "cny",
    "customer": "cus_1",
    "lines": {"data": [{"period": {"start": 1, "end": 2}}]},
    "parent": {
        "subscription_details": {
            "subscription": "sub_1",
            "metadata": {**PRICE, **{f"month_{name}": value for name, value in PRICE.items()}},
        }
    },
}
SUBSCRIPTION: Final = {
    "id": "sub_1",
    "status": "active",
    "customer": "cus_1",
    "cancel_at": 5,
    "items": {"data": [{"id": "si_1", "current_period_end": 9}]},
    "metadata": PRICE,
}
REFUND: Final = {
    "id": "re_1",
    "amount": 1,
    "currency": "cny",
    "status": "succeeded",
    "payment_intent": "pi_1",
    "metadata": {"refund_id": "ref_1"},
}
EVENTS: Final = (
    ("checkout.session.completed", SESSION),
    ("invoice.paid", INVOICE),
    ("invoice.payment_failed", {**INVOICE, "next_payment_attempt": 3}),
    ("customer.subscription.updated", SUBSCRIPTION),
    ("customer.subscription.deleted", SUBSCRIPTION),
    ("refund.updated", REFUND),
    ("charge.refunded", {"id": "ch_1"}),
)


@given(event=st.sampled_from(EVENTS), path=PATHS, value=JSON)
def test_any_event_of_stripe_is_read_or_refused(
    shop: Shop, event: tuple[str, dict[str, Any]], path: list[int], value: object
) -> None:
    kind, content = event
    changed = change(content, path, value)

    shop.read("stripe", receive(shop.stripe.event(kind, changed)))


ORDER_EVENT: Final = {"id": "1", "supplementary_data": {"related_ids": {"order_id": "1"}}}


@given(
    kind=st.sampled_from(
        ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED"]
    ),
    path=PATHS,
    value=JSON,
)
def test_any_event_of_paypal_is_read_or_refused(
    shop: Shop, kind: str, path: list[int], value: object
) -> None:
    changed = change(ORDER_EVENT, path, value)

    shop.read("paypal", receive(shop.paypal.event(kind, changed)))


@given(path=PATHS, value=JSON)
def test_any_order_of_paypal_is_read_or_refused(shop: Shop, path: list[int], value: object) -> None:
    order = make_order()
    reference = shop.runner.run(shop.methods.get("paypal").start(order, NOW)).reference
    shop.paypal.pay(order.order_id)
    message = receive(shop.paypal.payment_notification(order.order_id))
    shop.read("paypal", message)
    genuine = shop.paypal.change(reference, lambda content: change(content, path, value))

    shop.read("paypal", message)

    shop.paypal.change(reference, lambda _: genuine)  # the peer itself cannot live with such orders
