"""An operator's journey: see revenue, refund, suspend, give, set prices, back up."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from benchmarks.accounts.customer import EMAIL as CUSTOMER
from benchmarks.accounts.journey import Shop, Traveller, sign_in, sign_up

EMAIL: Final = "operator@example.com"


def become_operator(shop: Shop, operator: Traveller) -> None:
    """Sign up like everybody, be made an operator on the server's own machine, sign in again."""
    sign_up(operator, shop.mailbox, EMAIL)
    operator.run("become_operator", ["accounts", "operator", EMAIL], shop.settings)
    sign_in(operator, "sign_in_as_operator", EMAIL)


def travel_as_operator(shop: Shop, operator: Traveller) -> None:
    """What an operator does about customers: after one has paid by every method."""
    operator.ask("revenue", "GET", "/api/admin/revenue", HTTPStatus.OK)
    operator.ask("usage", "GET", "/api/admin/usage", HTTPStatus.OK)
    operator.ask("health", "GET", "/api/admin/health", HTTPStatus.OK)
    _refund_all(operator, shop)
    _suspend(operator)
    operator.run("prove_books", ["ledger", "prove"], shop.settings)


def _refund_all(operator: Traveller, shop: Shop) -> None:
    """A part of each order, and then the rest."""
    found = operator.ask("orders", "GET", "/api/admin/orders", HTTPStatus.OK)
    for order in found.json().get("items", []):
        method = order["method"]
        path = f"/api/admin/orders/{order['id']}/refunds"
        part = {"amount_fen": 100, "reason": "half"}
        answers = [
            operator.ask(f"refund_part_{method}", "POST", path, HTTPStatus.CREATED, part),
            operator.ask(f"refund_rest_{method}", "POST", path, HTTPStatus.CREATED, {"reason": "all"}),
        ]
        for answer in answers:
            _finish_refund(answer.json(), method, shop)
    operator.ask(
        "all_refunded",
        "GET",
        "/api/admin/revenue",
        HTTPStatus.OK,
        holds=lambda answer: answer.json()["totals"]["net_fen"] == 0,
    )


def _finish_refund(refund: Mapping[str, Any], method: str, shop: Shop) -> None:
    """Let the peer tell that the money has gone back, where that is told later."""
    if refund.get("status") == "processing":
        told = shop.peers[method].refund_notification(refund["id"])
        told.post(f"{shop.address}/api/payments/{method}/notify")


def _suspend(operator: Traveller) -> None:
    path = f"/api/admin/accounts?query={CUSTOMER}"
    found = operator.ask("find_account", "GET", path, HTTPStatus.OK)
    account = found.json()["items"][0]["id"] if found.is_success else ""
    path = f"/api/admin/accounts/{account}"
    operator.ask("suspend", "POST", f"{path}/suspend", HTTPStatus.OK, {"reason": "test"})
    operator.ask("resume", "POST", f"{path}/resume", HTTPStatus.OK, {"reason": "mended"})
    gift = {"meter": "calls", "amount": 50, "valid_days": 30, "reason": "test"}
    operator.ask("give_calls", "POST", f"{path}/grants", HTTPStatus.CREATED, gift)
