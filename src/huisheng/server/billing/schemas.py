"""Billing over HTTP. Money is in fen, times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Annotated, Literal, Self

import segno
from pydantic import BaseModel, ConfigDict, Field

from huisheng.server.billing.invoices import format_number
from huisheng.server.billing.models import Invoice, PurchaseOrder, Refund
from huisheng.server.billing.orders import OrderView
from huisheng.server.billing.values import (
    CURRENCY,
    BillingConfig,
    Quote,
    SubscriptionState,
    SubscriptionStatus,
    load_offer,
)
from huisheng.server.payments.protocol import CheckoutKind, MethodDescription
from huisheng.server.plans.catalogue import Catalogue, Meter, PlanLimits, PriceVersion, Product, ProductKind

_QUIET_ZONE = 4
"""Modules around a QR code (ISO/IEC 18004)."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextPair(BaseModel):
    """The same in Chinese and English."""

    zh: str
    en: str


class AllowanceInfo(BaseModel):
    """Units of one meter; `valid_days` is null where they are for a day or a month."""

    meter: Meter
    amount: int
    per: Literal["day", "period", "once"]
    valid_days: int | None


class LimitsInfo(BaseModel):
    """What a plan may use: 0, empty and null stand for no limit of its own."""

    concurrency: int
    rate: str
    text_limit: int
    formats: Sequence[str] | None
    voices: Sequence[str] | None
    custom_voice: bool

    @classmethod
    def of(cls, limits: PlanLimits) -> Self:
        """Limits of the catalogue."""
        return cls(
            concurrency=limits.concurrency,
            rate=limits.rate,
            text_limit=limits.text_limit,
            formats=limits.formats,
            voices=limits.voices,
            custom_voice=limits.custom_voice,
        )


class PlanInfo(BaseModel):
    """A plan or a pack as it is sold now."""

    id: str
    name: TextPair
    description: TextPair
    kind: ProductKind
    version: str
    price_fen: int
    period: Literal["month"] | None
    allowances: Sequence[AllowanceInfo]
    limits: LimitsInfo

    @classmethod
    def of(cls, product: Product, terms: PriceVersion) -> Self:
        """A product in one version."""
        per: Mapping[ProductKind, Literal["day", "period", "once"]] = {
            "free": "day",
            "subscription": "period",
            "pack": "once",
        }
        return cls(
            id=product.id,
            name=TextPair(zh=product.name.zh, en=product.name.en),
            description=TextPair(zh=product.description.zh, en=product.description.en),
            kind=product.kind,
            version=terms.id,
            price_fen=terms.price_fen,
            period="month" if product.kind == "subscription" else None,
            allowances=[
                AllowanceInfo(
                    meter=each.meter,
                    amount=each.amount,
                    per=per[product.kind],
                    valid_days=terms.valid_days or None,
                )
                for each in terms.allowances
            ],
            limits=LimitsInfo.of(terms.limits),
        )


class MethodInfo(BaseModel):
    """A method of payment; `subscriptions` where it renews by itself."""

    id: str
    name: TextPair
    kind: CheckoutKind
    subscriptions: bool

    @classmethod
    def of(cls, described: MethodDescription) -> Self:
        """A method that is on."""
        return cls(
            id=described.id,
            name=TextPair(zh=described.name.zh, en=described.name.en),
            kind=described.kind,
            subscriptions=described.subscriptions,
        )


class PlanList(BaseModel):
    """Everything that is sold, and how it can be paid."""

    version: Annotated[str, Field(description="最新的价格版本。Newest version in force.")]
    currency: str
    zone: str
    plans: Sequence[PlanInfo]
    methods: Sequence[MethodInfo]

    @classmethod
    def of(cls, catalogue: Catalogue, methods: Sequence[MethodDescription], now: datetime) -> Self:
        """The free plan first, then what can be bought now."""
        terms = {product.id: product.version_at(now) for product in catalogue.products}
        terms[catalogue.products[0].id] = catalogue.free_at(now)
        return cls(
            version=catalogue.version_at(now),
            currency=CURRENCY,
            zone=catalogue.zone,
            plans=[
                PlanInfo.of(product, sold) for product in catalogue.products if (sold := terms[product.id])
            ],
            methods=[MethodInfo.of(each) for each in methods],
        )


class QuoteInfo(BaseModel):
    """What a purchase would cost now."""

    product: str
    quantity: int
    price_fen: int
    credit_fen: Annotated[int, Field(description="原套餐未用部分的抵扣。For what is unused of the old plan.")]
    due_fen: int
    effective: Literal["now", "period_end"]
    explanation: TextPair

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """A quote of the rules."""
        cost = quote.cost
        return cls(
            product=quote.offer.product,
            quantity=quote.quantity,
            price_fen=cost.price_fen,
            credit_fen=cost.credit_fen,
            due_fen=cost.due_fen,
            effective=cost.effective,
            explanation=TextPair(zh=cost.explanation.zh, en=cost.explanation.en),
        )


class CheckoutInfo(BaseModel):
    """How an order is paid: by scanning, on another page, or by a transfer as the instructions say."""

    kind: CheckoutKind
    url: str | None
    qr_svg: str | None
    instructions: TextPair
    reference: str

    @classmethod
    def of(cls, order: PurchaseOrder) -> Self | None:
        """A checkout that an order keeps; None once it is of no use."""
        kept = order.checkout
        if kept is None or order.status != "pending":
            return None
        return cls(
            kind=kept["kind"],
            url=kept["url"] or None,
            qr_svg=draw_code(kept["code"]) if kept["code"] else None,
            instructions=TextPair(**kept["instructions"]),
            reference=kept["reference"],
        )


class OrderInfo(BaseModel):
    """An order; `checkout` is null once it is paid or closed."""

    id: str
    product: str
    name: TextPair
    quantity: int
    purpose: Literal["pack", "purchase", "renewal", "upgrade"]
    price_fen: int
    credit_fen: int
    amount_fen: int
    currency: str
    status: Literal["pending", "paid", "cancelled", "expired", "partially_refunded", "refunded"]
    method: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    refunded_fen: int
    checkout: CheckoutInfo | None

    @classmethod
    def of(cls, view: OrderView) -> Self:
        """An order with what went back of it."""
        order = view.order
        name = load_offer(order.offer).name
        return cls.model_validate(
            {
                "name": TextPair(zh=name.zh, en=name.en),
                "refunded_fen": view.refunded_fen,
                "checkout": CheckoutInfo.of(order),
                **{field: getattr(order, field) for field in _ORDER_FIELDS},
            }
        )


_ORDER_FIELDS = tuple(OrderInfo.model_fields.keys() - {"name", "refunded_fen", "checkout"})


class OrderBody(_Body):
    """What is bought, and how it is paid."""

    product: Annotated[str, Field(max_length=40)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    method: Annotated[str, Field(max_length=20)]


class ChangeBody(_Body):
    """The plan to change to; `method` where something is to be paid, that of the present plan by default."""

    product: Annotated[str, Field(max_length=40)]
    method: Annotated[str, Field(max_length=20)] = ""


class ChangeInfo(BaseModel):
    """An order where something is to be paid first; else the change is noted for the next month."""

    order: OrderInfo | None
    scheduled: bool


class SubscriptionInfo(BaseModel):
    """A plan that is paid by the month."""

    product: str
    name: TextPair
    version: str
    price_fen: int
    status: SubscriptionStatus
    period_start: datetime
    period_end: datetime
    paid_until: Annotated[datetime, Field(description="已付款到何时。End of the last month that is paid.")]
    cancel_at_period_end: bool
    next_product: str | None
    method: str
    renews_itself: bool

    @classmethod
    def of(cls, state: SubscriptionState, config: BillingConfig, now: datetime) -> Self:
        """How a subscription stands now."""
        period = state.period_at(now)
        name = period.offer.name
        return cls(
            product=period.offer.product,
            name=TextPair(zh=name.zh, en=name.en),
            version=period.offer.terms.id,
            price_fen=period.offer.terms.price_fen,
            status=state.status_at(now, config.catalogue.renewal),
            period_start=period.interval.start,
            period_end=period.interval.end,
            paid_until=state.last.interval.end,
            cancel_at_period_end=state.cancel_at_period_end,
            next_product=state.next_product,
            method=state.method,
            renews_itself=state.renews_itself,
        )


class PortalInfo(BaseModel):
    """The method's own page for the customer."""

    url: str


_Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]*$")]


class InvoiceBody(_Body):
    """Whom an order is invoiced to: a company needs its tax number, a special VAT invoice all of it."""

    order_id: Annotated[str, Field(max_length=40)]
    kind: Literal["personal", "company", "special"]
    title: Annotated[_Line, Field(min_length=1, description="抬头。Title.")]
    tax_id: Annotated[str, Field(pattern=r"^[0-9A-Z]{0,20}$", description="税号。Tax number.")] = ""
    address: _Line = ""
    phone: Annotated[str, Field(pattern=r"^[0-9+() -]{0,40}$")] = ""
    bank: Annotated[_Line, Field(description="开户行。Bank.")] = ""
    bank_account: Annotated[str, Field(pattern=r"^[0-9 -]{0,40}$", description="账号。Number.")] = ""
    email: Annotated[str, Field(max_length=254, pattern=r"^(?:[^@\s]+@[^@\s]+)?$")] = ""


class InvoiceInfo(BaseModel):
    """An invoice; `number` counts without a gap, `fapiao_number` is that of the tax system."""

    id: str
    number: str
    order_id: str
    kind: Literal["personal", "company", "special"]
    title: str
    amount_fen: int
    fapiao_status: Literal["requested", "issued"]
    fapiao_number: str | None
    created_at: datetime

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        """A row."""
        return cls.model_validate(
            {
                "id": invoice.id,
                "number": format_number(invoice.number),
                "order_id": invoice.order_id,
                "kind": invoice.kind,
                "title": invoice.buyer["title"],
                "amount_fen": invoice.amount_fen,
                "fapiao_status": invoice.fapiao_status,
                "fapiao_number": invoice.fapiao_number,
                "created_at": invoice.created_at,
            }
        )


class RefundInfo(BaseModel):
    """Money that goes back."""

    id: str
    amount_fen: int
    reason: str
    status: Literal["requested", "processing", "succeeded", "failed"]
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """A row."""
        return cls.model_validate({field: getattr(refund, field) for field in cls.model_fields})


def draw_code(content: str) -> str:
    """A QR code as SVG, black on white whatever the theme: cameras need the contrast."""
    drawn = BytesIO()
    segno.make(content, error="m", micro=False).save(
        drawn, kind="svg", border=_QUIET_ZONE, xmldecl=False, light="#fff", omitsize=True
    )
    return drawn.getvalue().decode("ascii").strip()
