"""An operator sets prices: a new version in the plan file, checked, and in force after a restart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Final

import httpx
from benchmarks.accounts.customer import PACK, PLAN, Customer, confirm, order
from benchmarks.accounts.journey import Shop, Traveller

_OLD_FEN: Final = 1990
_NEW_FEN: Final = 2990
_NEW_PACK_FEN: Final = 1290
_OLD_VERSION: Final = "2026-01-01"
_DIGEST: Final = re.compile(r'digest = "[0-9a-f]{16}"')
_DEARER: Final = ((f"packs.{PACK}", "12.90"), (f"subscriptions.{PLAN}", "29.90"))
_REFUSED: Final = 1
"""Exit status of `huisheng plans check`."""


def subscribe(customer: Customer, operator: Traveller) -> None:
    """The customer takes a plan at the price of today."""
    order_id = order(customer.person, "subscribe_at_old_price", PLAN, _OLD_FEN)
    confirm(operator, "confirm_subscription", order_id)


def write_prices(shop: Shop, operator: Traveller) -> Path:
    """A plan file with a dearer plan and a dearer pack; the check gives the digests that it asks for."""
    file = shop.home / "plans.toml"
    check = ["plans", "check", str(file)]
    file.write_text(_make_plans(["", ""]), encoding="utf-8")
    told = operator.run("new_prices_want_digests", check, shop.settings, _REFUSED, "digest = ")
    digests = list(dict.fromkeys(_DIGEST.findall(told)))
    file.write_text(_make_plans(digests), encoding="utf-8")
    operator.run("check_new_prices", check, shop.settings)
    return file


def charge_new_prices(customer: Customer, operator: Traveller) -> None:
    """After the restart: the new price is charged, and the plan that was bought keeps its own."""
    person = customer.person
    person.ask("new_prices_are_shown", "GET", "/api/plans", HTTPStatus.OK, holds=_shows_new_prices)
    order_id = order(person, "order_at_new_price", PACK, _NEW_PACK_FEN)
    confirm(operator, "confirm_new_price", order_id)
    path = "/api/billing/subscription"
    person.ask("old_plan_keeps_version", "GET", path, HTTPStatus.OK, holds=_is_old_version)
    path = f"/api/billing/quote?product={PLAN}"
    person.ask("old_plan_keeps_price", "GET", path, HTTPStatus.OK, holds=_costs(_OLD_FEN))
    operator.ask("new_plan_has_new_price", "GET", path, HTTPStatus.OK, holds=_costs(_NEW_FEN))
    person.speak("speak_at_new_prices", customer.key, HTTPStatus.OK)


def _make_plans(digests: Iterable[str]) -> str:
    """The plan file of the program, with a further version of what became dearer, since yesterday.

    Args:
        digests: of these versions; empty for none.
    """
    since = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    plans = resources.files("huisheng.server.plans").joinpath("plans.toml").read_text(encoding="utf-8")
    for (product, price), digest in zip(_DEARER, digests, strict=False):
        old = plans[plans.index(f"[[{product}.versions]]") :].partition("\n\n")[0].rstrip()
        new = re.sub(r"effective = \S+", f"effective = {since}", old)
        new = re.sub(r'price = "[^"]+"', f'price = "{price}"', new)
        plans = plans.replace(old, f"{old}\n\n{_DIGEST.sub(digest, new)}")
    return plans


def _shows_new_prices(answer: httpx.Response) -> bool:
    prices = {plan["id"]: plan["price_fen"] for plan in answer.json()["plans"]}
    return (prices[PLAN], prices[PACK]) == (_NEW_FEN, _NEW_PACK_FEN)


def _is_old_version(answer: httpx.Response) -> bool:
    found = answer.json()
    return (found["version"], found["price_fen"], found["status"]) == (_OLD_VERSION, _OLD_FEN, "active")


def _costs(fen: int) -> Callable[[httpx.Response], bool]:
    return lambda answer: answer.json()["due_fen"] == fen
