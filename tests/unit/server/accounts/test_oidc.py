"""Signing in at a real OpenID provider, which the tests start."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from tests.unit.server.accounts.conftest import Browser, FixedClock, OpenSite, Site, code

from huisheng.errors import SetupError
from huisheng.server.accounts.models import LinkedIdentity, User
from huisheng.server.accounts.oidc_settings import load_providers
from huisheng.server.accounts.oidc_sign_in import local_path
from huisheng.server.accounts.repository import find_user

pytestmark = pytest.mark.slow

EMAIL = "wang@example.com"
START = "/api/auth/oidc/mock/start"
CALLBACK = "/api/auth/oidc/mock/callback"


@contextmanager
def run_provider(*program: str) -> Generator[str]:
    """The address of a provider that runs meanwhile; whoever gives a name is let in under it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-W", "ignore", *program, "-p", str(port), "-n"]
    with subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdout
        assert any("running on" in line for line in provider.stdout)
        reading = threading.Thread(target=provider.stdout.read)
        reading.start()
        yield f"http://localhost:{port}"
        provider.terminate()
        reading.join()


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of the provider."""
    with run_provider("-m", "oidc_provider_mock") as address:
        yield address


@pytest.fixture(scope="module")
def thin_issuer() -> Iterator[str]:
    """The address of one whose ID tokens tell of no e-mail."""
    with run_provider(str(Path(__file__).with_name("thin_provider.py"))) as address:
        yield address


@pytest.fixture
def providers(issuer: str, tmp_path: Path) -> Path:
    path = tmp_path / "oidc.toml"
    path.write_text(
        f'[mock]\nname = "某登录"\nissuer = "{issuer}"\nclient_id = "huisheng"\nclient_secret = "s3cret"\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def open_oidc_site(open_site: OpenSite, providers: Path) -> Callable[..., Site]:
    def open_one(**chosen: object) -> Site:
        return open_site(oidc=str(providers), **chosen)

    return open_one


@pytest.fixture
def site(open_oidc_site: Callable[..., Site], clock: FixedClock) -> Site:
    """A server where anybody can sign up; its clock is that of the provider."""
    return open_oidc_site()


@pytest.fixture(autouse=True)
def _right_time(clock: FixedClock) -> None:
    clock.now = datetime.now(UTC)


def tell(issuer: str, subject: str, **claims: object) -> None:
    """What the provider is to say of a person."""
    httpx.put(f"{issuer}/users/{subject}", json=claims).raise_for_status()


def leave(browser: Browser, **query: str) -> str:
    """Where the browser is sent."""
    answer = browser.get(START, params=query)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def approve(url: str, subject: str) -> dict[str, str]:
    """What comes back once the person has signed in there."""
    answer = httpx.post(url, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    query = urlsplit(answer.headers["location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def arrive(browser: Browser, fields: dict[str, str]) -> str:
    """Where the browser is sent at last."""
    answer = browser.get(CALLBACK, params=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def sign_in(site: Site, issuer: str, subject: str = "wang", **claims: object) -> tuple[Browser, str]:
    """A browser that has been at the provider, and where it was sent."""
    tell(issuer, subject, **({"email": EMAIL, "email_verified": True, "name": "小王"} | claims))
    browser = site.browser()
    return browser, arrive(browser, approve(leave(browser), subject))


class TestSignIn:
    def test_providers_are_listed(self, site: Site) -> None:
        options = site.browser().get("/api/auth/options").json()

        assert options["providers"] == [{"id": "mock", "name": "某登录"}]

    def test_a_new_person_gets_an_account_with_a_proved_address(self, site: Site, issuer: str) -> None:
        browser, location = sign_in(site, issuer)
        user = browser.get("/api/account").json()["user"]

        assert location == "/account"
        assert (user["email"], user["email_verified"], user["has_password"]) == (EMAIL, True, False)

    def test_who_comes_again_is_the_same_person_whatever_their_address_is_now(
        self, site: Site, issuer: str
    ) -> None:
        first, _ = sign_in(site, issuer)
        second, _ = sign_in(site, issuer, email="new@example.com")

        assert first.get("/api/account").json()["user"] == second.get("/api/account").json()["user"]

    def test_the_request_carries_pkce_state_and_nonce(self, site: Site) -> None:
        sent = parse_qs(urlsplit(leave(site.browser())).query)

        assert sent["code_challenge_method"] == ["S256"]
        assert {"code_challenge", "state", "nonce"} <= sent.keys()

    @pytest.mark.parametrize(
        "return_to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/\t/e"]
    )
    def test_nobody_is_sent_on_to_another_server(self, site: Site, issuer: str, return_to: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        url = leave(browser, return_to=return_to)

        assert arrive(browser, approve(url, "wang")) == "/account"

    def test_a_page_of_ours_can_be_returned_to(self, site: Site, issuer: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        url = leave(browser, return_to="/account?tab=keys")

        assert arrive(browser, approve(url, "wang")) == "/account?tab=keys"

    def test_an_unknown_provider_is_none(self, site: Site) -> None:
        assert code(site.browser().get("/api/auth/oidc/other/start")) == (404, "not_found")

    def test_where_sign_up_is_closed_nobody_new_comes_in(
        self, open_oidc_site: Callable[..., Site], issuer: str
    ) -> None:
        browser, location = sign_in(open_oidc_site(signup="closed"), issuer)

        assert location == "/account#error=signup_closed"
        assert browser.get("/api/account").status_code == 401


class TestLinking:
    def test_a_proved_address_on_both_sides_is_one_person_who_is_told(self, site: Site, issuer: str) -> None:
        site.person(EMAIL)
        browser, _ = sign_in(site, issuer)

        assert browser.get("/api/account").json()["user"]["has_password"] is True
        assert [mail["recipient"] for mail in site.mails("identity_linked")] == [EMAIL]

    def test_an_address_that_is_not_proved_here_takes_no_account_over(self, site: Site, issuer: str) -> None:
        site.browser().post("/api/auth/signup", json={"email": EMAIL, "password": "an attacker's one"})
        browser, location = sign_in(site, issuer)

        assert location == "/account#error=sign_in_first"
        assert browser.get("/api/account").status_code == 401

    @pytest.mark.parametrize("verified", [False, None, "true", 1])
    def test_nor_does_one_that_is_not_proved_there(self, site: Site, issuer: str, verified: object) -> None:
        site.person(EMAIL)
        browser, location = sign_in(site, issuer, email_verified=verified)

        assert location == "/account#error=email_unverified"
        assert browser.get("/api/account").status_code == 401

    def test_whoever_is_signed_in_links_any_identity(self, site: Site, issuer: str) -> None:
        tell(issuer, "li", email="other@example.com", email_verified=False)
        browser = site.person(EMAIL)
        location = arrive(browser, approve(leave(browser), "li"))

        with site.database.reading() as session:
            linked = session.scalars(select(LinkedIdentity)).one()
            user = find_user(session, EMAIL)
        assert user
        assert (location, linked.subject, linked.user_id) == ("/account", "li", user.id)

    def test_the_identity_of_another_is_not_linked(self, site: Site, issuer: str) -> None:
        sign_in(site, issuer)
        browser = site.person("li@example.com")

        location = arrive(browser, approve(leave(browser), "wang"))

        assert location == "/account#error=sign_in_first"

    def test_whoever_has_signed_out_meanwhile_links_nothing(self, site: Site, issuer: str) -> None:
        tell(issuer, "li", email="other@example.com", email_verified=True)
        browser = site.person(EMAIL)
        fields = approve(leave(browser), "li")
        browser.post("/api/auth/logout")

        assert arrive(browser, fields) == "/account#error=session_ended"


class TestUserInfo:
    """Where the ID token tells of no e-mail."""

    @pytest.fixture
    def issuer(self, thin_issuer: str) -> str:
        return thin_issuer

    def test_the_address_is_asked_for(self, site: Site, issuer: str) -> None:
        browser, location = sign_in(site, issuer)
        user = browser.get("/api/account").json()["user"]

        assert (location, user["email"], user["email_verified"], user["name"]) == (
            *("/account", EMAIL, True),
            "小王",
        )

    def test_one_that_is_not_proved_there_lets_nobody_in(self, site: Site, issuer: str) -> None:
        assert sign_in(site, issuer, email_verified=False)[1] == "/account#error=email_unverified"

    def test_what_is_told_of_somebody_else_is_not_believed(self, site: Site, issuer: str) -> None:
        assert sign_in(site, issuer, userinfo_sub="li")[1] == "/account#error=sign_in_failed"


class TestUnlinking:
    def test_an_identity_is_listed_and_taken_off_whoever_has_a_password(
        self, site: Site, issuer: str
    ) -> None:
        site.person(EMAIL)
        browser, _ = sign_in(site, issuer)
        (linked,) = browser.get("/api/auth/identities").json()["items"]
        gone = browser.delete(f"/api/auth/identities/{linked['id']}")
        events = [each["action"] for each in browser.get("/api/account/audit").json()["items"]]

        assert (linked["provider"], linked["name"], gone.status_code) == ("mock", "某登录", 204)
        assert browser.get("/api/auth/identities").json()["items"] == []
        assert "identity.unlinked" in events

    def test_the_last_way_of_signing_in_stays(self, site: Site, issuer: str) -> None:
        browser, _ = sign_in(site, issuer)
        (linked,) = browser.get("/api/auth/identities").json()["items"]

        assert code(browser.delete(f"/api/auth/identities/{linked['id']}")) == (409, "last_sign_in")

    def test_a_provider_that_is_configured_no_more_is_no_way_of_signing_in(
        self, site: Site, issuer: str
    ) -> None:
        browser, _ = sign_in(site, issuer)
        with site.database.writing() as session:
            user = session.scalars(select(User)).one()
            session.add(
                LinkedIdentity(provider="gone", subject="x", user_id=user.id, created_at=site.clock())
            )
        ids = {each["provider"]: each["id"] for each in browser.get("/api/auth/identities").json()["items"]}

        assert code(browser.delete(f"/api/auth/identities/{ids['mock']}")) == (409, "last_sign_in")
        assert browser.delete(f"/api/auth/identities/{ids['gone']}").status_code == 204

    def test_the_identity_of_another_is_none(self, site: Site, issuer: str) -> None:
        browser, _ = sign_in(site, issuer)
        (linked,) = browser.get("/api/auth/identities").json()["items"]
        answer = site.person("li@example.com").delete(f"/api/auth/identities/{linked['id']}")

        assert code(answer) == (404, "not_found")


class TestForgery:
    def test_the_answer_of_another_browser_is_worth_nothing(self, site: Site, issuer: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        fields = approve(leave(site.browser()), "wang")
        victim = site.browser()
        leave(victim)

        assert arrive(victim, fields) == "/account#error=sign_in_failed"
        assert victim.get("/api/account").status_code == 401

    @pytest.mark.parametrize(
        "change",
        [
            {"state": "x"},
            {"state": ""},
            {"code": "x"},
            {"code": ""},
            {"iss": "https://evil.example"},
            {"code": "", "error": "access_denied"},
        ],
    )
    def test_an_answer_that_was_tampered_with_is_worth_nothing(
        self, site: Site, issuer: str, change: dict[str, str]
    ) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        fields = approve(leave(browser), "wang") | change

        assert arrive(browser, fields) == "/account#error=sign_in_failed"

    def test_an_answer_is_good_once(self, site: Site, issuer: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        url = leave(browser)
        cookie = browser.cookies["huisheng_oidc"]
        fields = approve(url, "wang")
        arrive(browser, fields)
        browser.cookies.set("huisheng_oidc", cookie, domain="localhost.local")

        assert arrive(browser, fields) == "/account#error=sign_in_failed"

    def test_after_ten_minutes_it_is_worth_nothing(self, site: Site, issuer: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        fields = approve(leave(browser), "wang")
        site.clock.advance(timedelta(minutes=10))

        assert arrive(browser, fields) == "/account#error=sign_in_failed"

    def test_a_token_whose_time_is_over_is_worth_nothing(self, site: Site, issuer: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        site.clock.advance(timedelta(hours=2))
        browser = site.browser()

        assert arrive(browser, approve(leave(browser), "wang")) == "/account#error=sign_in_failed"

    def test_a_token_for_another_client_is_worth_nothing(
        self, site: Site, issuer: str, providers: Path, open_site: OpenSite
    ) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        url = leave(browser).replace("client_id=huisheng", "client_id=another")

        assert arrive(browser, approve(url, "wang")) == "/account#error=sign_in_failed"

    def test_a_token_for_another_request_is_worth_nothing(self, site: Site, issuer: str) -> None:
        tell(issuer, "wang", email=EMAIL, email_verified=True)
        browser = site.browser()
        url = leave(browser)
        (nonce,) = parse_qs(urlsplit(url).query)["nonce"]

        fields = approve(url.replace(nonce, "of-another-request"), "wang")

        assert arrive(browser, fields) == "/account#error=sign_in_failed"

    def test_a_provider_that_names_itself_otherwise_is_not_believed(
        self, open_site: OpenSite, issuer: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "other.toml"
        path.write_text(f'[mock]\nissuer = "{issuer}/"\nclient_id = "huisheng"\n', encoding="utf-8")

        answer = open_site(oidc=str(path)).browser().get(START)

        assert code(answer) == (400, "sign_in_failed")

    def test_a_provider_that_is_gone_fails_the_sign_in_alone(
        self, open_site: OpenSite, tmp_path: Path
    ) -> None:
        path = tmp_path / "gone.toml"
        path.write_text('[mock]\nissuer = "http://127.0.0.1:9"\nclient_id = "huisheng"\n', encoding="utf-8")
        site = open_site(oidc=str(path))

        assert code(site.browser().get(START)) == (400, "sign_in_failed")
        assert site.person().get("/api/account").status_code == 200

    def test_somebody_erased_does_not_come_back(self, site: Site, issuer: str) -> None:
        sign_in(site, issuer)
        with site.database.writing() as session:
            session.scalars(select(User)).one().erased_at = site.clock()

        assert sign_in(site, issuer)[1] == "/account#error=sign_in_failed"


@pytest.mark.parametrize(
    "written",
    [
        "[mock",
        'mock = "x"',
        '[mock]\nissuer = "https://example.com"',
        '[mock]\nissuer = "http://example.com"\nclient_id = "x"',
        '[mock]\nissuer = "https://example.com"\nclient_id = "x"\nclient_secrte = "s3cret"',
        '[Mock.x]\nissuer = "https://example.com"\nclient_id = "x"',
        '["../x"]\nissuer = "https://example.com"\nclient_id = "x"',
        '[m]\nissuer = "https://e.com"\nclient_id = "x"\nclient_secret = "s3cret"\nclient_secret_file = "/x"',
    ],
)
def test_a_file_with_a_mistake_is_refused_without_telling_its_secret(tmp_path: Path, written: str) -> None:
    path = tmp_path / "oidc.toml"
    path.write_text(written, encoding="utf-8")

    with pytest.raises(SetupError) as refusal:
        load_providers(path)

    assert "s3cret" not in refusal.value.message + refusal.value.english


@pytest.mark.parametrize("path", ["/", "/account", "/account?tab=keys#x"])
def test_a_path_of_this_server_is_kept(path: str) -> None:
    assert local_path(path) == path
