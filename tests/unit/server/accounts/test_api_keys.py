"""API keys: how they are written, made, changed, revoked, and what opens with them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.server.accounts.conftest import Browser, OpenSite, Site, code

from huisheng.server.accounts.api_keys import is_well_formed, make_key, shown_prefix

KEYS = "/api/account/keys"
TEXT = {"text": "你好。"}


def make(browser: Browser, **fields: object) -> tuple[str, str]:
    """A new key's id, and itself."""
    answer = browser.post(KEYS, json={"name": "脚本", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["key"]


def test_a_key_tells_a_scanner_what_it_is() -> None:
    assert re.fullmatch(r"hs_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", make_key())


def test_no_two_keys_are_alike() -> None:
    assert len({make_key() for _ in range(100)}) == 100


@given(st.integers(0, 52), st.sampled_from("0aZ_é"))
def test_a_key_with_another_character_is_none(place: int, character: str) -> None:
    key = make_key()
    changed = key[:place] + character + key[place + 1 :]

    assert is_well_formed(changed) == (changed == key)


class TestCreate:
    def test_the_key_is_shown_once(self, site: Site) -> None:
        browser = site.person()
        _, key = make(browser)

        (listed,) = browser.get(KEYS).json()["items"]

        assert "key" not in listed
        assert listed["prefix"] == shown_prefix(key) == key[:11]
        assert listed["scopes"] == ["speech"]

    def test_only_its_hash_is_kept(self, site: Site) -> None:
        _, key = make(site.person())

        with site.database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT * FROM api_key").all()

        assert key not in str(rows)
        assert key[11:] not in str(rows)

    def test_without_an_account_nobody_makes_one(self, site: Site) -> None:
        assert code(site.browser().post(KEYS, json={"name": "k"})) == (401, "unauthorized")

    @pytest.mark.parametrize(
        "field",
        [
            {"name": ""},
            {"scopes": []},
            {"scopes": ["everything"]},
            {"addresses": ["192.0.2.0/33"]},
            {"addresses": ["example.com"]},
            {"addresses": ["192.0.2.1"] * 33},
            {"rate": "often"},
            {"rate": "0/minute"},
            {"concurrency": -1},
            {"concurrency": 1.5},
            {"expires_at": "2026-12-01T00:00:00"},
            {"expires_at": "never"},
            {"account_id": "acc_00000000000000000000"},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, site: Site, field: dict[str, object]) -> None:
        answer = site.person().post(KEYS, json={"name": "k"} | field)

        assert code(answer) == (422, "malformed_fields")

    def test_a_key_gives_no_more_than_it_has(self, site: Site) -> None:
        _, key = make(site.person(), scopes=["account"])
        program = site.program(key)

        assert code(program.post(KEYS, json={"name": "k", "scopes": ["speech"]})) == (403, "not_permitted")
        assert program.post(KEYS, json={"name": "k", "scopes": ["account"]}).status_code == 201

    def test_a_key_cannot_widen_itself(self, site: Site) -> None:
        key_id, key = make(site.person(), scopes=["account"])

        answer = site.program(key).patch(f"{KEYS}/{key_id}", json={"scopes": ["account", "billing"]})

        assert code(answer) == (403, "not_permitted")

    def test_an_account_has_a_hundred_keys_at_most(self, site: Site) -> None:
        browser = site.person()
        key_id, _ = make(browser)
        for _ in range(99):
            make(browser)

        assert code(browser.post(KEYS, json={"name": "k"})) == (409, "too_many_keys")
        browser.delete(f"{KEYS}/{key_id}")
        assert browser.post(KEYS, json={"name": "k"}).status_code == 201


class TestList:
    def test_keys_come_in_pages_the_latest_first(self, site: Site) -> None:
        browser = site.person()
        made = [make(browser, name=str(number))[0] for number in range(5)]

        found: list[str] = []
        cursor = ""
        for _ in range(3):
            page = browser.get(KEYS, params={"limit": 2, "cursor": cursor}).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]

        assert cursor is None
        assert sorted(found) == sorted(made)

    def test_nobody_sees_the_keys_of_another(self, site: Site) -> None:
        make(site.person())

        assert site.person("li@example.com").get(KEYS).json()["items"] == []

    def test_a_key_that_speaks_lists_none(self, site: Site) -> None:
        _, key = make(site.person())

        assert code(site.program(key).get(KEYS)) == (403, "not_permitted")


class TestChange:
    def test_what_is_not_sent_stays(self, site: Site) -> None:
        browser = site.person()
        key_id, _ = make(browser, addresses=["192.0.2.0/24"], rate="60/minute")

        changed = browser.patch(f"{KEYS}/{key_id}", json={"name": "新名字", "concurrency": 2}).json()

        assert (changed["name"], changed["concurrency"], changed["rate"], changed["addresses"]) == (
            "新名字",
            2,
            "60/minute",
            ["192.0.2.0/24"],
        )

    def test_a_term_can_be_taken_away(self, site: Site) -> None:
        browser = site.person()
        term = (site.clock() + timedelta(days=1)).isoformat()
        key_id, key = make(browser, expires_at=term)
        browser.patch(f"{KEYS}/{key_id}", json={"expires_at": None})
        site.clock.advance(timedelta(days=2))

        assert site.program(key).get("/api/voices").status_code == 200

    def test_nobody_changes_the_key_of_another(self, site: Site) -> None:
        key_id, _ = make(site.person())

        answer = site.person("li@example.com").patch(f"{KEYS}/{key_id}", json={"name": "x"})

        assert code(answer) == (404, "not_found")

    @pytest.mark.parametrize("key_id", ["x", "key_%00", "key_" + "0" * 20])
    def test_a_key_that_is_none_is_not_found(self, site: Site, key_id: str) -> None:
        answer = site.person().patch(f"{KEYS}/{key_id}", json={"name": "x"})

        assert answer.status_code in {404, 422}


class TestRevoke:
    def test_at_once_nothing_opens_with_it(self, site: Site) -> None:
        browser = site.person()
        key_id, key = make(browser)
        assert site.program(key).post("/api/tts", json=TEXT).status_code == 200

        assert browser.delete(f"{KEYS}/{key_id}").status_code == 204

        assert code(site.program(key).post("/api/tts", json=TEXT)) == (401, "credential_expired")
        assert browser.get(KEYS).json()["items"][0]["revoked_at"] is not None

    def test_other_servers_know_it_when_their_memory_is_over(self, open_site: OpenSite) -> None:
        first, second = open_site(), open_site()
        browser = first.person()
        key_id, key = make(browser)
        assert second.program(key).get("/api/voices").status_code == 200
        browser.delete(f"{KEYS}/{key_id}")

        second.forget()

        assert code(second.program(key).get("/api/voices")) == (401, "credential_expired")

    def test_nobody_revokes_the_key_of_another(self, site: Site) -> None:
        key_id, key = make(site.person())

        assert code(site.person("li@example.com").delete(f"{KEYS}/{key_id}")) == (404, "not_found")
        assert site.program(key).get("/api/voices").status_code == 200


class TestUse:
    @pytest.mark.parametrize(
        "key",
        [
            "hs_x",
            make_key(),
            make_key()[:-1] + "é",
            "sk-abc",
            "a.b.c",
            "eyJhbGciOiJub25lIn0.e30.",
            "x" * 10_000,
            "..",
        ],
        ids=("short", "unknown", "not_ascii", "prefix", "dots", "unsigned_token", "long", "empty_token"),
    )
    def test_a_key_that_is_none_opens_nothing(self, site: Site, key: str) -> None:
        answer = site.browser().get("/api/voices", headers={b"authorization": f"Bearer {key}".encode()})

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_openai_s_clients_are_refused_in_their_form(self, site: Site) -> None:
        answer = site.program(make_key()).post("/v1/audio/speech", json={"input": "你好。"})

        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")

    def test_after_its_term_a_key_opens_nothing(self, site: Site) -> None:
        term = (site.clock() + timedelta(minutes=1)).isoformat()
        _, key = make(site.person(), expires_at=term)
        assert site.program(key).get("/api/voices").status_code == 200

        site.clock.advance(timedelta(minutes=1))

        assert code(site.program(key).get("/api/voices")) == (401, "credential_expired")

    def test_a_key_opens_only_from_its_addresses(self, site: Site) -> None:
        _, key = make(site.person(), addresses=["198.51.100.0/24", "2001:db8::/32"])

        assert site.program(key, "198.51.100.77").get("/api/voices").status_code == 200
        assert site.program(key, "2001:db8::5").get("/api/voices").status_code == 200
        assert code(site.program(key, "203.0.113.1").get("/api/voices")) == (403, "key_address_refused")

    def test_behind_a_trusted_proxy_the_address_is_that_of_the_client(self, open_site: OpenSite) -> None:
        site = open_site(guard={"trusted_proxies": "192.0.2.1"})
        _, key = make(site.person(), addresses=["198.51.100.0/24"])
        program = site.program(key)

        inside = program.get("/api/voices", headers={"X-Forwarded-For": "198.51.100.7"})
        outside = program.get("/api/voices", headers={"X-Forwarded-For": "203.0.113.7"})

        assert (inside.status_code, outside.status_code) == (200, 403)

    async def test_when_a_key_was_used_last_is_written_behind_the_request(self, site: Site) -> None:
        browser = site.person()
        _, key = make(browser)
        site.program(key).get("/api/voices")
        assert browser.get(KEYS).json()["items"][0]["last_used_at"] is None

        await site.parts.authenticator.note_uses()

        assert browser.get(KEYS).json()["items"][0]["last_used_at"] is not None

    def test_whoever_guesses_keys_has_to_wait_but_not_the_owner_of_a_right_one(self, site: Site) -> None:
        _, key = make(site.person())
        _, other = make(site.person())
        assert site.program(key).get("/api/voices").status_code == 200

        answers = [site.program(make_key()).get("/api/voices") for _ in range(22)]

        assert code(answers[0]) == (401, "unauthorized")
        assert code(answers[-1]) == (429, "too_many_attempts")
        assert site.program(key).get("/api/voices").status_code == 200
        assert code(site.program(other).get("/api/voices")) == (429, "too_many_attempts")

    def test_the_operators_own_key_still_opens_everything(self, open_site: OpenSite) -> None:
        program = open_site(guard={"api_keys": "correct-horse-battery"}).program("correct-horse-battery")

        assert program.get("/metrics").status_code == 200
        assert program.post("/api/tts", json=TEXT).status_code == 200
        assert code(program.get("/api/account")) == (403, "not_permitted")
