"""Orders, refunds and invoices, as the operator sees and changes them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.status import HTTP_201_CREATED

from huisheng.errors import OutOfRange
from huisheng.server.accounts.models import Account
from huisheng.server.accounts.text import RowId
from huisheng.server.admin.endpoints.common import BODY
from huisheng.server.billing.dependencies import BillingDep
from huisheng.server.billing.endpoints import IdempotencyKey
from huisheng.server.billing.errors import (
    InvoiceNotFound,
    OrderClosed,
    OrderNotFound,
    OrderUnpaid,
    RefundTooLarge,
    TransferElsewhere,
)
from huisheng.server.billing.models import Invoice
from huisheng.server.billing.orders import OrderView
from huisheng.server.billing.refunds import RefundOrder
from huisheng.server.billing.schemas import InvoiceInfo, OrderInfo, RefundInfo
from huisheng.server.billing.service import Billing, order_cursor
from huisheng.server.billing.values import OrderStatus
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import IdempotencyKeyReused, InvalidCursor, refusals
from huisheng.server.paging import ListPage, PageRequestDep, cut_page
from huisheng.server.payments.errors import PaymentPeerError, PaymentRefused
from huisheng.server.permissions import Operator, require_operator

router = APIRouter(
    prefix="/api/admin", tags=["管理 Administration"], dependencies=[Depends(require_operator)]
)

_Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ConfirmRequest(_Body):
    """The number of a transfer on the bank's paper; one counts once."""

    reference: Annotated[_Line, Field(max_length=64)]


class RefundBody(_Body):
    """How much goes back, all that is left by default, and of which payment, the one too much by default."""

    amount_fen: Annotated[int, Field(strict=True, ge=1, le=10**10)] | None = None
    reason: _Line
    payment_id: RowId | None = None


class FapiaoRequest(_Body):
    """The number that the tax system gave."""

    number: Annotated[str, Field(pattern=r"^[0-9]{8,20}$")]


class ExcessPaymentInfo(BaseModel):
    """A payment that an order was not waiting for: a second one, or one of another amount or currency.
    `amount` is what has not gone back of it, in hundredths of its currency.
    """

    payment_id: str
    amount: int
    currency: str


class AdminOrder(OrderInfo):
    """An order with whose it is, and payments that are to be given back."""

    account_id: str
    account_name: str
    excess: list[ExcessPaymentInfo]


class AdminInvoice(InvoiceInfo):
    """An invoice with all of its particulars."""

    account_id: str
    account_name: str
    tax_id: str
    address: str
    phone: str
    bank: str
    bank_account: str
    email: str


@router.get("/orders", summary="全部订单", responses=refusals(InvalidCursor))
async def list_orders(
    billing: BillingDep,
    page: PageRequestDep,
    status: Annotated[OrderStatus | None, Query(description="只列出这种状态")] = None,
    account_id: Annotated[RowId | None, Query(description="只列出这个账户的")] = None,
) -> ListPage[AdminOrder]:
    """Orders of all accounts, newest first."""
    views = await billing.list_all_orders(page, status or "", account_id or "")
    names = await _names(billing, [view.order.account_id for view in views])
    return cut_page(views, page, lambda view: _show_order(view, names), order_cursor)


@router.post(
    "/orders/{order_id}/confirm",
    summary="确认转账已到账",
    responses=refusals(*BODY, OrderNotFound, OrderClosed, TransferElsewhere),
    dependencies=[RequiresJson],
)
async def confirm_order(
    order_id: RowId, body: ConfirmRequest, operator: Operator, billing: BillingDep
) -> OrderInfo:
    """The money of an order that is paid by transfer has come."""
    return OrderInfo.of(await billing.confirm_transfer(operator, order_id, body.reference))


@router.post(
    "/orders/{order_id}/refunds",
    summary="退款",
    status_code=HTTP_201_CREATED,
    responses=refusals(
        *(*BODY, OrderNotFound, OrderUnpaid, RefundTooLarge, OutOfRange),
        *(IdempotencyKeyReused, PaymentRefused, PaymentPeerError),
    ),
    dependencies=[RequiresJson],
)
async def refund_order(
    order_id: RowId,
    body: RefundBody,
    operator: Operator,
    billing: BillingDep,
    key: IdempotencyKey = "",
) -> RefundInfo:
    """Give money back, with the units that are left of it."""
    asked = RefundOrder(order_id, body.amount_fen, body.reason, operator.user_id, body.payment_id or "", key)
    return RefundInfo.of(await billing.refund(operator, asked))


@router.get("/invoices", summary="全部发票", responses=refusals(InvalidCursor))
async def list_invoices(
    billing: BillingDep,
    page: PageRequestDep,
    status: Annotated[Literal["requested", "issued"] | None, Query(description="只列出这种状态")] = None,
) -> ListPage[AdminInvoice]:
    """Invoices of all accounts, newest first."""
    rows = await billing.list_all_invoices(page, status or "")
    names = await _names(billing, [row.account_id for row in rows])
    return cut_page(rows, page, lambda row: _show_invoice(row, names), lambda row: str(row.number))


@router.post(
    "/invoices/{invoice_id}/fapiao",
    summary="登记发票号码",
    responses=refusals(*BODY, InvoiceNotFound),
    dependencies=[RequiresJson],
)
async def enter_fapiao(
    invoice_id: RowId, body: FapiaoRequest, operator: Operator, billing: BillingDep
) -> InvoiceInfo:
    """The fapiao of an invoice is issued in the tax system."""
    return InvoiceInfo.of(await billing.enter_fapiao(operator, invoice_id, body.number))


async def _names(billing: Billing, account_ids: list[str]) -> dict[str, str]:
    """Account → its name."""
    query = select(Account.id, Account.name).where(Account.id.in_(account_ids))
    rows = await billing.database.read(lambda session: session.execute(query).all())
    return {row.id: row.name for row in rows}


def _show_order(view: OrderView, names: dict[str, str]) -> AdminOrder:
    account_id = view.order.account_id
    return AdminOrder(
        **OrderInfo.of(view).model_dump(),
        account_id=account_id,
        account_name=names.get(account_id, ""),
        excess=[ExcessPaymentInfo.model_validate(each._asdict()) for each in view.excess],
    )


def _show_invoice(invoice: Invoice, names: dict[str, str]) -> AdminInvoice:
    buyer = {name: text for name, text in invoice.buyer.items() if name != "title"}
    return AdminInvoice(
        **InvoiceInfo.of(invoice).model_dump(),
        **buyer,
        account_id=invoice.account_id,
        account_name=names.get(invoice.account_id, ""),
    )
