"""Receipts and invoices as PDF: what they say, in fonts that they bring, on the paper.

A font with Chinese characters is installed (Debian: fonts-droid-fallback).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from reportlab.pdfbase import pdfmetrics
from tests.unit.server.billing.shop import CONFIG, CUSTOMER, NOW

from huisheng.server.billing import papers
from huisheng.server.billing.chinese_font import find_chinese_font
from huisheng.server.billing.documents import PrintedDocument, draw_pdf
from huisheng.server.billing.errors import FontError
from huisheng.server.billing.invoices import Buyer
from huisheng.server.billing.lettering import load_fonts
from huisheng.server.billing.models import Invoice, Payment, PurchaseOrder
from huisheng.server.billing.values import dump_offer
from huisheng.server.plans.catalogue import Seller, included_tax_fen

SELLER = Seller(
    "某某（北京）智能语音科技有限公司", "91110000MA01ABCD9X", "北京市海淀区", "010-1234", tax_percent=6
)
BUYER = Buyer(
    "示例科技有限公司", "91110000MA01ABCD9X", "上海市", "021-5555", "工商银行", "6222 0210", "a@b.cn"
)
ZONE = "Asia/Shanghai"
LETTERS = load_fonts(find_chinese_font())
NOWHERE = "\U000f0000"


def make_order(price_fen: int = 990, quantity: int = 1, credit_fen: int = 0) -> PurchaseOrder:
    return PurchaseOrder(
        id="ord_a",
        account_id=CUSTOMER,
        offer=dump_offer(CONFIG.catalogue.offer("pack-1000", NOW)),
        quantity=quantity,
        price_fen=price_fen,
        credit_fen=credit_fen,
        amount_fen=price_fen - credit_fen,
        method="wechat",
    )


def receipt(order: PurchaseOrder, refunded_fen: int = 0, seller: Seller = SELLER) -> PrintedDocument:
    payment = Payment(order_id=order.id, method="wechat", external_id="tx_a", paid_at=NOW)
    return papers.receipt(order, payment, refunded_fen, seller, ZONE)


def invoice(
    order: PurchaseOrder, buyer: Buyer = BUYER, *, before: int = 0, refunded_fen: int = 0
) -> PrintedDocument:
    row = Invoice(
        number=12,
        kind="special",
        buyer=asdict(buyer),
        seller=asdict(SELLER),
        amount_fen=order.amount_fen - before,
        fapiao_status="issued",
        fapiao_number="24312000000012345678",
        created_at=NOW,
    )
    return papers.invoice_paper(row, order, refunded_fen, ZONE)


def text(document: PrintedDocument) -> str:
    return text_of(draw_pdf(document, LETTERS))


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


LONG = replace(BUYER, title="超长名称有限责任公司" * 20, address="科技园路" * 50, bank="中国农业银行" * 33)
ALL = {
    "receipt": receipt(make_order()),
    "refunded": receipt(make_order(99_000, 100), 12_345),
    "invoice": invoice(make_order()),
    "long": invoice(make_order(19_900_000), LONG, before=100, refunded_fen=200),
    "english": invoice(make_order(), replace(BUYER, title="An Extraordinarily Long Name " * 6 + "GmbH")),
    "rare": invoice(make_order(), replace(BUYER, title=f"犇（①）“引号”— {NOWHERE} é <b>&amp;")),
}


@cache
def pdf_of(name: str) -> bytes:
    return draw_pdf(ALL[name], LETTERS)


@pytest.mark.parametrize("name", ALL)
def test_fonts_are_embedded(name: str) -> None:
    """Each font of each page refers to a descriptor with the font's file in it."""
    for page in PdfReader(BytesIO(pdf_of(name))).pages:
        resources = cast("DictionaryObject", page["/Resources"])
        fonts = cast("DictionaryObject", resources["/Font"])
        for font in fonts:
            assert "/FontFile2" in cast("Any", fonts[font])["/FontDescriptor"]


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_drawn_outside_the_margins(name: str) -> None:
    left, right, top, bottom = 56, 540, 790, 25

    def visit(shown: str, outer: list[float], inner: list[float], _: object, size: float) -> None:
        run = shown.strip()
        if run:
            x, y = inner[4] + outer[4], inner[5] + outer[5]
            width = sum(pdfmetrics.stringWidth(each, LETTERS.font_of(each), size) for each in run)  # pyright: ignore[reportUnknownMemberType]
            assert left < x <= x + width <= right + 1, run
            assert bottom < y < top, run

    for page in PdfReader(BytesIO(pdf_of(name))).pages:
        page.extract_text(visitor_text=visit)


def test_a_receipt_says_what_was_paid_and_what_went_back() -> None:
    shown = text(receipt(make_order(99_000, 100), 12_345))

    for amount in ("¥9.90", "¥990.00", "−¥123.45", "¥866.55", "× 100", "微信支付", "tx_a"):
        assert amount in shown


def test_an_invoice_holds_the_particulars_of_both_sides() -> None:
    shown = text(invoice(make_order()))

    for each in (*asdict(BUYER).values(), SELLER.name, SELLER.tax_id, "00000012", "24312000000012345678"):
        assert each in shown


def test_amounts_of_six_digits_are_grouped() -> None:
    shown = text(invoice(make_order(19_900_000), before=123_456, refunded_fen=223_456))

    for amount in ("¥199,000.00", "−¥1,234.56", "¥197,765.44", "¥186,571.17", "¥11,194.27", "¥1,000.00"):
        assert amount in shown


def test_a_credit_is_taken_off() -> None:
    shown = text(receipt(make_order(4990, credit_fen=1327)))

    assert "−¥13.27" in shown
    assert "¥36.63" in shown


def test_a_tax_of_nothing_is_told_and_an_unknown_one_is_not() -> None:
    without = text(receipt(make_order(), seller=Seller()))

    assert "Tax (0%) ¥0.00" in text(receipt(make_order(), seller=Seller(tax_percent=0))).replace("\n", "")
    assert "Tax (" not in without


def test_a_character_without_a_glyph_is_told_by_its_number() -> None:
    shown = text_of(pdf_of("rare")).replace("\n", "")

    assert "“引号”— 〓(U+F0000) é <b>&amp;" in shown


def test_long_particulars_take_another_page_and_lose_nothing() -> None:
    shown = text_of(pdf_of("long")).replace("\n", "")

    assert len(PdfReader(BytesIO(pdf_of("long"))).pages) == 2
    assert LONG.title in shown
    assert LONG.bank in shown


def test_the_same_document_is_the_same_bytes() -> None:
    assert draw_pdf(ALL["invoice"], LETTERS) == pdf_of("invoice")


def test_without_a_font_that_of_the_reader_is_asked_for() -> None:
    shown = text_of(draw_pdf(ALL["rare"], load_fonts(None))).replace("\n", "")

    assert "犇" in shown
    assert "〓(U+F0000)" in shown


def test_a_font_that_cannot_be_embedded_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"no font")

    with pytest.raises(FontError):
        load_fonts(path)


@pytest.mark.parametrize(
    ("total", "percent", "tax"), [(990, 6, 56), (106, 6, 6), (9, 6, 1), (8, 6, 0), (0, 6, 0), (990, 0, 0)]
)
def test_the_tax_in_a_price_is_rounded_to_the_nearest_fen(total: int, percent: int, tax: int) -> None:
    assert included_tax_fen(total, percent) == tax
