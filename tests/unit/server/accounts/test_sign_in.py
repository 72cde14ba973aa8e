"""Signing in and out, and changing a password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.unit.server.accounts.conftest import PASSWORD, OpenSite, Site, code

from huisheng.server.accounts import audit
from huisheng.server.accounts.models import BrowserSession, User
from huisheng.server.accounts.people import add_user
from huisheng.server.accounts.repository import find_user
from huisheng.server.paging import PageRequest

EMAIL = "wang@example.com"
RIGHT = {"email": EMAIL, "password": PASSWORD}
WRONG = {"email": EMAIL, "password": "wrong horse battery"}
HTTPS = {"public_url": "https://tts.example.com"}


class TestSignIn:
    def test_nobody_is_signed_in_at_first(self, site: Site) -> None:
        assert code(site.browser().get("/api/account")) == (401, "unauthorized")

    def test_whoever_is_not_known_is_told_where_to_sign_in_and_to_make_a_key(self, site: Site) -> None:
        nobody = site.browser().post("/tts", json={"text": "你好"}).json()
        guess = site.program("hs_wrong").post("/tts", json={"text": "你好"}).json()

        assert (nobody["code"], guess["code"]) == ("unauthorized", "unauthorized")
        assert "/account#keys" in nobody["error"]
        assert "/account#keys" in guess["error"]

    def test_an_owner_who_is_no_operator_is_told_who_may(self, site: Site) -> None:
        answer = site.person(EMAIL).get("/api/admin/accounts")

        assert code(answer) == (403, "not_permitted")
        assert "huisheng accounts operator" in answer.json()["error"]

    def test_the_right_password_signs_in(self, site: Site) -> None:
        browser = site.person(EMAIL)

        assert browser.get("/api/account").json()["user"]["email"] == EMAIL

    def test_a_wrong_password_and_an_unknown_name_are_refused_alike(self, site: Site) -> None:
        site.person(EMAIL)

        wrong = site.browser().post("/api/auth/login", json=WRONG)
        unknown = site.browser().post("/api/auth/login", json=WRONG | {"email": "li@example.com"})

        assert code(wrong) == code(unknown) == (401, "wrong_credentials")
        assert wrong.json()["error"] == unknown.json()["error"]
        assert wrong.headers.get("set-cookie") is None

    def test_the_password_of_nobody_opens_nothing(self, site: Site) -> None:
        site.person(EMAIL)
        with site.database.writing() as session:
            session.scalars(select(User)).one().password_hash = None

        assert code(site.browser().post("/api/auth/login", json=RIGHT)) == (401, "wrong_credentials")

    def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(self, site: Site) -> None:
        site.person(EMAIL)
        answer = site.browser().post("/api/auth/login", json=RIGHT)

        session, csrf = answer.headers.get_list("set-cookie")
        assert session.startswith("huisheng_session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(session.split("; "))
        assert csrf.startswith("huisheng_csrf=")
        assert "HttpOnly" not in csrf

    def test_over_tls_the_cookie_is_bound_to_host_and_tls(self, open_site: OpenSite) -> None:
        site = open_site(**HTTPS)
        with site.database.writing() as session:
            add_user(
                session,
                EMAIL,
                site.clock(),
                password_hash=site.parts.passwords.hash_now(PASSWORD),
                is_verified=True,
            )
        answer = site.browser().post("/api/auth/login", json=RIGHT)

        session_cookie, csrf = answer.headers.get_list("set-cookie")
        assert session_cookie.startswith("__Host-huisheng_session=")
        assert "Secure" in session_cookie.split("; ")
        assert "Secure" in csrf.split("; ")

    def test_each_sign_in_is_a_new_session_and_ends_the_one_before(self, site: Site) -> None:
        browser = site.person(EMAIL)
        before = browser.cookies["huisheng_session"]
        browser.post("/api/auth/login", json=RIGHT)
        site.forget()

        assert browser.cookies["huisheng_session"] != before
        stolen = site.browser()
        stolen.cookies.set("huisheng_session", before)
        assert code(stolen.get("/api/account")) == (401, "session_ended")

    def test_a_hash_with_weaker_parameters_is_renewed(self, open_site: OpenSite) -> None:
        open_site().person(EMAIL)
        stronger = open_site(password_passes=2)
        stronger.browser().post("/api/auth/login", json=RIGHT)

        with stronger.database.reading() as session:
            user = find_user(session, EMAIL)
            assert user
            assert "t=2" in (user.password_hash or "")
        assert stronger.browser().post("/api/auth/login", json=RIGHT).status_code == 200

    def test_owners_see_who_signed_in_and_who_did_not(self, site: Site) -> None:
        site.person(EMAIL)
        site.browser().post("/api/auth/login", json=RIGHT)
        site.browser("198.51.100.9").post("/api/auth/login", json=WRONG)
        with site.database.reading() as session:
            events = audit.list_events(session, PageRequest())

        assert [(event.action, event.address) for event in events] == [
            ("session.refused", "198.51.100.9"),
            ("session.created", "192.0.2.1"),
        ]


class TestGuessing:
    def test_after_five_failures_a_name_has_to_wait(self, site: Site) -> None:
        site.person(EMAIL)
        answers = [
            site.browser(f"192.0.2.{number}").post("/api/auth/login", json=WRONG) for number in range(7)
        ]

        assert [answer.status_code for answer in answers] == [401] * 6 + [429]
        assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 429

    def test_the_wait_doubles_up_to_a_quarter_of_an_hour(self, site: Site) -> None:
        waits: list[int] = []
        for _ in range(40):
            answer = site.browser(f"2001:db8:{len(waits):x}::1").post("/api/auth/login", json=WRONG)
            if answer.status_code == 429:
                waits.append(int(answer.headers["retry-after"]))
                site.clock.advance(timedelta(seconds=waits[-1]))

        assert waits[:4] == [1, 2, 4, 8]
        assert max(waits) == 900

    def test_an_unknown_name_has_to_wait_as_well(self, site: Site) -> None:
        answers = [site.browser().post("/api/auth/login", json=WRONG) for _ in range(7)]

        assert answers[-1].status_code == 429

    def test_the_right_password_forgives_the_name(self, site: Site) -> None:
        site.person(EMAIL)
        for _ in range(3):
            for _ in range(5):
                site.browser().post("/api/auth/login", json=WRONG)
            assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 200

    def test_the_right_password_does_not_forgive_the_address(self, site: Site) -> None:
        site.person("attacker@example.com", "203.0.113.5")
        for number in range(31):
            site.browser("203.0.113.5").post(
                "/api/auth/login", json=WRONG | {"email": f"p{number}@example.com"}
            )
        own = {"email": "attacker@example.com", "password": PASSWORD}
        site.clock.advance(timedelta(seconds=1))
        assert site.browser("203.0.113.5").post("/api/auth/login", json=own).status_code == 200

        answers = [
            site.browser("203.0.113.5").post("/api/auth/login", json=WRONG | {"email": f"q{n}@example.com"})
            for n in range(2)
        ]

        assert answers[-1].status_code == 429

    def test_neighbours_of_one_network_count_as_one(self, site: Site) -> None:
        for number in range(31):
            site.browser(f"2001:db8::{number:x}").post(
                "/api/auth/login", json=WRONG | {"email": f"p{number}@example.com"}
            )

        answer = site.browser("2001:db8::ffff").post("/api/auth/login", json=RIGHT)

        assert answer.status_code == 429

    def test_two_servers_count_together(self, open_site: OpenSite) -> None:
        first, second = open_site(), open_site()
        for number in range(6):
            (first, second)[number % 2].browser().post("/api/auth/login", json=WRONG)

        assert first.browser().post("/api/auth/login", json=WRONG).status_code == 429
        assert second.browser().post("/api/auth/login", json=WRONG).status_code == 429

    def test_names_and_addresses_are_kept_as_keyed_hashes(self, site: Site) -> None:
        site.browser().post("/api/auth/login", json=WRONG)

        with site.database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT * FROM sign_in_attempts").all()

        assert rows
        assert EMAIL not in str(rows)
        assert "192.0.2.1" not in str(rows)

    def test_app_tokens_and_password_changes_are_slowed_with_the_sign_in(self, site: Site) -> None:
        browser = site.person(EMAIL)
        for _ in range(2):
            site.browser().post("/api/auth/token", json=WRONG)
            site.browser().post("/api/auth/login", json=WRONG)
            browser.post("/api/auth/password/change", json={"current": "wrong", "new": "new password 1"})

        assert code(site.browser().post("/api/auth/token", json=RIGHT)) == (429, "too_many_attempts")


class TestSession:
    @pytest.mark.parametrize("days", [14, 90])
    def test_a_session_ends_without_requests_and_at_the_latest_after_its_lifetime(
        self, site: Site, days: int
    ) -> None:
        browser = site.person(EMAIL)
        for _ in range(days // 14):
            assert browser.get("/api/account").status_code == 200
            site.clock.advance(timedelta(days=13))
            with site.database.writing() as session:
                if days > 14:
                    session.scalars(select(BrowserSession)).one().last_seen_at = site.clock()
        site.clock.advance(timedelta(days=days - 13 * (days // 14)))
        site.forget()

        assert code(browser.get("/api/account")) == (401, "session_ended")

    async def test_a_request_keeps_a_session_alive(self, site: Site) -> None:
        browser = site.person(EMAIL)
        for _ in range(3):
            site.clock.advance(timedelta(days=10))
            site.forget()
            assert browser.get("/api/account").status_code == 200
            await site.parts.authenticator.note_uses()

    def test_signing_out_ends_the_session_for_whoever_has_the_cookie(self, site: Site) -> None:
        browser = site.person(EMAIL)
        token = browser.cookies["huisheng_session"]

        assert browser.post("/api/auth/logout").status_code == 204

        assert "huisheng_session" not in browser.cookies
        thief = site.browser()
        thief.cookies.set("huisheng_session", token)
        assert code(thief.get("/api/account")) == (401, "session_ended")

    def test_what_is_kept_of_a_session_does_not_open_it(self, site: Site) -> None:
        token = site.person(EMAIL).cookies["huisheng_session"]

        with site.database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT * FROM browser_session").all()

        assert token not in str(rows)

    def test_a_person_sees_their_browsers_and_ends_one(self, site: Site) -> None:
        laptop, phone = site.person(EMAIL), site.person(EMAIL, "198.51.100.7")

        items = laptop.get("/api/auth/sessions").json()["items"]
        other = next(item for item in items if not item["current"])
        assert laptop.delete(f"/api/auth/sessions/{other['id']}").status_code == 204

        assert (len(items), other["address"]) == (2, "198.51.100.7")
        assert code(phone.get("/api/account")) == (401, "session_ended")
        assert laptop.get("/api/account").status_code == 200

    def test_nobody_ends_the_session_of_another(self, site: Site) -> None:
        wang, li = site.person(EMAIL), site.person("li@example.com")
        (item,) = li.get("/api/auth/sessions").json()["items"]

        assert code(wang.delete(f"/api/auth/sessions/{item['id']}")) == (404, "not_found")
        assert li.get("/api/account").status_code == 200

    @pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "é", "a; huisheng_session=b"])
    def test_a_cookie_that_is_none_of_ours_is_no_key(self, site: Site, cookie: str) -> None:
        header = f"huisheng_session={cookie}".encode("latin-1")
        answer = site.browser().get("/api/account", headers={b"cookie": header})

        assert answer.status_code == 401


class TestCsrf:
    @pytest.mark.parametrize("sent", [{}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}])
    def test_a_request_that_changes_something_needs_the_proof_of_our_page(
        self, site: Site, sent: dict[str, str]
    ) -> None:
        browser = site.person(EMAIL)
        del browser.cookies["huisheng_csrf"]

        answer = browser.post("/api/account/keys", json={"name": "k"}, headers=sent)

        assert code(answer) == (403, "csrf_refused")

    def test_the_proof_of_another_session_is_none(self, site: Site) -> None:
        wang, li = site.person(EMAIL), site.person("li@example.com")
        theirs = li.get("/api/account").json()["csrf_token"]

        answer = wang.post("/api/account/keys", json={"name": "k"}, headers={"X-CSRF-Token": theirs})

        assert code(answer) == (403, "csrf_refused")

    def test_speaking_needs_it_too(self, site: Site) -> None:
        browser = site.person(EMAIL)
        del browser.cookies["huisheng_csrf"]

        assert code(browser.post("/api/tts", json={"text": "你好。"})) == (403, "csrf_refused")

    def test_a_program_needs_none(self, site: Site) -> None:
        browser = site.person(EMAIL)
        key = browser.post("/api/account/keys", json={"name": "k"}).json()["key"]

        assert site.program(key).post("/api/tts", json={"text": "你好。"}).status_code == 200

    def test_a_page_of_another_site_is_refused_with_cookie_and_proof(self, site: Site) -> None:
        browser = site.person(EMAIL)

        answer = browser.post(
            "/api/account/keys", json={"name": "k"}, headers={"Origin": "https://evil.example"}
        )

        assert code(answer) == (403, "origin_refused")

    def test_whoever_has_lost_the_proof_can_still_sign_in(self, site: Site) -> None:
        browser = site.person(EMAIL)
        del browser.cookies["huisheng_csrf"]

        assert browser.post("/api/auth/login", json=RIGHT).status_code == 200


class TestPassword:
    def change(self, site: Site, **fields: str) -> tuple[int, str]:
        browser = site.person(EMAIL)
        body = {"current": PASSWORD, "new": "a new password"} | fields
        answer = browser.post("/api/auth/password/change", json=body)
        return answer.status_code, "" if answer.status_code == 204 else answer.json()["code"]

    def test_a_change_ends_all_other_sessions_and_apps(self, site: Site) -> None:
        laptop, phone = site.person(EMAIL), site.person(EMAIL)
        before = laptop.cookies["huisheng_session"]
        app = site.browser().post("/api/auth/token", json=RIGHT).json()

        body = {"current": PASSWORD, "new": "a new password"}
        assert laptop.post("/api/auth/password/change", json=body).status_code == 204

        assert laptop.get("/api/account").status_code == 200
        assert laptop.cookies["huisheng_session"] != before
        assert code(phone.get("/api/account")) == (401, "session_ended")
        assert code(site.program(app["access_token"]).get("/api/account")) == (401, "session_ended")
        refreshed = site.browser().post(
            "/api/auth/token/refresh", json={"refresh_token": app["refresh_token"]}
        )
        assert code(refreshed) == (401, "session_ended")

    def test_afterwards_only_the_new_password_is_right(self, site: Site) -> None:
        self.change(site)

        assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 401
        new = {"email": EMAIL, "password": "a new password"}
        assert site.browser().post("/api/auth/login", json=new).status_code == 200

    def test_its_owner_is_told(self, site: Site) -> None:
        self.change(site)

        assert [mail["recipient"] for mail in site.mails("password_changed")] == [EMAIL]

    def test_it_needs_the_current_one(self, site: Site) -> None:
        assert self.change(site, current="wrong") == (401, "wrong_credentials")

    def test_the_new_one_is_judged(self, site: Site) -> None:
        assert self.change(site, new="password") == (400, "weak_password")

    def test_a_key_changes_no_password(self, site: Site) -> None:
        browser = site.person(EMAIL)
        body = {"name": "k", "scopes": ["account"]}
        key = browser.post("/api/account/keys", json=body).json()["key"]

        answer = site.program(key).post(
            "/api/auth/password/change", json={"current": PASSWORD, "new": "a new password"}
        )

        assert code(answer) == (403, "not_permitted")


class TestReset:
    def forget(self, site: Site, email: str = EMAIL) -> str:
        answer = site.browser().post("/api/auth/password/forgot", json={"email": email})
        assert (answer.status_code, answer.json()) == (202, {})
        return site.mailed_token("reset_password")

    def test_the_link_sets_a_password_signs_in_and_everybody_else_out(self, site: Site) -> None:
        old = site.person(EMAIL)
        token = self.forget(site)
        browser = site.browser()

        answer = browser.post("/api/auth/password/reset", json={"token": token, "password": "a new password"})

        assert answer.status_code == 200
        assert browser.get("/api/account").status_code == 200
        assert code(old.get("/api/account")) == (401, "session_ended")
        assert site.browser().post("/api/auth/login", json=RIGHT).status_code == 401

    @pytest.mark.parametrize("fault", ["used", "late", "older", "wrong"])
    def test_a_link_is_good_once_and_for_an_hour(self, site: Site, fault: str) -> None:
        site.person(EMAIL)
        token = self.forget(site)
        body = {"token": token, "password": "a new password"}
        if fault == "used":
            site.browser().post("/api/auth/password/reset", json=body)
        if fault == "older":
            newer = self.forget(site)
            site.browser().post("/api/auth/password/reset", json=body | {"token": newer})
        if fault == "late":
            site.clock.advance(timedelta(hours=1))
        if fault == "wrong":
            body["token"] = token[:-1] + ("A" if token[-1] != "A" else "B")

        answer = site.browser().post("/api/auth/password/reset", json=body)

        assert code(answer) == (400, "invalid_token")

    def test_a_weak_password_leaves_the_link_good(self, site: Site) -> None:
        site.person(EMAIL)
        body = {"token": self.forget(site), "password": "password"}

        assert code(site.browser().post("/api/auth/password/reset", json=body)) == (400, "weak_password")
        better = body | {"password": "a new password"}
        assert site.browser().post("/api/auth/password/reset", json=better).status_code == 200

    def test_nobody_learns_whether_an_address_is_known(self, site: Site) -> None:
        answer = site.browser().post("/api/auth/password/forgot", json={"email": "nobody@example.com"})

        assert (answer.status_code, answer.json()) == (202, {})
        assert site.mails("reset_password") == []

    def test_a_reset_proves_the_address_and_forgives_the_name(self, open_site: OpenSite) -> None:
        site = open_site(signup="verified", mail="smtp://127.0.0.1:1")
        site.browser().post("/api/auth/signup", json=RIGHT)
        for _ in range(6):
            site.browser().post("/api/auth/login", json=WRONG)
        token = self.forget(site)

        site.browser().post("/api/auth/password/reset", json={"token": token, "password": "a new password"})

        new = {"email": EMAIL, "password": "a new password"}
        assert site.browser().post("/api/auth/login", json=new).status_code == 200
