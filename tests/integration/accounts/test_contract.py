"""Every kind of client at every door: who is let in is what the tables of permissions say, and every answer
is one that `/openapi.json` describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
import requests
from tests.integration.accounts.callers import World, is_expected
from tests.integration.accounts.cases import Described, code_of, describe, faults, label_of, send

from huisheng.server.contract import list_endpoints

pytestmark = pytest.mark.slow

ENDING: Final = {("POST", "/api/auth/logout")}
"""Ends a caller; its row is in `test_open_doors`."""

CALLERS: Final = (
    *("nobody", "malformed key", "another scheme", "unknown key", "forged token", "unknown session"),
    *("owner", "admin", "member", "billing", "owner without proof", "owner with another's proof"),
    *("app", "app whose token is over", "app that is signed out", "app with its refresh token"),
    *("speech key", "usage key", "billing key", "account key"),
    *("key from elsewhere", "key over its limit", "expired key", "revoked key"),
    *("stranger", "suspended owner", "suspended key", "deleted owner", "deleted key"),
    *("operator", "settings key"),
)


@pytest.fixture(scope="module")
def doors(world: World) -> list[Described]:
    """Endpoints, each with three requests."""
    app = world.running.app
    endpoints = (each for each in list_endpoints(app.routes) if (each.method, each.path) not in ENDING)
    return describe(app.openapi(), endpoints, allowed=2, forbidden=1)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def test_all_callers_are_named(world: World) -> None:
    assert set(CALLERS) == world.callers.keys()


@pytest.mark.parametrize("name", CALLERS)
def test_a_caller_finds_the_doors_open_that_the_tables_name(
    world: World, doors: list[Described], session: requests.Session, name: str
) -> None:
    caller = world.callers[name]
    wrong: list[str] = []
    for number, each in enumerate(doors):
        case = each.cases[0]
        # Who guesses too often from one address has to wait.
        answer = send(session, world.running.address, case, caller, f"198.51.100.{number}")
        wrong += faults(case, answer)
        if not is_expected(each.endpoint, caller, answer.status_code, code_of(answer)):
            expected = caller.shut(each.endpoint) or "open"
            wrong.append(f"{label_of(case)}: {answer.status_code} {code_of(answer)}, not {expected}")

    assert wrong == []


@pytest.mark.parametrize("name", ["owner", "app", "operator", "settings key", "stranger"])
def test_every_answer_is_one_that_is_described(
    world: World, doors: list[Described], session: requests.Session, name: str
) -> None:
    """Also where somebody is let in: what is allowed, and what is not."""
    caller = world.callers[name]
    address = world.running.address

    wrong = [
        fault
        for each in doors
        for case in each.cases
        for fault in faults(case, send(session, address, case, caller, "198.51.100.1"))
    ]

    assert wrong == []


@pytest.mark.parametrize("name", ["stranger", "suspended owner", "speech key", "member", "settings key"])
def test_what_is_not_theirs_is_to_others_as_if_it_were_not_there(
    world: World, doors: list[Described], session: requests.Session, name: str
) -> None:
    caller, ids, address = world.callers[name], world.ids, world.running.address
    told: list[str] = []
    for each in doors:
        needs = {requirement.need for requirement in each.endpoint.requirements}
        if "operator" in needs or (name == "member" and not caller.shut(each.endpoint)):
            continue
        for case in each.cases:
            missing = {key: f"{value[:-4]}zzzz" for key, value in ids.items()}
            answers = [
                send(session, address, case, caller, "198.51.100.2", known) for known in (ids, missing)
            ]
            about, nothing = ((answer.status_code, code_of(answer)) for answer in answers)
            if about != nothing and "too_many_attempts" not in {about[1], nothing[1]}:
                told.append(f"{label_of(case)}: {about}, {nothing} for nothing")

    assert told == []


def test_what_others_have_tried_has_changed_nothing(world: World) -> None:
    """Is the last test: after all the others."""
    owner, ids = world.callers["owner"], world.ids
    key = next(
        each
        for each in world.send(owner, "GET", "/api/account/keys?limit=100").json()["items"]
        if each["id"] == ids["key_id"]
    )
    order = world.send(owner, "GET", f"/api/billing/orders/{ids['order_id']}").json()
    members = world.send(owner, "GET", "/api/account/members").json()["items"]

    assert (key["name"], key["revoked_at"]) == ("工作", None)
    assert order["status"] == "pending"
    assert {"member", "owner", "admin", "billing"} == {each["role"] for each in members}
