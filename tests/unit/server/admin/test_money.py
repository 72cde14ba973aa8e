"""Orders, refunds and invoices, as the operator sees and changes them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.server.accounts.conftest import Browser, OpenSite, Site, code
from tests.unit.server.admin.conftest import make_operator

NO_ORDER = "/api/admin/orders/ord_00000000000000000000"


@pytest.fixture
def site(open_site: OpenSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A server that takes transfers."""
    monkeypatch.setenv("HUISHENG_PAYMENTS", "manual")
    monkeypatch.setenv("HUISHENG_MANUAL_INSTRUCTIONS", "转账至……")
    return open_site()


@pytest.fixture
def customer(site: Site) -> Browser:
    return site.person()


def order_pack(customer: Browser) -> dict[str, Any]:
    plans = customer.get("/api/plans").json()["plans"]
    pack = next(plan["id"] for plan in plans if plan["kind"] == "pack")
    answer = customer.post("/api/billing/orders", json={"product": pack, "method": "manual"})
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def confirm(operator: Browser, order_id: str, reference: str = "T1") -> Any:  # noqa: ANN401 (an answer)
    return operator.post(f"/api/admin/orders/{order_id}/confirm", json={"reference": reference})


def test_an_order_goes_from_transfer_over_refund_to_the_reports(site: Site, customer: Browser) -> None:
    operator = make_operator(site)
    ordered = order_pack(customer)

    assert (
        operator.get("/api/admin/orders", params={"status": "pending"}).json()["items"][0]["id"]
        == ordered["id"]
    )
    paid = confirm(operator, ordered["id"]).json()
    assert (paid["status"], paid["payments"][0]["external_id"]) == ("paid", "T1")
    assert paid["account_name"] == customer.get("/api/account").json()["account"]["name"]

    body = {"amount_fen": 100, "reason": "部分退款"}
    answer = operator.post(f"/api/admin/orders/{ordered['id']}/refunds", json=body)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["refunded_fen"]) == ("partially_refunded", 100)

    totals = operator.get("/api/admin/revenue").json()["totals"]
    assert (totals["received_fen"], totals["refunded_fen"]) == (ordered["amount_fen"], 100)
    actions = [event["action"] for event in operator.get("/api/admin/audit").json()["items"]]
    assert {"order.confirmed", "order.refunded"} <= set(actions)


def test_all_that_is_left_goes_back_without_an_amount(site: Site, customer: Browser) -> None:
    operator, ordered = make_operator(site), order_pack(customer)
    confirm(operator, ordered["id"])

    refunds = f"/api/admin/orders/{ordered['id']}/refunds"
    answer = operator.post(refunds, json={"reason": "不想要了"}, headers={"Idempotency-Key": "one"})
    again = operator.post(refunds, json={"reason": "不想要了"}, headers={"Idempotency-Key": "one"})

    assert answer.json()["status"] == "refunded"
    assert len(again.json()["refunds"]) == 1
    assert code(operator.post(refunds, json={"reason": "再退"})) == (409, "order_unpaid")


def test_more_than_was_paid_does_not_go_back(site: Site, customer: Browser) -> None:
    operator, ordered = make_operator(site), order_pack(customer)
    confirm(operator, ordered["id"])

    body = {"amount_fen": ordered["amount_fen"] + 1, "reason": "x"}
    answer = operator.post(f"/api/admin/orders/{ordered['id']}/refunds", json=body)

    assert answer.status_code == 400


def test_an_invoice_gets_the_number_of_its_fapiao(site: Site, customer: Browser) -> None:
    operator, ordered = make_operator(site), order_pack(customer)
    confirm(operator, ordered["id"])
    asked = {"order_id": ordered["id"], "title": "王小明", "kind": "personal"}
    assert customer.post("/api/billing/invoices", json=asked).status_code in {200, 201}

    (invoice,) = operator.get("/api/admin/invoices", params={"status": "requested"}).json()["items"]
    answer = operator.post(
        f"/api/admin/invoices/{invoice['id']}/fapiao", json={"number": "24442000000012345678"}
    )

    assert (answer.json()["fapiao_status"], answer.json()["buyer"]["title"]) == ("issued", "王小明")
    assert operator.get("/api/admin/invoices", params={"status": "requested"}).json()["items"] == []


def test_what_there_is_not_is_told(site: Site) -> None:
    operator = make_operator(site)

    assert operator.get(NO_ORDER).status_code == 404
    assert confirm(operator, "ord_00000000000000000000").status_code == 404
    assert operator.post(f"{NO_ORDER}/refunds", json={"reason": "x"}).status_code == 404
    for amount in (0, -1, 1.5, True, "1", 10**13):
        body = {"amount_fen": amount, "reason": "x"}
        assert operator.post(f"{NO_ORDER}/refunds", json=body).status_code == 422
