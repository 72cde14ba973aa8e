"""WeChat Pay, Native: a QR code that the payer scans (API v3, pay.weixin.qq.com)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AwareDatetime, Base64Bytes, StrictInt, ValidationError
from typing_extensions import override

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import (
    InvalidSignature,
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    StaleNotification,
    WrongMerchant,
)
from huisheng.server.payments.http import (
    PeerClient,
    PeerMessage,
    PeerResponse,
    parse_answer,
    status_of_failure,
)
from huisheng.server.payments.money import CNY, Money
from huisheng.server.payments.protocol import (
    Acknowledgement,
    Bilingual,
    Checkout,
    Ignored,
    MethodDescription,
    Notification,
    NotificationMessage,
    OrderReference,
    PaymentClosed,
    PaymentMethod,
    PaymentPending,
    PaymentReceived,
    PaymentRequest,
    PaymentStatus,
    RefundFinished,
    RefundReference,
    RefundRequest,
    RefundResult,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.signatures import (
    check_fresh,
    read_private_key,
    sign,
    verify,
)
from huisheng.server.payments.times import to_utc
from huisheng.server.payments.wechat_keys import read_api_key, read_platform_keys

METHOD: Final = "wechat"
SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"

_DESCRIPTION: Final = MethodDescription(METHOD, Bilingual("微信支付", "WeChat Pay"), "qr")
_WINDOW: Final = timedelta(minutes=5)
"""How old a message may be."""
_LONGEST_CODE: Final = timedelta(hours=2)
_TIMESTAMP: Final = re.compile(r"[0-9]{10}")
_LONGEST_SUBJECT: Final = 127
"""Bytes."""
_LONGEST_REASON: Final = 80
"""Bytes."""
_UNKNOWN_ORDER: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_SETTLED_ORDER: Final = _UNKNOWN_ORDER | {"ORDER_CLOSED", "ORDERCLOSED", "ORDERPAID", "TRADE_ERROR"}
"""Codes with which closing is refused, and nothing is left to close."""
_STATES: Final[Mapping[str, RefundState]] = {
    "SUCCESS": RefundState.SUCCEEDED,
    "PROCESSING": RefundState.PROCESSING,
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,
}


class _Resource(PeerMessage):
    """What a notification is about, encrypted."""

    algorithm: Literal["AEAD_AES_256_GCM"]
    ciphertext: Base64Bytes
    nonce: str
    associated_data: str = ""


class _Event(PeerMessage):
    id: str
    event_type: str
    resource: _Resource


class _Amount(PeerMessage):
    total: StrictInt
    currency: str = CNY


class _Transaction(PeerMessage):
    appid: str
    mchid: str
    out_trade_no: str
    trade_state: str
    transaction_id: str = ""
    success_time: AwareDatetime | None = None
    amount: _Amount | None = None


class _RefundAmount(PeerMessage):
    refund: StrictInt
    currency: str = CNY


class _RefundNotice(PeerMessage):
    mchid: str
    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    refund_id: str
    refund_status: str
    amount: _RefundAmount


class _Refund(PeerMessage):
    out_refund_no: str
    refund_id: str
    status: Literal["SUCCESS", "PROCESSING", "CLOSED", "ABNORMAL"]


class _Native(PeerMessage):
    code_url: str


class _Fault(PeerMessage):
    code: str = ""


class WeChatPay(PaymentMethod):
    """The method.

    Args:
        settings: with all that `wechat` needs.

    Raises:
        SetupError: a key or certificate is none.
    """

    def __init__(self, settings: PaymentSettings) -> None:
        self._appid = settings.wechat_appid
        self._mchid = settings.wechat_mchid
        self._serial = settings.wechat_serial
        self._key = read_private_key(settings.wechat_private_key, "HUISHENG_WECHAT_PRIVATE_KEY")
        self._cipher = AESGCM(read_api_key(settings))
        self._platform_keys = {key.serial: key for key in read_platform_keys(settings)}
        self._public_key_id = settings.wechat_public_key_id
        self._address = settings.wechat_address
        self._client = PeerClient(METHOD)

    @property
    @override
    def description(self) -> MethodDescription:
        """A QR code."""
        return _DESCRIPTION

    @override
    async def start(self, request: PaymentRequest, now: datetime) -> Checkout:
        """A code that is good for the order's time, two hours at most."""
        expires_at = min(request.expires_at, now + _LONGEST_CODE)
        body: dict[str, object] = {
            "appid": self._appid,
            "mchid": self._mchid,
            "description": _cut(request.subject, _LONGEST_SUBJECT),
            "out_trade_no": request.order_id,
            "time_expire": expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "notify_url": request.notify_url,
            "amount": {"total": request.amount.amount, "currency": request.amount.currency},
        }
        if request.client_address:
            body["scene_info"] = {"payer_client_ip": request.client_address}
        answer = await self._call("POST", "/v3/pay/transactions/native", body, now)
        code = parse_answer(_Native, answer.body, METHOD).code_url
        return Checkout(
            kind="qr",
            reference=request.order_id,
            charged=request.amount,
            expires_at=expires_at,
            code=code,
            instructions=Bilingual("请用微信扫描二维码支付。", "Scan the code with WeChat to pay."),
        )

    @override
    async def query(self, order: OrderReference, now: datetime) -> PaymentStatus:
        """By our own order id; one that is unknown there was never begun and counts as pending."""
        path = f"/v3/pay/transactions/out-trade-no/{order.order_id}?mchid={self._mchid}"
        try:
            answer = await self._call("GET", path, None, now)
        except PaymentRefused as refusal:
            if refusal.reason in _UNKNOWN_ORDER:
                return PaymentPending()
            raise
        transaction = parse_answer(_Transaction, answer.body, METHOD)
        self._check_merchant(transaction.mchid, transaction.appid)
        if transaction.out_trade_no != order.order_id:
            raise PaymentPeerError(METHOD)
        if transaction.trade_state in {"CLOSED", "REVOKED", "PAYERROR"}:
            return PaymentClosed()
        try:
            return _read_payment(transaction, f"query:{transaction.transaction_id}") or PaymentPending()
        except ValueError as error:
            raise PaymentPeerError(METHOD) from error

    @override
    async def close(self, order: OrderReference, now: datetime) -> None:
        """Close it; one that is paid, closed or unknown is left as it is."""
        path = f"/v3/pay/transactions/out-trade-no/{order.order_id}/close"
        try:
            await self._call("POST", path, {"mchid": self._mchid}, now)
        except PaymentRefused as refusal:
            if refusal.reason not in _SETTLED_ORDER:
                raise

    @override
    async def refund(self, request: RefundRequest, now: datetime) -> RefundResult:
        """Usually `processing` at first; a notification follows."""
        body = {
            "transaction_id": request.payment_id,
            "out_refund_no": request.refund_id,
            "reason": _cut(request.reason, _LONGEST_REASON),
            "notify_url": request.notify_url,
            "amount": {
                "refund": request.amount.amount,
                "total": request.total.amount,
                "currency": request.total.currency,
            },
        }
        answer = await self._call("POST", "/v3/refund/domestic/refunds", body, now)
        return _read_refund(answer, request.refund_id)

    @override
    async def query_refund(self, refund: RefundReference, now: datetime) -> RefundResult:
        """By our own refund id."""
        path = f"/v3/refund/domestic/refunds/{refund.refund_id}"
        return _read_refund(await self._call("GET", path, None, now), refund.refund_id)

    @override
    async def read_notification(self, message: NotificationMessage, now: datetime) -> Notification:
        """Signature, window of five minutes, decryption, merchant and application, in this order."""
        self._verify(message, now)
        try:
            event = _Event.model_validate_json(message.body)
            content = self._decrypt(event.resource)
            if event.event_type.startswith("REFUND."):
                return self._read_refund_notice(event.id, _RefundNotice.model_validate_json(content))
            if event.event_type != "TRANSACTION.SUCCESS":
                return Ignored(event.id, event.event_type)
            transaction = _Transaction.model_validate_json(content)
            self._check_merchant(transaction.mchid, transaction.appid)
            return _read_payment(transaction, event.id) or Ignored(event.id, transaction.trade_state)
        except ValueError as error:
            raise MalformedNotification from error

    @override
    def acknowledge(self, failure: HuishengError | None = None) -> Acknowledgement:
        """204, or JSON with `FAIL`, which has it sent again up to fifteen times in a day."""
        if failure is None:
            return Acknowledgement(HTTPStatus.NO_CONTENT, "application/json", b"")
        body = json.dumps({"code": "FAIL", "message": failure.english}).encode()
        return Acknowledgement(status_of_failure(failure), "application/json", body)

    @override
    async def close_connections(self) -> None:
        """Close the client."""
        await self._client.close()

    async def _call(self, verb: str, path: str, body: object, now: datetime) -> PeerResponse:
        """A verified answer below 300.

        Raises:
            PaymentRefused: any other.
            PaymentPeerError: there is none, or it is not signed by WeChat Pay.
        """
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {
            "Authorization": self._authorize(verb, path, content, now),
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        if self._public_key_id:
            headers["Wechatpay-Serial"] = self._public_key_id  # which of its keys it shall answer with
        answer = await self._client.request(verb, f"{self._address}{path}", headers, content)
        if not answer.is_success:
            raise PaymentRefused(METHOD, _read_code(answer.body))
        try:
            self._verify(NotificationMessage(answer.headers, answer.body), now)
        except (InvalidSignature, StaleNotification) as error:
            raise PaymentPeerError(METHOD) from error
        return answer

    def _authorize(self, verb: str, path: str, content: bytes, now: datetime) -> str:
        """The value of `Authorization`: the merchant's certificate signs method, address, time and body."""
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        signature = sign(self._key, request_message(verb, path, timestamp, nonce, content))
        fields = {
            "mchid": self._mchid,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": timestamp,
            "serial_no": self._serial,
        }
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())

    def _verify(self, message: NotificationMessage, now: datetime) -> None:
        """See to it that WeChat Pay has signed an answer or a notification a short while ago.

        Raises:
            InvalidSignature: it has not, or with a key that we do not have.
            StaleNotification: it was too long ago.
        """
        timestamp, nonce = message.header("Wechatpay-Timestamp"), message.header("Wechatpay-Nonce")
        key = self._platform_keys.get(message.header("Wechatpay-Serial").upper())
        if key is None or not key.is_valid(now) or not _TIMESTAMP.fullmatch(timestamp):
            raise InvalidSignature
        signed = answer_message(timestamp, nonce, message.body)
        verify(key.key, signed, message.header("Wechatpay-Signature"))
        check_fresh(datetime.fromtimestamp(int(timestamp), UTC), now, _WINDOW)

    def _decrypt(self, resource: _Resource) -> bytes:
        """What a notification is about.

        Raises:
            InvalidSignature: it was not encrypted with our key, or is cut.
        """
        nonce = resource.nonce.encode()
        try:
            return self._cipher.decrypt(nonce, resource.ciphertext, resource.associated_data.encode())
        except (InvalidTag, ValueError) as error:
            raise InvalidSignature from error

    def _read_refund_notice(self, event_id: str, notice: _RefundNotice) -> RefundFinished:
        self._check_merchant(notice.mchid, self._appid)
        state = _STATES.get(notice.refund_status)
        if state is None or state is RefundState.PROCESSING:
            raise MalformedNotification
        result = RefundResult(notice.out_refund_no, notice.refund_id, state)
        amount = Money(notice.amount.refund, notice.amount.currency)
        return RefundFinished(event_id, notice.out_trade_no, notice.transaction_id, amount, result)

    def _check_merchant(self, mchid: str, appid: str) -> None:
        if (mchid, appid) != (self._mchid, self._appid):
            raise WrongMerchant


def request_message(verb: str, path: str, timestamp: str, nonce: str, content: bytes) -> bytes:
    """What a request's signature is over: five lines, each ended by a newline."""
    return _join(verb.encode(), path.encode(), timestamp.encode(), nonce.encode(), content)


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notification is over: three lines, each ended by a newline."""
    return _join(timestamp.encode(), nonce.encode(), body)


def _read_payment(transaction: _Transaction, event_id: str) -> PaymentReceived | None:
    """A transaction that was paid (`REFUND`: and given back, in part at least); None for others.

    Raises:
        ValueError: it says neither how much nor when, or nothing possible.
    """
    if transaction.trade_state not in {"SUCCESS", "REFUND"}:
        return None
    if not (transaction.transaction_id and transaction.success_time and transaction.amount):
        raise ValueError("a payment without its facts")
    amount = Money(transaction.amount.total, transaction.amount.currency)
    return PaymentReceived(
        event_id=event_id,
        order_id=transaction.out_trade_no,
        external_id=transaction.transaction_id,
        amount=amount,
        charged=amount,
        paid_at=to_utc(transaction.success_time),
    )


def _read_refund(answer: PeerResponse, refund_id: str) -> RefundResult:
    refund = parse_answer(_Refund, answer.body, METHOD)
    if refund.out_refund_no != refund_id:
        raise PaymentPeerError(METHOD)
    return RefundResult(refund_id, refund.refund_id, _STATES[refund.status])


def _read_code(body: bytes) -> str:
    """The code of a refusal; empty where there is none."""
    try:
        return _Fault.model_validate_json(body).code
    except ValidationError:
        return ""


def _cut(text: str, longest: int) -> str:
    """At most so many bytes of a text, whole characters."""
    return text.encode()[:longest].decode(errors="ignore")


def _join(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)
