"""Tokens of apps: short-lived, renewed, revoked, and ended when one is used twice."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from tests.unit.server.accounts.conftest import PASSWORD, START, OpenSite, Site, code

from huisheng.server.accounts.access_tokens import AccessClaims, AccessTokens, UnknownKeyVersion
from huisheng.server.accounts.secret_keys import SecretVersion, read_secret_versions
from huisheng.server.guard.errors import SessionEnded

EMAIL = "wang@example.com"
RIGHT = {"email": EMAIL, "password": PASSWORD}
OLD = SecretVersion(1, b"a" * 32, START - timedelta(days=30))
NEW = SecretVersion(2, b"b" * 32, START)
CLAIMS = AccessClaims("usr_1", "acc_1", 0, "fam_1", START + timedelta(minutes=10))


def sign_in(site: Site) -> dict[str, str]:
    """The tokens of an app of somebody who is signed up."""
    site.person(EMAIL)
    answer = site.browser().post("/api/auth/token", json=RIGHT)
    assert answer.status_code == 200, answer.text
    return answer.json()


def renew(site: Site, token: str) -> tuple[int, str]:
    return code(site.browser().post("/api/auth/token/refresh", json={"refresh_token": token}))


def refresh(site: Site, token: str) -> dict[str, str]:
    """The pair that a refresh token brings."""
    answer = site.browser().post("/api/auth/token/refresh", json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestIssue:
    def test_an_app_signs_in_by_password(self, site: Site) -> None:
        tokens = sign_in(site)
        state = site.program(tokens["access_token"]).get("/api/account").json()

        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
        assert (state["user"]["email"], state["role"], state["csrf_token"]) == (EMAIL, "owner", "")

    def test_a_wrong_password_is_refused(self, site: Site) -> None:
        answer = site.browser().post("/api/auth/token", json=RIGHT)

        assert code(answer) == (401, "wrong_credentials")

    def test_the_account_of_another_is_unknown(self, site: Site) -> None:
        other = site.person("li@example.com").get("/api/account").json()["account"]["id"]
        site.person(EMAIL)

        answer = site.browser().post("/api/auth/token", json=RIGHT | {"account_id": other})

        assert code(answer) == (404, "not_found")

    def test_an_app_needs_no_proof_of_our_page(self, site: Site) -> None:
        program = site.program(sign_in(site)["access_token"])

        assert program.post("/api/account/keys", json={"name": "k"}).status_code == 201


class TestAccess:
    def test_after_ten_minutes_a_token_opens_nothing(self, site: Site) -> None:
        program = site.program(sign_in(site)["access_token"])
        assert program.get("/api/voices").status_code == 200

        site.clock.advance(timedelta(minutes=10))

        assert code(program.get("/api/voices")) == (401, "session_ended")

    def test_a_token_is_good_on_every_server_of_the_database(self, open_site: OpenSite) -> None:
        first, second = open_site(), open_site()

        assert second.program(sign_in(first)["access_token"]).get("/api/account").status_code == 200

    def test_a_revoked_app_gets_in_no_more(self, site: Site) -> None:
        tokens = sign_in(site)
        program = site.program(tokens["access_token"])
        assert program.get("/api/voices").status_code == 200

        body = {"refresh_token": tokens["refresh_token"]}
        assert site.browser().post("/api/auth/token/revoke", json=body).status_code == 204

        assert code(program.get("/api/voices")) == (401, "session_ended")
        assert renew(site, tokens["refresh_token"]) == (401, "session_ended")

    def test_revoking_what_is_unknown_tells_nothing(self, site: Site) -> None:
        answer = site.browser().post("/api/auth/token/revoke", json={"refresh_token": "a" * 43})

        assert answer.status_code == 204

    @pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS512"}, {"typ": "JWT"}, {"kid": "99"}])
    def test_a_forged_head_opens_nothing(self, site: Site, header: dict[str, str]) -> None:
        _, body, signature = sign_in(site)["access_token"].split(".")
        written = {"alg": "HS256", "typ": "at+jwt", "kid": "1"} | header
        forged = base64.urlsafe_b64encode(json.dumps(written).encode()).decode().rstrip("=")

        for tail in (signature, ""):
            answer = site.program(f"{forged}.{body}.{tail}").get("/api/voices")
            assert code(answer) == (401, "session_ended")

    @pytest.mark.parametrize(
        "claim",
        [
            {"iss": "somebody"},
            {"aud": "another-api"},
            {"exp": None},
            {"exp": "never"},
            {"epoch": 1},
            {"family": "fam_of_nobody"},
            {"account": "acc_of_nobody"},
            {"sub": "usr_of_nobody"},
            {"sub": None},
        ],
    )
    def test_a_signed_claim_must_be_true(self, site: Site, claim: dict[str, object]) -> None:
        token = sign_in(site)["access_token"]
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | claim
        with site.database.reading() as session:
            (secret,) = read_secret_versions(session, "access_token")
        head = {"alg": "HS256", "typ": "at+jwt", "kid": "1"}
        kept = {name: value for name, value in claims.items() if value is not None}

        forged = jwt.encode(head, kept, OctKey.import_key(secret.value))

        assert code(site.program(forged).get("/api/voices")) == (401, "session_ended")


class TestRefresh:
    def test_each_token_is_good_once_and_brings_the_next(self, site: Site) -> None:
        tokens = sign_in(site)
        for _ in range(3):
            answer = site.browser().post(
                "/api/auth/token/refresh", json={"refresh_token": tokens["refresh_token"]}
            )
            assert answer.status_code == 200
            assert answer.json()["refresh_token"] != tokens["refresh_token"]
            tokens = answer.json()

        assert site.program(tokens["access_token"]).get("/api/voices").status_code == 200

    def test_one_that_comes_twice_ends_its_whole_family_and_its_owner_is_told(self, site: Site) -> None:
        first = sign_in(site)
        second = site.browser().post(
            "/api/auth/token/refresh", json={"refresh_token": first["refresh_token"]}
        )
        site.clock.advance(timedelta(seconds=11))

        assert renew(site, first["refresh_token"]) == (401, "session_ended")

        assert renew(site, second.json()["refresh_token"]) == (401, "session_ended")
        assert code(site.program(second.json()["access_token"]).get("/api/voices")) == (401, "session_ended")
        assert [mail["recipient"] for mail in site.mails("token_reused")] == [EMAIL]

    def test_one_that_is_sent_twice_at_once_brings_the_same_successor(self, site: Site) -> None:
        first = sign_in(site)["refresh_token"]

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(partial(refresh, site), [first] * 4))

        successors = {answer["refresh_token"] for answer in answers}
        assert len(successors) == 1
        for answer in answers:
            assert site.program(answer["access_token"]).get("/api/account").status_code == 200
        assert renew(site, successors.pop())[0] == 200

    def test_once_its_successor_is_used_one_that_comes_again_is_a_copy(self, site: Site) -> None:
        first = sign_in(site)["refresh_token"]
        second = refresh(site, first)["refresh_token"]
        third = refresh(site, second)["refresh_token"]

        assert renew(site, first) == (401, "session_ended")
        assert renew(site, third) == (401, "session_ended")
        assert site.mails("token_reused")

    def test_other_apps_of_the_person_stay(self, site: Site) -> None:
        copied, other = sign_in(site), sign_in(site)
        for _ in range(2):
            renew(site, copied["refresh_token"])
            site.clock.advance(timedelta(seconds=11))

        assert renew(site, other["refresh_token"])[0] == 200

    def test_after_thirty_days_it_is_worth_nothing(self, site: Site) -> None:
        token = sign_in(site)["refresh_token"]
        site.clock.advance(timedelta(days=30))

        assert renew(site, token) == (401, "session_ended")

    def test_an_access_token_refreshes_nothing(self, site: Site) -> None:
        assert renew(site, sign_in(site)["access_token"].replace(".", "-")[:200]) == (401, "session_ended")

    def test_only_hashes_are_kept(self, site: Site) -> None:
        token = sign_in(site)["refresh_token"]

        with site.database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT * FROM refresh_token").all()

        assert token not in str(rows)


class TestKeyVersions:
    def test_a_new_version_signs_once_all_servers_know_it(self) -> None:
        def version(now: datetime) -> str:
            head = AccessTokens([OLD, NEW], now).issue(CLAIMS, now).split(".")[0]
            return json.loads(base64.urlsafe_b64decode(head + "=="))["kid"]

        assert version(START + timedelta(minutes=4)) == "1"
        assert version(START + timedelta(minutes=5)) == "2"

    def test_what_an_old_version_signed_is_still_read(self) -> None:
        token = AccessTokens([OLD], START).issue(CLAIMS, START)

        assert AccessTokens([OLD, NEW], START).read(token, START) == CLAIMS

    def test_a_version_that_is_unknown_is_told_apart(self) -> None:
        token = AccessTokens([NEW], START).issue(CLAIMS, START)

        with pytest.raises(UnknownKeyVersion):
            AccessTokens([OLD], START).read(token, START)

    def test_a_token_signed_with_another_secret_is_refused(self) -> None:
        token = AccessTokens([SecretVersion(1, b"c" * 32, START)], START).issue(CLAIMS, START)

        with pytest.raises(SessionEnded):
            AccessTokens([OLD], START).read(token, START)

    def test_a_server_learns_of_a_version_that_another_has_made(self, open_site: OpenSite) -> None:
        first, second = open_site(), open_site()
        first.clock.advance(timedelta(days=31))
        first.parts.rotate_secrets()
        first.clock.advance(timedelta(minutes=6))
        first.parts.rotate_secrets()

        token = sign_in(first)["access_token"]

        assert second.program(token).get("/api/account").status_code == 200

    def test_versions_long_out_of_use_are_deleted(self, site: Site) -> None:
        for _ in range(4):
            site.clock.advance(timedelta(days=31))
            site.parts.rotate_secrets()

        with site.database.reading() as session:
            versions = [each.version for each in read_secret_versions(session, "access_token")]

        assert versions == [4, 5]
