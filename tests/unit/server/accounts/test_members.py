"""Organizations: members, roles, invitations, and switching between accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.server.accounts.conftest import PASSWORD, Browser, Site, code

from huisheng.server.accounts.people import add_member
from huisheng.server.accounts.repository import find_user
from huisheng.server.guard.client import Role

pytestmark = pytest.mark.slow

OWNER, ADMIN, MEMBER, BILLING = (f"{role}@example.com" for role in ("owner", "admin", "member", "billing"))
ROLES: dict[str, Role] = {OWNER: "owner", ADMIN: "admin", MEMBER: "member", BILLING: "billing"}
MEMBERS, INVITATIONS = "/api/account/members", "/api/account/invitations"
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("GET", "/api/voices"): set(ROLES),
    ("POST", "/api/tts"): {OWNER, ADMIN, MEMBER},
    ("GET", "/api/read?text=你好"): {OWNER, ADMIN, MEMBER},
    ("GET", "/v1/models"): {OWNER, ADMIN, MEMBER},
    ("GET", "/api/account"): set(ROLES),
    ("GET", "/api/account/keys"): {OWNER, ADMIN},
    ("GET", MEMBERS): set(ROLES),
    ("GET", INVITATIONS): {OWNER, ADMIN},
    ("GET", "/api/account/audit"): {OWNER, ADMIN},
    ("PATCH", "/api/account"): {OWNER, ADMIN},
    ("GET", "/metrics"): set(),
}
"""Method and address → who may."""


def organize(site: Site) -> dict[str, Browser]:
    """The browsers of four people of an organization, who work for it, by address."""
    browsers = {email: site.person(email) for email in ROLES}
    account = browsers[OWNER].post("/api/organizations", json={"name": "听澜工作室"}).json()["id"]
    with site.database.writing() as session:
        for email, role in ROLES.items():
            user = find_user(session, email)
            assert user
            if role != "owner":
                add_member(session, account, user.id, role, site.clock())
    for browser in browsers.values():
        switch(browser, account)
    return browsers


def switch(browser: Browser, account: str) -> None:
    assert browser.post("/api/account/switch", json={"account_id": account}).status_code == 200


def state(browser: Browser) -> dict[str, Any]:
    return browser.get("/api/account").json()


def user_id(browser: Browser) -> str:
    return state(browser)["user"]["id"]


def invite(site: Site, browser: Browser, email: str, role: str = "member") -> str:
    """The token of a new invitation."""
    answer = browser.post(INVITATIONS, json={"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    return site.mailed_token("invitation")


class TestOrganization:
    def test_whoever_makes_one_owns_it_and_keeps_their_own_account(self, site: Site) -> None:
        browser = site.person()
        made = browser.post("/api/organizations", json={"name": "听澜工作室"})
        places = state(browser)["accounts"]

        assert (made.status_code, made.json()["kind"]) == (201, "organization")
        assert [(place["kind"], place["role"]) for place in places] == [
            ("personal", "owner"),
            ("organization", "owner"),
        ]

    def test_nobody_makes_one_without_signing_in(self, site: Site) -> None:
        assert code(site.browser().post("/api/organizations", json={"name": "x"})) == (401, "unauthorized")

    def test_a_program_makes_none(self, site: Site) -> None:
        key = site.person().post("/api/account/keys", json={"name": "k", "scopes": ["account"]}).json()["key"]

        assert code(site.program(key).post("/api/organizations", json={"name": "x"})) == (
            403,
            "not_permitted",
        )


class TestSwitch:
    def test_a_browser_works_for_the_account_that_is_chosen(self, site: Site) -> None:
        browsers = organize(site)

        assert {email: state(browser)["role"] for email, browser in browsers.items()} == ROLES

    def test_the_account_of_another_is_unknown(self, site: Site) -> None:
        other = state(site.person("li@example.com"))["account"]["id"]

        answer = site.person().post("/api/account/switch", json={"account_id": other})

        assert code(answer) == (404, "not_found")


class TestRoles:
    def test_a_role_may_what_the_table_says(self, site: Site) -> None:
        browsers = organize(site)
        may: dict[tuple[str, str], set[str]] = {}
        for method, path in ALLOWED:
            body = {"text": "你好。"} if path == "/api/tts" else {"name": "新名字"}
            json = {"json": body} if method != "GET" else {}
            may[method, path] = {
                email
                for email, browser in browsers.items()
                if browser.request(method, path, **json).status_code != 403
            }

        assert may == ALLOWED

    @pytest.mark.parametrize(
        ("actor", "target", "role", "status"),
        [
            (OWNER, MEMBER, "admin", 204),
            (OWNER, MEMBER, "owner", 204),
            (OWNER, OWNER, "member", 409),
            (ADMIN, MEMBER, "billing", 204),
            (ADMIN, MEMBER, "owner", 403),
            (ADMIN, OWNER, "member", 403),
            (MEMBER, MEMBER, "owner", 403),
            (BILLING, BILLING, "admin", 403),
            (OWNER, MEMBER, "emperor", 422),
        ],
    )
    def test_only_owners_make_owners_and_one_always_stays(
        self, site: Site, actor: str, target: str, role: str, status: int
    ) -> None:
        browsers = organize(site)

        answer = browsers[actor].patch(f"{MEMBERS}/{user_id(browsers[target])}", json={"role": role})

        assert answer.status_code == status

    def test_a_new_role_counts_at_once(self, site: Site) -> None:
        browsers = organize(site)
        browsers[OWNER].patch(f"{MEMBERS}/{user_id(browsers[ADMIN])}", json={"role": "member"})

        assert code(browsers[ADMIN].get("/api/account/keys")) == (403, "not_permitted")

    def test_the_role_of_somebody_else_s_member_is_unknown(self, site: Site) -> None:
        browsers = organize(site)
        stranger = user_id(site.person("li@example.com"))

        answer = browsers[OWNER].patch(f"{MEMBERS}/{stranger}", json={"role": "admin"})

        assert code(answer) == (404, "not_found")


class TestLeaving:
    def test_whoever_is_removed_is_in_their_own_account_again(self, site: Site) -> None:
        browsers = organize(site)
        member = user_id(browsers[MEMBER])

        assert browsers[ADMIN].delete(f"{MEMBERS}/{member}").status_code == 204

        assert state(browsers[MEMBER])["account"]["kind"] == "personal"
        emails = [item["email"] for item in browsers[OWNER].get(MEMBERS).json()["items"]]
        assert MEMBER not in emails

    def test_their_apps_are_signed_out(self, site: Site) -> None:
        browsers = organize(site)
        account = state(browsers[OWNER])["account"]["id"]
        body = {"email": MEMBER, "password": PASSWORD, "account_id": account}
        app = site.browser().post("/api/auth/token", json=body).json()
        browsers[OWNER].delete(f"{MEMBERS}/{user_id(browsers[MEMBER])}")

        assert code(site.program(app["access_token"]).get("/api/voices")) == (401, "session_ended")

    def test_everybody_may_leave(self, site: Site) -> None:
        browsers = organize(site)

        assert browsers[BILLING].delete(f"{MEMBERS}/{user_id(browsers[BILLING])}").status_code == 204

    @pytest.mark.parametrize(
        ("actor", "target", "expected"),
        [
            (OWNER, OWNER, (409, "last_owner")),
            (ADMIN, OWNER, (403, "not_permitted")),
            (MEMBER, BILLING, (403, "not_permitted")),
        ],
    )
    def test_but_not_the_last_owner_nor_others_by_the_hand_of_a_member(
        self, site: Site, actor: str, target: str, expected: tuple[int, str]
    ) -> None:
        browsers = organize(site)

        assert code(browsers[actor].delete(f"{MEMBERS}/{user_id(browsers[target])}")) == expected

    def test_nobody_leaves_their_own_account(self, site: Site) -> None:
        browser = site.person()

        assert code(browser.delete(f"{MEMBERS}/{user_id(browser)}")) == (409, "personal_account")


class TestInvitations:
    def test_a_person_who_is_signed_in_comes_in(self, site: Site) -> None:
        owner = organize(site)[OWNER]
        token = invite(site, owner, "li@example.com", "billing")
        li = site.person("li@example.com")

        answer = li.post("/api/invitations/accept", json={"token": token})

        assert (answer.status_code, answer.json()["role"]) == (200, "billing")
        assert state(li)["account"]["name"] == "听澜工作室"

    def test_a_new_person_comes_in_with_a_password_and_a_proved_address(self, site: Site) -> None:
        token = invite(site, organize(site)[OWNER], "li@example.com")
        browser = site.browser()

        answer = browser.post("/api/invitations/accept", json={"token": token, "password": PASSWORD})

        assert (answer.json()["role"], answer.json()["user"]["email_verified"]) == ("member", True)
        assert site.person("li@example.com").get("/api/account").status_code == 200

    def test_an_invitation_is_for_its_address_alone(self, site: Site) -> None:
        token = invite(site, organize(site)[OWNER], "li@example.com")

        answer = site.person("zhang@example.com").post("/api/invitations/accept", json={"token": token})

        assert code(answer) == (400, "invalid_token")

    def test_whoever_has_an_account_must_sign_in_first(self, site: Site) -> None:
        token = invite(site, organize(site)[OWNER], "li@example.com")
        site.person("li@example.com")

        answer = site.browser().post("/api/invitations/accept", json={"token": token, "password": PASSWORD})

        assert code(answer) == (401, "unauthorized")

    @pytest.mark.parametrize("fault", ["used", "late", "revoked", "replaced", "unknown"])
    def test_an_invitation_is_good_once_for_a_week_until_it_is_revoked(self, site: Site, fault: str) -> None:
        owner = organize(site)[OWNER]
        token = invite(site, owner, "li@example.com")
        li = site.person("li@example.com")
        if fault == "used":
            li.post("/api/invitations/accept", json={"token": token})
        if fault == "late":
            site.clock.advance(timedelta(days=7))
        if fault == "revoked":
            (item,) = owner.get(INVITATIONS).json()["items"]
            assert owner.delete(f"{INVITATIONS}/{item['id']}").status_code == 204
        if fault == "replaced":
            invite(site, owner, "li@example.com")
        if fault == "unknown":
            token = "a" * 43

        assert code(li.post("/api/invitations/accept", json={"token": token})) == (400, "invalid_token")

    @pytest.mark.parametrize(
        ("actor", "role", "expected"),
        [
            (ADMIN, "owner", (403, "not_permitted")),
            (MEMBER, "member", (403, "not_permitted")),
            (BILLING, "member", (403, "not_permitted")),
        ],
    )
    def test_who_may_invite_follows_from_roles(
        self, site: Site, actor: str, role: str, expected: tuple[int, str]
    ) -> None:
        body = {"email": "li@example.com", "role": role}

        assert code(organize(site)[actor].post(INVITATIONS, json=body)) == expected

    def test_a_member_is_not_invited_again(self, site: Site) -> None:
        answer = organize(site)[OWNER].post(INVITATIONS, json={"email": MEMBER})

        assert code(answer) == (409, "already_member")

    def test_a_personal_account_invites_nobody(self, site: Site) -> None:
        answer = site.person().post(INVITATIONS, json={"email": "li@example.com"})

        assert code(answer) == (409, "personal_account")

    def test_nobody_is_flooded_with_invitations(self, site: Site) -> None:
        owner = organize(site)[OWNER]
        answers = [owner.post(INVITATIONS, json={"email": "li@example.com"}) for _ in range(6)]

        assert code(answers[-1]) == (429, "too_many_attempts")

    def test_an_invitation_of_another_account_is_unknown(self, site: Site) -> None:
        owner = organize(site)[OWNER]
        invite(site, owner, "li@example.com")
        (item,) = owner.get(INVITATIONS).json()["items"]

        answer = site.person("zhang@example.com").delete(f"{INVITATIONS}/{item['id']}")

        assert code(answer) == (404, "not_found")


class TestAudit:
    def test_owners_see_what_was_done_and_from_where(self, site: Site) -> None:
        browser = site.person()
        browser.patch("/api/account", json={"name": "新名字"})
        browser.post("/api/account/keys", json={"name": "k"})
        page = browser.get("/api/account/audit", params={"limit": 1}).json()

        assert [(item["action"], item["address"]) for item in page["items"]] == [("key.created", "192.0.2.1")]
        later = browser.get("/api/account/audit", params={"cursor": page["next"]}).json()
        assert [item["action"] for item in later["items"]] == ["account.changed"]

    def test_nobody_sees_that_of_another(self, site: Site) -> None:
        site.person().post("/api/account/keys", json={"name": "k"})

        assert site.person("li@example.com").get("/api/account/audit").json()["items"] == []


class TestChanges:
    def test_an_account_gets_another_name_and_zone(self, site: Site) -> None:
        browser = site.person()
        answer = browser.patch("/api/account", json={"name": "新名字", "zone": "Europe/Berlin"})

        assert (answer.json()["name"], answer.json()["zone"]) == ("新名字", "Europe/Berlin")

    def test_a_person_gets_another_name_and_language(self, site: Site) -> None:
        browser = site.person()
        answer = browser.patch("/api/account/user", json={"name": "王", "locale": "en"})

        assert (answer.json()["name"], answer.json()["locale"]) == ("王", "en")

    @pytest.mark.parametrize("body", [{"zone": "Mars"}, {"plan": "enterprise"}, {"name": ""}, {"kind": "x"}])
    def test_nothing_else_can_be_changed(self, site: Site, body: dict[str, str]) -> None:
        assert code(site.person().patch("/api/account", json=body)) == (422, "malformed_fields")


class TestSuspension:
    def test_a_suspended_account_can_look_but_not_speak(self, site: Site) -> None:
        browser = site.person()
        key = browser.post("/api/account/keys", json={"name": "k"}).json()["key"]
        with site.database.writing() as session:
            from huisheng.server.accounts.models import Account

            account = session.get_one(Account, state(browser)["account"]["id"])
            account.suspended_at = site.clock()
        site.forget()

        assert code(site.program(key).post("/api/tts", json={"text": "你好。"})) == (403, "account_suspended")
        assert code(browser.post("/api/account/keys", json={"name": "k"})) == (403, "account_suspended")
        assert state(browser)["account"]["suspended"] is True
