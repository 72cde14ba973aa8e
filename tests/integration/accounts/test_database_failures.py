"""A database that is locked, full or gone while a server works: a clear answer, nothing lost, nothing charged
twice, nobody let in; and a backup of one at work.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event
from tests.integration.accounts.paying import Customer, open_customer, paid_server, speak
from tests.integration.server.conftest import Running
from tests.reliability.serving import until
from tests.unit.server.database.rows import quiet

from huisheng.server.books import prove
from huisheng.server.clock import utc_now
from huisheng.server.database import database as module
from huisheng.server.database.backup import write_backup
from huisheng.server.database.database import Database
from huisheng.server.restoring import restore
from huisheng.text.frontend import Frontend

pytestmark = pytest.mark.slow


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    """The file of the server's database."""
    return Path(shutil.copyfile(sqlite_template, tmp_path / "huisheng.db"))


@pytest.fixture
def books(path: Path) -> Iterator[Database]:
    """The same database, as the test looks at it."""
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def customer(books: Database) -> Customer:
    """With a thousand calls."""
    return open_customer(books, 1000)


@pytest.fixture
def running(
    path: Path, customer: Customer, tmp_path: Path, frontend: Frontend, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """A server that waits for locks for a twentieth of a second."""
    pragmas = [each for each in module._PRAGMAS if "busy_timeout" not in each]
    monkeypatch.setattr(module, "_PRAGMAS", (*pragmas, "PRAGMA busy_timeout=50"))
    with paid_server(tmp_path, f"sqlite:///{path}", frontend) as running:
        yield running


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def assert_books_are_right(database: Database) -> None:
    with database.reading() as session:
        assert prove(session, utc_now()).faults == ()


def test_a_database_that_is_locked_is_told_and_charges_nothing(
    running: Running, customer: Customer, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = speak(running.client, customer)
        other.execute("ROLLBACK")

    assert refusal(refused) == (503, "database_busy")
    assert refused.headers["retry-after"] == "1"
    assert speak(running.client, customer).headers["x-huisheng-remaining"] == "calls=999"
    customer.settle()
    assert customer.units_used() == 1


def test_a_disk_that_is_full_is_told_and_what_was_answered_is_charged_once(
    running: Running, customer: Customer, books: Database
) -> None:
    server: Database = running.app.state.components.business.database

    pages = [1]  # which stands for as many as there are

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages[-1]}")

    event.listen(server.engine, "checkout", limit)
    answers = [speak(running.client, customer)]
    while answers[-1].is_success and len(answers) < 200:
        answers.append(speak(running.client, customer))
    pages.append(1_000_000)

    assert refusal(answers[-1]) == (507, "database_full")
    assert speak(running.client, customer).is_success
    customer.settle()
    assert customer.units_used() == len(answers)  # all but the last, and the one after it
    assert_books_are_right(books)


@pytest.mark.parametrize("credential", ["right", "wrong"])
def test_a_file_that_is_gone_lets_nobody_in(
    running: Running, customer: Customer, path: Path, books: Database, credential: str
) -> None:
    known = speak(running.client, customer)
    path.rename(path.with_suffix(".gone"))
    someone = customer if credential == "right" else Customer(books, customer.id, f"{customer.key[:-1]}x")

    refused = speak(running.client, someone)

    assert refusal(refused) == (503, "database_unavailable")
    path.with_suffix(".gone").rename(path)
    until(lambda: speak(running.client, customer).is_success)
    customer.settle()
    assert (known.status_code, customer.units_used()) == (200, 2)
    assert_books_are_right(books)


@pytest.fixture
def speaking(running: Running, customer: Customer) -> Iterator[Callable[[], int]]:
    """Four clients that ask until they are told to stop, by a call that returns how many were answered."""
    stops: list[bool] = []

    def ask() -> int:
        answered = 0
        with httpx.Client(base_url=running.address, timeout=60) as client:
            while not stops:
                answered += speak(client, customer, "好。").is_success
        return answered

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(ask) for _ in range(4)]

        def stop() -> int:
            stops.append(True)
            return sum(client.result() for client in clients)

        yield stop
        stops.append(True)


def test_a_backup_of_a_server_at_work_has_books_that_are_right(
    speaking: Callable[[], int], customer: Customer, books: Database, tmp_path: Path
) -> None:
    until(lambda: customer.units_used() > 3)
    with (tmp_path / "backup.zip").open("wb") as file:
        write_backup(books, file, utc_now(), quiet)
    used = customer.units_used()
    until(lambda: customer.units_used() > used + 3)
    answered = speaking()

    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    restored = restore(copy, tmp_path / "backup.zip", tmp_path / "none", quiet, utc_now(), replace=False)
    customer.settle()

    assert restored.proof.faults == ()
    kept = Customer(copy, customer.id, customer.key)
    assert 3 < kept.units_used() <= used < answered
    assert kept.units_reserved() == 0
    assert customer.units_used() == answered
    assert_books_are_right(books)
    copy.close()
