"""The life of an account from sign-up to deletion, on SQLite and on PostgreSQL, with two servers over it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.server.accounts.conftest import PASSWORD, OpenSite, Site, code

EMAIL = "wang@example.com"
RIGHT = {"email": EMAIL, "password": PASSWORD}


@pytest.fixture
def site_address(database_address: str) -> str:
    """In place of a file only: each kind of database in turn."""
    return database_address


def open_two(open_site: OpenSite, **chosen: object) -> list[Site]:
    """Two servers that have made their routes, which is not for several threads at once."""
    sites = [open_site(**chosen) for _ in range(2)]
    for site in sites:
        site.browser().post("/api/auth/nothing")
    return sites


def test_an_account_lives_on_two_servers(open_site: OpenSite) -> None:
    first, second = open_two(open_site, signup="verified", mail="smtp://127.0.0.1:1")
    browser = first.browser()
    assert browser.post("/api/auth/signup", json=RIGHT).status_code == 202
    assert browser.post("/api/auth/login", json=RIGHT).status_code == 403
    token = first.mailed_token("verify_email")
    assert second.browser().post("/api/auth/verify", json={"token": token}).status_code == 200

    browser.post("/api/auth/login", json=RIGHT)
    there = second.browser()
    there.cookies.set("huisheng_session", browser.cookies["huisheng_session"], domain="localhost.local")
    there.cookies.set("huisheng_csrf", browser.cookies["huisheng_csrf"], domain="localhost.local")
    made = there.post("/api/account/keys", json={"name": "k", "addresses": ["192.0.2.0/24"]}).json()
    assert first.program(made["key"]).get("/api/voices").status_code == 200
    assert len(there.get("/api/account/keys", params={"limit": 1}).json()["items"]) == 1

    organization = browser.post("/api/organizations", json={"name": "工作室"}).json()["id"]
    browser.post("/api/account/switch", json={"account_id": organization})
    assert browser.post("/api/account/invitations", json={"email": "li@example.com"}).status_code == 201
    body = {"token": first.mailed_token("invitation"), "password": PASSWORD}
    assert second.browser().post("/api/invitations/accept", json=body).json()["role"] == "member"
    assert len(browser.get("/api/account/members").json()["items"]) == 2
    assert browser.get("/api/account/audit").json()["items"][0]["action"] == "member.added"
    exported = browser.get("/api/account/export").json()
    assert {member["email"] for member in exported["members"]} == {EMAIL, "li@example.com"}

    assert browser.post("/api/account/delete", json={"password": PASSWORD}).status_code == 204
    assert browser.post("/api/account/delete", json={"password": PASSWORD}).status_code == 204
    first.forget()
    second.forget()
    assert there.get("/api/account").status_code == 401
    assert second.program(made["key"]).get("/api/voices").status_code == 401


def test_many_requests_with_one_refresh_token_bring_one_successor(open_site: OpenSite) -> None:
    sites = open_two(open_site)
    sites[0].person(EMAIL)
    token = sites[0].browser().post("/api/auth/token", json=RIGHT).json()["refresh_token"]

    def renew(number: int) -> str:
        body = {"refresh_token": token}
        answer = sites[number % 2].browser().post("/api/auth/token/refresh", json=body)
        return answer.json()["refresh_token"]

    with ThreadPoolExecutor(8) as pool:
        successors = set(pool.map(renew, range(8)))

    assert len(successors) == 1


def test_of_many_attempts_at_once_each_is_counted(open_site: OpenSite) -> None:
    sites = open_two(open_site)
    wrong = RIGHT | {"password": "wrong horse battery"}

    def guess(number: int) -> int:
        browser = sites[number % 2].browser(f"192.0.2.{number}")
        return browser.post("/api/auth/login", json=wrong).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(guess, range(12)))

    assert statuses.count(401) == 6
    assert statuses.count(429) == 6


def test_two_who_sign_up_with_one_address_at_once_are_one_person(open_site: OpenSite) -> None:
    sites = open_two(open_site)

    def sign_up(number: int) -> int:
        return sites[number % 2].browser().post("/api/auth/signup", json=RIGHT).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(sign_up, range(4)))

    assert statuses == [202] * 4
    assert code(sites[0].browser().post("/api/auth/login", json=RIGHT)) == (200, "")


def test_a_mailed_link_is_good_once_however_many_use_it_at_once(open_site: OpenSite) -> None:
    sites = open_two(open_site)
    sites[0].person(EMAIL)
    sites[0].browser().post("/api/auth/password/forgot", json={"email": EMAIL})
    body = {"token": sites[0].mailed_token("reset_password"), "password": "a new password"}

    def reset(number: int) -> int:
        return sites[number % 2].browser().post("/api/auth/password/reset", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(reset, range(6)))

    assert statuses.count(200) == 1
    assert statuses.count(400) == 5
