"""The server with its voice, killed at each step, on both databases; a short form with silence is in
`tests/integration/accounts`.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.integration.accounts.killing import STEPS
from tests.integration.accounts.paying import Customer, open_customer
from tests.reliability.conftest import Serve
from tests.reliability.serving import until

from huisheng.cli.main import main
from huisheng.server.database.database import Database

TEXT = "你好。很高兴认识你！"
QUICK = ("before the posting is committed",)


def is_answered(address: str, customer: Customer) -> bool:
    """Whether the request under the customer's key has its whole answer."""
    headers = {**customer.headers, "Idempotency-Key": customer.id}
    try:
        answer = httpx.post(f"{address}/v1/audio/speech", json={"input": TEXT}, headers=headers, timeout=60)
    except httpx.TransportError:
        return False
    return answer.is_success


def test_a_server_that_is_killed_charges_an_answer_once(
    serve: Serve,
    database: Database,
    accounts_on: dict[str, Any],
    thorough: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUISHENG_DATABASE", accounts_on["database"])
    for number, name in enumerate(STEPS if thorough else QUICK):
        customer, step = open_customer(database, name=f"acc_{number}"), STEPS[name]
        with serve(program=("tests.integration.accounts.killing", name), **accounts_on) as doomed:
            answered = is_answered(doomed.address, customer)
            assert doomed.process.wait(30) == -9
        with serve(**accounts_on) as running:
            charged = customer.units_used(), customer.units_reserved()
            assert is_answered(running.address, customer)
            until(lambda customer=customer: customer.units_reserved() == 0)
            assert running.stop_gracefully() == 0

        assert charged == (step.charged, 0), name
        assert step.charged or not answered, name
        assert customer.units_used() == 1, name
        assert main(["ledger", "prove"]) == 0
