"""Stripe's API for Checkout, subscriptions, refunds and the portal, with webhooks signed as it signs them.

localstripe, which tests use where it suffices, has no Checkout Sessions, prices or invoice payments.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

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

API_KEY: Final = "sk_test_51HuishengPeer"
WEBHOOK_SECRET: Final = "whsec_huisheng_peer"  # noqa: S105 - of nobody

_PART: Final = re.compile(r"[^\[\]]+")

_Object = dict[str, Any]


class _ApiError(Exception):
    """A refusal in Stripe's own form."""

    def __init__(self, status: int, code: str, message: str, kind: str = "invalid_request_error") -> None:
        super().__init__(code)
        self.status = status
        self.answer = {"error": {"type": kind, "code": code, "message": message}}


@dataclass(slots=True)
class _Books:
    """Objects by id."""

    sessions: dict[str, _Object] = field(default_factory=dict[str, _Object])
    intents: dict[str, _Object] = field(default_factory=dict[str, _Object])
    invoices: dict[str, _Object] = field(default_factory=dict[str, _Object])
    subscriptions: dict[str, _Object] = field(default_factory=dict[str, _Object])
    refunds: dict[str, _Object] = field(default_factory=dict[str, _Object])
    coupons: dict[str, _Object] = field(default_factory=dict[str, _Object])
    products: dict[str, _Object] = field(default_factory=dict[str, _Object])
    repeated: dict[str, tuple[bytes, PeerAnswer]] = field(default_factory=dict[str, tuple[bytes, PeerAnswer]])


class StripePeer(PaymentPeer):
    """One account's Stripe, in test mode."""

    failure: ClassVar[bytes] = json.dumps(
        {"error": {"type": "api_error", "message": "An unknown error occurred"}}
    ).encode()

    def __init__(self, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self._books = _Books()

    @property
    @override
    def settings(self) -> dict[str, str]:
        return {
            "stripe_api_key": API_KEY,
            "stripe_webhook_secret": WEBHOOK_SECRET,
            "stripe_address": self.address,
        }

    @override
    def pay(self, order_id: str) -> None:
        session = self._session_of(order_id)
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        if session["mode"] == "payment":
            intent = self._make_intent(session["amount_total"], session["currency"])
            session["payment_intent"] = intent["id"]
        else:
            subscription = self._make_subscription(session)
            invoice = self._make_invoice(subscription, session["amount_total"], "subscription_create")
            session |= {
                "subscription": subscription["id"],
                "customer": subscription["customer"],
                "invoice": invoice["id"],
            }

    def wait_for_money(self, order_id: str) -> None:
        """The payer has chosen a way that takes days; `pay` ends it."""
        self._session_of(order_id)["status"] = "complete"

    def renew(self, order_id: str, *, is_paid: bool = True) -> None:
        """A month is over, and the next one is billed."""
        subscription = self._subscription_of(order_id)
        item = subscription["items"]["data"][0]
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = _month_after(item["current_period_end"])
        invoice = self._make_invoice(subscription, item["price"]["unit_amount"], "subscription_cycle")
        if not is_paid:
            again = int((self.clock() + timedelta(days=3)).timestamp())
            invoice |= {"amount_paid": 0, "status": "open", "next_payment_attempt": again}
            subscription["status"] = "past_due"

    def forget_keys(self) -> None:
        """A day is over, and requests that are repeated are new ones."""
        self._books.repeated.clear()

    def refund(self, order_id: str, amount: int) -> str:
        """Give money back in the dashboard; the refund's id."""
        session = self._session_of(order_id)
        return self._refund({"payment_intent": session["payment_intent"], "amount": str(amount)})["id"]

    @override
    def payment_notification(
        self, order_id: str, fault: Fault | None = None, kind: str = "checkout.session.completed"
    ) -> SentMessage:
        session = dict(self._session_of(order_id))
        if fault is Fault.WRONG_AMOUNT:
            session["amount_total"] -= 1
        elif fault is Fault.WRONG_CURRENCY:
            session["currency"] = "usd"
        return self.event(kind, session, fault)

    def invoice_notification(
        self, order_id: str, fault: Fault | None = None, kind: str = "invoice.paid"
    ) -> SentMessage:
        """The last bill of a subscription was paid, or was not."""
        invoice = dict(self._invoice_of(order_id))
        if fault is Fault.WRONG_AMOUNT:
            invoice["amount_paid"] -= 1
        return self.event(kind, invoice, fault)

    def subscription_notification(self, order_id: str, kind: str = "updated") -> SentMessage:
        """A subscription was `updated` or `deleted`."""
        return self.event(f"customer.subscription.{kind}", self._subscription_of(order_id))

    @override
    def refund_notification(
        self, refund_id: str, fault: Fault | None = None, kind: str = "refund.updated"
    ) -> SentMessage:
        refunds = self._books.refunds.values()
        refund = next(
            each for each in refunds if refund_id in {each["id"], each["metadata"].get("refund_id")}
        )
        content = (
            refund if "refund." in kind else {"id": refund["charge"], "object": "charge", "refunded": True}
        )
        return self.event(kind, content, fault)

    def event(self, kind: str, content: object, fault: Fault | None = None) -> SentMessage:
        """Any event at all, signed."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": "2025-03-31.basil",
            "created": self._now(),
            "livemode": fault is Fault.WRONG_MERCHANT,
            "type": kind,
            "data": {"object": content},
        }
        return self.sign_message(json.dumps(event, indent=2).encode(), fault)

    def sign_message(self, body: bytes, fault: Fault | None = None) -> SentMessage:
        """Any body at all, signed."""
        late = {Fault.OLD_TIMESTAMP: timedelta(seconds=301), Fault.FUTURE_TIMESTAMP: -timedelta(hours=1)}
        at = int((self.clock() - (late.get(fault, timedelta()) if fault else timedelta())).timestamp())
        secret = "whsec_of_another" if fault is Fault.BAD_SIGNATURE else WEBHOOK_SECRET
        signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={at},v1={'0' * 64},v1={signature},v0=x",
        }
        return SentMessage(headers, body.replace(b"  ", b" ") if fault is Fault.ALTERED_BODY else body)

    @override
    def respond(self, request: PeerRequest) -> PeerAnswer:
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            error = _ApiError(401, "", "Invalid API Key provided: sk_test_********")
            return _answer(error.answer, error.status)
        key = request.headers.get("idempotency-key", "") if request.verb == "POST" else ""
        known = self._books.repeated.get(key)
        if known:
            if known[0] != request.body:
                content = {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests"}}
                return _answer(content, 400)
            return known[1]
        try:
            answer = _answer(self._act(request), 200)
        except _ApiError as error:
            return _answer(error.answer, error.status)
        if key:
            self._books.repeated[key] = request.body, answer
        return answer

    def _act(self, request: PeerRequest) -> _Object:
        params = _nest(request.query if request.verb == "GET" else request.body.decode())
        match request.verb, request.path.removeprefix("/v1/").split("/"):
            case "POST", ["checkout", "sessions"]:
                answer = self._start(params)
            case "POST", ["checkout", "sessions", session_id, "expire"]:
                answer = self._expire(_find(self._books.sessions, session_id))
            case "POST", ["coupons"]:
                answer = _keep(self._books.coupons, {"id": secrets.token_hex(4), **params})
            case "POST", ["products"]:
                answer = self._make_product(params)
            case "POST", ["billing_portal", "sessions"]:
                answer = {"id": "bps_1", "url": f"https://billing.stripe.com/p/session/{params['customer']}"}
            case "POST", ["subscriptions", subscription_id]:
                answer = self._update(_find(self._books.subscriptions, subscription_id), params)
            case "DELETE", ["subscriptions", subscription_id]:
                answer = self._end(subscription_id)
            case "POST", ["refunds"]:
                answer = self._refund(params)
            case "GET", ["refunds"]:
                answer = self._list_refunds(params)
            case "GET", ["checkout", "sessions", object_id] | [_, object_id]:
                answer = self._find_anywhere(object_id)
            case _:
                raise _ApiError(404, "", "Unrecognized request URL")
        return answer

    def _make_product(self, params: _Object) -> _Object:
        if params["id"] in self._books.products:
            raise _ApiError(400, "resource_already_exists", "Product already exists.")
        return _keep(self._books.products, params)

    def _start(self, params: _Object) -> _Object:
        data = params["line_items"]["0"]["price_data"]
        expires_at, credit = int(params["expires_at"]), 0
        is_wrong = (
            not timedelta(minutes=30)
            <= datetime.fromtimestamp(expires_at, UTC) - self.clock()
            <= timedelta(1)
            or ("recurring" in data) != (params["mode"] == "subscription")
            or not data["product_data"]["name"]
        )
        if is_wrong or int(data["unit_amount"]) < 1:
            raise _ApiError(400, "parameter_invalid_integer", "Invalid parameter")
        if "discounts" in params:
            credit = int(_find(self._books.coupons, params["discounts"]["0"]["coupon"])["amount_off"])
        session_id = f"cs_test_{secrets.token_hex(16)}"
        session = {
            "id": session_id,
            "object": "checkout.session",
            "mode": params["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "url": f"https://checkout.stripe.com/c/pay/{session_id}",
            "client_reference_id": params["client_reference_id"],
            "metadata": params["metadata"],
            "amount_total": int(data["unit_amount"]) - credit,
            "currency": data["currency"],
            "expires_at": expires_at,
            "payment_intent": None,
            "subscription": None,
            "invoice": None,
            "customer": None,
            "subscription_data": params.get("subscription_data", {}),
            "price": {"unit_amount": int(data["unit_amount"]), "currency": data["currency"]},
        }
        return _keep(self._books.sessions, session)

    def _expire(self, session: _Object) -> _Object:
        if session["status"] != "open":
            raise _ApiError(400, "", "Only Checkout Sessions with a status in [open] can be expired.")
        session["status"] = "expired"
        return session

    def _update(self, subscription: _Object, params: _Object) -> _Object:
        if subscription["status"] == "canceled":
            raise _ApiError(404, "resource_missing", "No such subscription")
        if "cancel_at_period_end" in params:
            subscription["cancel_at_period_end"] = params["cancel_at_period_end"] == "true"
        subscription["metadata"] |= params.get("metadata", {})
        if "items" in params:
            changed = params["items"]["0"]
            data, item = changed["price_data"], subscription["items"]["data"][0]
            if changed["id"] != item["id"] or data["product"] not in self._books.products:
                raise _ApiError(400, "resource_missing", "No such item or product")
            if params.get("proration_behavior") != "none":
                raise _ApiError(400, "", "This peer has no prorations")
            item["price"] = {"unit_amount": int(data["unit_amount"]), "currency": data["currency"]}
        return subscription

    def _end(self, subscription_id: str) -> _Object:
        subscription = _find(self._books.subscriptions, subscription_id)
        if subscription["status"] == "canceled":
            raise _ApiError(404, "resource_missing", "No such subscription")
        subscription |= {"status": "canceled", "ended_at": self._now()}
        return subscription

    def _refund(self, params: _Object) -> _Object:
        intent, amount = _find(self._books.intents, params["payment_intent"]), int(params["amount"])
        before = sum(each["amount"] for each in self._list_refunds(params)["data"])
        if before == intent["amount"]:
            raise _ApiError(400, "charge_already_refunded", "Charge has already been refunded.")
        if not 0 < amount <= intent["amount"] - before:
            raise _ApiError(400, "amount_too_large", "Refund amount is greater than unrefunded amount")
        refund = {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "charge": f"ch_{intent['id']}",
            "payment_intent": intent["id"],
            "status": "succeeded",
            "metadata": params.get("metadata", {}),
        }
        return _keep(self._books.refunds, refund)

    def _list_refunds(self, params: _Object) -> _Object:
        wanted = params.get("payment_intent") or params["charge"].removeprefix("ch_")
        found = [each for each in self._books.refunds.values() if each["payment_intent"] == wanted]
        return {"object": "list", "data": found[::-1], "has_more": False, "url": "/v1/refunds"}

    def _find_anywhere(self, object_id: str) -> _Object:
        books = self._books
        for kind in (books.sessions, books.intents, books.invoices, books.subscriptions, books.refunds):
            if object_id in kind:
                return kind[object_id]
        raise _ApiError(404, "resource_missing", "No such object")

    def _make_intent(self, amount: int, currency: str) -> _Object:
        intent_id = f"pi_{secrets.token_hex(12)}"
        intent = {"id": intent_id, "object": "payment_intent", "amount": amount, "currency": currency}
        return _keep(self._books.intents, intent)

    def _make_subscription(self, session: _Object) -> _Object:
        now = self._now()
        item = {
            "id": f"si_{secrets.token_hex(7)}",
            "price": session["price"],
            "current_period_start": now,
            "current_period_end": _month_after(now),
        }
        subscription = {
            "id": f"sub_{secrets.token_hex(12)}",
            "object": "subscription",
            "status": "active",
            "customer": f"cus_{secrets.token_hex(7)}",
            "cancel_at_period_end": False,
            "cancel_at": None,
            "ended_at": None,
            "items": {"object": "list", "data": [item]},
            "metadata": dict(session["subscription_data"].get("metadata", {})),
        }
        return _keep(self._books.subscriptions, subscription)

    def _make_invoice(self, subscription: _Object, amount: int, reason: str) -> _Object:
        item = subscription["items"]["data"][0]
        currency = item["price"]["currency"]
        intent = self._make_intent(amount, currency)
        invoice = {
            "id": f"in_{secrets.token_hex(12)}",
            "object": "invoice",
            "billing_reason": reason,
            "status": "paid",
            "amount_paid": amount,
            "currency": currency,
            "customer": subscription["customer"],
            "next_payment_attempt": None,
            "status_transitions": {"paid_at": self._now()},
            "parent": {
                "type": "subscription_details",
                "subscription_details": {
                    "subscription": subscription["id"],
                    "metadata": dict(subscription["metadata"]),
                },
            },
            "lines": {
                "object": "list",
                "data": [
                    {"period": {"start": item["current_period_start"], "end": item["current_period_end"]}}
                ],
            },
            "payments": {
                "object": "list",
                "data": [{"payment": {"type": "payment_intent", "payment_intent": intent["id"]}}],
            },
        }
        return _keep(self._books.invoices, invoice)

    def _session_of(self, order_id: str) -> _Object:
        sessions = reversed(self._books.sessions.values())
        return next(each for each in sessions if each["client_reference_id"] == order_id)

    def _subscription_of(self, order_id: str) -> _Object:
        return self._books.subscriptions[self._session_of(order_id)["subscription"]]

    def _invoice_of(self, order_id: str) -> _Object:
        """The last one of a subscription."""
        subscription = self._subscription_of(order_id)["id"]
        return next(
            invoice
            for invoice in reversed(self._books.invoices.values())
            if invoice["parent"]["subscription_details"]["subscription"] == subscription
        )

    def _now(self) -> int:
        return int(self.clock().timestamp())


def _nest(form: str) -> _Object:
    """`a[b][0]=c` as objects in objects; lists are objects with numbers for names."""
    nested: _Object = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        *outer, last = _PART.findall(name)
        place = nested
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return nested


def _find(kind: Mapping[str, _Object], object_id: str) -> _Object:
    if object_id not in kind:
        raise _ApiError(404, "resource_missing", "No such object")
    return kind[object_id]


def _keep(kind: dict[str, _Object], content: _Object) -> _Object:
    kind[content["id"]] = content
    return content


def _month_after(seconds: int) -> int:
    """The same day of the next month, or its last one."""
    now = datetime.fromtimestamp(seconds, UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    day = min(now.day, monthrange(year, month)[1])
    return int(now.replace(year=year, month=month, day=day).timestamp())


def _answer(content: _Object, status: int) -> PeerAnswer:
    return PeerAnswer(status, json.dumps(content).encode())
