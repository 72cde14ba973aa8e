"""A backup while the server works, and a new server that goes on from it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final

from benchmarks.accounts.customer import EMAIL, Customer
from benchmarks.accounts.journey import Shop, Traveller, sign_in

_USERS: Final = 2
_PAUSE: Final = 0.25
"""Seconds between two calls: the pack allows 300 a minute."""


def back_up(shop: Shop, operator: Traveller, customer: Customer, file: Path) -> None:
    """Back up while the customer's programs speak, none of which is to be refused for it."""
    with _calling(customer) as statuses:
        operator.run("back_up_under_load", ["backup", str(file)], shop.settings)
    answered = statuses[HTTPStatus.OK]
    worst = max(statuses, default=0)
    operator.note("calls_during_backup", worst, is_right=answered == statuses.total() > 0)
    operator.run("prove_books_after_backup", ["ledger", "prove"], shop.settings)


def restore(shop: Shop, operator: Traveller, file: Path, home: Path) -> Shop:
    """The server is gone; the backup becomes the database of another one, in a folder of its own."""
    restored = replace(shop, settings={**shop.settings, "HUISHENG_HOME": str(home)})
    operator.run("restore", ["restore", str(file)], restored.settings)
    operator.run("prove_restored_books", ["ledger", "prove"], restored.settings)
    return restored


def go_on(shop: Shop, operator: Traveller, customer: Customer) -> None:
    """The restored server knows everybody: sessions and keys of before, the plan, what is left."""
    person = customer.person
    operator.ask("restored_server_is_well", "GET", "/api/admin/health", HTTPStatus.OK)
    person.ask("restored_session", "GET", "/api/account", HTTPStatus.OK)
    sign_in(person, "sign_in_after_restore", EMAIL)
    person.ask("restored_orders", "GET", "/api/billing/orders", HTTPStatus.OK)
    person.speak("speak_after_restore", customer.key, HTTPStatus.OK)
    operator.run("prove_books_at_last", ["ledger", "prove"], shop.settings)


@contextmanager
def _calling(customer: Customer) -> Generator[Counter[int]]:
    """Programs that speak one call after the other for as long as a block lasts; counts their statuses."""
    statuses = Counter[int]()
    over, begun = threading.Event(), threading.Semaphore(0)

    def use() -> None:
        while not over.wait(_PAUSE):
            statuses[customer.person.call(customer.key).status_code] += 1
            begun.release()

    users = [threading.Thread(target=use) for _ in range(_USERS)]
    for user in users:
        user.start()
    for _ in users:
        begun.acquire()
    try:
        yield statuses
    finally:
        over.set()
        for user in users:
            user.join()
