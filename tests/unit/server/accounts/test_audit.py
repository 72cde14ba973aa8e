"""The audit log."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.unit.server.accounts.conftest import START, Site

from huisheng.errors import HuishengError
from huisheng.runtime.request import request_id
from huisheng.server.accounts import audit
from huisheng.server.accounts.administration import create_operator
from huisheng.server.accounts.audit import Actor, AuditAction
from huisheng.server.accounts.models import Account
from huisheng.server.database.database import Database
from huisheng.server.guard.client import Client
from huisheng.server.paging import PageRequest

ACTOR = Actor("usr_1", "192.0.2.7")


def add_account(session: Session, account_id: str = "acc_1") -> None:
    session.add(
        Account(
            id=account_id,
            name="a",
            kind="personal",
            zone="Asia/Shanghai",
            plan="free",
            flags=[],
            created_at=START,
        )
    )
    session.flush()


async def test_an_event_is_kept_with_its_origin(database: Database) -> None:
    def work(session: Session) -> None:
        add_account(session)
        audit.record(session, ACTOR, "key.created", START, account_id="acc_1", target="key_1")

    request_id.set("req-1")
    await database.write(work)
    (event,) = await database.read(lambda session: audit.list_events(session, PageRequest(), "acc_1"))

    assert (event.actor, event.action, event.target, event.address) == (
        "usr_1",
        "key.created",
        "key_1",
        "192.0.2.7",
    )
    assert await database.read(
        lambda session: session.scalar(text("SELECT request_id FROM audit_event"))
    ) == ("req-1")


async def test_events_come_in_pages_the_latest_first(database: Database) -> None:
    def work(session: Session) -> None:
        for number in range(5):
            audit.record(session, ACTOR, "key.created", START, target=str(number))

    await database.write(work)
    first = await database.read(lambda session: audit.list_events(session, PageRequest(2)))
    second = await database.read(lambda session: audit.list_events(session, PageRequest(2, str(first[1].id))))

    assert [event.target for event in first] == ["4", "3", "2"]
    assert [event.target for event in second] == ["2", "1", "0"]


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"])
async def test_an_event_cannot_be_changed(database: Database, statement: str) -> None:
    await database.write(lambda session: audit.record(session, audit.SYSTEM, "key.created", START))

    with pytest.raises((DBAPIError, HuishengError)):
        await database.write(lambda session: session.execute(text(statement)))


async def test_where_events_came_from_can_be_erased(database: Database) -> None:
    def work(session: Session) -> None:
        for account_id in ("acc_1", "acc_2"):
            add_account(session, account_id)
            audit.record(session, ACTOR, "key.created", START, account_id=account_id)
        audit.erase_origins(session, "acc_1")

    await database.write(work)
    events = await database.read(lambda session: audit.list_events(session, PageRequest()))

    assert [event.address for event in events] == ["192.0.2.7", ""]


def test_a_program_is_named_by_its_key() -> None:
    assert Actor.of(Client("192.0.2.1", key_id="key_1")) == Actor("key_1", "192.0.2.1")


Act = Callable[..., tuple[str, str]]


@pytest.fixture
def act(site: Site) -> Act:
    """Records a deed of somebody in a person's account; the kind and the name of them as they are told."""

    def record(actor: str, *, for_operator: bool = False) -> tuple[str, str]:
        browser = site.person("wang@example.com")
        account = browser.get("/api/account").json()["account"]["id"]
        with site.database.writing() as session:
            audit.record(session, Actor(actor), "account.changed", site.clock(), account_id=account)
            event = audit.list_events(
                session, PageRequest(), account, "account.changed", for_operator=for_operator
            )[0]
        return event.actor_kind, event.actor_name

    return record


@pytest.mark.parametrize(
    ("actor", "kind"), [("system", "system"), ("anonymous", "unknown"), ("0a1b2c3d", "operator")]
)
def test_whoever_has_no_row_is_told_by_kind(act: Act, actor: str, kind: str) -> None:
    assert act(actor) == (kind, "")


def test_a_member_and_a_key_are_told_by_name(site: Site, act: Act) -> None:
    browser = site.person("wang@example.com")
    user = browser.get("/api/account").json()["user"]["id"]
    key = browser.post("/api/account/keys", json={"name": "客服"}).json()["id"]

    assert [act(user), act(key)] == [("member", "wang"), ("key", "客服")]
    assert browser.get("/api/account/audit").json()["items"][0]["actor_name"] == "客服"


def test_the_operator_is_named_to_operators_alone(site: Site, act: Act) -> None:
    with site.database.writing() as session:
        operator = create_operator(session, "op@example.com", None, site.clock()).id

    assert act(operator) == ("operator", "")
    assert act(operator, for_operator=True) == ("operator", "op@example.com")


def test_the_pages_have_words_for_every_action_in_both_languages() -> None:
    written = (Path(__file__).parents[4] / "web/src/account/words/audit.ts").read_text(encoding="utf-8")
    tables = re.findall(r"const \w+: Words = \{\n(.*?)\n\};", written, re.DOTALL)
    codes = [re.findall(r'^  "([a-z_.]+)": ".+",$', table, re.MULTILINE) for table in tables]

    assert [sorted(each) for each in codes] == [sorted(get_args(AuditAction))] * 2
