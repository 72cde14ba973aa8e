"""Alipay, precreate: a QR code that the payer scans (open platform gateway, opendocs.alipay.com, RSA2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import Final, Literal, TypeVar
from urllib.parse import parse_qsl, urlencode

from typing_extensions import override

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import (
    InvalidSignature,
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    WrongMerchant,
)
from huisheng.server.payments.http import (
    PeerClient,
    PeerMessage,
    parse_answer,
    status_of_failure,
)
from huisheng.server.payments.money import Money, format_amount, parse_amount
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
    RefundReference,
    RefundRequest,
    RefundResult,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings
from huisheng.server.payments.signatures import (
    check_fresh,
    read_private_key,
    read_public_key,
    sign,
    verify,
)
from huisheng.server.payments.times import to_utc

METHOD: Final = "alipay"
CHINA: Final = timezone(timedelta(hours=8))
"""Every time that Alipay writes."""
TIME: Final = "%Y-%m-%d %H:%M:%S"

_DESCRIPTION: Final = MethodDescription(METHOD, Bilingual("支付宝", "Alipay"), "qr")
_WINDOW: Final = timedelta(hours=48)
"""How old a notification may be: it is sent again for 25 hours, and counted once by its ids."""
_LONGEST_SUBJECT: Final = 256
"""Characters; those in `_NOT_IN_SUBJECT` are refused."""
_NOT_IN_SUBJECT: Final = str.maketrans("/=&", "   ")
_MOST_FIELDS: Final = 200
_SUCCESS: Final = "10000"
_UNKNOWN_TRADE: Final = "ACQ.TRADE_NOT_EXIST"
"""Also that of a code which nobody has scanned yet."""
_SETTLED_TRADE: Final = frozenset(
    {_UNKNOWN_TRADE, "ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID"}
)
_BROKEN: Final = frozenset({"20000", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error"})
"""Codes and sub-codes that leave the outcome open."""
_SIGN: Final = re.compile(r"[ \t\r\n]*([{:,])[ \t\r\n]*")
_END: Final = re.compile(r"[ \t\r\n]*}[ \t\r\n]*")
_PAID: Final = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})


class _Result(PeerMessage):
    """What every answer holds."""

    code: str
    sub_code: str = ""


class _Precreated(_Result):
    out_trade_no: str
    qr_code: str


class _PaidTrade(PeerMessage):
    out_trade_no: str
    trade_no: str
    trade_status: str
    total_amount: str


class _Trade(_PaidTrade, _Result):
    send_pay_date: str = ""


class _Refunded(_Result):
    out_trade_no: str
    fund_change: Literal["Y", "N"] = "N"


class _RefundFound(_Result):
    out_request_no: str = ""
    refund_status: str = ""


class _Notice(_PaidTrade):
    """A form that was sent."""

    notify_id: str
    notify_time: str
    app_id: str
    seller_id: str
    gmt_payment: str = ""
    refund_fee: str = ""


_Answer = TypeVar("_Answer", bound=_Result)


class Alipay(PaymentMethod):
    """The method.

    Args:
        settings: with all that `alipay` needs.

    Raises:
        SetupError: a key is none.
    """

    def __init__(self, settings: PaymentSettings) -> None:
        self._app_id = settings.alipay_app_id
        self._seller_id = settings.alipay_seller_id
        self._key = read_private_key(settings.alipay_private_key, "HUISHENG_ALIPAY_PRIVATE_KEY")
        self._gateway_key = read_public_key(settings.alipay_public_key, "HUISHENG_ALIPAY_PUBLIC_KEY")
        self._address = settings.alipay_address
        self._client = PeerClient(METHOD)

    @property
    @override
    def description(self) -> MethodDescription:
        """A QR code."""
        return _DESCRIPTION

    @override
    async def start(self, request: PaymentRequest, now: datetime) -> Checkout:
        """A code that is good for the order's time, two hours at most."""
        expires_at = min(request.expires_at, now + timedelta(hours=2))
        content = {
            "out_trade_no": request.order_id,
            "total_amount": format_amount(request.amount.amount),
            "subject": request.subject.translate(_NOT_IN_SUBJECT)[:_LONGEST_SUBJECT],
            "seller_id": self._seller_id,
            "time_expire": _format_time(expires_at),
        }
        answer = await self._call(_Precreated, "alipay.trade.precreate", content, now, request.notify_url)
        _check_order(answer.out_trade_no, request.order_id)
        return Checkout(
            kind="qr",
            reference=request.order_id,
            charged=request.amount,
            expires_at=expires_at,
            code=answer.qr_code,
            instructions=Bilingual("请用支付宝扫描二维码支付。", "Scan the code with Alipay to pay."),
        )

    @override
    async def query(self, order: OrderReference, now: datetime) -> PaymentStatus:
        """By our own order id; a code that nobody has scanned is unknown there and counts as pending."""
        content = {"out_trade_no": order.order_id}
        try:
            trade = await self._call(_Trade, "alipay.trade.query", content, now)
        except PaymentRefused as refusal:
            if refusal.reason == _UNKNOWN_TRADE:
                return PaymentPending()
            raise
        _check_order(trade.out_trade_no, order.order_id)
        if trade.trade_status not in _PAID:
            return PaymentClosed() if trade.trade_status == "TRADE_CLOSED" else PaymentPending()
        try:
            return _read_payment(trade, f"query:{trade.trade_no}", trade.send_pay_date)
        except ValueError as error:
            raise PaymentPeerError(METHOD) from error

    @override
    async def close(self, order: OrderReference, now: datetime) -> None:
        """Close a scanned order; the code of another ends with its time.

        Not `alipay.trade.cancel`: it would give the money of a payment that crosses it back unseen.
        """
        try:
            await self._call(_Result, "alipay.trade.close", {"out_trade_no": order.order_id}, now)
        except PaymentRefused as refusal:
            if refusal.reason not in _SETTLED_TRADE:
                raise

    @override
    async def refund(self, request: RefundRequest, now: datetime) -> RefundResult:
        """Known at once; where the answer says that no money moved, what has become of it is asked."""
        content = {
            "trade_no": request.payment_id,
            "refund_amount": format_amount(request.amount.amount),
            "out_request_no": request.refund_id,
            "refund_reason": request.reason[:_LONGEST_SUBJECT],
        }
        answer = await self._call(_Refunded, "alipay.trade.refund", content, now)
        _check_order(answer.out_trade_no, request.order.order_id)
        if answer.fund_change == "Y":
            return RefundResult(request.refund_id, request.refund_id, RefundState.SUCCEEDED)
        return await self.query_refund(RefundReference(request.refund_id, request.order, ""), now)

    @override
    async def query_refund(self, refund: RefundReference, now: datetime) -> RefundResult:
        """By our own ids; without a status the money has not moved yet."""
        content = {"out_trade_no": refund.order.order_id, "out_request_no": refund.refund_id}
        found = await self._call(_RefundFound, "alipay.trade.fastpay.refund.query", content, now)
        is_done = found.refund_status == "REFUND_SUCCESS" and found.out_request_no == refund.refund_id
        state = RefundState.SUCCEEDED if is_done else RefundState.PROCESSING
        return RefundResult(refund.refund_id, refund.refund_id, state)

    @override
    async def read_notification(self, message: NotificationMessage, now: datetime) -> Notification:
        """Signature of the form, application and seller, age."""
        fields = _parse_form(message.body)
        if fields.get("sign_type") != "RSA2":
            raise InvalidSignature
        verify(self._gateway_key, notification_message(fields), fields.get("sign", ""))
        try:
            notice = _Notice.model_validate(fields)
            if (notice.app_id, notice.seller_id) != (self._app_id, self._seller_id):
                raise WrongMerchant
            check_fresh(_parse_time(notice.notify_time), now, _WINDOW)
            if notice.trade_status in _PAID and not notice.refund_fee:
                return _read_payment(notice, notice.notify_id, notice.gmt_payment)
        except ValueError as error:
            raise MalformedNotification from error
        return Ignored(notice.notify_id, "refund" if notice.refund_fee else notice.trade_status)

    @override
    def acknowledge(self, failure: HuishengError | None = None) -> Acknowledgement:
        """Exactly `success`, or anything else, which has it sent again up to eight times in 25 hours."""
        if failure is None:
            return Acknowledgement(HTTPStatus.OK, "text/plain", b"success")
        return Acknowledgement(status_of_failure(failure), "text/plain", b"failure")

    @override
    async def close_connections(self) -> None:
        """Close the client."""
        await self._client.close()

    async def _call(
        self,
        model: type[_Answer],
        name: str,
        content: Mapping[str, str],
        now: datetime,
        notify_url: str = "",
    ) -> _Answer:
        """A verified answer that says yes.

        Raises:
            PaymentRefused: it says no.
            PaymentPeerError: there is none, it is not signed by Alipay, or leaves the outcome open.
        """
        fields = {
            "app_id": self._app_id,
            "method": name,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": _format_time(now),
            "version": "1.0",
            "notify_url": notify_url,
            "biz_content": json.dumps(content, ensure_ascii=False),
        }
        written = {key: value for key, value in fields.items() if value}
        written["sign"] = sign(self._key, canonical(written))
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        answer = await self._client.request("POST", self._address, headers, urlencode(written).encode())
        text = self._verify(answer.body, f"{name.replace('.', '_')}_response")
        result = parse_answer(_Result, text, METHOD)
        if result.code != _SUCCESS:
            if _BROKEN & {result.code, result.sub_code}:
                raise PaymentPeerError(METHOD)
            raise PaymentRefused(METHOD, result.sub_code or result.code)
        return parse_answer(model, text, METHOD)

    def _verify(self, body: bytes, name: str) -> str:
        """The part of an answer that is signed, as it is written there.

        Raises:
            PaymentPeerError: it is not there, or not signed by Alipay.
            PaymentRefused: the gateway does not know us; such an answer has no signature of ours to check.
        """
        try:
            members = raw_members(body.decode())
        except (ValueError, RecursionError) as error:
            raise PaymentPeerError(METHOD) from error
        if "error_response" in members:
            fault = parse_answer(_Result, members["error_response"], METHOD)
            raise PaymentRefused(METHOD, fault.sub_code or fault.code)
        try:
            signature = json.loads(members.get("sign", '""'))
            verify(self._gateway_key, members.get(name, "").encode(), signature)
        except (InvalidSignature, TypeError) as error:
            raise PaymentPeerError(METHOD) from error
        return members[name]


def canonical(fields: Mapping[str, str]) -> bytes:
    """What a signature is over: `name=value`, sorted by name, joined by `&`, nothing escaped."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()


def notification_message(fields: Mapping[str, str]) -> bytes:
    """The same of a notification, whose two fields about the signature are left out."""
    return canonical({name: value for name, value in fields.items() if name not in {"sign", "sign_type"}})


def raw_members(text: str) -> dict[str, str]:
    """The members of a JSON object, each value as it is written there.

    Raises:
        ValueError: it is no object, or has a name twice.
    """
    decoder = json.JSONDecoder()
    members: dict[str, str] = {}
    place = _skip(text, 0, "{")
    while True:
        name, place = decoder.raw_decode(text, place)
        start = _skip(text, place, ":")
        _, end = decoder.raw_decode(text, start)
        if not isinstance(name, str) or name in members:
            raise ValueError("no object with different names")
        members[name] = text[start:end]
        if _END.fullmatch(text, end):
            return members
        place = _skip(text, end, ",")


def _skip(text: str, place: int, sign: str) -> int:
    """Where the next value begins, behind one sign with white space around it."""
    found = _SIGN.match(text, place)
    if found is None or found[1] != sign:
        raise ValueError(f"no {sign}")
    return found.end()


def _parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form.

    Raises:
        MalformedNotification: it is none, or has a field twice.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=200,
        )
    except ValueError as error:
        raise MalformedNotification from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedNotification
    return fields


def _read_payment(trade: _PaidTrade, event_id: str, paid_at: str) -> PaymentReceived:
    """A trade that was paid.

    Raises:
        ValueError: its amount or its time is none.
    """
    amount = Money(parse_amount(trade.total_amount))
    return PaymentReceived(
        event_id=event_id,
        order_id=trade.out_trade_no,
        external_id=trade.trade_no,
        amount=amount,
        charged=amount,
        paid_at=to_utc(_parse_time(paid_at)),
    )


def _check_order(told: str, order_id: str) -> None:
    if told != order_id:
        raise PaymentPeerError(METHOD)


def _format_time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime(TIME)


def _parse_time(text: str) -> datetime:
    return datetime.strptime(text, TIME).replace(tzinfo=CHINA)
