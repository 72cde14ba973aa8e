"""What receipts and invoices say, from rows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from huisheng.server.billing.documents import LabeledBlock, PrintedDocument
from huisheng.server.billing.invoices import format_number
from huisheng.server.billing.models import Invoice, Payment, PurchaseOrder
from huisheng.server.billing.values import load_offer
from huisheng.server.plans.calendar import parse_zone
from huisheng.server.plans.catalogue import Seller, format_yuan, included_tax_fen

_KINDS: Final = {
    "personal": "个人（普通发票） personal",
    "company": "企业（普通发票） company",
    "special": "企业（增值税专用发票） special VAT invoice",
}
_METHODS: Final = {
    "wechat": "微信支付 WeChat Pay",
    "alipay": "支付宝 Alipay",
    "stripe": "Stripe",
    "paypal": "PayPal",
    "manual": "转账 Transfer",
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
    kept = order.amount_fen - refunded_fen
    return PrintedDocument(
        "收据 Receipt",
        (
            LabeledBlock(
                "付款 Payment",
                (
                    ("订单 Order", order.id),
                    ("商品 Product", _product(order)),
                    ("付款时间 Paid on", _format_time(payment.paid_at, zone)),
                    ("支付方式 Method", _METHODS.get(payment.method, payment.method)),
                    ("交易号 Transaction", payment.external_id),
                ),
            ),
            _describe_seller(seller),
        ),
        (
            *_amount_rows(order),
            ("退款 Refunded", _less(refunded_fen)),
            *_tax_rows(kept, seller),
            ("实付 Paid", format_yuan(kept)),
        ),
        "本收据不是发票；需要发票时，请在账户页面的“账单”中申请。 "
        "This is no fapiao; ask for one under Billing on the account page.",
    )


def invoice_paper(invoice: Invoice, order: PurchaseOrder, refunded_fen: int, zone: str) -> PrintedDocument:
    """An invoice.

    Args:
        invoice: of an order.
        order: that it is of.
        refunded_fen: what went back of the order.
        zone: of the account.
    """
    seller = Seller(**invoice.seller)
    before = order.amount_fen - invoice.amount_fen
    is_issued = invoice.fapiao_status == "issued"
    return PrintedDocument(
        f"账单 Invoice {format_number(invoice.number)}",
        (
            LabeledBlock("购买方 Buyer", _buyer_rows(invoice)),
            _describe_seller(seller),
            LabeledBlock(
                "商品 Item",
                (
                    ("日期 Date", _format_time(invoice.created_at, zone)),
                    ("订单 Order", order.id),
                    ("商品 Product", _product(order)),
                ),
            ),
            LabeledBlock(
                "发票 Fapiao",
                (
                    ("状态 Status", "已开具 issued" if is_issued else "已申请 requested"),
                    ("发票号码 Number", invoice.fapiao_number or ""),
                    (
                        "之后退款 Refunded since",
                        format_yuan(since) if (since := refunded_fen - before) else "",
                    ),
                ),
            ),
        ),
        (
            *_amount_rows(order),
            ("退款 Refunded", _less(before)),
            *_tax_rows(invoice.amount_fen, seller),
            ("合计 Total", format_yuan(invoice.amount_fen)),
        ),
        "发票由销售方在税务系统中开具，以税务系统的发票为准。 The fapiao of the tax system counts.",
    )


def _describe_seller(seller: Seller) -> LabeledBlock:
    rows = (
        ("名称 Name", seller.name),
        ("税号 Tax number", seller.tax_id),
        ("地址 Address", seller.address),
        ("电话 Telephone", seller.phone),
        ("邮箱 E-mail", seller.email),
    )
    return LabeledBlock("销售方 Seller", rows)


def _buyer_rows(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    buyer = invoice.buyer
    return (
        ("抬头 Title", buyer["title"]),
        ("类型 Kind", _KINDS[invoice.kind]),
        ("税号 Tax number", buyer["tax_id"]),
        ("地址 Address", buyer["address"]),
        ("电话 Telephone", buyer["phone"]),
        ("开户行 Bank", buyer["bank"]),
        ("账号 Account", buyer["bank_account"]),
        ("邮箱 E-mail", buyer["email"]),
    )


def _amount_rows(order: PurchaseOrder) -> tuple[tuple[str, str], ...]:
    return (
        ("单价 Unit price", format_yuan(order.price_fen // order.quantity) if order.quantity > 1 else ""),
        ("数量 Quantity", str(order.quantity) if order.quantity > 1 else ""),
        ("金额 Price", format_yuan(order.price_fen)),
        ("抵扣 Credit", _less(order.credit_fen)),
    )


def _tax_rows(total_fen: int, seller: Seller) -> tuple[tuple[str, str], ...]:
    """What of a sum is tax, where the seller tells the rate."""
    percent = seller.tax_percent
    if percent is None:
        return ()
    tax = included_tax_fen(total_fen, percent)
    return (
        ("不含税金额 Net", format_yuan(total_fen - tax)),
        (f"税额 Tax ({percent}%)", format_yuan(tax)),
    )


def _less(fen: int) -> str:
    """An amount that is taken off; empty for none."""
    return f"−{format_yuan(fen)}" if fen else ""


def _product(order: PurchaseOrder) -> str:
    name = load_offer(order.offer).name
    return f"{name.zh} {name.en} × {order.quantity}"


def _format_time(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(parse_zone(zone)):%Y-%m-%d %H:%M} ({zone})"
