"""Signing up, and proving an address."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.unit.server.accounts.conftest import PASSWORD, Browser, OpenSite, Site, code

from huisheng.server.accounts.models import User
from huisheng.server.accounts.tokens import new_token

EMAIL = "wang@example.com"
FORM = {"email": EMAIL, "password": PASSWORD, "name": "小王"}
VERIFIED = {"signup": "verified", "mail": "smtp://127.0.0.1:1"}


def sign_in(browser: Browser, password: str = PASSWORD) -> tuple[int, str]:
    return code(browser.post("/api/auth/login", json={"email": EMAIL, "password": password}))


@pytest.fixture
def verifying(open_site: OpenSite) -> Site:
    """A server that verifies addresses."""
    return open_site(**VERIFIED)


class TestSignUp:
    def test_a_new_person_owns_an_account(self, site: Site) -> None:
        browser = site.browser()

        answer = browser.post("/api/auth/signup", json=FORM)
        state = browser.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).json()

        assert (answer.status_code, answer.json()) == (202, {})
        assert (state["user"]["name"], state["role"], state["account"]["kind"]) == (
            "小王",
            "owner",
            "personal",
        )

    def test_until_the_address_is_proved_nobody_gets_in(self, verifying: Site) -> None:
        browser = verifying.browser()
        browser.post("/api/auth/signup", json=FORM)

        assert sign_in(browser) == (403, "email_unverified")

    @pytest.mark.parametrize("signup", ["open", "verified"])
    def test_the_answer_does_not_tell_whether_an_address_is_known(
        self, open_site: OpenSite, signup: str
    ) -> None:
        site = open_site(**(VERIFIED | {"signup": signup}))
        site.person(EMAIL)
        browser = site.browser()

        known = browser.post("/api/auth/signup", json=FORM)
        unknown = browser.post("/api/auth/signup", json=FORM | {"email": "li@example.com"})

        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert {k: v for k, v in known.headers.items() if k != "x-request-id"} == {
            k: v for k, v in unknown.headers.items() if k != "x-request-id"
        }

    def test_whoever_has_an_account_is_told_so_by_mail_and_keeps_their_password(
        self, verifying: Site
    ) -> None:
        verifying.person(EMAIL)
        verifying.browser().post("/api/auth/signup", json=FORM | {"password": "another password"})

        assert [mail["recipient"] for mail in verifying.mails("already_registered")] == [EMAIL]
        assert verifying.mails("verify_email") == []
        assert sign_in(verifying.browser()) == (200, "")

    def test_an_address_has_one_person_however_it_is_written(self, site: Site) -> None:
        for email in (EMAIL, " Wang@Example.COM ", EMAIL):
            site.browser().post("/api/auth/signup", json=FORM | {"email": email})

        with site.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(User)) == 1

    def test_the_ways_in_are_told_before_anybody_fills_in_a_form(self, open_site: OpenSite) -> None:
        options = open_site(signup="closed", mail="").browser().get("/api/auth/options").json()

        assert options == {"signup": "closed", "mail": False, "providers": []}

    @pytest.mark.parametrize("address", ["/api/auth/password/forgot", "/api/auth/verify/resend"])
    def test_where_no_mail_is_sent_none_is_promised_to_anybody(
        self, open_site: OpenSite, address: str
    ) -> None:
        site = open_site(mail="")
        site.person(EMAIL)
        known = site.browser().post(address, json={"email": EMAIL})
        unknown = site.browser().post(address, json={"email": "nobody@example.com"})

        assert code(known) == code(unknown) == (409, "mail_unavailable")
        assert known.json()["error"] == unknown.json()["error"]

    def test_where_sign_up_is_closed_nobody_can(self, open_site: OpenSite) -> None:
        answer = open_site(signup="closed").browser().post("/api/auth/signup", json=FORM)

        assert code(answer) == (403, "signup_closed")

    @pytest.mark.parametrize(
        "password", ["short", "password", "Password123", "12345678", "a" * 129, EMAIL, "abababab", "好" * 8]
    )
    def test_a_password_that_is_easily_guessed_is_refused(self, site: Site, password: str) -> None:
        answer = site.browser().post("/api/auth/signup", json=FORM | {"password": password})

        assert (code(answer), answer.json()["parameter"]) == ((400, "weak_password"), "password")

    @pytest.mark.parametrize(("character", "status"), [("\u0000", 400), ("\ud800", 422)])
    def test_a_password_that_no_keyboard_types_is_refused(
        self, site: Site, character: str, status: int
    ) -> None:
        body = json.dumps(FORM | {"password": f"correct{character}horse battery"})
        answer = site.browser().post(
            "/api/auth/signup", content=body, headers={"Content-Type": "application/json"}
        )

        assert answer.status_code == status

    @pytest.mark.parametrize("password", ["正确的马电池订书钉", "e\u0301" * 4 + "abcdefg"])
    def test_a_password_in_any_script_is_taken_however_it_is_composed(
        self, site: Site, password: str
    ) -> None:
        site.browser().post("/api/auth/signup", json=FORM | {"password": password})

        assert sign_in(site.browser(), password.replace("e\u0301", "é")) == (200, "")

    @pytest.mark.parametrize(
        "field",
        [
            {"email": "wang"},
            {"email": "wang@localhost"},
            {"email": "a@example.com\nBcc: b@example.com"},
            {"email": "a@b@example.com"},
            {"email": "王@example.com"},
            {"email": "a" * 65 + "@example.com"},
            {"name": "a\u0000b"},
            {"name": "a\u202eb"},
            {"name": "a" * 81},
            {"zone": "Asia/Nowhere"},
            {"zone": "../../etc/passwd"},
            {"locale": "zh_CN!"},
            {"is_operator": True},
        ],
    )
    def test_fields_that_are_wrong_or_too_many_are_refused(self, site: Site, field: dict[str, str]) -> None:
        assert code(site.browser().post("/api/auth/signup", json=FORM | field)) == (422, "malformed_fields")

    def test_an_address_that_signs_up_again_and_again_has_to_wait(self, verifying: Site) -> None:
        answers = [
            verifying.browser().post("/api/auth/signup", json=FORM | {"email": f"p{number}@example.com"})
            for number in range(23)
        ]

        assert code(answers[-1]) == (429, "too_many_attempts")
        assert int(answers[-1].headers["retry-after"]) >= 1

    def test_nobody_is_flooded_with_mail(self, verifying: Site) -> None:
        for number in range(10):
            verifying.browser(f"192.0.2.{number}").post("/api/auth/verify/resend", json={"email": EMAIL})
            verifying.browser(f"192.0.2.{number}").post("/api/auth/signup", json=FORM)

        assert len(verifying.mails("verify_email")) <= 4


class TestVerify:
    def test_the_link_signs_in(self, verifying: Site) -> None:
        browser = verifying.browser()
        browser.post("/api/auth/signup", json=FORM)

        answer = browser.post("/api/auth/verify", json={"token": verifying.mailed_token("verify_email")})

        assert (answer.status_code, answer.json()["user"]["email_verified"]) == (200, True)
        assert browser.get("/api/account").status_code == 200

    def test_the_link_is_good_once(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        token = verifying.mailed_token("verify_email")
        verifying.browser().post("/api/auth/verify", json={"token": token})

        answer = verifying.browser().post("/api/auth/verify", json={"token": token})

        assert code(answer) == (400, "invalid_token")

    def test_the_link_is_good_for_a_day(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        verifying.clock.advance(timedelta(hours=24))

        answer = verifying.browser().post(
            "/api/auth/verify", json={"token": verifying.mailed_token("verify_email")}
        )

        assert code(answer) == (400, "invalid_token")

    def test_a_link_for_a_password_proves_no_sign_up(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        verifying.browser().post("/api/auth/password/forgot", json={"email": EMAIL})

        answer = verifying.browser().post(
            "/api/auth/verify", json={"token": verifying.mailed_token("reset_password")}
        )

        assert code(answer) == (400, "invalid_token")

    def test_a_link_brings_the_password_of_its_own_sign_up(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        mine = verifying.mailed_token("verify_email")
        verifying.browser("198.51.100.1").post(
            "/api/auth/signup", json=FORM | {"password": "an attacker's password"}
        )

        verifying.browser().post("/api/auth/verify", json={"token": mine})

        assert sign_in(verifying.browser()) == (200, "")
        assert sign_in(verifying.browser(), "an attacker's password") == (401, "wrong_credentials")

    def test_once_an_address_is_proved_other_links_prove_nothing(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        mine = verifying.mailed_token("verify_email")
        verifying.browser().post("/api/auth/signup", json=FORM | {"password": "an attacker's password"})
        theirs = verifying.mailed_token("verify_email")
        verifying.browser().post("/api/auth/verify", json={"token": mine})

        answer = verifying.browser().post("/api/auth/verify", json={"token": theirs})

        assert code(answer) == (400, "invalid_token")

    def test_a_new_link_can_be_had(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        assert verifying.browser().post("/api/auth/verify/resend", json={"email": EMAIL}).status_code == 202

        answer = verifying.browser().post(
            "/api/auth/verify", json={"token": verifying.mailed_token("verify_email")}
        )

        assert answer.status_code == 200
        assert sign_in(verifying.browser()) == (200, "")

    def test_nothing_is_mailed_to_an_address_that_is_verified_or_unknown(self, verifying: Site) -> None:
        verifying.person(EMAIL)

        for email in (EMAIL, "nobody@example.com"):
            answer = verifying.browser().post("/api/auth/verify/resend", json={"email": email})
            assert (answer.status_code, answer.json()) == (202, {})

        assert verifying.mails("verify_email") == []

    def test_whoever_guesses_links_has_to_wait(self, verifying: Site) -> None:
        answers = [
            verifying.browser().post("/api/auth/verify", json={"token": new_token()}) for _ in range(22)
        ]

        assert code(answers[0]) == (400, "invalid_token")
        assert code(answers[-1]) == (429, "too_many_attempts")

    def test_what_is_kept_of_a_link_does_not_open_it(self, verifying: Site) -> None:
        verifying.browser().post("/api/auth/signup", json=FORM)
        token = verifying.mailed_token("verify_email")

        with verifying.database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT * FROM one_time_token").all()

        assert rows
        assert token not in str(rows)
