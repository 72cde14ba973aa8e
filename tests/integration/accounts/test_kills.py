"""Servers that are killed at each step: an answer is charged once, and books are right."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.integration.accounts.killed_server import forked_server
from tests.integration.accounts.killing import RECOVERY, STEPS
from tests.integration.accounts.paying import Customer, open_customer

from huisheng.cli.main import main
from huisheng.server.database.database import Database

pytestmark = pytest.mark.slow

TEXT = "你好。很高兴认识你！"


@pytest.fixture
def database_address(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite; `tests/reliability` has the same with PostgreSQL."""
    (tmp_path / "huisheng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path / 'huisheng.db'}"


def is_answered(address: str, customer: Customer, key: str) -> bool:
    """Whether a request under a key has its whole answer."""
    headers = {**customer.headers, "Idempotency-Key": key}
    try:
        answer = httpx.post(f"{address}/v1/audio/speech", json={"input": TEXT}, headers=headers, timeout=60)
    except httpx.TransportError:
        return False
    return answer.is_success


@pytest.mark.parametrize("name", STEPS)
def test_a_server_that_is_killed_charges_what_the_rules_say_and_a_key_once(
    database: Database,
    database_address: str,
    tmp_path: Path,
    dictionaries: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    customer, step = open_customer(database), STEPS[name]

    with forked_server(tmp_path, database_address, dictionaries, step) as killed:
        answered = is_answered(killed.address, customer, "k")
        killed.wait_until_killed()
    with forked_server(tmp_path, database_address, dictionaries) as server:
        charged = customer.units_used(), customer.units_reserved()
        assert is_answered(server.address, customer, "k")
        server.stop()

    assert charged == (step.charged, 0)
    assert step.charged or not answered
    assert customer.units_used() == 1
    monkeypatch.setenv("HUISHENG_DATABASE", database_address)
    assert main(["ledger", "prove"]) == 0


@pytest.mark.parametrize("name", RECOVERY)
def test_a_server_that_is_killed_while_it_recovers_leaves_it_to_the_next(
    database: Database,
    database_address: str,
    tmp_path: Path,
    dictionaries: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    customer = open_customer(database)
    with forked_server(tmp_path, database_address, dictionaries, STEPS["before it is posted"]) as killed:
        is_answered(killed.address, customer, "k")
        killed.wait_until_killed()

    with forked_server(tmp_path, database_address, dictionaries, RECOVERY[name]) as killed:
        killed.wait_until_killed()
    with forked_server(tmp_path, database_address, dictionaries) as server:
        charged = customer.units_used(), customer.units_reserved()
        server.stop()

    assert charged == (1, 0)
    monkeypatch.setenv("HUISHENG_DATABASE", database_address)
    assert main(["ledger", "prove"]) == 0
