"""What receipts and invoices say, from rows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from huisheng.server.billing.documents import PrintedDocument
from huisheng.server.billing.invoices import format_number
from huisheng.server.billing.models import Invoice, Payment, PurchaseOrder
from huisheng.server.billing.values import load_offer
from huisheng.server.plans.calendar import parse_zone
from huisheng.server.plans.catalogue import Seller, format_yuan

_KINDS: Final = {
    "personal": "个人（普通发票） personal",
    "company": "企业（普通发票） company",
    "special": "企业（增值税专用发票） special VAT invoice",
}


def receipt(
    order: PurchaseOrder, payment: Payment, refunded_fen: int, seller: Seller, zone: str
) -> PrintedDocument:
    """The receipt of an order that is paid.

    Args:
        order: of an account.
        payment: that it was waiting for.
        refunded_fen: what went back.
        seller: who sells.
        zone: of the account.
    """
    return PrintedDocument(
        "收据 Receipt",
        (
            _seller_rows(seller),
            (
                ("订单 Order", order.id),
                ("商品 Product", _product(order)),
                ("付款时间 Paid on", _format_time(payment.paid_at, zone)),
                ("支付方式 Method", payment.method),
                ("交易号 Transaction", payment.external_id),
            ),
            (*_amount_rows(order, refunded_fen), ("实付 Paid", format_yuan(order.amount_fen - refunded_fen))),
        ),
        "本收据不是发票；需要发票时，请在“账单”页面申请。 This is no fapiao; ask for one on the page.",
    )


def invoice_paper(invoice: Invoice, order: PurchaseOrder, seller: Seller, zone: str) -> PrintedDocument:
    """An invoice.

    Args:
        invoice: of an order.
        order: that it is of.
        seller: who sells.
        zone: of the account.
    """
    buyer = invoice.buyer
    is_issued = invoice.fapiao_status == "issued"
    return PrintedDocument(
        f"账单 Invoice {format_number(invoice.number)}",
        (
            _seller_rows(seller),
            (
                ("抬头 Title", buyer["title"]),
                ("类型 Kind", _KINDS[invoice.kind]),
                ("税号 Tax number", buyer["tax_id"]),
                ("地址、电话 Address", " ".join(filter(None, (buyer["address"], buyer["phone"])))),
                ("开户行、账号 Bank", " ".join(filter(None, (buyer["bank"], buyer["bank_account"])))),
                ("邮箱 E-mail", buyer["email"]),
            ),
            (
                ("日期 Date", _format_time(invoice.created_at, zone)),
                ("订单 Order", order.id),
                ("商品 Product", _product(order)),
                *_amount_rows(order, order.amount_fen - invoice.amount_fen),
                ("合计 Total", format_yuan(invoice.amount_fen)),
            ),
            (
                ("发票状态 Fapiao", "已开具 issued" if is_issued else "已申请 requested"),
                ("发票号码 Fapiao number", invoice.fapiao_number or ""),
            ),
        ),
        "发票由销售方在税务系统中开具，以税务系统的发票为准。 The fapiao of the tax system counts.",
    )


def _seller_rows(seller: Seller) -> tuple[tuple[str, str], ...]:
    return (
        ("销售方 Seller", seller.name),
        ("税号 Tax number", seller.tax_id),
        ("地址 Address", seller.address),
        ("电话 Telephone", seller.phone),
        ("邮箱 E-mail", seller.email),
    )


def _amount_rows(order: PurchaseOrder, refunded_fen: int) -> tuple[tuple[str, str], ...]:
    return (
        ("金额 Price", format_yuan(order.price_fen)),
        ("抵扣 Credit", f"−{format_yuan(order.credit_fen)}" if order.credit_fen else ""),
        ("退款 Refunded", f"−{format_yuan(refunded_fen)}" if refunded_fen else ""),
    )


def _product(order: PurchaseOrder) -> str:
    name = load_offer(order.offer).name
    return f"{name.zh} {name.en} × {order.quantity}"


def _format_time(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(parse_zone(zone)):%Y-%m-%d %H:%M} ({zone})"
