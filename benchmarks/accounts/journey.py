"""Two journeys through a server with accounts: a customer's, by every method of payment, and an operator's.

Everything goes the way that people and programs go: addresses, mail, the command line. Each step tells the
status that it was answered with (that of the process, for a command) and whether that is what should come.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
from tools.peers.mailbox import Mailbox
from tools.peers.payments.server import PaymentPeer

_PASSWORD: Final = "a-long-enough-password"  # noqa: S105 (of a customer who is not there)
_CUSTOMER: Final = "customer@example.com"
_OPERATOR: Final = "operator@example.com"
_TEXT: Final = "你好。"
_PACK: Final = "pack-1000"
_BUYER: Final = {"title": "示例科技有限公司", "tax_id": "91110000MA01ABCD9X", "kind": "company"}
_FREE_CALLS: Final = 10
_PDF: Final = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: what is done.
        status: of HTTP, or of a process.
        is_right: whether it is the one that should come, with what should come with it.
    """

    name: str
    status: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Shop:
    """A server that is open to others, as its operator knows it.

    Attributes:
        address: of the server.
        environment: of its process, and of commands.
        mailbox: where its mail goes.
        peers: method of payment → its peer.
    """

    address: str
    environment: Mapping[str, str]
    mailbox: Mailbox
    peers: Mapping[str, PaymentPeer]


class Traveller:
    """Somebody with a browser, and what became of every step.

    Args:
        address: of the server.
        steps: where steps are put.
    """

    def __init__(self, address: str, steps: list[Step]) -> None:
        self._steps = steps
        self._browser = httpx.Client(base_url=address, timeout=30, trust_env=False)
        self._key = ""

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        expected: HTTPStatus,
        body: Mapping[str, Any] | None = None,
        holds: Callable[[httpx.Response], bool] = lambda _: True,
    ) -> httpx.Response:
        """One step: a request of the page, and whether its answer is as expected.

        Args:
            name: of the step.
            method: of HTTP.
            path: on the server.
            expected: status.
            body: sent as JSON; None for none.
            holds: what must be true of the answer beside its status.
        """
        token = self._browser.cookies.get("huisheng_csrf")
        headers = {"X-CSRF-Token": token} if token else {}
        answer = self._browser.request(method, path, json=body, headers=headers)
        is_right = answer.status_code == expected and holds(answer)
        self._steps.append(Step(name, answer.status_code, is_right))
        return answer

    def speak(self, name: str, key: str, expected: HTTPStatus) -> httpx.Response:
        """One step: a call by a program."""
        headers = {"Authorization": f"Bearer {key}"}
        answer = httpx.post(
            self._browser.base_url.join("/v1/audio/speech"),
            json={"input": _TEXT, "response_format": "wav"},
            headers=headers,
            timeout=30,
            trust_env=False,
        )
        self._steps.append(Step(name, answer.status_code, answer.status_code == expected))
        return answer

    def note(self, name: str, status: int, *, is_right: bool) -> None:
        """A step that was made elsewhere."""
        self._steps.append(Step(name, status, is_right))


def run_command(arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`huisheng …`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "huisheng", *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=dict(environment),
    )


def travel_as_customer(shop: Shop) -> list[Step]:
    """Sign up, use up what is free, pay by each method, speak again, take the papers."""
    steps: list[Step] = []
    with ExitStack() as stack:
        customer = Traveller(shop.address, steps)
        stack.callback(customer.close)
        _sign_up(customer, shop.mailbox, _CUSTOMER)
        path = "/api/account/keys"
        created = customer.ask("create_key", "POST", path, HTTPStatus.CREATED, {"name": "program"})
        key: str = created.json().get("key", "")
        for number in range(1, _FREE_CALLS + 1):
            customer.speak(f"free_call_{number}", key, HTTPStatus.OK)
        refusal = customer.speak("free_calls_used_up", key, HTTPStatus.PAYMENT_REQUIRED)
        customer.note("refusal_says_what_to_do", refusal.status_code, is_right="/account" in refusal.text)
        for method, peer in shop.peers.items():
            _buy(customer, method, peer, shop.address)
            customer.speak(f"speak_after_{method}", key, HTTPStatus.OK)
    return steps


def travel_as_operator(shop: Shop, folder: Path) -> list[Step]:
    """See revenue, refund, suspend, give, set prices, back up: after the customer's journey.

    Args:
        shop: the server, which goes on.
        folder: for the files that are made.
    """
    steps: list[Step] = []
    with ExitStack() as stack:
        operator = Traveller(shop.address, steps)
        stack.callback(operator.close)
        _sign_in(operator, shop)
        operator.ask("revenue", "GET", "/api/admin/revenue", HTTPStatus.OK)
        operator.ask("usage", "GET", "/api/admin/usage", HTTPStatus.OK)
        operator.ask("health", "GET", "/api/admin/health", HTTPStatus.OK)
        _refund_all(operator, shop)
        _suspend(operator)
        _command(operator, "check_prices", ["plans", "check"], shop)
        _command(operator, "back_up", ["backup", str(folder / "backup")], shop)
        _command(operator, "prove_books", ["ledger", "prove"], shop)
    return steps


def restore(shop: Shop, folder: Path) -> list[Step]:
    """Put the backup back, with the server stopped; the books are right afterwards."""
    steps: list[Step] = []
    operator = Traveller(shop.address, steps)
    _command(operator, "restore", ["restore", str(folder / "backup"), "--replace"], shop)
    _command(operator, "prove_restored_books", ["ledger", "prove"], shop)
    operator.close()
    return steps


def _sign_in(operator: Traveller, shop: Shop) -> None:
    _sign_up(operator, shop.mailbox, _OPERATOR)
    _command(operator, "become_operator", ["accounts", "operator", _OPERATOR], shop)
    body = {"email": _OPERATOR, "password": _PASSWORD}
    operator.ask("sign_in_as_operator", "POST", "/api/auth/login", HTTPStatus.OK, body)


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


def _finish_refund(refund: Mapping[str, Any], method: str, shop: Shop) -> None:
    """Let the peer tell that the money has gone back, where that is told later."""
    if refund.get("status") == "processing":
        told = shop.peers[method].refund_notification(refund["id"])
        told.post(f"{shop.address}/api/payments/{method}/notify")


def _suspend(operator: Traveller) -> None:
    path = f"/api/admin/accounts?query={_CUSTOMER}"
    found = operator.ask("find_account", "GET", path, HTTPStatus.OK)
    account = found.json()["items"][0]["id"] if found.is_success else ""
    path = f"/api/admin/accounts/{account}"
    operator.ask("suspend", "POST", f"{path}/suspend", HTTPStatus.OK, {"reason": "test"})
    operator.ask("resume", "POST", f"{path}/resume", HTTPStatus.OK, {"reason": "mended"})
    gift = {"meter": "calls", "amount": 5, "valid_days": 30, "reason": "test"}
    operator.ask("give_calls", "POST", f"{path}/grants", HTTPStatus.CREATED, gift)


def _command(operator: Traveller, name: str, arguments: list[str], shop: Shop) -> None:
    done = run_command(arguments, shop.environment)
    operator.note(name, done.returncode, is_right=done.returncode == 0)


def _sign_up(customer: Traveller, mailbox: Mailbox, email: str) -> None:
    body = {"email": email, "password": _PASSWORD}
    customer.ask("plans", "GET", "/api/plans", HTTPStatus.OK)
    customer.ask("sign_up", "POST", "/api/auth/signup", HTTPStatus.ACCEPTED, body)
    token = mailbox.wait_for_token(email, "verify")
    customer.ask("verify", "POST", "/api/auth/verify", HTTPStatus.OK, {"token": token})
    customer.ask("account", "GET", "/api/account", HTTPStatus.OK)


def _buy(customer: Traveller, method: str, peer: PaymentPeer, address: str) -> None:
    """A pack by one method, until its papers are there."""
    body = {"product": _PACK, "method": method}
    ordered = customer.ask(f"order_{method}", "POST", "/api/billing/orders", HTTPStatus.CREATED, body)
    order: str = ordered.json().get("id", "")
    if not order:
        return
    path = f"/api/billing/orders/{order}"
    peer.pay(order)
    told = peer.payment_notification(order).post(f"{address}/api/payments/{method}/notify")
    customer.note(f"notification_{method}", told.status_code, is_right=told.is_success)
    customer.ask(f"paid_{method}", "GET", path, HTTPStatus.OK, holds=_has_status("paid"))
    customer.ask(f"receipt_{method}", "GET", f"{path}/receipt.pdf", HTTPStatus.OK, holds=_is_pdf)
    details = {"order_id": order, **_BUYER}
    asked = customer.ask(f"invoice_{method}", "POST", "/api/billing/invoices", HTTPStatus.CREATED, details)
    invoice: str = asked.json().get("id", "")
    customer.ask(
        f"invoice_pdf_{method}", "GET", f"/api/billing/invoices/{invoice}.pdf", HTTPStatus.OK, holds=_is_pdf
    )


def _has_status(status: str) -> Callable[[httpx.Response], bool]:
    return lambda answer: answer.json()["status"] == status


def _is_pdf(answer: httpx.Response) -> bool:
    return answer.content.startswith(_PDF)
