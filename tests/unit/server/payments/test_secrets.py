"""Secrets are in no message, no representation and no log."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pydantic import ValidationError

from huisheng.errors import HuishengError, SetupError
from huisheng.server.payments.errors import (
    InvalidSignature,
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    StaleNotification,
    UnknownPaymentMethod,
    WrongMerchant,
)
from huisheng.server.payments.http import PeerMessage, parse_answer
from huisheng.server.payments.methods import make_methods
from huisheng.server.payments.protocol import NotificationMessage
from huisheng.server.payments.settings import PaymentSettings

SECRET = "swordfish"  # noqa: S105 - what is looked for


def texts_of(error: BaseException | None) -> str:
    """What an error and its causes say."""
    said = ""
    while error:
        said += f"{error} {error!r} {getattr(error, 'english', '')}"
        error = error.__cause__ or error.__context__
    return said


def secret_fields() -> list[str]:
    fields = PaymentSettings.model_fields
    return [name for name, field in fields.items() if "Secret" in str(field.annotation)]


@pytest.mark.parametrize("field", secret_fields())
def test_settings_do_not_show_a_secret(field: str) -> None:
    settings = PaymentSettings.model_validate({field: SECRET})

    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize("field", secret_fields())
def test_an_error_of_the_settings_does_not_show_a_secret(field: str) -> None:
    given: dict[str, Any] = {field: SECRET, "payments": "stripe,wechat,alipay,paypal"}

    with pytest.raises(SetupError) as refusal:
        PaymentSettings.model_validate(given)

    assert SECRET not in texts_of(refusal.value)


def test_an_unknown_setting_does_not_show_the_others() -> None:
    with pytest.raises(ValidationError) as refusal:
        PaymentSettings.model_validate({"unknown": SECRET, "stripe_api_key": SECRET})

    assert SECRET not in str(refusal.value)


def test_a_damaged_key_is_not_shown(merchant_key: str) -> None:
    damaged = merchant_key.replace("A", "B")
    given = {
        "payments": "alipay",
        "alipay_app_id": "1",
        "alipay_seller_id": "2",
        "alipay_private_key": damaged,
        "alipay_public_key": "x",
    }

    with pytest.raises(SetupError) as refusal:
        make_methods(PaymentSettings.model_validate(given))

    assert not any(line in texts_of(refusal.value) for line in damaged.splitlines()[1:-1])


def test_a_message_does_not_show_its_body() -> None:
    assert SECRET not in repr(NotificationMessage({}, SECRET.encode()))


def test_an_answer_of_another_shape_is_not_quoted() -> None:
    class Wanted(PeerMessage):
        number: int

    with pytest.raises(PaymentPeerError) as failure:
        parse_answer(Wanted, f'{{"number": "{SECRET}"}}', "wechat")

    assert SECRET not in texts_of(failure.value)


@pytest.mark.parametrize("reason", [f"a {SECRET}", f"{SECRET}\n", "", "x" * 65, f"<{SECRET}>"])
def test_words_of_a_peer_are_not_repeated(reason: str) -> None:
    refusal = PaymentRefused("stripe", reason)

    assert refusal.reason == "unknown"
    assert SECRET not in texts_of(refusal)


@pytest.mark.parametrize(
    "error",
    [
        InvalidSignature(),
        StaleNotification(),
        WrongMerchant(),
        MalformedNotification(),
        PaymentPeerError("wechat"),
        PaymentRefused("wechat", "SIGN_ERROR"),
        UnknownPaymentMethod(("manual",)),
    ],
)
def test_every_error_is_of_the_tree_and_says_what_to_do_in_both_languages(error: HuishengError) -> None:
    assert error.message
    assert error.english.isascii()
    assert error.code not in {"error", "invalid_request", "refused"}


def test_the_stripe_library_logs_nothing_below_a_warning() -> None:
    assert not logging.getLogger("stripe").isEnabledFor(logging.INFO)
