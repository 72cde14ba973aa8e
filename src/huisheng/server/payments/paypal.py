"""PayPal: a page to approve an order on, whose money we then collect (Orders v2, developer.paypal.com)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import AwareDatetime, ValidationError
from typing_extensions import override

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import (
    MalformedNotification,
    PaymentPeerError,
    PaymentRefused,
    WrongMerchant,
)
from huisheng.server.payments.http import (
    PeerClient,
    PeerMessage,
    PeerResponse,
    parse_answer,
    status_of_failure,
)
from huisheng.server.payments.money import Money, format_amount, parse_amount, portion
from huisheng.server.payments.paypal_webhooks import PayPalWebhooks
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
    PaymentFailed,
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
from huisheng.server.payments.settings import PAYPAL_DIGITS, PaymentSettings
from huisheng.server.payments.times import to_utc

METHOD: Final = "paypal"

_DESCRIPTION: Final = MethodDescription(METHOD, Bilingual("PayPal", "PayPal"), "redirect")
_LONGEST_ORDER: Final = timedelta(hours=3)
"""In which a payer can approve it."""
_LONGEST_SUBJECT: Final = 127
"""Characters."""
_MARGIN: Final = timedelta(minutes=1)
"""Before its end, in which a token is not used any more."""
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_CUSTOM: Final = re.compile(r"(\w{6,32})/(\d{1,16})", re.ASCII)
"""What we write beside an order: our id, and its amount in fen."""
_CUSTOM_REFUND: Final = re.compile(r"refund/(\w{6,32})/(\w{6,32})", re.ASCII)
"""What we write beside a refund: our ids of it and of the order."""
_ORDER_EVENTS: Final = frozenset({"CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.COMPLETED"})
_CAPTURE_EVENTS: Final = frozenset({"PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.DENIED"})
_REFUND_EVENT: Final = "PAYMENT.CAPTURE.REFUNDED"
_RECEIVED: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_STILL_OPEN: Final = frozenset({"ORDER_NOT_APPROVED", "INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED"})
"""Issues with which collecting is refused until the payer does something."""
_GONE: Final = frozenset({"INVALID_RESOURCE_ID", "RESOURCE_NOT_FOUND", "ORDER_EXPIRED"})
_REFUND_STATES: Final[Mapping[str, RefundState]] = {
    "COMPLETED": RefundState.SUCCEEDED,
    "FAILED": RefundState.FAILED,
    "CANCELLED": RefundState.FAILED,
}
"""Every other status is on its way."""


class _Token(PeerMessage):
    access_token: str
    expires_in: int


class _Link(PeerMessage):
    rel: str
    href: str


class _Amount(PeerMessage):
    currency_code: str
    value: str

    @property
    def money(self) -> Money:
        """In minor units.

        Raises:
            ValueError: it is no amount.
        """
        return Money(parse_amount(self.value, PAYPAL_DIGITS.get(self.currency_code, 2)), self.currency_code)


class _Capture(PeerMessage):
    id: str
    status: str
    amount: _Amount
    create_time: AwareDatetime


class _Payee(PeerMessage):
    merchant_id: str = ""


class _Payments(PeerMessage):
    captures: tuple[_Capture, ...] = ()


class _Unit(PeerMessage):
    amount: _Amount
    custom_id: str = ""
    payee: _Payee = _Payee()
    payments: _Payments = _Payments()


class _PayPalOrder(PeerMessage):
    id: str
    status: str
    purchase_units: tuple[_Unit, ...] = ()
    links: tuple[_Link, ...] = ()


class _PayPalRefund(PeerMessage):
    id: str
    status: str
    amount: _Amount
    custom_id: str = ""
    links: tuple[_Link, ...] = ()


class _RelatedIds(PeerMessage):
    order_id: str = ""


class _Supplement(PeerMessage):
    related_ids: _RelatedIds = _RelatedIds()


class _EventResource(PeerMessage):
    id: str = ""
    supplementary_data: _Supplement = _Supplement()


class _PayPalEvent(PeerMessage):
    id: str
    event_type: str
    resource: _EventResource


class _Detail(PeerMessage):
    issue: str = ""


class _PayPalFault(PeerMessage):
    name: str = ""
    error: str = ""
    details: tuple[_Detail, ...] = ()

    @property
    def reason(self) -> str:
        """The most exact code that it has."""
        return next((detail.issue for detail in self.details if detail.issue), self.name or self.error)


@dataclass(frozen=True, slots=True)
class _AccessToken:
    value: str
    ends: datetime


_Message = TypeVar("_Message", bound=PeerMessage)


class PayPal(PaymentMethod):
    """The method.

    Args:
        settings: with all that `paypal` needs.

    Raises:
        SetupError: the currency, its rate or the roots are wrong.
    """

    def __init__(self, settings: PaymentSettings) -> None:
        secret = settings.paypal_client_secret.get_secret_value()
        self._credentials = base64.b64encode(f"{settings.paypal_client_id}:{secret}".encode()).decode()
        self._merchant_id = settings.paypal_merchant_id
        self._exchange = settings.paypal_exchange
        self._address = settings.paypal_address
        self._client = PeerClient(METHOD)
        self._webhooks = PayPalWebhooks(settings, self._client)
        self._token: _AccessToken | None = None

    @property
    @override
    def description(self) -> MethodDescription:
        """A page of PayPal's."""
        return _DESCRIPTION

    @override
    async def start(self, request: PaymentRequest, now: datetime) -> Checkout:
        """An order that the payer approves; the request id finds it again where the answer was lost."""
        charged = self._exchange.convert(request.amount.amount)
        unit = {
            "reference_id": "default",
            "custom_id": f"{request.order_id}/{request.amount.amount}",
            "invoice_id": request.order_id,
            "description": request.subject[:_LONGEST_SUBJECT],
            "amount": self._write(charged),
        }
        context = {
            "return_url": request.return_url,
            "cancel_url": request.return_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
        body = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": context}},
        }
        answer = await self._post("/v2/checkout/orders", body, f"{request.order_id}-order", now)
        order = parse_answer(_PayPalOrder, answer.body, METHOD)
        url = next((link.href for link in order.links if link.rel in {"payer-action", "approve"}), "")
        return Checkout(
            kind="redirect",
            reference=order.id,
            charged=charged,
            expires_at=min(request.expires_at, now + _LONGEST_ORDER),
            url=url,
            instructions=Bilingual("请在 PayPal 的页面上支付。", "Pay on PayPal's page."),
        )

    @override
    async def query(self, order: OrderReference, now: datetime) -> PaymentStatus:
        """By PayPal's order, whose money is collected where the payer has approved it."""
        if not order.reference:
            return PaymentPending()
        try:
            found = await self._settle(order.reference, now)
        except PaymentRefused as refusal:
            if refusal.reason in _GONE:
                return PaymentClosed()
            raise
        status = self._read_order(found, "")
        if isinstance(status, PaymentReceived) and status.order_id != order.order_id:
            raise PaymentPeerError(METHOD)
        return status

    @override
    async def close(self, order: OrderReference, now: datetime) -> None:
        """PayPal cannot cancel an order; it ends by itself, and money that is not collected never moves."""

    @override
    async def refund(self, request: RefundRequest, now: datetime) -> RefundResult:
        """Some of what was collected; the request id makes it once."""
        capture = await self._get(_Capture, f"/v2/payments/captures/{_check_id(request.payment_id)}", now)
        charged = _read_money(capture.amount)
        before, amount, total = request.refunded.amount, request.amount.amount, request.total.amount
        part = Money(portion(charged.amount, total, before, amount), charged.currency)
        body = {
            "amount": self._write(part),
            "custom_id": f"refund/{request.refund_id}/{request.order.order_id}",
            "note_to_payer": request.reason[:_LONGEST_SUBJECT],
        }
        path = f"/v2/payments/captures/{capture.id}/refund"
        answer = await self._post(path, body, request.refund_id, now)
        refund = parse_answer(_PayPalRefund, answer.body, METHOD)
        return RefundResult(request.refund_id, refund.id, _read_state(refund))

    @override
    async def query_refund(self, refund: RefundReference, now: datetime) -> RefundResult:
        """By PayPal's id."""
        if not refund.external_id:
            return RefundResult(refund.refund_id, "", RefundState.PROCESSING)
        path = f"/v2/payments/refunds/{_check_id(refund.external_id)}"
        found = await self._get(_PayPalRefund, path, now)
        return RefundResult(refund.refund_id, found.id, _read_state(found))

    @override
    async def read_notification(self, message: NotificationMessage, now: datetime) -> Notification:
        """The signature says that it is worth looking; what there is, is read from PayPal."""
        await self._webhooks.verify(message, now)
        try:
            event = _PayPalEvent.model_validate_json(message.body)
        except ValidationError as error:
            raise MalformedNotification from error
        if event.event_type in _ORDER_EVENTS:
            return await self._read_order_event(event, event.resource.id, now)
        if event.event_type in _CAPTURE_EVENTS:
            related = event.resource.supplementary_data.related_ids
            return await self._read_order_event(event, related.order_id, now)
        if event.event_type == _REFUND_EVENT:
            return await self._read_refund_event(event, now)
        return Ignored(event.id, event.event_type)

    @override
    def acknowledge(self, failure: HuishengError | None = None) -> Acknowledgement:
        """204, or a status that has it sent again up to 25 times in three days."""
        status = HTTPStatus.NO_CONTENT if failure is None else status_of_failure(failure)
        return Acknowledgement(status, "text/plain", b"")

    @override
    async def close_connections(self) -> None:
        """Close the client."""
        await self._client.close()

    async def _settle(self, reference: str, now: datetime) -> _PayPalOrder:
        """An order as it stands, its money collected if the payer has approved it."""
        path = f"/v2/checkout/orders/{_check_id(reference)}"
        order = await self._get(_PayPalOrder, path, now)
        if order.status != "APPROVED":
            return order
        try:
            await self._post(f"{path}/capture", {}, f"{reference}-capture", now)
        except PaymentRefused as refusal:
            if refusal.reason in _STILL_OPEN:
                return order
            if refusal.reason != "ORDER_ALREADY_CAPTURED":
                raise
        return await self._get(_PayPalOrder, path, now)

    def _read_order(self, order: _PayPalOrder, event_id: str) -> PaymentStatus:
        """What an order says; one of another program is pending for ever.

        Raises:
            WrongMerchant: its money goes to somebody else.
            PaymentPeerError: it is of another shape.
        """
        if order.status == "VOIDED":
            return PaymentClosed()
        unit = order.purchase_units[0] if order.purchase_units else None
        custom = _CUSTOM.fullmatch(unit.custom_id) if unit else None
        if unit is None or custom is None:
            return PaymentPending()
        if unit.payee.merchant_id != self._merchant_id:
            raise WrongMerchant
        capture = next((each for each in unit.payments.captures if each.status in _RECEIVED), None)
        if capture is None:
            return PaymentPending()
        charged, due = _read_money(capture.amount), _read_money(unit.amount)
        try:
            paid_at = to_utc(capture.create_time)
        except ValueError as error:
            raise PaymentPeerError(METHOD) from error
        return PaymentReceived(
            event_id=event_id or f"query:{capture.id}",
            order_id=custom[1],
            external_id=capture.id,
            amount=Money(int(custom[2])) if charged == due else charged,
            charged=charged,
            paid_at=paid_at,
        )

    async def _read_order_event(self, event: _PayPalEvent, reference: str, now: datetime) -> Notification:
        order = await self._settle(_check_event_id(reference), now)
        status = self._read_order(order, event.id)
        if isinstance(status, PaymentReceived):
            return status
        custom = _CUSTOM.fullmatch(order.purchase_units[0].custom_id) if order.purchase_units else None
        if event.event_type == "PAYMENT.CAPTURE.DENIED" and custom:
            return PaymentFailed(event.id, custom[1], None, None)
        return Ignored(event.id, event.event_type)

    async def _read_refund_event(self, event: _PayPalEvent, now: datetime) -> Notification:
        """A refund; ours, or one that was made on PayPal's own page."""
        path = f"/v2/payments/refunds/{_check_event_id(event.resource.id)}"
        refund = await self._get(_PayPalRefund, path, now)
        state = _read_state(refund)
        if state is RefundState.PROCESSING:
            return Ignored(event.id, event.event_type)
        ours, order = _CUSTOM_REFUND.fullmatch(refund.custom_id), _CUSTOM.fullmatch(refund.custom_id)
        capture = next((link.href for link in refund.links if link.rel == "up"), "").rpartition("/")[2]
        return RefundFinished(
            event_id=event.id,
            order_id=ours[2] if ours else order[1] if order else "",
            payment_id=capture,
            amount=_read_money(refund.amount),
            result=RefundResult(ours[1] if ours else "", refund.id, state),
        )

    async def _get(self, model: type[_Message], path: str, now: datetime) -> _Message:
        answer = await self._call("GET", path, b"", {}, now)
        return parse_answer(model, answer.body, METHOD)

    async def _post(self, path: str, body: object, request_id: str, now: datetime) -> PeerResponse:
        """Do something; repeated with the same request id, PayPal answers what it has answered."""
        headers = {
            "Content-Type": "application/json",
            "PayPal-Request-Id": request_id,
            "Prefer": "return=representation",
        }
        return await self._call("POST", path, json.dumps(body, ensure_ascii=False).encode(), headers, now)

    async def _call(
        self, verb: str, path: str, content: bytes, headers: Mapping[str, str], now: datetime
    ) -> PeerResponse:
        """An answer below 300; a token that is not good any more is replaced once.

        Raises:
            PaymentRefused: any other.
            PaymentPeerError: there is none.
        """
        for is_last in (False, True):
            token = await self._authorize(now)
            written = {**headers, "Authorization": f"Bearer {token}"}
            answer = await self._client.request(verb, f"{self._address}{path}", written, content)
            if answer.status != HTTPStatus.UNAUTHORIZED or is_last:
                break
            self._token = None
        if not answer.is_success:
            raise PaymentRefused(METHOD, _read_reason(answer))
        return answer

    async def _authorize(self, now: datetime) -> str:
        """A token, kept until shortly before its end."""
        if self._token is None or now >= self._token.ends:
            headers = {
                "Authorization": f"Basic {self._credentials}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            address = f"{self._address}/v1/oauth2/token"
            answer = await self._client.request("POST", address, headers, b"grant_type=client_credentials")
            if not answer.is_success:
                raise PaymentRefused(METHOD, _read_reason(answer))
            token = parse_answer(_Token, answer.body, METHOD)
            self._token = _AccessToken(
                token.access_token, now + timedelta(seconds=token.expires_in) - _MARGIN
            )
        return self._token.value

    def _write(self, money: Money) -> dict[str, str]:
        digits = PAYPAL_DIGITS.get(money.currency, 2)
        return {"currency_code": money.currency, "value": format_amount(money.amount, digits)}


def _read_money(amount: _Amount) -> Money:
    try:
        return amount.money
    except ValueError as error:
        raise PaymentPeerError(METHOD) from error


def _read_state(refund: _PayPalRefund) -> RefundState:
    return _REFUND_STATES.get(refund.status, RefundState.PROCESSING)


def _read_reason(answer: PeerResponse) -> str:
    """The code of a refusal; empty where there is none."""
    try:
        return _PayPalFault.model_validate_json(answer.body).reason
    except ValidationError:
        return ""


def _check_id(name: str) -> str:
    """An id of PayPal's that may stand in a path."""
    if not _ID.fullmatch(name):
        raise PaymentRefused(METHOD, "invalid_id")
    return name


def _check_event_id(name: str) -> str:
    """The same from a notification, whose body is not to be trusted."""
    if not _ID.fullmatch(name):
        raise MalformedNotification
    return name
