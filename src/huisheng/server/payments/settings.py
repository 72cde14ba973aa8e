"""Settings of payments: environment variables `HUISHENG_…`; each secret may stand in a file instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from huisheng.errors import SetupError
from huisheng.server.guard.addresses import is_loopback
from huisheng.server.payments.money import CNY, Exchange
from huisheng.server.payments.protocol import MethodId
from huisheng.server.secret_files import read_secret

PREFIX: Final = "HUISHENG_"

_FILE: Final = "_file"
_RATE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_METHODS: Final[tuple[str, ...]] = get_args(MethodId)

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "manual": ("manual_instructions",),
    "wechat": ("wechat_appid", "wechat_mchid", "wechat_serial", "wechat_private_key", "wechat_api_key"),
    "alipay": ("alipay_app_id", "alipay_seller_id", "alipay_private_key", "alipay_public_key"),
    "stripe": ("stripe_api_key", "stripe_webhook_secret"),
    "paypal": ("paypal_client_id", "paypal_client_secret", "paypal_webhook_id", "paypal_merchant_id"),
}
"""Method → fields that it cannot do without."""

_STRIPE_DIGITS: Final[Mapping[str, int]] = {
    **dict.fromkeys((CNY, "AUD", "CAD", "CHF", "EUR", "GBP", "HKD", "MYR", "NZD", "SGD", "THB", "USD"), 2),
    **dict.fromkeys(("JPY", "KRW", "VND"), 0),
}
"""docs.stripe.com/currencies, the zero-decimal ones apart."""
PAYPAL_DIGITS: Final[Mapping[str, int]] = {
    **dict.fromkeys((CNY, "AUD", "CAD", "CHF", "EUR", "GBP", "HKD", "MYR", "NZD", "SGD", "THB", "USD"), 2),
    **dict.fromkeys(("HUF", "JPY", "TWD"), 0),
}
"""developer.paypal.com/api/rest/reference/currency-codes; three of them take no decimals there."""


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _check_methods(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in _METHODS or names.count(name) > 1:
            raise SetupError(
                f"HUISHENG_PAYMENTS 中的“{name}”无效或重复，可用：{'、'.join(_METHODS)}。",
                f"{name!r} in HUISHENG_PAYMENTS is unknown or repeated. Known: {', '.join(_METHODS)}.",
            )
    return names


def _check_address(address: str, info: ValidationInfo) -> str:
    parts = urlsplit(address)
    is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or parts.username or not (parts.scheme == "https" or is_local):
        name = variable(info.field_name or "")
        raise SetupError(
            f"{name} 的“{address}”不是支付平台的地址，请写成 https://主机。",
            f"{name} is {address!r}, no address of a payment service; write https://host.",
        )
    return address.rstrip("/")


def _check_origins(written: str, info: ValidationInfo) -> str:
    return ",".join(_check_address(origin.strip(), info) for origin in written.split(","))


def _parse_rate(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    rate = Decimal(value) if _RATE.fullmatch(value) else Decimal()
    if not rate:
        name = variable(info.field_name or "")
        raise SetupError(
            f"{name} 的“{value}”不是汇率，请写成每单位外币合多少元，例如 7.20。",
            f"{name} is {value!r}, no rate; write how many yuan one unit of the currency is, as 7.20.",
        )
    return rate


_Address = Annotated[str, AfterValidator(_check_address)]
_Rate = Annotated[Decimal, BeforeValidator(_parse_rate)]
_File = Annotated[Path | None, Field(repr=False)]


class PaymentSettings(BaseSettings):
    """How customers can pay. Lists are written with commas.

    Every field `…_file` names a file that holds what the field without `_file` would; one of both is set.

    Attributes:
        payments: methods that are offered, in this order; empty for none.
        manual_instructions: what a customer has to do, in Chinese: bank, account, name.
        manual_instructions_en: the same in English; empty for the Chinese one.
        manual_qr: content of a QR code that collects money; empty without one.
        wechat_appid: of the application that is bound to the merchant.
        wechat_mchid: the merchant's number.
        wechat_serial: serial number of the merchant's API certificate.
        wechat_private_key: of that certificate, PEM.
        wechat_api_key: the APIv3 key, 32 characters.
        wechat_public_key: of WeChat Pay, PEM.
        wechat_public_key_id: `PUB_KEY_ID_…`.
        wechat_platform_certificates: of WeChat Pay, PEM, one or more; either these or the public key, or
            both while a merchant changes from the one to the other.
        wechat_address: of WeChat Pay.
        alipay_app_id: of the application.
        alipay_seller_id: the merchant's number, 2088….
        alipay_private_key: of the application, PEM or base64.
        alipay_public_key: of Alipay (not of the application), PEM or base64.
        alipay_address: of Alipay's gateway.
        stripe_api_key: secret or restricted key; test keys take test events only.
        stripe_webhook_secret: of the endpoint, `whsec_…`.
        stripe_account: of Connect, whose events are taken; empty without Connect.
        stripe_currency: that orders are charged in.
        stripe_rate: yuan for one unit of it.
        stripe_address: of Stripe's API.
        paypal_client_id: of the application.
        paypal_client_secret: the same.
        paypal_webhook_id: id of the webhook.
        paypal_merchant_id: the payee's id.
        paypal_currency: as `stripe_currency`.
        paypal_rate: the same; there is no default.
        paypal_address: of PayPal's API.
        paypal_certificate_hosts: origins that signing certificates are fetched from, with commas.
        paypal_roots_file: certificates that a signing one must be chained to, PEM; None for those that
            browsers trust.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    payments: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_methods)
    ] = ()

    manual_instructions: str = ""
    manual_instructions_file: _File = None
    manual_instructions_en: str = ""
    manual_qr: str = ""

    wechat_appid: str = ""
    wechat_mchid: str = ""
    wechat_serial: str = ""
    wechat_private_key: SecretStr = SecretStr("")
    wechat_private_key_file: _File = None
    wechat_api_key: SecretStr = SecretStr("")
    wechat_api_key_file: _File = None
    wechat_public_key: str = ""
    wechat_public_key_file: _File = None
    wechat_public_key_id: str = ""
    wechat_platform_certificates: str = ""
    wechat_platform_certificates_file: _File = None
    wechat_address: _Address = "https://api.mch.weixin.qq.com"

    alipay_app_id: str = ""
    alipay_seller_id: str = ""
    alipay_private_key: SecretStr = SecretStr("")
    alipay_private_key_file: _File = None
    alipay_public_key: str = ""
    alipay_public_key_file: _File = None
    alipay_address: _Address = "https://openapi.alipay.com/gateway.do"

    stripe_api_key: SecretStr = SecretStr("")
    stripe_api_key_file: _File = None
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_webhook_secret_file: _File = None
    stripe_account: str = ""
    stripe_currency: str = CNY
    stripe_rate: _Rate = Decimal(1)
    stripe_address: _Address = "https://api.stripe.com"

    paypal_client_id: str = ""
    paypal_client_secret: SecretStr = SecretStr("")
    paypal_client_secret_file: _File = None
    paypal_webhook_id: str = ""
    paypal_merchant_id: str = ""
    paypal_currency: str = "USD"
    paypal_rate: _Rate | None = None
    paypal_address: _Address = "https://api-m.paypal.com"
    paypal_certificate_hosts: Annotated[str, AfterValidator(_check_origins)] = "https://api.paypal.com"
    paypal_roots_file: Path | None = None

    @property
    def stripe_exchange(self) -> Exchange:
        """The currency that Stripe charges in.

        Raises:
            SetupError: it does not take it, or yuan have a rate.
        """
        return _exchange("stripe", self.stripe_currency, self.stripe_rate, _STRIPE_DIGITS)

    @property
    def paypal_origins(self) -> tuple[str, ...]:
        """Where signing certificates may be fetched from."""
        return tuple(self.paypal_certificate_hosts.split(","))

    @property
    def paypal_exchange(self) -> Exchange:
        """The currency that PayPal charges in; raises as `stripe_exchange` does."""
        return _exchange("paypal", self.paypal_currency, self.paypal_rate, PAYPAL_DIGITS)

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Fill each field whose file is named."""
        read = dict(values)
        for name, path in values.items():
            field = name.removesuffix(_FILE)
            if field == name or field not in cls.model_fields or not path:
                continue
            if values.get(field):
                raise SetupError(
                    f"{variable(field)} 与 {variable(name)} 只能设置一个。",
                    f"Set either {variable(field)} or {variable(name)}, not both.",
                )
            read[field] = read_secret(Path(path).expanduser(), variable(name))
        return read

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        """Every method that is on has what it needs."""
        for method in self.payments:
            missing = [variable(field) for field in _REQUIRED[method] if not _is_set(getattr(self, field))]
            if missing:
                raise SetupError(
                    f"HUISHENG_PAYMENTS 中有 {method}，请同时设置 {'、'.join(missing)}。",
                    f"{method} is in HUISHENG_PAYMENTS; set {', '.join(missing)} too.",
                )
        return self


def _is_set(value: str | SecretStr) -> bool:
    return bool(value if isinstance(value, str) else value.get_secret_value())


def _exchange(method: str, currency: str, rate: Decimal | None, digits: Mapping[str, int]) -> Exchange:
    upper = method.upper()
    if currency not in digits:
        raise SetupError(
            f"HUISHENG_{upper}_CURRENCY 应为以下之一：{'、'.join(digits)}。",
            f"HUISHENG_{upper}_CURRENCY must be one of {', '.join(digits)}.",
        )
    if (currency == CNY) != (rate in {None, Decimal(1)}):
        raise SetupError(
            f"请检查 HUISHENG_{upper}_RATE：币种不是人民币时填写汇率，是人民币时不要填写。",
            f"Check HUISHENG_{upper}_RATE: another currency than CNY needs a rate, CNY takes none.",
        )
    return Exchange(currency, rate or Decimal(1), digits[currency])
