"""The keys that WeChat Pay signs and encrypts with, out of settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from huisheng.errors import SetupError
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.signatures import invalid_key, read_public_key

_API_KEY_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """A key that WeChat Pay signs with.

    Attributes:
        serial: `Wechatpay-Serial` of what it signs.
        key: to check with.
        begins: before which it is not believed; None without a term.
        ends: the same, after.
    """

    serial: str
    key: RSAPublicKey
    begins: datetime | None = None
    ends: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it is its time."""
        return (self.begins is None or self.begins <= now) and (self.ends is None or now <= self.ends)


def read_platform_keys(settings: PaymentSettings) -> Sequence[PlatformKey]:
    """The keys of WeChat Pay.

    Raises:
        SetupError: there is none, or one is damaged.
    """
    keys: list[PlatformKey] = []
    if settings.wechat_public_key or settings.wechat_public_key_id:
        if not (settings.wechat_public_key and settings.wechat_public_key_id):
            raise SetupError(
                "HUISHENG_WECHAT_PUBLIC_KEY 与 HUISHENG_WECHAT_PUBLIC_KEY_ID 必须同时设置。",
                "Set HUISHENG_WECHAT_PUBLIC_KEY and HUISHENG_WECHAT_PUBLIC_KEY_ID together.",
            )
        key = read_public_key(settings.wechat_public_key, "HUISHENG_WECHAT_PUBLIC_KEY")
        keys.append(PlatformKey(settings.wechat_public_key_id.upper(), key))
    if settings.wechat_platform_certificates:
        keys += _read_certificates(settings.wechat_platform_certificates)
    if not keys:
        raise SetupError(
            "HUISHENG_PAYMENTS 中有 wechat，请设置 HUISHENG_WECHAT_PUBLIC_KEY 和"
            " HUISHENG_WECHAT_PUBLIC_KEY_ID，或 HUISHENG_WECHAT_PLATFORM_CERTIFICATES。",
            "wechat is in HUISHENG_PAYMENTS; set HUISHENG_WECHAT_PUBLIC_KEY and …_PUBLIC_KEY_ID, "
            "or HUISHENG_WECHAT_PLATFORM_CERTIFICATES.",
        )
    return keys


def _read_certificates(pem: str) -> list[PlatformKey]:
    variable = "HUISHENG_WECHAT_PLATFORM_CERTIFICATES"
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise invalid_key(variable) from error
    keys: list[PlatformKey] = []
    for each in certificates:
        key = each.public_key()
        if not isinstance(key, RSAPublicKey):
            raise invalid_key(variable)
        term = each.not_valid_before_utc, each.not_valid_after_utc
        keys.append(PlatformKey(f"{each.serial_number:X}", key, *term))
    return keys


def read_api_key(settings: PaymentSettings) -> bytes:
    """The key that notifications are encrypted with.

    Raises:
        SetupError: it has another length.
    """
    key = settings.wechat_api_key.get_secret_value().encode()
    if len(key) != _API_KEY_LENGTH:
        raise SetupError(
            f"HUISHENG_WECHAT_API_KEY 应为 {_API_KEY_LENGTH} 个字符的 APIv3 密钥。",
            f"HUISHENG_WECHAT_API_KEY must be the APIv3 key of {_API_KEY_LENGTH} characters.",
        )
    return key
