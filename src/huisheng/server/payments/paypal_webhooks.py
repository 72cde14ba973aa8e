"""Whether a notification comes from PayPal, found out without asking it (developer.paypal.com, webhooks).

What PayPal signs holds a CRC-32 of the body, which is no cryptographic digest: whoever has seen one genuine
notification can write another body with the same sum. So a notification is a hint of where to look, and never
what is believed about money; `PayPal` reads that from PayPal itself.
"""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from huisheng.errors import SetupError
from huisheng.server.payments.errors import InvalidSignature
from huisheng.server.payments.http import PeerClient
from huisheng.server.payments.protocol import NotificationMessage
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.signatures import check_fresh, verify

_ALGORITHM: Final = "SHA256withRSA"
_WINDOW: Final = timedelta(days=3, hours=1)
"""How old a notification may be: it is sent again for three days."""
_NAMES: Final = frozenset(
    {"messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com"}
)
"""Whom signing certificates are issued to."""
_PATH: Final = re.compile(r"/v1/notifications/certs/[A-Za-z0-9-]{1,100}")
_MOST_CHAINS: Final = 8
"""That are remembered; PayPal uses one or two at a time."""

_Chain = tuple[x509.Certificate, ...]


class PayPalWebhooks:
    """Checks notifications of one webhook.

    Args:
        settings: with all that `paypal` needs.
        client: to fetch certificates with.

    Raises:
        SetupError: the roots cannot be read.
    """

    def __init__(self, settings: PaymentSettings, client: PeerClient) -> None:
        self._webhook_id = settings.paypal_webhook_id
        self._origins = settings.paypal_origins
        self._roots = Store(_read_roots(settings.paypal_roots_file))
        self._client = client
        self._chains: dict[str, _Chain] = {}

    async def verify(self, message: NotificationMessage, now: datetime) -> None:
        """See to it that PayPal has signed a notification for this webhook.

        Raises:
            InvalidSignature: it has not.
            StaleNotification: it was too long ago.
            PaymentPeerError: its certificate cannot be fetched.
        """
        sent = message.header("PAYPAL-TRANSMISSION-TIME")
        moment = _parse_time(sent)
        if message.header("PAYPAL-AUTH-ALGO") != _ALGORITHM:
            raise InvalidSignature
        check_fresh(moment, now, _WINDOW)
        key = await self._find_key(message.header("PAYPAL-CERT-URL"), now)
        signed = signed_text(message.header("PAYPAL-TRANSMISSION-ID"), sent, self._webhook_id, message.body)
        verify(key, signed, message.header("PAYPAL-TRANSMISSION-SIG"))

    async def _find_key(self, address: str, now: datetime) -> RSAPublicKey:
        """The key of the certificate at an address of PayPal's.

        Raises:
            InvalidSignature: the address is another, or the certificate is not one to believe.
            PaymentPeerError: it cannot be fetched.
        """
        chain = self._chains.get(address) or await self._fetch(address)
        self._check(chain, now)
        key = chain[0].public_key()
        if not isinstance(key, RSAPublicKey):
            raise InvalidSignature
        self._keep(address, chain)
        return key

    def _keep(self, address: str, chain: _Chain) -> None:
        """Remember a chain; the oldest makes room."""
        if address not in self._chains and len(self._chains) >= _MOST_CHAINS:
            del self._chains[next(iter(self._chains))]
        self._chains[address] = chain

    async def _fetch(self, address: str) -> _Chain:
        if not self._is_theirs(address):
            raise InvalidSignature
        answer = await self._client.request("GET", address, {})
        try:
            return tuple(x509.load_pem_x509_certificates(answer.body))
        except ValueError as error:
            raise InvalidSignature from error

    def _is_theirs(self, address: str) -> bool:
        """Whether PayPal keeps certificates there."""
        return any(
            address.startswith(origin) and _PATH.fullmatch(address.removeprefix(origin))
            for origin in self._origins
        )

    def _check(self, chain: _Chain, now: datetime) -> None:
        """See to it that a chain leads from PayPal's name to one of our roots.

        Raises:
            InvalidSignature: it does not.
        """
        leaf, *others = chain
        try:
            names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            name = next(each for each in names.get_values_for_type(x509.DNSName) if each in _NAMES)
            policy = PolicyBuilder().store(self._roots).time(now)
            policy.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
        except (VerificationError, x509.ExtensionNotFound, StopIteration, ValueError) as error:
            raise InvalidSignature from error


def signed_text(transmission: str, sent: str, webhook_id: str, body: bytes) -> bytes:
    """What a notification's signature is over; the last part is the CRC-32 of the body, in decimal."""
    return f"{transmission}|{sent}|{webhook_id}|{zlib.crc32(body)}".encode()


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidSignature from error
    if moment.tzinfo is None:
        raise InvalidSignature
    return moment


def _read_roots(path: Path | None) -> list[x509.Certificate]:
    if path is None:
        return _known_roots()
    try:
        return x509.load_pem_x509_certificates(path.expanduser().read_bytes())
    except (OSError, ValueError) as error:
        raise SetupError(
            "HUISHENG_PAYPAL_ROOTS_FILE 指定的证书文件无法读取。",
            "The certificates that HUISHENG_PAYPAL_ROOTS_FILE names cannot be read.",
        ) from error


def _known_roots() -> list[x509.Certificate]:
    """Those that our own connections trust, but for the few whose serial numbers RFC 5280 does not allow."""
    context = httpx.create_ssl_context()
    encoded, described = context.get_ca_certs(binary_form=True), context.get_ca_certs()
    return [
        x509.load_der_x509_certificate(each)
        for each, description in zip(encoded, described, strict=True)
        if int(str(description["serialNumber"]), 16) > 0
    ]
