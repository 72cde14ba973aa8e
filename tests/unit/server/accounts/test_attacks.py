"""Somebody who wants into the account of another, or to stay in one: what was tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.server.accounts.conftest import PASSWORD, Browser, OpenSite, Site, code

from huisheng.server.accounts.people import add_member
from huisheng.server.accounts.repository import find_user
from huisheng.server.guard.client import Role

pytestmark = pytest.mark.slow

VICTIM, OWNER, ADMIN = "wang@example.com", "owner@example.com", "admin@example.com"
THEIRS = "a thief's password"
VERIFIED = {"signup": "verified", "mail": "smtp://127.0.0.1:1"}


def sign_up(site: Site, password: str) -> None:
    answer = site.browser().post("/api/auth/signup", json={"email": VICTIM, "password": password})
    assert answer.status_code == 202


def sign_in(site: Site, password: str) -> tuple[int, str]:
    return code(site.browser().post("/api/auth/login", json={"email": VICTIM, "password": password}))


def test_who_signs_up_first_with_the_address_of_another_does_not_choose_the_password(
    open_site: OpenSite,
) -> None:
    site = open_site(**VERIFIED)
    sign_up(site, THEIRS)
    sign_up(site, PASSWORD)
    site.browser().post("/api/auth/verify/resend", json={"email": VICTIM})

    token = site.mailed_token("reset_password")
    form = {"token": token, "password": PASSWORD}
    answer = site.browser().post("/api/auth/password/reset", json=form)

    assert answer.json()["user"]["email_verified"]
    assert (sign_in(site, THEIRS), sign_in(site, PASSWORD)) == ((401, "wrong_credentials"), (200, ""))


def test_a_link_that_is_sent_again_to_the_only_one_who_signed_up_keeps_the_password(
    open_site: OpenSite,
) -> None:
    site = open_site(**VERIFIED)
    sign_up(site, PASSWORD)
    site.browser().post("/api/auth/verify/resend", json={"email": VICTIM})

    site.browser().post("/api/auth/verify", json={"token": site.mailed_token("verify_email")})

    assert sign_in(site, PASSWORD) == (200, "")


def organize(site: Site, role: Role) -> tuple[str, Browser, Browser]:
    """An organization, the browser of its owner, and that of another who is something in it."""
    browsers = site.person(OWNER), site.person(ADMIN)
    account: str = browsers[0].post("/api/organizations", json={"name": "组织"}).json()["id"]
    with site.database.writing() as session:
        user = find_user(session, ADMIN)
        assert user
        add_member(session, account, user.id, role, site.clock())
    for browser in browsers:
        assert browser.post("/api/account/switch", json={"account_id": account}).is_success
    return account, *browsers


def user_id(browser: Browser) -> str:
    return browser.get("/api/account").json()["user"]["id"]


@pytest.mark.parametrize(("before", "after"), [("owner", "admin"), ("owner", "member"), ("admin", "")])
def test_an_invitation_is_no_way_back_in(site: Site, before: Role, after: Role) -> None:
    _, owner, other = organize(site, before)
    invited = "owner" if before == "owner" else "admin"
    other.post("/api/account/invitations", json={"email": "second@example.com", "role": invited})
    member = f"/api/account/members/{user_id(other)}"
    changed = owner.patch(member, json={"role": after}) if after else owner.delete(member)
    assert changed.status_code == 204

    form = {"token": site.mailed_token("invitation"), "password": PASSWORD}
    answer = site.browser().post("/api/invitations/accept", json=form)

    assert code(answer) == (400, "invalid_token")


@pytest.mark.parametrize("credential", ["person", "program"])
def test_a_credential_that_ends_leaves_no_key_behind_on_another_server(
    open_site: OpenSite, credential: str
) -> None:
    first, second = open_site(), open_site()
    _, owner, other = organize(first, "admin")
    made = owner.post("/api/account/keys", json={"name": "k", "scopes": ["account", "speech"]}).json()
    elsewhere = second.program(made["key"]) if credential == "program" else second.browser()
    if credential == "person":
        elsewhere.cookies = other.cookies
    keys = elsewhere.get("/api/account/keys").json()["items"]
    if credential == "program":
        owner.delete(f"/api/account/keys/{made['id']}")
    else:
        owner.patch(f"/api/account/members/{user_id(other)}", json={"role": "member"})

    new = elsewhere.post("/api/account/keys", json={"name": "left behind"})
    wider = elsewhere.patch(f"/api/account/keys/{keys[0]['id']}", json={"name": "another"})

    assert code(new) == (403, "not_permitted")
    assert code(wider)[0] in {403, 404}


@pytest.mark.parametrize("deed", ["change", "remove", "invite"])
def test_who_is_no_owner_any_more_has_no_seconds_left_on_another_server(
    open_site: OpenSite, deed: str
) -> None:
    first, second = open_site(), open_site()
    _, owner, other = organize(first, "owner")
    elsewhere = second.browser()
    elsewhere.cookies = other.cookies
    assert elsewhere.get("/api/account").json()["role"] == "owner"
    theirs, mine = user_id(owner), user_id(other)
    owner.patch(f"/api/account/members/{mine}", json={"role": "member"})

    answer = {
        "change": lambda: elsewhere.patch(f"/api/account/members/{mine}", json={"role": "owner"}),
        "remove": lambda: elsewhere.delete(f"/api/account/members/{theirs}"),
        "invite": lambda: elsewhere.post(
            "/api/account/invitations", json={"email": "second@example.com", "role": "owner"}
        ),
    }[deed]()

    assert code(answer) == (403, "not_permitted")


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": "0001-01-01T00:00:00+14:00"},
        {"expires_at": "9999-12-31T23:59:59-14:00"},
        {"rate": "1/99999999999999 years"},
        {"rate": "٣/minute; 1/99999999 days"},
    ],
)
def test_moments_and_rates_beyond_all_time_are_refused(site: Site, fields: dict[str, str]) -> None:
    person = site.person()
    key = person.post("/api/account/keys", json={"name": "k"}).json()["id"]

    made = person.post("/api/account/keys", json={"name": "k", **fields})
    changed = person.patch(f"/api/account/keys/{key}", json=fields)

    assert (code(made)[0], code(changed)[0]) == (422, 422)


def test_usage_of_the_first_days_of_all_time_is_none(site: Site) -> None:
    answer = site.person().get("/api/usage?to=0001-01-05")

    assert (answer.status_code, answer.json()["from"]) == (200, "0001-01-01")


def test_a_mailed_token_is_good_for_one(site: Site) -> None:
    site.person(VICTIM)
    site.clock.advance(timedelta(seconds=1))
    site.browser().post("/api/auth/password/forgot", json={"email": VICTIM})
    token = site.mailed_token("reset_password")

    answers = [
        code(site.browser().post("/api/auth/password/reset", json={"token": token, "password": chosen}))
        for chosen in (PASSWORD, THEIRS)
    ]

    assert answers == [(200, ""), (400, "invalid_token")]
