"""Buying over HTTP, from the plans to the invoice and the refund, paid by transfer."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import update
from tests.unit.server.accounts.conftest import Browser, OpenSite, Site, code

from huisheng.server.accounts.models import User


@pytest.fixture
def shop(open_site: OpenSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A server that takes transfers."""
    monkeypatch.setenv("HUISHENG_PAYMENTS", "manual")
    monkeypatch.setenv("HUISHENG_MANUAL_INSTRUCTIONS", "某某银行 6222")
    return open_site()


@pytest.fixture
def customer(shop: Site) -> Browser:
    return shop.person("customer@example.com")


@pytest.fixture
def operator(shop: Site) -> Browser:
    browser = shop.person("boss@example.com")
    with shop.database.writing() as session:
        session.execute(update(User).where(User.email == "boss@example.com").values(is_operator=True))
    shop.forget()
    return browser


def order(customer: Browser, product: str = "pack-1000", **fields: object) -> dict[str, object]:
    answer = customer.post("/api/billing/orders", json={"product": product, "method": "manual", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def confirm(operator: Browser, order_id: object, reference: str = "bank-1") -> None:
    answer = operator.post(f"/api/admin/orders/{order_id}/confirm", json={"reference": reference})
    assert answer.status_code == 200, answer.text


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_plans_are_shown_to_everybody(shop: Site) -> None:
    plans = shop.browser().get("/api/plans").json()

    assert [(plan["id"], plan["kind"], plan["price_fen"]) for plan in plans["plans"]] == [
        ("free", "free", 0),
        ("pack-1000", "pack", 990),
        ("basic", "subscription", 1990),
        ("professional", "subscription", 4990),
        ("enterprise", "subscription", 19900),
    ]
    assert plans["plans"][1]["allowances"] == [
        {"meter": "calls", "amount": 1000, "per": "once", "valid_days": 365}
    ]
    assert [method["id"] for method in plans["methods"]] == ["manual"]


def test_an_order_says_how_it_is_paid(customer: Browser) -> None:
    placed = order(customer)

    assert (placed["status"], placed["amount_fen"]) == ("pending", 990)
    checkout = placed["checkout"]
    assert isinstance(checkout, dict)
    assert checkout["kind"] == "transfer"
    assert "某某银行 6222" in checkout["instructions"]["zh"]
    assert customer.get(f"/api/billing/orders/{placed['id']}").json() == placed
    assert customer.get("/api/billing/orders").json() == {"items": [placed], "next": None}


def test_a_confirmed_order_can_be_used_and_is_in_the_account(customer: Browser, operator: Browser) -> None:
    placed = order(customer)
    confirm(operator, placed["id"])
    confirm(operator, placed["id"])

    account = customer.get("/api/account").json()
    assert account["balances"][0]["remaining"] == 1010
    assert customer.get(f"/api/billing/orders/{placed['id']}").json()["status"] == "paid"


def test_one_transfer_pays_one_order(customer: Browser, operator: Browser) -> None:
    confirm(operator, order(customer)["id"])
    other = order(customer, "basic")

    answer = operator.post(f"/api/admin/orders/{other['id']}/confirm", json={"reference": "bank-1"})

    assert code(answer) == (409, "transfer_reference_used")


def test_a_subscription_is_bought_changed_cancelled_and_resumed(customer: Browser, operator: Browser) -> None:
    assert customer.get("/api/billing/subscription").json() is None
    confirm(operator, order(customer, "professional")["id"])
    assert customer.get("/api/account").json()["plan"]["id"] == "professional"

    changed = customer.post("/api/billing/subscription/change", json={"product": "basic"}).json()
    assert changed == {"order": None, "scheduled": True}
    assert customer.get("/api/billing/subscription").json()["next_product"] == "basic"
    upgrade = customer.post("/api/billing/subscription/change", json={"product": "enterprise"}).json()
    assert (upgrade["order"]["purpose"], upgrade["order"]["amount_fen"]) == ("upgrade", 14910)
    assert customer.post("/api/billing/subscription/cancel").json()["cancel_at_period_end"]
    assert not customer.post("/api/billing/subscription/resume").json()["cancel_at_period_end"]
    assert code(customer.post("/api/billing/portal")) == (409, "portal_unavailable")


def test_a_quote_explains_itself(customer: Browser) -> None:
    quote = customer.get("/api/billing/quote", params={"product": "pack-1000", "quantity": 2}).json()

    assert (quote["due_fen"], quote["effective"]) == (1980, "now")
    assert quote["explanation"] == {"zh": "应付 ¥19.80。", "en": "¥19.80 is due."}


def test_receipt_and_invoice_are_chinese_pdf(customer: Browser, operator: Browser) -> None:
    placed = order(customer, quantity=2)
    confirm(operator, placed["id"])
    asked = {
        "order_id": placed["id"],
        "kind": "company",
        "title": "北京某某<科技>有限公司",
        "tax_id": "91110000600037341L",
    }

    invoice = customer.post("/api/billing/invoices", json=asked).json()

    assert invoice["number"] == "00000001"
    paper = text_of(customer.get(f"/api/billing/invoices/{invoice['id']}.pdf").content)
    for words in ("北京某某<科技>有限公司", "91110000600037341L", "¥19.80", "00000001", "已申请"):
        assert words in paper
    receipt = customer.get(f"/api/billing/orders/{placed['id']}/receipt.pdf")
    assert receipt.headers["content-type"] == "application/pdf"
    for words in ("收据", "1,000 次调用", "¥19.80", "bank-1"):
        assert words in text_of(receipt.content)


def test_an_invoice_needs_what_its_kind_needs(customer: Browser, operator: Browser) -> None:
    placed = order(customer)
    body = {"order_id": placed["id"], "kind": "company", "title": "某公司"}
    assert code(customer.post("/api/billing/invoices", json=body)) == (400, "tax_id_missing")
    special = {**body, "kind": "special", "tax_id": "91110000600037341L"}
    assert code(customer.post("/api/billing/invoices", json=special)) == (400, "special_invoice_incomplete")
    personal = {**body, "kind": "personal"}
    assert code(customer.post("/api/billing/invoices", json=personal)) == (409, "order_unpaid")
    confirm(operator, placed["id"])

    first = customer.post("/api/billing/invoices", json=personal).json()

    assert customer.post("/api/billing/invoices", json=personal).json()["id"] == first["id"]
    assert code(customer.post("/api/billing/invoices", json={**personal, "title": "他"})) == (
        409,
        "invoice_exists",
    )


def test_the_operator_refunds_and_registers_the_fapiao(customer: Browser, operator: Browser) -> None:
    placed = order(customer)
    confirm(operator, placed["id"])
    body = {"order_id": placed["id"], "kind": "personal", "title": "王小明"}
    invoice = customer.post("/api/billing/invoices", json=body).json()
    issued = operator.post(f"/api/admin/invoices/{invoice['id']}/fapiao", json={"number": "24112000"})
    assert issued.json()["fapiao_status"] == "issued"
    assert operator.get("/api/admin/invoices", params={"status": "requested"}).json()["items"] == []

    refund = operator.post(f"/api/admin/orders/{placed['id']}/refunds", json={"reason": "test"})

    assert (refund.status_code, refund.json()["status"]) == (201, "succeeded")
    assert customer.get(f"/api/billing/orders/{placed['id']}").json()["refunded_fen"] == 990
    (shown,) = operator.get("/api/admin/orders", params={"status": "refunded"}).json()["items"]
    assert (shown["id"], shown["account_name"] != "") == (placed["id"], True)
    again = operator.post(f"/api/admin/orders/{placed['id']}/refunds", json={"reason": "test"})
    assert code(again) == (409, "order_unpaid")


@pytest.mark.parametrize("fen", [0, -1, 0.5, 1.0, "100", True, 10**11, 991])
def test_an_amount_that_cannot_go_back_is_refused(fen: object, customer: Browser, operator: Browser) -> None:
    placed = order(customer)
    confirm(operator, placed["id"])
    body = {"amount_fen": fen, "reason": "test"}

    refused = operator.post(f"/api/admin/orders/{placed['id']}/refunds", json=body)

    assert refused.status_code in {400, 409, 422}
    assert customer.get(f"/api/billing/orders/{placed['id']}").json()["refunded_fen"] == 0


def test_nobody_sees_the_orders_of_others(shop: Site, customer: Browser, operator: Browser) -> None:
    placed = order(customer)
    stranger = shop.person("other@example.com")

    for address in (
        f"orders/{placed['id']}",
        f"orders/{placed['id']}/receipt.pdf",
        "invoices/inv_00000000000000000000.pdf",
    ):
        assert stranger.get(f"/api/billing/{address}").status_code == 404
    assert code(stranger.post(f"/api/billing/orders/{placed['id']}/cancel")) == (404, "order_not_found")
    assert code(customer.post(f"/api/admin/orders/{placed['id']}/confirm", json={"reference": "x"})) == (
        403,
        "not_permitted",
    )
    assert shop.browser().get("/api/billing/orders").status_code == 401


def test_a_list_of_orders_comes_in_pages(customer: Browser) -> None:
    placed = {str(order(customer, product)["id"]) for product in ("pack-1000", "basic", "professional")}

    first = customer.get("/api/billing/orders", params={"limit": 2}).json()
    second = customer.get("/api/billing/orders", params={"limit": 2, "cursor": first["next"]}).json()

    assert {each["id"] for each in first["items"] + second["items"]} == placed
    assert second["next"] is None
    assert code(customer.get("/api/billing/orders", params={"cursor": "x"})) == (400, "invalid_cursor")


def test_the_same_key_orders_once(customer: Browser) -> None:
    body = {"product": "pack-1000", "method": "manual"}
    first, second = (
        customer.post("/api/billing/orders", json=body, headers={"Idempotency-Key": "k"}).json()
        for _ in range(2)
    )
    assert first["id"] == second["id"]
    other = customer.post(
        "/api/billing/orders", json={**body, "quantity": 2}, headers={"Idempotency-Key": "k"}
    )
    assert code(other) == (422, "idempotency_key_reused")


def test_what_cannot_be_sold_is_refused(customer: Browser) -> None:
    for body, refusal in (
        ({"product": "gold", "method": "manual"}, (400, "unknown_product")),
        ({"product": "basic", "method": "gold"}, (400, "unknown_payment_method")),
        ({"product": "basic", "method": "manual", "quantity": 2}, (400, "out_of_range")),
        ({"product": "basic", "method": "manual", "quantity": -1}, (422, "malformed_fields")),
    ):
        assert code(customer.post("/api/billing/orders", json=body)) == refusal


def test_a_notification_of_an_unknown_method_or_without_signature_is_refused(shop: Site) -> None:
    visitor = shop.browser()

    assert code(visitor.post("/api/payments/gold/notify", content=b"{}")) == (400, "unknown_payment_method")
    assert visitor.post("/api/payments/manual/notify", content=b"{}").status_code >= 400


def test_what_is_no_id_is_refused_before_the_database_sees_it(customer: Browser) -> None:
    for address in ("orders/x", "orders/%00", "orders/ord_%00000000000000000000"):
        assert code(customer.get(f"/api/billing/{address}")) == (422, "malformed_fields")
    answer = customer.post(
        "/api/billing/orders",
        json={"product": "pack-1000", "method": "manual"},
        headers={"Idempotency-Key": "two words"},
    )
    assert code(answer) == (422, "malformed_fields")
