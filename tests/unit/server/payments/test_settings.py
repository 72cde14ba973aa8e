"""Settings of payments: what belongs together, secrets in files, and what errors name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tools.peers.payments.keys import private_pem

from huisheng.errors import SetupError
from huisheng.server.payments.methods import make_methods
from huisheng.server.payments.money import Exchange
from huisheng.server.payments.settings import PaymentSettings

MANUAL = {"manual_instructions": "转账到某某银行"}
STRIPE = {"stripe_api_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"}
PAYPAL = {
    "paypal_client_id": "id",
    "paypal_client_secret": "secret",
    "paypal_webhook_id": "webhook",
    "paypal_merchant_id": "merchant",
}
WECHAT = {
    "wechat_appid": "wx1",
    "wechat_mchid": "1900000001",
    "wechat_serial": "AB",
    "wechat_private_key": "x",
    "wechat_api_key": "k" * 32,
}
CURVE = ec.generate_private_key(ec.SECP256R1())
CURVE_PRIVATE = CURVE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
CURVE_PUBLIC = CURVE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def make(**fields: object) -> PaymentSettings:
    return PaymentSettings.model_validate(fields)


def refusal(**fields: object) -> str:
    """What the error says in English."""
    with pytest.raises(SetupError) as refused:
        make_methods(make(**fields))
    return refused.value.english


def test_without_settings_nothing_is_offered() -> None:
    assert make_methods(make()).descriptions == ()


def test_methods_are_offered_in_the_order_of_the_setting() -> None:
    methods = make_methods(make(payments="stripe, manual", **MANUAL, **STRIPE))

    assert [each.id for each in methods.descriptions] == ["stripe", "manual"]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_PAYMENTS", "manual")
    monkeypatch.setenv("HUISHENG_MANUAL_INSTRUCTIONS", "转账")

    assert PaymentSettings().payments == ("manual",)


@pytest.mark.parametrize("payments", ["cash", "manual,manual", "Manual"])
def test_an_unknown_or_repeated_method_is_named(payments: str) -> None:
    assert "HUISHENG_PAYMENTS" in refusal(payments=payments, **MANUAL)


@pytest.mark.parametrize(
    ("method", "given", "missing"),
    [
        ("manual", {}, ["HUISHENG_MANUAL_INSTRUCTIONS"]),
        ("wechat", {"wechat_appid": "wx1"}, ["HUISHENG_WECHAT_MCHID", "HUISHENG_WECHAT_API_KEY"]),
        ("alipay", {}, ["HUISHENG_ALIPAY_APP_ID", "HUISHENG_ALIPAY_PUBLIC_KEY"]),
        ("stripe", {"stripe_api_key": "sk_test_1"}, ["HUISHENG_STRIPE_WEBHOOK_SECRET"]),
        ("paypal", {}, ["HUISHENG_PAYPAL_CLIENT_SECRET", "HUISHENG_PAYPAL_MERCHANT_ID"]),
    ],
)
def test_what_a_method_lacks_is_named(method: str, given: dict[str, str], missing: list[str]) -> None:
    said = refusal(payments=method, **given)

    assert all(name in said for name in missing)
    assert not any(f"HUISHENG_{name.upper()}" in said for name in given)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk_test_in_a_file\n", encoding="utf-8")

    settings = make(payments="stripe", stripe_api_key_file=file, stripe_webhook_secret="whsec_1")  # noqa: S106

    assert settings.stripe_api_key.get_secret_value() == "sk_test_in_a_file"


def test_every_secret_can_stand_in_a_file() -> None:
    fields = PaymentSettings.model_fields
    secrets = {name for name, field in fields.items() if "Secret" in str(field.annotation)}

    assert secrets
    assert {f"{name}_file" for name in secrets} <= fields.keys()


def test_a_file_that_is_missing_is_named_by_its_variable(tmp_path: Path) -> None:
    said = refusal(payments="manual", manual_instructions_file=tmp_path / "missing")

    assert "HUISHENG_MANUAL_INSTRUCTIONS_FILE" in said


def test_an_empty_file_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n", encoding="utf-8")

    said = refusal(payments="manual", manual_instructions_file=tmp_path / "empty")

    assert "HUISHENG_MANUAL_INSTRUCTIONS" in said


def test_a_secret_in_both_places_is_refused(tmp_path: Path) -> None:
    said = refusal(payments="manual", manual_instructions_file=tmp_path / "x", **MANUAL)

    assert "HUISHENG_MANUAL_INSTRUCTIONS_FILE" in said


@pytest.mark.parametrize(
    "address", ["http://api.stripe.com", "ftp://127.0.0.1", "api.stripe.com", "https://", "https://a:b@c"]
)
def test_an_address_without_encryption_is_refused(address: str) -> None:
    assert "HUISHENG_STRIPE_ADDRESS" in refusal(stripe_address=address)


@pytest.mark.parametrize("address", ["https://api.stripe.com/", "http://127.0.0.1:8420", "http://[::1]:1"])
def test_an_address_of_this_machine_needs_none(address: str) -> None:
    assert make(stripe_address=address).stripe_address == address.rstrip("/")


def test_certificates_may_be_fetched_from_several_places() -> None:
    hosts = "https://api.paypal.com, https://api.sandbox.paypal.com/"

    assert make(paypal_certificate_hosts=hosts).paypal_origins == (
        "https://api.paypal.com",
        "https://api.sandbox.paypal.com",
    )


@pytest.mark.parametrize("rate", ["0", "-7", "7,2", "7.2e1", "NaN", "", "٧"])
def test_a_rate_that_is_none_is_named(rate: str) -> None:
    assert "HUISHENG_PAYPAL_RATE" in refusal(payments="paypal", paypal_rate=rate, **PAYPAL)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"paypal_currency": "USD"}, "HUISHENG_PAYPAL_RATE"),
        ({"paypal_currency": "CNY", "paypal_rate": "7.2"}, "HUISHENG_PAYPAL_RATE"),
        ({"paypal_currency": "XXX", "paypal_rate": "7.2"}, "HUISHENG_PAYPAL_CURRENCY"),
    ],
)
def test_a_currency_and_its_rate_belong_together(fields: dict[str, Any], name: str) -> None:
    assert name in refusal(payments="paypal", **PAYPAL, **fields)


def test_a_rate_is_exact() -> None:
    settings = make(payments="stripe", stripe_currency="JPY", stripe_rate="0.048", **STRIPE)

    assert settings.stripe_exchange == Exchange("JPY", Decimal("0.048"), 0)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "HUISHENG_WECHAT_PRIVATE_KEY"),
        ({"wechat_private_key": CURVE_PRIVATE}, "HUISHENG_WECHAT_PRIVATE_KEY"),
        ({"wechat_private_key": "eHg="}, "HUISHENG_WECHAT_PRIVATE_KEY"),
    ],
)
def test_a_private_key_that_is_none_is_named(fields: dict[str, str], name: str) -> None:
    assert name in refusal(payments="wechat", **{**WECHAT, **fields})


def test_a_key_that_is_too_short_is_named() -> None:
    short = private_pem(rsa.generate_private_key(65537, 1024))  # noqa: S505 - to be refused

    assert "2048" in refusal(payments="wechat", **{**WECHAT, "wechat_private_key": short})


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "HUISHENG_WECHAT_PUBLIC_KEY"),
        ({"wechat_public_key": "x"}, "HUISHENG_WECHAT_PUBLIC_KEY_ID"),
        ({"wechat_public_key": "x", "wechat_public_key_id": "y"}, "HUISHENG_WECHAT_PUBLIC_KEY"),
        ({"wechat_public_key": CURVE_PUBLIC, "wechat_public_key_id": "y"}, "HUISHENG_WECHAT_PUBLIC_KEY"),
        ({"wechat_platform_certificates": "x"}, "HUISHENG_WECHAT_PLATFORM_CERTIFICATES"),
        ({"wechat_api_key": "short"}, "HUISHENG_WECHAT_API_KEY"),
    ],
)
def test_keys_of_wechat_that_are_none_are_named(fields: dict[str, str], name: str, merchant_key: str) -> None:
    given = {**WECHAT, "wechat_private_key": merchant_key, **fields}

    assert name in refusal(payments="wechat", **given)


def test_a_file_of_roots_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_text("x", encoding="utf-8")

    said = refusal(payments="paypal", paypal_rate="7.2", paypal_roots_file=file, **PAYPAL)

    assert "HUISHENG_PAYPAL_ROOTS_FILE" in said
