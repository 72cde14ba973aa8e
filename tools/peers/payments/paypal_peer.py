"""PayPal as a merchant sees it: tokens, orders that are approved and collected, refunds, signed webhooks."""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, ClassVar, Final

from tools.peers.payments.keys import certificate_pem, make_certificate, make_key, sign
from tools.peers.payments.server import (
    Clock,
    Fault,
    PaymentPeer,
    PeerAnswer,
    PeerRequest,
    SentMessage,
    utc_now,
)
from typing_extensions import override

CLIENT_ID: Final = "AeA1QIZXiflr1_-r0U2UbWTziOWX1GRQer5jkUq4ZfWT5qwb6qQRPq7jDtv57TL4POEEezGLdutcxnkJ"
CLIENT_SECRET: Final = "ECYYrrSHdKfk_Q0EdvzdGkzj58a66kKaUQ5dZAEv4HvvtDId2_DpSuYDB088BZxGuMji7G4OFUnPog6p"  # noqa: S105 - of nobody
WEBHOOK_ID: Final = "1JE4291016473214C"
MERCHANT_ID: Final = "5DEJUG27PZB9J"

_NAME: Final = "messageverificationcerts.paypal.com"
_ROOT: Final = "Root of the PayPal peer"
_LIFETIME: Final = 32_400
"""Seconds that a token is good for."""

_Object = dict[str, Any]


class _ApiError(Exception):
    """A refusal in PayPal's own form."""

    def __init__(self, status: int, name: str, issue: str = "") -> None:
        super().__init__(issue or name)
        self.status = status
        details = [{"issue": issue, "description": ""}] if issue else []
        self.answer = {"name": name, "message": "", "debug_id": secrets.token_hex(6), "details": details}


@dataclass(slots=True)
class _Books:
    orders: dict[str, _Object] = field(default_factory=dict[str, _Object])
    refunds: dict[str, _Object] = field(default_factory=dict[str, _Object])
    repeated: dict[str, PeerAnswer] = field(default_factory=dict[str, PeerAnswer])
    tokens: set[str] = field(default_factory=set[str])


class PayPalPeer(PaymentPeer):
    """One application's PayPal.

    Attributes:
        slow: whether money that is collected or given back waits for `finish`.
        declines: whether the payer's card is declined when an order is collected.
    """

    failure: ClassVar[bytes] = json.dumps({"name": "INTERNAL_SERVER_ERROR", "message": ""}).encode()

    def __init__(self, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self.slow = False
        self.declines = False
        self._books = _Books()
        root, self._key, self._stranger = make_key(), make_key(), make_key()
        authority = make_certificate(root.public_key(), _ROOT, (root, _ROOT), is_authority=True)
        chain = make_certificate(self._key.public_key(), _NAME, (root, _ROOT))
        own = make_certificate(self._stranger.public_key(), _NAME, (self._stranger, _NAME))
        other = make_certificate(self._stranger.public_key(), "example.com", (root, _ROOT))
        self._certificates = {
            "CERT-good": certificate_pem(chain, authority),
            "CERT-self-signed": certificate_pem(own),
            "CERT-other-name": certificate_pem(other, authority),
        }
        self._roots = Path(_write_file(certificate_pem(authority)))

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._roots.unlink()

    @property
    @override
    def settings(self) -> dict[str, str]:
        return {
            "paypal_client_id": CLIENT_ID,
            "paypal_client_secret": CLIENT_SECRET,
            "paypal_webhook_id": WEBHOOK_ID,
            "paypal_merchant_id": MERCHANT_ID,
            "paypal_currency": "USD",
            "paypal_rate": "7.2",
            "paypal_address": self.address,
            "paypal_certificate_hosts": self.address,
            "paypal_roots_file": str(self._roots),
        }

    @override
    def pay(self, order_id: str) -> None:
        """The payer approves; the money moves when it is collected."""
        self._order_of(order_id)["status"] = "APPROVED"

    def finish(self, order_id: str, status: str = "COMPLETED") -> None:
        """Bring what was slow to its end: all collections and refunds of an order."""
        for capture in self._captures_of(order_id):
            capture["status"] = status
            for refund in self._books.refunds.values():
                if refund["links"][0]["href"].endswith(capture["id"]):
                    refund["status"] = status

    def expire(self, order_id: str) -> None:
        """Forget an order that nobody has approved."""
        del self._books.orders[self._order_of(order_id)["id"]]

    def change(self, reference: str, by: Callable[[_Object], Any]) -> _Object:
        """Have an order be another, by PayPal's id of it; returns what it was."""
        before = self._books.orders[reference]
        self._books.orders[reference] = by(before)
        return before

    def expire_tokens(self) -> None:
        """Take every token that was given."""
        self._books.tokens.clear()

    @override
    def payment_notification(self, order_id: str, fault: Fault | None = None, kind: str = "") -> SentMessage:
        order, captures = self._order_of(order_id), self._captures_of(order_id)
        unit = order["purchase_units"][0]
        if fault is Fault.WRONG_MERCHANT:
            unit["payee"]["merchant_id"] = "2EWXSBEV8XXXX"
        if fault is Fault.WRONG_AMOUNT:
            captures[0]["amount"] = _lower(captures[0]["amount"])
        elif fault is Fault.WRONG_CURRENCY:
            captures[0]["amount"] = {**captures[0]["amount"], "currency_code": "EUR"}
        if captures:
            related = {"supplementary_data": {"related_ids": {"order_id": order["id"]}}}
            return self.event(kind or "PAYMENT.CAPTURE.COMPLETED", {**captures[0], **related}, fault)
        return self.event(kind or "CHECKOUT.ORDER.APPROVED", order, fault)

    @override
    def refund_notification(self, refund_id: str, fault: Fault | None = None) -> SentMessage:
        refunds = self._books.refunds.values()
        refund = next(each for each in refunds if f"/{refund_id}/" in each["custom_id"])
        return self.event("PAYMENT.CAPTURE.REFUNDED", refund, fault)

    def event(self, kind: str, resource: object, fault: Fault | None = None) -> SentMessage:
        """Any event at all, signed."""
        event = {
            "id": f"WH-{secrets.token_hex(8).upper()}",
            "event_version": "1.0",
            "create_time": _format_time(self.clock()),
            "event_type": kind,
            "resource": resource,
        }
        return self.sign_message(json.dumps(event).encode(), fault)

    def sign_message(
        self, body: bytes, fault: Fault | None = None, certificate: str = "CERT-good"
    ) -> SentMessage:
        """Any body at all, signed.

        Args:
            body: of the message.
            fault: what is wrong with it.
            certificate: that it names: also `CERT-self-signed` and `CERT-other-name`, of another key.
        """
        late = {Fault.OLD_TIMESTAMP: timedelta(days=4), Fault.FUTURE_TIMESTAMP: -timedelta(hours=1)}
        sent = _format_time(self.clock() - (late.get(fault, timedelta()) if fault else timedelta()))
        is_strange = fault is Fault.BAD_SIGNATURE or certificate != "CERT-good"
        transmission = secrets.token_hex(16)
        signed = f"{transmission}|{sent}|{WEBHOOK_ID}|{zlib.crc32(body)}".encode()
        host = "https://paypal.example.com" if fault is Fault.UNKNOWN_SERIAL else self.address
        headers = {
            "Content-Type": "application/json",
            "PAYPAL-TRANSMISSION-ID": transmission,
            "PAYPAL-TRANSMISSION-TIME": sent,
            "PAYPAL-TRANSMISSION-SIG": sign(self._stranger if is_strange else self._key, signed),
            "PAYPAL-CERT-URL": f"{host}/v1/notifications/certs/{certificate}",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }
        return SentMessage(headers, body + b" " if fault is Fault.ALTERED_BODY else body)

    @override
    def respond(self, request: PeerRequest) -> PeerAnswer:
        place, _, name = request.path.rpartition("/")
        if place == "/v1/notifications/certs" and name in self._certificates:
            return PeerAnswer(200, self._certificates[name].encode(), {"Content-Type": "text/plain"})
        if request.path == "/v1/oauth2/token":
            return self._give_token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._books.tokens:
            return _answer(401, {"error": "invalid_token", "error_description": "Token signature failed"})
        key = request.headers.get("paypal-request-id", "")
        if key in self._books.repeated:
            return self._books.repeated[key]
        try:
            answer = _answer(201 if request.verb == "POST" else 200, self._act(request))
        except _ApiError as error:
            return _answer(error.status, error.answer)
        if key:
            self._books.repeated[key] = answer
        return answer

    def _give_token(self, request: PeerRequest) -> PeerAnswer:
        right = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        is_right = request.headers.get("authorization") == f"Basic {right}"
        if not is_right or request.body != b"grant_type=client_credentials":
            return _answer(401, {"error": "invalid_client", "error_description": "Authentication failed"})
        token = secrets.token_urlsafe(48)
        self._books.tokens.add(token)
        return _answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": _LIFETIME})

    def _act(self, request: PeerRequest) -> _Object:
        content: _Object = json.loads(request.body) if request.body else {}
        match request.verb, request.path.removeprefix("/v2/").split("/"):
            case "POST", ["checkout", "orders"]:
                answer = self._start(content)
            case "GET", ["checkout", "orders", order]:
                answer = self._find_order(order)
            case "POST", ["checkout", "orders", order, "capture"]:
                answer = self._capture(self._find_order(order))
            case "GET", ["payments", "captures", capture]:
                answer = self._find_capture(capture)[1]
            case "POST", ["payments", "captures", capture, "refund"]:
                answer = self._refund(content, *self._find_capture(capture))
            case "GET", ["payments", "refunds", refund] if refund in self._books.refunds:
                answer = self._books.refunds[refund]
            case _:
                raise _ApiError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return answer

    def _start(self, content: _Object) -> _Object:
        unit = content["purchase_units"][0]
        if unit["amount"]["currency_code"] == "CNY":
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", "CURRENCY_NOT_SUPPORTED")
        if _cents(unit["amount"]) < 1 or content["intent"] != "CAPTURE":
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", "CANNOT_BE_ZERO_OR_NEGATIVE")
        order = secrets.token_hex(8).upper() + "X"
        self._books.orders[order] = {
            "id": order,
            "status": "PAYER_ACTION_REQUIRED",
            "intent": "CAPTURE",
            "purchase_units": [{**unit, "payee": {"merchant_id": MERCHANT_ID}}],
            "links": [
                {"rel": "self", "href": f"{self.address}/v2/checkout/orders/{order}"},
                {"rel": "payer-action", "href": f"https://www.paypal.com/checkoutnow?token={order}"},
            ],
        }
        return self._books.orders[order]

    def _capture(self, order: _Object) -> _Object:
        if order["status"] == "COMPLETED":
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
        if self.declines:
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")
        unit = order["purchase_units"][0]
        capture = {
            "id": secrets.token_hex(8).upper() + "C",
            "status": "PENDING" if self.slow else "COMPLETED",
            "amount": unit["amount"],
            "custom_id": unit["custom_id"],
            "invoice_id": unit["invoice_id"],
            "final_capture": True,
            "create_time": _format_time(self.clock()),
        }
        order["status"] = "COMPLETED"
        unit["payments"] = {"captures": [capture]}
        return order

    def _refund(self, content: _Object, order: _Object, capture: _Object) -> _Object:
        href = f"{self.address}/v2/payments/captures/{capture['id']}"
        others = (each for each in self._books.refunds.values() if each["links"][0]["href"] == href)
        left = _cents(capture["amount"]) - sum(_cents(each["amount"]) for each in others)
        if content["amount"]["currency_code"] != capture["amount"]["currency_code"]:
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", "REFUND_CAPTURE_CURRENCY_MISMATCH")
        if not 0 < _cents(content["amount"]) <= left:
            issue = "REFUND_AMOUNT_EXCEEDED" if left else "CAPTURE_FULLY_REFUNDED"
            raise _ApiError(422, "UNPROCESSABLE_ENTITY", issue)
        is_all = _cents(content["amount"]) == left
        capture["status"] = "REFUNDED" if is_all else "PARTIALLY_REFUNDED"
        refund: _Object = {
            "id": secrets.token_hex(8).upper() + "R",
            "status": "PENDING" if self.slow else "COMPLETED",
            "amount": content["amount"],
            "custom_id": content.get("custom_id", capture["custom_id"]),
            "invoice_id": order["purchase_units"][0]["invoice_id"],
            "links": [{"rel": "up", "href": href}],
        }
        self._books.refunds[refund["id"]] = refund
        return refund

    def _find_order(self, order: str) -> _Object:
        if order not in self._books.orders:
            raise _ApiError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return self._books.orders[order]

    def _find_capture(self, capture_id: str) -> tuple[_Object, _Object]:
        for order in self._books.orders.values():
            for capture in order["purchase_units"][0].get("payments", {}).get("captures", ()):
                if capture["id"] == capture_id:
                    return order, capture
        raise _ApiError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")

    def _order_of(self, order_id: str) -> _Object:
        orders = self._books.orders.values()
        return next(each for each in orders if each["purchase_units"][0]["invoice_id"] == order_id)

    def _captures_of(self, order_id: str) -> list[_Object]:
        return self._order_of(order_id)["purchase_units"][0].get("payments", {}).get("captures", [])


def _write_file(text: str) -> str:
    with NamedTemporaryFile("w", prefix="huisheng-paypal-", suffix=".pem", delete=False) as file:
        file.write(text)
    return file.name


def _cents(amount: Mapping[str, str]) -> int:
    whole, _, part = amount["value"].partition(".")
    return int(whole + part) if len(part) == 2 else 0


def _lower(amount: Mapping[str, str]) -> dict[str, str]:
    """A cent less."""
    cents = _cents(amount) - 1
    return {**amount, "value": f"{cents // 100}.{cents % 100:02}"}


def _format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(status: int, content: Mapping[str, Any]) -> PeerAnswer:
    return PeerAnswer(status, json.dumps(content).encode())
