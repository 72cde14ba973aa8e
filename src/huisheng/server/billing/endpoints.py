"""Plans, orders, subscriptions, invoices, and the notifications of methods of payment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from huisheng.errors import OutOfRange
from huisheng.server.accounts.text import RowId
from huisheng.server.billing.dependencies import BillingDep
from huisheng.server.billing.errors import (
    InvoiceExists,
    InvoiceNotFound,
    OrderClosed,
    OrderNotFound,
    OrderNotKnownYet,
    OrderUnpaid,
    SpecialInvoiceIncomplete,
    SubscriptionNotFound,
    TaxIdMissing,
)
from huisheng.server.billing.invoices import Buyer
from huisheng.server.billing.schemas import (
    ChangeBody,
    ChangeInfo,
    InvoiceBody,
    InvoiceInfo,
    OrderBody,
    OrderInfo,
    PlanList,
    PortalInfo,
    QuoteInfo,
    SubscriptionInfo,
)
from huisheng.server.billing.service import order_cursor
from huisheng.server.dependencies import BareAddress, RequiresJson, SingleFields
from huisheng.server.errors import (
    BodyTooLarge,
    IdempotencyKeyReused,
    InvalidCursor,
    MalformedFields,
    StateConflict,
    refusals,
)
from huisheng.server.paging import ListPage, PageRequestDep, cut_page
from huisheng.server.payments.errors import (
    NotificationError,
    PaymentPeerError,
    PaymentRefused,
    UnknownPaymentMethod,
)
from huisheng.server.payments.protocol import NotificationMessage
from huisheng.server.permissions import MayBill
from huisheng.server.plans.errors import UnknownProduct

router = APIRouter(tags=["付费 Billing"])

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern="^[!-~]{1,200}$",
        description="同一个键的请求只执行一次。The same key does the same thing once.",
    ),
]

_ORDER = refusals(OrderNotFound, MalformedFields)
_BUYING = (UnknownProduct, UnknownPaymentMethod, OutOfRange, StateConflict, PaymentRefused, PaymentPeerError)
_BUY = refusals(*_BUYING, MalformedFields, IdempotencyKeyReused)
_JSON = (RequiresJson, BareAddress)


@router.get("/api/plans", summary="套餐与价格", dependencies=[SingleFields])
async def list_plans(billing: BillingDep) -> PlanList:
    """Everything that is sold now, and how it can be paid."""
    return PlanList.of(billing.config.catalogue, billing.methods.descriptions, billing.clock())


@router.get("/api/billing/quote", summary="购买前的报价", responses=_BUY, dependencies=[SingleFields])
async def quote_purchase(
    client: MayBill,
    billing: BillingDep,
    product: Annotated[str, Query(max_length=40)],
    quantity: Annotated[int, Query(ge=1, le=100)] = 1,
) -> QuoteInfo:
    """What a purchase would cost this account now."""
    return QuoteInfo.of(await billing.quote(client.account_id, product, quantity))


@router.post("/api/billing/orders", summary="下单", status_code=201, responses=_BUY, dependencies=[*_JSON])
async def create_order(
    body: OrderBody, client: MayBill, billing: BillingDep, key: IdempotencyKey = ""
) -> OrderInfo:
    """Order something and begin its payment. An order of the same that waits for payment is given again."""
    return OrderInfo.of(await billing.place_order(client, body.product, body.quantity, body.method, key))


@router.get(
    "/api/billing/orders",
    summary="订单",
    responses=refusals(InvalidCursor, MalformedFields),
    dependencies=[SingleFields],
)
async def list_orders(client: MayBill, billing: BillingDep, page: PageRequestDep) -> ListPage[OrderInfo]:
    """Orders of the account, newest first."""
    views = await billing.list_orders(client.account_id, page)
    return cut_page(views, page, OrderInfo.of, order_cursor)


@router.get("/api/billing/orders/{order_id}", summary="一个订单", responses=_ORDER)
async def fetch_order(order_id: RowId, client: MayBill, billing: BillingDep) -> OrderInfo:
    """An order of the account."""
    return OrderInfo.of(await billing.find_order(client.account_id, order_id))


@router.post(
    "/api/billing/orders/{order_id}/cancel",
    summary="取消订单",
    responses={**_ORDER, **refusals(OrderClosed)},
    dependencies=[BareAddress],
)
async def cancel_order(order_id: RowId, client: MayBill, billing: BillingDep) -> OrderInfo:
    """Give an order up that is not paid."""
    return OrderInfo.of(await billing.cancel_order(client, order_id))


@router.post(
    "/api/billing/orders/{order_id}/refresh",
    summary="向支付平台查询订单",
    responses={**_ORDER, **refusals(PaymentRefused, PaymentPeerError)},
    dependencies=[BareAddress],
)
async def refresh_order(order_id: RowId, client: MayBill, billing: BillingDep) -> OrderInfo:
    """Ask the method of payment whether an order is paid."""
    return OrderInfo.of(await billing.refresh_order(client, order_id))


@router.get(
    "/api/billing/orders/{order_id}/receipt.pdf",
    summary="收据",
    response_class=Response,
    responses={**_ORDER, **refusals(OrderUnpaid), 200: {"content": {"application/pdf": {}}}},
)
async def fetch_receipt(order_id: RowId, client: MayBill, billing: BillingDep) -> Response:
    """The receipt of an order that is paid."""
    return _pdf(await billing.draw_receipt(client.account_id, order_id), f"receipt-{order_id}")


@router.get("/api/billing/subscription", summary="包月套餐")
async def fetch_subscription(client: MayBill, billing: BillingDep) -> SubscriptionInfo | None:
    """The plan that is paid by the month, or the one that ended last; null where there never was one."""
    state = await billing.subscription(client.account_id)
    return state and SubscriptionInfo.of(state, billing.config, billing.clock())


@router.post(
    "/api/billing/subscription/change",
    summary="更改包月套餐",
    responses={**_BUY, **refusals(SubscriptionNotFound)},
    dependencies=[*_JSON],
)
async def change_subscription(
    body: ChangeBody, client: MayBill, billing: BillingDep, key: IdempotencyKey = ""
) -> ChangeInfo:
    """A dearer plan begins once its order is paid, a cheaper one with the next month."""
    view = await billing.change_plan(client, body.product, body.method, key)
    return ChangeInfo(order=OrderInfo.of(view) if view else None, scheduled=view is None)


@router.post(
    "/api/billing/subscription/cancel",
    summary="取消包月套餐",
    responses=refusals(SubscriptionNotFound, PaymentRefused, PaymentPeerError),
    dependencies=[BareAddress],
)
async def cancel_subscription(client: MayBill, billing: BillingDep) -> SubscriptionInfo | None:
    """End the plan with the month that is paid."""
    await billing.cancel_plan(client)
    return await fetch_subscription(client, billing)


@router.post(
    "/api/billing/subscription/resume",
    summary="恢复包月套餐",
    responses=refusals(SubscriptionNotFound, PaymentRefused, PaymentPeerError),
    dependencies=[BareAddress],
)
async def resume_subscription(client: MayBill, billing: BillingDep) -> SubscriptionInfo | None:
    """Take a cancellation back while the month lasts."""
    await billing.resume_plan(client)
    return await fetch_subscription(client, billing)


@router.post(
    "/api/billing/portal",
    summary="支付平台的账单页面",
    responses={**refusals(SubscriptionNotFound, StateConflict, PaymentRefused, PaymentPeerError)},
    dependencies=[BareAddress],
)
async def open_portal(client: MayBill, billing: BillingDep) -> PortalInfo:
    """The page of the method that renews by itself, for cards and bills."""
    return PortalInfo(url=await billing.open_portal(client.account_id))


@router.get(
    "/api/billing/invoices",
    summary="发票",
    responses=refusals(InvalidCursor, MalformedFields),
    dependencies=[SingleFields],
)
async def list_invoices(client: MayBill, billing: BillingDep, page: PageRequestDep) -> ListPage[InvoiceInfo]:
    """Invoices of the account, newest first."""
    rows = await billing.list_invoices(client.account_id, page)
    return cut_page(rows, page, InvoiceInfo.of, lambda invoice: str(invoice.number))


@router.post(
    "/api/billing/invoices",
    summary="申请发票",
    status_code=201,
    responses=refusals(
        *(OrderNotFound, OrderUnpaid, InvoiceExists, TaxIdMissing, SpecialInvoiceIncomplete, MalformedFields)
    ),
    dependencies=[*_JSON],
)
async def create_invoice(body: InvoiceBody, client: MayBill, billing: BillingDep) -> InvoiceInfo:
    """Ask for the invoice of an order, once."""
    buyer = Buyer(**body.model_dump(exclude={"order_id", "kind"}))
    return InvoiceInfo.of(await billing.create_invoice(client, body.order_id, body.kind, buyer))


@router.get(
    "/api/billing/invoices/{invoice_id}.pdf",
    summary="发票的 PDF",
    response_class=Response,
    responses={**refusals(InvoiceNotFound), 200: {"content": {"application/pdf": {}}}},
)
async def fetch_invoice(invoice_id: RowId, client: MayBill, billing: BillingDep) -> Response:
    """An invoice of the account."""
    return _pdf(await billing.draw_invoice(client.account_id, invoice_id), f"invoice-{invoice_id}")


@router.post(
    "/api/payments/{method}/notify",
    summary="支付平台的通知",
    response_class=Response,
    responses=refusals(UnknownPaymentMethod, NotificationError, OrderNotKnownYet, BodyTooLarge),
)
async def notify(method: str, request: Request, billing: BillingDep) -> Response:
    """What a method of payment reports; its signature is over the raw bytes, so that these are read."""
    message = NotificationMessage(dict(request.headers), await request.body())
    answer = await billing.receive(method, message)
    return Response(answer.body, answer.status, media_type=answer.media_type)


def _pdf(content: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)
