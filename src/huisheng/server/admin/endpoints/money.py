"""Orders, refunds and invoices of all accounts."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.status import HTTP_201_CREATED

from huisheng.server.accounts.text import RowId
from huisheng.server.admin.endpoints.common import BODY, Key
from huisheng.server.admin.orders import AdminInvoice, AdminOrder, describe_invoices, describe_orders
from huisheng.server.admin.schemas import AdminBody, Reason
from huisheng.server.billing.dependencies import BillingDep
from huisheng.server.billing.errors import (
    IdempotencyKeyMismatch,
    InvoiceNotFound,
    OrderClosed,
    OrderNotFound,
    OrderUnpaid,
    RefundTooLarge,
)
from huisheng.server.billing.models import PurchaseOrder
from huisheng.server.billing.orders import OrderView
from huisheng.server.billing.refunds import RefundOrder
from huisheng.server.billing.repository import refunded_fen
from huisheng.server.billing.service import Billing
from huisheng.server.billing.values import OrderStatus
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import InvalidCursor, refusals
from huisheng.server.paging import ListPage, PageRequestDep, cut_page, time_cursor
from huisheng.server.payments.errors import UnknownPaymentMethod
from huisheng.server.permissions import Operator, require_operator

router = APIRouter(
    prefix="/api/admin", tags=["管理 Administration"], dependencies=[Depends(require_operator)]
)

_LARGEST_AMOUNT: Final = 1_000_000_000_000
"""Fen."""


class TransferBody(AdminBody):
    """The number of a transfer that has come; it counts once."""

    reference: Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class RefundBody(AdminBody):
    """Money to be given back; without an amount all that is left, without a payment that of the order."""

    amount_fen: Annotated[int, Field(strict=True, ge=1, le=_LARGEST_AMOUNT)] | None = None
    reason: Reason
    payment_id: RowId | None = None


class FapiaoBody(AdminBody):
    """The number of a fapiao that was issued in the tax system."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")]


@router.get("/orders", summary="全部账户的订单", responses=refusals(InvalidCursor))
async def get_orders(
    billing: BillingDep, page: PageRequestDep, status: OrderStatus | None = None
) -> ListPage[AdminOrder]:
    """Orders, the newest first."""
    views = await billing.list_all_orders(page, status or "")
    orders = await billing.database.read(lambda session: describe_orders(session, views))
    return cut_page(orders, page, lambda order: order, lambda order: time_cursor(order.created_at, order.id))


@router.get("/orders/{order_id}", summary="一个订单", responses=refusals(OrderNotFound))
async def get_order(order_id: RowId, billing: BillingDep) -> AdminOrder:
    """An order with its money."""
    return await _describe(billing, order_id)


@router.post(
    "/orders/{order_id}/confirm",
    summary="确认收到转账",
    responses=refusals(*BODY, OrderNotFound, OrderClosed),
    dependencies=[RequiresJson],
)
async def post_confirm(
    order_id: RowId, body: TransferBody, billing: BillingDep, operator: Operator
) -> AdminOrder:
    """The money of an order has come by transfer: what was bought is given."""
    await billing.confirm_transfer(operator, order_id, body.reference)
    return await _describe(billing, order_id)


@router.post(
    "/orders/{order_id}/refunds",
    summary="退款",
    status_code=HTTP_201_CREATED,
    responses=refusals(
        *BODY, OrderNotFound, OrderUnpaid, RefundTooLarge, IdempotencyKeyMismatch, UnknownPaymentMethod
    ),
    dependencies=[RequiresJson],
)
async def post_refund(
    order_id: RowId, body: RefundBody, billing: BillingDep, operator: Operator, key: Key = ""
) -> AdminOrder:
    """Give money back, in full or in part; unused units that it is for are taken back."""
    asked = RefundOrder(
        order_id,
        body.amount_fen,
        body.reason,
        operator.user_id or operator.key_id,
        body.payment_id or "",
        key,
    )
    await billing.refund(operator, asked)
    return await _describe(billing, order_id)


@router.get("/invoices", summary="全部账户的发票", responses=refusals(InvalidCursor))
async def get_invoices(
    billing: BillingDep,
    page: PageRequestDep,
    status: Annotated[Literal["requested", "issued"] | None, Query()] = None,
) -> ListPage[AdminInvoice]:
    """Invoices, the newest first."""
    rows = await billing.list_all_invoices(page, status or "")
    numbers = {row.id: str(row.number) for row in rows}
    found = await billing.database.read(lambda session: describe_invoices(session, rows))
    return cut_page(found, page, lambda invoice: invoice, lambda invoice: numbers[invoice.id])


@router.post(
    "/invoices/{invoice_id}/fapiao",
    summary="登记已开具的发票",
    responses=refusals(*BODY, InvoiceNotFound),
    dependencies=[RequiresJson],
)
async def post_fapiao(
    invoice_id: RowId, body: FapiaoBody, billing: BillingDep, operator: Operator
) -> AdminInvoice:
    """Note the number of a fapiao."""
    row = await billing.enter_fapiao(operator, invoice_id, body.number)
    (invoice,) = await billing.database.read(lambda session: describe_invoices(session, [row]))
    return invoice


async def _describe(billing: Billing, order_id: str) -> AdminOrder:
    """
    Raises:
        OrderNotFound: there is no such order.
    """

    def work(session: Session) -> AdminOrder:
        order = session.get(PurchaseOrder, order_id)
        if order is None:
            raise OrderNotFound
        view = OrderView(order, refunded_fen(session, [order_id]).get(order_id, 0))
        (described,) = describe_orders(session, [view])
        return described

    return await billing.database.read(work)
