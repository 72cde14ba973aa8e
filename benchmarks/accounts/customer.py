"""A customer's journey: sign up, use up what is free, pay by each method, speak again, take the papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httpx
from benchmarks.accounts.journey import Shop, Traveller, create_key, is_pdf, sign_up
from tools.peers.payments.server import PaymentPeer

EMAIL: Final = "customer@example.com"
PACK: Final = "pack-1000"
PLAN: Final = "basic"

_PACK_CALLS: Final = 1000
_FREE_CALLS: Final = 10
_PACK_FEN: Final = 990
_BUYER: Final = {"title": "示例科技有限公司", "tax_id": "91110000MA01ABCD9X", "kind": "company"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who has come to the end of the journey.

    Attributes:
        person: with a browser.
        key: of a program.
    """

    person: Traveller
    key: str


def travel_as_customer(shop: Shop, person: Traveller, operator: Traveller) -> Customer:
    """Everything that a customer does, with an operator who confirms transfers."""
    sign_up(person, shop.mailbox, EMAIL)
    key = create_key(person)
    for number in range(1, _FREE_CALLS + 1):
        person.speak(f"free_call_{number}", key, HTTPStatus.OK, _FREE_CALLS - number)
    refusal = person.speak("free_calls_used_up", key, HTTPStatus.PAYMENT_REQUIRED)
    person.note("refusal_says_what_to_do", refusal.status_code, is_right="/account" in refusal.text)
    left = 0
    for method, peer in shop.peers.items():
        _buy(person, method, peer, shop.address)
        left += _PACK_CALLS - 1
        person.speak(f"speak_after_{method}", key, HTTPStatus.OK, left)
    _buy_by_transfer(person, operator)
    person.speak("speak_after_manual", key, HTTPStatus.OK, left + _PACK_CALLS - 1)
    return Customer(person, key)


def order(person: Traveller, name: str, product: str, amount_fen: int) -> str:
    """Order something that is paid by a transfer, which the instructions tell; the order's id.

    Args:
        person: who orders.
        name: of the step.
        product: id.
        amount_fen: that it must cost.
    """
    asked = {"product": product, "method": "manual"}

    def tells_how_to_pay(answer: httpx.Response) -> bool:
        placed = answer.json()
        told = placed["checkout"]["instructions"]["zh"]
        return placed["amount_fen"] == amount_fen and format_amount(amount_fen) in told

    placed = person.ask(
        name, "POST", "/api/billing/orders", HTTPStatus.CREATED, asked, holds=tells_how_to_pay
    )
    return placed.json().get("id", "")


def confirm(operator: Traveller, name: str, order_id: str) -> None:
    """The operator has found the money of an order on the bank's paper."""
    path, body = f"/api/admin/orders/{order_id}/confirm", {"reference": f"bank-{order_id}"}
    operator.ask(name, "POST", path, HTTPStatus.OK, body, holds=has_status("paid"))


def has_status(status: str) -> Callable[[httpx.Response], bool]:
    """Whether an answer is an order that stands so."""
    return lambda answer: answer.json()["status"] == status


def format_amount(fen: int) -> str:
    """`9.90` for 990 fen."""
    return f"{fen // 100}.{fen % 100:02}"


def _buy(person: Traveller, method: str, peer: PaymentPeer, address: str) -> None:
    """A pack by one method, until its papers are there."""
    body = {"product": PACK, "method": method}
    ordered = person.ask(f"order_{method}", "POST", "/api/billing/orders", HTTPStatus.CREATED, body)
    order_id: str = ordered.json().get("id", "")
    if order_id:
        peer.pay(order_id)
        told = peer.payment_notification(order_id).post(f"{address}/api/payments/{method}/notify")
        person.note(f"notification_{method}", told.status_code, is_right=told.is_success)
        _take_papers(person, method, order_id)


def _buy_by_transfer(person: Traveller, operator: Traveller) -> None:
    """A pack that is paid when the operator says so, until its papers are there."""
    order_id = order(person, "order_manual", PACK, _PACK_FEN)
    path = f"/api/billing/orders/{order_id}"
    person.ask("waits_manual", "GET", path, HTTPStatus.OK, holds=has_status("pending"))
    confirm(operator, "confirm_manual", order_id)
    _take_papers(person, "manual", order_id)


def _take_papers(person: Traveller, method: str, order_id: str) -> None:
    path = f"/api/billing/orders/{order_id}"
    person.ask(f"paid_{method}", "GET", path, HTTPStatus.OK, holds=has_status("paid"))
    person.ask(f"receipt_{method}", "GET", f"{path}/receipt.pdf", HTTPStatus.OK, holds=is_pdf)
    details = {"order_id": order_id, **_BUYER}
    asked = person.ask(f"invoice_{method}", "POST", "/api/billing/invoices", HTTPStatus.CREATED, details)
    invoice: str = asked.json().get("id", "")
    path = f"/api/billing/invoices/{invoice}.pdf"
    person.ask(f"invoice_pdf_{method}", "GET", path, HTTPStatus.OK, holds=is_pdf)
