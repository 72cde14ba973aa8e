"""RSA signatures of payment services (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017), and freshness."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature as InvalidRsaSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import SecretStr

from huisheng.errors import SetupError
from huisheng.server.payments.errors import InvalidSignature, StaleNotification

_SHORTEST_KEY: Final = 2048
"""Bits; what both services issue."""
_PEM: Final = "-----BEGIN"
_FUTURE: Final = timedelta(minutes=5)
"""How far the clock of a peer may be ahead of ours."""


def read_private_key(written: SecretStr, variable: str) -> RSAPrivateKey:
    """A key in PEM, or the bare base64 of PKCS #8 or #1 as Alipay's tool writes it.

    Raises:
        SetupError: it is none; the message names the variable that it came from.
    """
    text = written.get_secret_value()
    try:
        key = (
            load_pem_private_key(text.encode(), None)
            if _PEM in text
            else load_der_private_key(base64.b64decode(text, validate=True), None)
        )
    except (ValueError, TypeError) as error:
        raise invalid_key(variable) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _SHORTEST_KEY:
        raise invalid_key(variable)
    return key


def read_public_key(written: str, variable: str) -> RSAPublicKey:
    """A key in PEM, or the bare base64 of its SubjectPublicKeyInfo.

    Raises:
        SetupError: it is none; the message names the variable that it came from.
    """
    try:
        key = (
            load_pem_public_key(written.encode())
            if _PEM in written
            else load_der_public_key(base64.b64decode(written, validate=True))
        )
    except (ValueError, TypeError) as error:
        raise invalid_key(variable) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _SHORTEST_KEY:
        raise invalid_key(variable)
    return key


def invalid_key(variable: str) -> SetupError:
    """That a variable does not hold the key or the certificate that it should."""
    return SetupError(
        f"{variable} 不是有效的 RSA 密钥或证书（PEM 格式，至少 {_SHORTEST_KEY} 位，没有口令），"
        "请重新从支付平台获取。",
        f"{variable} is no valid RSA key or certificate (PEM, at least {_SHORTEST_KEY} bits, no passphrase); "
        "fetch it again from the payment service.",
    )


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """The signature of a message, in base64."""
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, message: bytes, signature: str) -> None:
    """Check a signature in base64.

    Raises:
        InvalidSignature: it is wrong, or no base64.
    """
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidRsaSignature, binascii.Error, ValueError) as error:
        raise InvalidSignature from error


def check_fresh(sent: datetime, now: datetime, longest: timedelta) -> None:
    """See to it that a message was sent at most so long ago, and not in the future.

    Raises:
        StaleNotification: it was not.
    """
    if not -_FUTURE <= now - sent <= longest:
        raise StaleNotification
