"""The contract of a server with accounts at length, on both databases; `tests/integration/accounts` has the
quick form.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.integration.accounts.callers import World, is_expected, open_world
from tests.integration.accounts.cases import Described, code_of, describe, faults, label_of, send
from tests.reliability.test_contract import run_schemathesis

from huisheng.server.contract import list_endpoints
from huisheng.text.frontend import Frontend

pytestmark = pytest.mark.timeout(3 * 3600)

CALLERS = ("owner", "app", "admin", "member", "account key", "stranger", "operator", "settings key")
"""Who is let in somewhere; whoever is let in nowhere is tried by the quick form."""


@pytest.fixture
def world(database_address: str, tmp_path: Path, frontend: Frontend) -> Iterator[World]:
    with open_world(tmp_path, database_address, frontend) as world:
        yield world


def test_every_answer_is_one_that_is_described(world: World, thorough: bool) -> None:
    allowed, forbidden = (100, 60) if thorough else (4, 2)
    app = world.running.app
    described = describe(app.openapi(), list_endpoints(app.routes), allowed, forbidden)

    with requests.Session() as session:
        wrong = [
            fault
            for each in described
            if each.endpoint.path != "/api/auth/logout"
            for fault in _try_all(world, each, session)
        ]

    assert not wrong, "\n".join(wrong)


def _try_all(world: World, each: Described, session: requests.Session) -> Iterator[str]:
    """What is wrong with the answers of an endpoint, to requests about nothing and about something."""
    for number, case in enumerate(each.cases):
        for name in CALLERS:
            caller = world.callers[name]
            ids = world.ids if number % 2 and name == "stranger" else None
            answer = send(session, world.running.address, case, caller, f"198.51.{number}.1", ids)
            yield from (f"{name}: {fault}" for fault in faults(case, answer))
            if not is_expected(each.endpoint, caller, answer.status_code, code_of(answer)):
                yield f"{name}: {label_of(case)}: {answer.status_code} {code_of(answer)}"


@pytest.mark.parametrize("phase", ["coverage", "stateful"])
@pytest.mark.parametrize("name", ["app", "settings key"])
def test_what_follows_from_an_answer_is_described_too(
    world: World, tmp_path: Path, name: str, phase: str, thorough: bool
) -> None:
    """Schemathesis goes on with the ids that it is given: an owner by an app, an operator by a key."""
    headers = [f"--header={header}: {value}" for header, value in world.callers[name].headers.items()]
    options = (*headers, "--exclude-path=/api/auth/logout")
    asked = run_schemathesis(world.running.address, phase, 500 if thorough else 10, tmp_path, *options)

    assert asked.returncode == 0, asked.stdout + asked.stderr
