"""Administration over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.unit.server.accounts.conftest import Browser, Site, code
from tests.unit.server.admin.conftest import OPERATOR, add_customer
from tests.unit.server.admin.rows import count_statements
from tests.unit.server.billing import shop

NOBODY = "acc_00000000000000000000"
FIRST, OTHER = "acc_11111111111111111111", "acc_22222222222222222222"
ROUTES = [
    ("GET", "/api/admin/accounts"),
    ("GET", f"/api/admin/accounts/{NOBODY}"),
    ("POST", f"/api/admin/accounts/{NOBODY}/suspend"),
    ("POST", f"/api/admin/accounts/{NOBODY}/resume"),
    ("PUT", f"/api/admin/accounts/{NOBODY}/flags"),
    ("POST", f"/api/admin/accounts/{NOBODY}/grants"),
    ("GET", "/api/admin/revenue"),
    ("GET", "/api/admin/usage"),
    ("GET", "/api/admin/audit"),
    ("GET", "/api/admin/health"),
    ("POST", "/api/admin/ledger/prove"),
]
SPEECH = "/api/speech"


def list_own_events(operator: Browser, account_id: str) -> list[dict[str, Any]]:
    """The events of an account that an operator caused, the latest first."""
    items = operator.get("/api/admin/audit", params={"account_id": account_id}).json()["items"]
    me = operator.get("/api/account").json()["user"]["id"]
    return [item for item in items if item["actor"] == me]


@pytest.fixture
def key(site: Site) -> str:
    """A customer's API key, that may do all that keys may."""
    answer = site.person().post(
        "/api/account/keys", json={"name": "k", "scopes": ["speech", "usage", "billing", "account"]}
    )
    return answer.json()["key"]


def test_nobody_but_an_operator_gets_in(site: Site, key: str) -> None:
    stranger, customer, program = site.browser(), site.person(), site.program(key)

    for method, path in ROUTES:
        assert code(stranger.request(method, path, json={})) == (401, "unauthorized")
        assert code(customer.request(method, path, json={})) == (403, "not_permitted")
        assert code(program.request(method, path, json={})) == (403, "not_permitted")


def test_a_key_of_an_operator_is_a_program_like_others(site: Site, operator: Browser) -> None:
    made = operator.post("/api/account/keys", json={"name": "k"}).json()["key"]

    assert code(site.program(made).get("/api/admin/accounts")) == (403, "not_permitted")


def test_an_app_of_an_operator_may(site: Site, operator: Browser) -> None:
    tokens = operator.post("/api/auth/token", json={"email": OPERATOR, "password": "correct horse battery"})
    app = site.program(tokens.json()["access_token"])

    assert app.get("/api/admin/accounts").status_code == 200


def test_a_browser_without_proof_of_our_page_changes_nothing(site: Site, operator: Browser) -> None:
    account_id = add_customer(site)
    stranger = TestClient(site.app, base_url="http://localhost", cookies=dict(operator.cookies))

    answer = stranger.post(f"/api/admin/accounts/{account_id}/suspend", json={"reason": "x"})

    assert code(answer) == (403, "csrf_refused")


def buy_both(site: Site, account_id: str) -> tuple[str, str]:
    """A customer who has bought a pack and a plan; the ids of the orders."""
    shop.add_customer(site.database, account_id)
    pack, month = (shop.buy(site.database, each, account_id=account_id) for each in ("pack-1000", "basic"))
    return pack.id, month.id


class TestOrders:
    def test_they_are_found_by_account_and_status(self, site: Site, operator: Browser) -> None:
        first = set(buy_both(site, FIRST))
        buy_both(site, OTHER)
        waiting = shop.place(site.database, "pack-1000", 2, account_id=FIRST).id

        def ids(**asked: str) -> set[str]:
            items = operator.get("/api/admin/orders", params=asked).json()["items"]
            assert {item["account_id"] for item in items} <= {FIRST, OTHER}
            return {item["id"] for item in items}

        assert ids(account_id=FIRST) == {*first, waiting}
        assert ids(account_id=FIRST, status="paid") == first
        assert ids(account_id=NOBODY) == set()
        assert len(ids()) == 5

    def test_a_list_takes_as_many_statements_however_long_it_is(self, site: Site, operator: Browser) -> None:
        counts: list[int] = []
        for name in ("acc_a", "acc_b"):
            buy_both(site, name)
            operator.get("/api/account")
            with count_statements() as statements:
                assert operator.get("/api/admin/orders").status_code == 200
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestRevenue:
    @pytest.mark.parametrize(
        ("group", "days"), [("day", ["2026-11-22"]), ("month", ["2026-11-01"]), ("method", [None])]
    )
    def test_it_is_told_by_day_month_and_method(
        self, group: str, days: list[str | None], site: Site, operator: Browser
    ) -> None:
        pack, _ = buy_both(site, FIRST)
        shop.give_back(site.database, pack, 90)

        report = operator.get("/api/admin/revenue", params={"group": group}).json()

        assert [row["day"] for row in report["rows"]] == days
        assert [(row["received_fen"], row["refunded_fen"]) for row in report["rows"]] == [(2980, 90)]
        assert report["totals"]["net_fen"] == 2890


class TestAccounts:
    def test_they_are_listed_with_cursors(self, site: Site, operator: Browser) -> None:
        ids = {add_customer(site, f"c{number}@example.com") for number in range(3)}

        first = operator.get("/api/admin/accounts", params={"limit": 3}).json()
        rest = operator.get("/api/admin/accounts", params={"limit": 3, "cursor": first["next"]}).json()

        assert {item["id"] for item in first["items"] + rest["items"]} > ids
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)

    def test_they_are_found_by_address(self, site: Site, operator: Browser) -> None:
        account_id = add_customer(site)

        found = operator.get("/api/admin/accounts", params={"query": " Customer@ "}).json()["items"]

        assert [item["id"] for item in found] == [account_id]
        assert found[0]["owners"] == ["customer@example.com"]

    def test_what_is_no_question_is_refused(self, operator: Browser) -> None:
        for parameters, status in (
            ({"query": "\0"}, 422),
            ({"query": "x" * 101}, 422),
            ({"status": "dead"}, 422),
            ({"cursor": "nonsense"}, 400),
            ({"cursor": "20261122T120000.000000_\0"}, 400),
            ({"limit": 101}, 422),
        ):
            assert operator.get("/api/admin/accounts", params=parameters).status_code == status


class TestAccount:
    def test_it_is_shown_with_its_people_and_keys_and_without_secrets(
        self, site: Site, operator: Browser, key: str
    ) -> None:
        account_id = site.person().get("/api/account").json()["account"]["id"]

        answer = operator.get(f"/api/admin/accounts/{account_id}")

        shown = answer.json()
        assert [member["email"] for member in shown["members"]] == ["wang@example.com"]
        assert [listed["prefix"] for listed in shown["keys"]] == [key[:11]]
        assert "hash" not in answer.text
        assert "key.created" in {event["action"] for event in shown["audit"]}

    def test_it_is_shown_with_its_orders_subscription_and_last_use(
        self, site: Site, operator: Browser
    ) -> None:
        pack, month = buy_both(site, FIRST)
        buy_both(site, OTHER)

        shown = operator.get(f"/api/admin/accounts/{FIRST}").json()

        assert {order["id"] for order in shown["orders"]} == {pack, month}
        assert (shown["subscription"]["product"], shown["subscription"]["status"]) == ("basic", "active")
        assert shown["last_used_at"] is None
        me = operator.get("/api/account").json()["account"]["id"]
        assert operator.get(f"/api/admin/accounts/{me}").json()["last_used_at"] is not None

    def test_it_takes_as_many_statements_however_much_there_is(self, site: Site, operator: Browser) -> None:
        counts: list[int] = []
        shop.add_customer(site.database, FIRST)
        for _ in range(2):
            for _ in range(4):
                shop.buy(site.database, "pack-1000", account_id=FIRST)
            operator.get("/api/account")  # its session is known by now
            with count_statements() as statements:
                assert operator.get(f"/api/admin/accounts/{FIRST}").status_code == 200
            counts.append(len(statements))

        assert counts[0] == counts[1]

    def test_an_unknown_one_is_told(self, operator: Browser) -> None:
        assert code(operator.get(f"/api/admin/accounts/{NOBODY}")) == (404, "not_found")


class TestSuspend:
    def test_nothing_more_is_spoken_for_it(self, site: Site, operator: Browser, key: str) -> None:
        browser, program = site.person(), site.program(key)
        account_id = browser.get("/api/account").json()["account"]["id"]

        answer = operator.post(f"/api/admin/accounts/{account_id}/suspend", json={"reason": "欠费"})

        assert answer.json()["suspension_reason"] == "欠费"
        assert code(program.get(SPEECH, params={"text": "好"})) == (403, "account_suspended")
        assert browser.get("/api/account").status_code == 401
        (event,) = list_own_events(operator, account_id)
        assert (event["action"], event["detail"]) == ("account.suspended", {"reason": "欠费"})

    def test_its_people_can_sign_in_and_see_why(self, site: Site, operator: Browser) -> None:
        account_id = add_customer(site)
        operator.post(f"/api/admin/accounts/{account_id}/suspend", json={"reason": "欠费"})

        assert site.person("customer@example.com").get("/api/account").json()["account"]["suspended"]

    def test_it_goes_on_when_resumed(self, site: Site, operator: Browser, key: str) -> None:
        account_id = site.person().get("/api/account").json()["account"]["id"]
        operator.post(f"/api/admin/accounts/{account_id}/suspend", json={"reason": "欠费"})

        answer = operator.post(f"/api/admin/accounts/{account_id}/resume", json={"reason": "已付清"})

        assert answer.json()["suspended_at"] is None
        assert site.program(key).get("/api/voices").status_code == 200

    def test_a_reason_is_needed(self, operator: Browser) -> None:
        for body in ({}, {"reason": " "}, {"reason": "x" * 201}, {"why": "x"}):
            answer = operator.post(f"/api/admin/accounts/{NOBODY}/suspend", json=body)
            assert code(answer) == (422, "malformed_fields")


class TestFlags:
    def test_they_are_replaced(self, site: Site, operator: Browser) -> None:
        account_id = add_customer(site)
        for flags in (["vip"], ["beta"]):
            body = {"flags": flags, "reason": "test"}
            assert operator.put(f"/api/admin/accounts/{account_id}/flags", json=body).json()["flags"] == flags

        assert len(list_own_events(operator, account_id)) == 2

    def test_others_are_none(self, operator: Browser) -> None:
        for flags in (["VIP"], [""], ["a" * 41], ["a b"], ["a"] * 21, "vip", None):
            body = {"flags": flags, "reason": "test"}
            assert operator.put(f"/api/admin/accounts/{NOBODY}/flags", json=body).status_code == 422


class TestGrants:
    BODY = {"meter": "calls", "amount": 100, "valid_days": 30, "reason": "补偿"}  # noqa: RUF012

    def test_a_gift_is_told_with_its_term(self, site: Site, operator: Browser) -> None:
        account_id = add_customer(site)

        answer = operator.post(f"/api/admin/accounts/{account_id}/grants", json=self.BODY)

        assert answer.status_code == 201
        assert answer.json()["expires_at"] == "2026-12-22T12:00:00Z"
        (event,) = list_own_events(operator, account_id)
        assert event["detail"] == self.BODY

    def test_the_same_key_gives_once(self, site: Site, operator: Browser) -> None:
        path, headers = f"/api/admin/accounts/{add_customer(site)}/grants", {"Idempotency-Key": "one"}

        first, again = (operator.post(path, json=self.BODY, headers=headers).json() for _ in range(2))
        other = operator.post(path, json=self.BODY | {"amount": 5}, headers=headers)

        assert first == again
        assert code(other) == (422, "idempotency_key_reused")

    def test_amounts_that_make_no_sense_are_refused(self, operator: Browser) -> None:
        wrong: dict[str, Sequence[object]] = {
            "amount": (0, -1, 1.5, 10**10, "1e3", True, None),
            "valid_days": (0, -1, 3661, 0.5, True),
            "meter": ("fen", "", None),
        }
        for name, values in wrong.items():
            for value in values:
                answer = operator.post(f"/api/admin/accounts/{NOBODY}/grants", json=self.BODY | {name: value})
                assert answer.status_code == 422, value


class TestReports:
    def test_revenue_of_nothing_is_nothing(self, operator: Browser) -> None:
        answer = operator.get("/api/admin/revenue").json()

        assert (answer["from"], answer["to"], answer["zone"]) == ("2026-10-24", "2026-11-22", "Asia/Shanghai")
        assert answer["totals"]["net_fen"] == 0

    def test_days_that_are_none_are_refused(self, operator: Browser) -> None:
        for parameters, status in (
            ({"from": "2026-11-23", "to": "2026-11-22"}, 400),
            ({"from": "2020-01-01"}, 400),
            ({"from": "9999-12-31", "to": "9999-12-31"}, 400),
            ({"to": "0001-01-01"}, 400),
            ({"from": "yesterday"}, 422),
        ):
            for report in ("revenue", "usage"):
                answer = operator.get(f"/api/admin/{report}", params=parameters)
                assert answer.status_code == status, parameters


class TestHealth:
    def test_it_tells_of_every_part(self, site: Site, operator: Browser) -> None:
        health = operator.get("/api/admin/health").json()

        assert health["database"]["kind"] == ("sqlite" if site.database.is_sqlite else "postgresql")
        assert health["mail"] == {"configured": True, "waiting": 0, "abandoned": 0, "oldest": None}
        assert health["license"]["state"] == "none"
        assert health["payments"] == []

    def test_the_books_are_proved_when_asked(self, operator: Browser) -> None:
        proof = operator.post("/api/admin/ledger/prove", json={}).json()

        assert proof["is_right"]
        assert proof["checks"]
        assert operator.get("/api/admin/health").json()["books"]["proved_at"] == proof["proved_at"]
