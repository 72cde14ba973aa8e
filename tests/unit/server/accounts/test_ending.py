"""The export and the end of an account; what the operator does from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.unit.server.accounts.conftest import PASSWORD, Browser, Site, code

from huisheng.errors import HuishengError
from huisheng.server.accounts import administration
from huisheng.server.accounts.browser_sessions import Visitor
from huisheng.server.accounts.deletion import delete_account
from huisheng.server.accounts.errors import UnknownObject, WeakPassword
from huisheng.server.accounts.people import add_member
from huisheng.server.accounts.repository import find_user
from huisheng.server.errors import StateConflict
from huisheng.server.guard.client import Client

pytestmark = pytest.mark.slow

EMAIL = "wang@example.com"
RIGHT = {"email": EMAIL, "password": PASSWORD}
DELETE = {"password": PASSWORD}


def fill(site: Site) -> Browser:
    """Somebody of whom something is kept everywhere."""
    browser = site.person(EMAIL)
    browser.patch("/api/account/user", json={"name": "王小明"})
    browser.patch("/api/account", json={"name": "王小明的账户"})
    browser.post("/api/account/keys", json={"name": "小明的脚本", "addresses": ["198.51.100.0/24"]})
    site.browser().post("/api/auth/token", json=RIGHT)
    site.browser().post("/api/auth/password/forgot", json={"email": EMAIL})
    organization = browser.post("/api/organizations", json={"name": "工作室"}).json()["id"]
    other = site.person("boss@example.com")
    with site.database.writing() as session:
        boss = find_user(session, "boss@example.com")
        assert boss
        add_member(session, organization, boss.id, "owner", site.clock())
    other.post("/api/account/switch", json={"account_id": organization})
    return browser


def everything(site: Site) -> str:
    """All rows of all tables."""
    with site.database.reading() as session:
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        return "\n".join(
            str(row)
            for table in tables
            for row in session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 (names of ours)
        )


class TestExport:
    def test_it_holds_what_is_kept_of_the_account(self, site: Site) -> None:
        browser = fill(site)
        answer = browser.get("/api/account/export")
        exported = answer.json()

        assert answer.headers["content-disposition"].startswith("attachment")
        assert exported["user"][0]["email"] == EMAIL
        assert exported["keys"][0]["name"] == "小明的脚本"
        assert {event["action"] for event in exported["audit"]} >= {"key.created", "app.signed_in"}
        assert {"account", "members", "sessions", "usage", "grants"} <= exported.keys()

    def test_it_holds_no_hashes(self, site: Site) -> None:
        content = fill(site).get("/api/account/export").text

        assert "argon2" not in content
        assert "_hash" not in content

    def test_it_holds_nothing_of_others(self, site: Site) -> None:
        fill(site)
        site.person("li@example.com").post("/api/account/keys", json={"name": "别人的"})

        content = site.person(EMAIL).get("/api/account/export").text

        assert "li@example.com" not in content
        assert "别人的" not in content

    def test_nobody_else_gets_it(self, site: Site) -> None:
        body = {"name": "k", "scopes": ["account", "usage", "billing", "speech"]}
        key = site.person(EMAIL).post("/api/account/keys", json=body).json()["key"]

        assert code(site.program(key).get("/api/account/export")) == (403, "not_permitted")
        assert code(site.browser().get("/api/account/export")) == (401, "unauthorized")


class TestDelete:
    def test_what_names_the_person_is_erased(self, site: Site) -> None:
        browser = fill(site)
        assert browser.post("/api/account/delete", json=DELETE).status_code == 204

        rows = everything(site)
        (mail,) = site.mails("account_deleted")

        assert mail["recipient"] == EMAIL
        for told in ("王小明", "小明的脚本", "198.51.100"):
            assert told not in rows.replace(str(mail["account"]), "")
        assert rows.count(EMAIL) == 1  # of the mail that confirms it, until it is sent

    def test_the_books_keep_the_account_under_its_id(self, site: Site) -> None:
        browser = fill(site)
        account = browser.get("/api/account").json()["account"]["id"]
        browser.post("/api/account/delete", json=DELETE)

        with site.database.reading() as session:
            query = text("SELECT name, erased_at FROM account WHERE id = :id")
            name, erased_at = session.execute(query, {"id": account}).one()

        assert name == ""
        assert erased_at is not None

    def test_no_credential_is_good_any_more(self, site: Site) -> None:
        browser = site.person(EMAIL)
        key = browser.post("/api/account/keys", json={"name": "k"}).json()["key"]
        app = site.browser().post("/api/auth/token", json=RIGHT).json()
        copied = site.browser()
        copied.cookies.set("huisheng_session", browser.cookies["huisheng_session"])

        browser.post("/api/account/delete", json=DELETE)

        assert copied.get("/api/account").status_code == 401
        assert site.program(key).get("/api/voices").status_code == 401
        assert site.program(app["access_token"]).get("/api/voices").status_code == 401
        refreshing = {"refresh_token": app["refresh_token"]}
        assert site.browser().post("/api/auth/token/refresh", json=refreshing).status_code == 401
        assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 401

    def test_the_address_can_sign_up_again_as_somebody_new(self, site: Site) -> None:
        site.person(EMAIL).post("/api/account/delete", json=DELETE)

        site.browser().post("/api/auth/signup", json=RIGHT)

        assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 200

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"password": "wrong"}, (401, "wrong_credentials")),
            ({}, (400, "confirmation_missing")),
            ({"confirm": "wang"}, (400, "confirmation_missing")),
        ],
    )
    def test_it_needs_the_password(self, site: Site, body: dict[str, str], expected: tuple[int, str]) -> None:
        assert code(site.person(EMAIL).post("/api/account/delete", json=body)) == expected

    @pytest.mark.parametrize(("name", "status"), [("wang", 204), ("别的", 400)])
    def test_whoever_has_none_writes_the_name_of_the_account(
        self, site: Site, name: str, status: int
    ) -> None:
        browser = site.person(EMAIL)
        with site.database.writing() as session:
            user = find_user(session, EMAIL)
            assert user
            user.password_hash = None

        assert browser.post("/api/account/delete", json={"confirm": name}).status_code == status

    def test_the_last_owner_of_an_organization_stays(self, site: Site) -> None:
        browser = site.person(EMAIL)
        browser.post("/api/organizations", json={"name": "工作室"})

        assert code(browser.post("/api/account/delete", json=DELETE)) == (409, "last_owner")

    def test_an_organization_goes_alone(self, site: Site) -> None:
        browser = site.person(EMAIL)
        organization = browser.post("/api/organizations", json={"name": "工作室"}).json()["id"]
        browser.post("/api/account/switch", json={"account_id": organization})

        assert browser.post("/api/account/delete", json=DELETE).status_code == 204

        state = browser.get("/api/account").json()
        assert (state["account"]["kind"], len(state["accounts"])) == ("personal", 1)

    async def test_a_feature_can_object(self, site: Site) -> None:
        class Owed:
            name = "owed"

            def export(self, session: Session, account_id: str) -> Iterable[Mapping[str, Any]]:
                return ()

            def objections(self, session: Session, account_id: str, now: datetime) -> Iterable[HuishengError]:
                yield StateConflict("欠费。", "Money is owed.")

            def erase(self, session: Session, account_id: str, now: datetime) -> None:
                raise AssertionError

        site.person(EMAIL)
        with site.database.reading() as session:
            user = find_user(session, EMAIL)
            assert user
            account = session.scalar(text("SELECT id FROM account"))
        client = Client("192.0.2.1", user_id=user.id, account_id=str(account))

        with pytest.raises(StateConflict):
            await delete_account(
                replace(site.parts, features=(Owed(),)), client, PASSWORD, "", Visitor("192.0.2.1")
            )


class TestOperator:
    def test_an_operator_sees_the_figures_of_the_server(self, site: Site) -> None:
        browser = site.person(EMAIL)
        assert code(browser.get("/metrics")) == (403, "not_permitted")

        with site.database.writing() as session:
            administration.create_operator(session, EMAIL, None, site.clock())
        site.forget()

        assert browser.get("/metrics").status_code == 200

    def test_a_key_of_an_operator_does_not(self, site: Site) -> None:
        browser = site.person(EMAIL)
        with site.database.writing() as session:
            administration.create_operator(session, EMAIL, None, site.clock())
        key = browser.post("/api/account/keys", json={"name": "k"}).json()["key"]

        assert code(site.program(key).get("/metrics")) == (403, "not_permitted")

    def test_a_new_one_is_a_new_person_with_a_password(self, site: Site) -> None:
        with site.database.writing() as session:
            password_hash = site.parts.passwords.hash_now(PASSWORD)
            administration.create_operator(session, " Boss@Example.com", password_hash, site.clock())

        right = {"email": "boss@example.com", "password": PASSWORD}
        state = site.browser().post("/api/auth/login", json=right).json()
        assert state["user"]["is_operator"] is True

    def test_whoever_is_dismissed_is_signed_out(self, site: Site) -> None:
        browser = site.person(EMAIL)
        with site.database.writing() as session:
            administration.create_operator(session, EMAIL, None, site.clock())
            administration.dismiss_operator(session, EMAIL, site.clock())

        assert code(browser.get("/metrics")) == (401, "session_ended")

    def test_a_password_can_be_set(self, site: Site) -> None:
        site.person(EMAIL)
        with site.database.writing() as session:
            administration.set_password(session, site.parts.passwords, EMAIL, "a new password", site.clock())

        assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 401
        new = {"email": EMAIL, "password": "a new password"}
        assert site.browser().post("/api/auth/login", json=new).status_code == 200

    @pytest.mark.parametrize(
        ("email", "password", "error"),
        [("nobody@example.com", "a new password", UnknownObject), (EMAIL, "password", WeakPassword)],
    )
    def test_but_not_of_nobody_nor_a_weak_one(
        self, site: Site, email: str, password: str, error: type[HuishengError]
    ) -> None:
        site.person(EMAIL)

        with pytest.raises(error), site.database.writing() as session:
            administration.set_password(session, site.parts.passwords, email, password, site.clock())
