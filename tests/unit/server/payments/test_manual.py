"""Transfers by hand, and the methods that settings make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from huisheng.server.payments.errors import InvalidSignature, UnknownPaymentMethod
from huisheng.server.payments.manual import ManualTransfer, confirm_transfer, transfer_reference
from huisheng.server.payments.methods import make_methods
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    NotificationMessage,
    OrderReference,
    PaymentPending,
    PaymentReceived,
    PaymentRequest,
    RefundReference,
    RefundRequest,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings

NOW = datetime(2026, 3, 31, tzinfo=UTC)
ORDER = OrderReference("ord_abcdefghij0123456789", "HSIJ0123456789")
SETTINGS = PaymentSettings.model_validate(
    {
        "payments": "manual",
        "manual_instructions": "某某银行 6222 账户",
        "manual_instructions_en": "Account 6222 of some bank",
        "manual_qr": "https://qr.example.com/1",
    }
)


@pytest.fixture
def method() -> ManualTransfer:
    return ManualTransfer(SETTINGS)


async def test_an_order_says_what_to_transfer_and_what_to_write(method: ManualTransfer) -> None:
    request = PaymentRequest(ORDER.order_id, Money(990), "包", "", "", NOW + timedelta(days=7))

    checkout = await method.start(request, NOW)

    assert (checkout.kind, checkout.code, checkout.charged) == (
        "transfer",
        "https://qr.example.com/1",
        Money(990),
    )
    assert checkout.reference == "HS0123456789"
    assert checkout.instructions.zh == "某某银行 6222 账户\n金额：9.90 元\n附言：HS0123456789"
    assert checkout.instructions.en.startswith("Account 6222 of some bank\nAmount: CNY 9.90\n")


async def test_an_order_is_pending_until_the_operator_confirms(method: ManualTransfer) -> None:
    await method.close(ORDER, NOW)

    assert await method.query(ORDER, NOW) == PaymentPending()
    assert confirm_transfer(ORDER.order_id, Money(990), "20260331-7", NOW) == PaymentReceived(
        event_id="confirm:20260331-7",
        order_id=ORDER.order_id,
        external_id="20260331-7",
        amount=Money(990),
        charged=Money(990),
        paid_at=NOW,
    )


async def test_a_refund_is_the_operators_word_too(method: ManualTransfer) -> None:
    request = RefundRequest("ref_1", ORDER, "7", Money(1), Money(990), Money(0), "", "")

    results = (
        await method.refund(request, NOW),
        await method.query_refund(RefundReference("ref_1", ORDER, "ref_1"), NOW),
    )

    assert {result.state for result in results} == {RefundState.SUCCEEDED}


async def test_nobody_can_notify_of_a_transfer(method: ManualTransfer) -> None:
    with pytest.raises(InvalidSignature):
        await method.read_notification(NotificationMessage({}, b"{}"), NOW)

    assert method.acknowledge(InvalidSignature()).status == 401


def test_orders_that_differ_at_their_end_have_different_references() -> None:
    assert transfer_reference("ord_abc0123456789") != transfer_reference("ord_abc0123456780")


async def test_a_method_is_found_by_its_id() -> None:
    methods = make_methods(SETTINGS)

    assert methods.get("manual").description.id == "manual"
    assert methods.get_renewing("manual") is None
    await methods.close()


def test_a_method_that_is_off_is_unknown() -> None:
    with pytest.raises(UnknownPaymentMethod) as refusal:
        make_methods(SETTINGS).get("stripe")

    assert refusal.value.known == ("manual",)


def test_stripe_renews_by_itself() -> None:
    settings = PaymentSettings.model_validate(
        {"payments": "stripe", "stripe_api_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"}
    )

    assert make_methods(settings).get_renewing("stripe")
