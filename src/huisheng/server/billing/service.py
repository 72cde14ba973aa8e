"""Billing as the server uses it: rules in the database, and calls to methods of payment between them.

What is to be done is recorded before a method is called, and its answer afterwards; a call that fails is made
again by the chores.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.accounts.audit import Actor, AuditAction, record
from huisheng.server.accounts.models import Account
from huisheng.server.billing import invoices, orders, papers, receiving, refunds, repository, subscriptions
from huisheng.server.billing.calls import MethodCalls
from huisheng.server.billing.chores import BillingChores
from huisheng.server.billing.documents import PrintedDocument, draw_pdf
from huisheng.server.billing.errors import (
    OrderClosed,
    OrderUnpaid,
    PortalUnavailable,
    SubscriptionNotFound,
    TransferElsewhere,
)
from huisheng.server.billing.invoices import Buyer, InvoiceKind, InvoiceRequest
from huisheng.server.billing.lettering import load_fonts
from huisheng.server.billing.models import Invoice, Payment, PurchaseOrder, Refund
from huisheng.server.billing.orders import OrderRequest, OrderView
from huisheng.server.billing.quotes import make_quote
from huisheng.server.billing.refunds import RefundOrder
from huisheng.server.billing.values import (
    CURRENCY,
    BillingConfig,
    Quote,
    SubscriptionState,
)
from huisheng.server.clock import Clock, utc_now
from huisheng.server.database.database import Database
from huisheng.server.errors import InvalidCursor
from huisheng.server.guard.client import Client
from huisheng.server.paging import PageRequest, time_cursor
from huisheng.server.payments.manual import METHOD as MANUAL
from huisheng.server.payments.manual import confirm_transfer
from huisheng.server.payments.methods import PaymentMethods
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    Acknowledgement,
    NotificationMessage,
)

logger = logging.getLogger("huisheng.server")

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class Billing:
    """What customers and the operator do about money.

    Args:
        database: with orders, payments and books.
        config: of billing.
        methods: of payment.
        clock: tells the time.
    """

    def __init__(
        self, database: Database, config: BillingConfig, methods: PaymentMethods, clock: Clock = utc_now
    ) -> None:
        self.database = database
        self.config = config
        self.methods = methods
        self.clock = clock
        self._calls = MethodCalls(database, config, methods, clock)
        self.chores = BillingChores(database, config, self._calls, clock)

    async def quote(self, account_id: str, product: str, quantity: int) -> Quote:
        """What a purchase would cost now. Raises as `make_quote`."""
        now = self.clock()
        return await self.database.read(
            lambda session: make_quote(session, self.config.catalogue, account_id, product, quantity, now)
        )

    async def place_order(
        self, client: Client, product: str, quantity: int, method_id: str, key: str = ""
    ) -> OrderView:
        """Order something and begin its payment.

        Raises:
            UnknownPaymentMethod: there is no such method.
            PaymentRefused: it does not take this order, which is cancelled.
            PaymentPeerError: it does not answer; the order stays, and the same request begins it again.
            UnknownProduct, OutOfRange, StateConflict: see `orders.place_order`.
        """
        method = self.methods.get(method_id)
        now = self.clock()
        request = OrderRequest(
            client.account_id,
            client.user_id,
            product,
            quantity,
            method_id,
            method.description.kind,
            key,
        )
        placed = await self.database.write(
            lambda session: orders.place_order(session, self.config.catalogue, request, now)
        )
        await self._calls.close(placed.replaced)
        order = placed.order
        if order.status == "pending" and order.checkout is None:
            order = await self._calls.begin(order, client.address)
        return await self._view(order)

    async def find_order(self, account_id: str, order_id: str) -> OrderView:
        """An order of an account.

        Raises:
            OrderNotFound: it has none of this id.
        """
        return await self._view(
            await self.database.read(lambda session: repository.find_order(session, account_id, order_id))
        )

    async def list_orders(self, account_id: str, page: PageRequest) -> list[OrderView]:
        """Orders of an account, newest first, one more than the page holds.

        Raises:
            InvalidCursor: the cursor is none of an order.
        """
        return await self._list_orders(account_id, page)

    async def cancel_order(self, client: Client, order_id: str) -> OrderView:
        """Give an order up.

        Raises:
            OrderNotFound, OrderClosed: see `orders.cancel_order`.
        """
        now = self.clock()

        def work(session: Session) -> PurchaseOrder:
            order = orders.cancel_order(session, client.account_id, order_id)
            self._record(session, client, "order.cancelled", order, now)
            return order

        order = await self.database.write(work)
        await self._calls.close([order])
        return await self._view(order)

    async def refresh_order(self, client: Client, order_id: str) -> OrderView:
        """Ask the method whether an order is paid; begin it where that has failed before.

        Raises:
            OrderNotFound: the account has none of this id.
            PaymentRefused, PaymentPeerError: see `place_order`.
        """
        view = await self.find_order(client.account_id, order_id)
        if view.order.status == "pending" and view.order.checkout is None:
            return await self._view(await self._calls.begin(view.order, client.address))
        await self._calls.poll(view.order)
        return await self.find_order(client.account_id, order_id)

    async def receive(self, method_id: str, message: NotificationMessage) -> Acknowledgement:
        """Deal with a notification, in whatever state its sender is; returns the answer that it expects.

        Raises:
            UnknownPaymentMethod: there is no such method.
        """
        method = self.methods.get(method_id)
        now = self.clock()
        try:
            notification = await method.read_notification(message, now)
            await self.database.write(
                lambda session: receiving.receive(session, self.config, method_id, notification, now)
            )
        except HuishengError as error:
            logger.warning("a notification of %s is not accepted: %s", method_id, error.code)
            return method.acknowledge(error)
        return method.acknowledge()

    async def confirm_transfer(self, operator: Client, order_id: str, paper: str) -> OrderView:
        """The operator has found the money of an order on the bank's paper.

        Args:
            operator: who says so.
            order_id: of the order.
            paper: number of the transfer; it counts once.

        Raises:
            OrderNotFound: there is no such order.
            OrderClosed: it is not paid by transfer, or was paid by another one.
            TransferElsewhere: the number was used for another order.
        """
        now = self.clock()

        def work(session: Session) -> PurchaseOrder:
            order = repository.lock_order(session, order_id)
            known = repository.payment_with(session, order.method, paper)
            if known is not None and known.order_id != order.id:
                raise TransferElsewhere
            if order.method != MANUAL or (order.paid_at and known is None):
                raise OrderClosed
            received = confirm_transfer(order.id, Money(order.amount_fen, CURRENCY), paper, now)
            receiving.receive(session, self.config, order.method, received, now)
            self._record(session, operator, "order.confirmed", order, now)
            return order

        return await self._view(await self.database.write(work))

    async def refund(self, operator: Client, asked: RefundOrder) -> Refund:
        """Give money back; where the method cannot be reached, that is tried again until it can.

        Raises:
            OrderNotFound, OrderUnpaid, RefundTooLarge, OutOfRange: see `refunds.request_refund`.
        """
        now = self.clock()

        def work(session: Session) -> Refund:
            refund = refunds.request_refund(session, asked, now)
            order = session.get_one(PurchaseOrder, asked.order_id)
            self._record(session, operator, "order.refunded", order, now, refund.amount_fen)
            return refund

        refund = await self.database.write(work)
        return await self._calls.refund(refund.id) if refund.status == "requested" else refund

    async def subscription(self, account_id: str) -> SubscriptionState | None:
        """The subscription of an account, or the one that ended last; None where there never was one."""
        return await self.database.read(lambda session: repository.newest_subscription(session, account_id))

    async def change_plan(
        self, client: Client, product: str, method_id: str, key: str = ""
    ) -> OrderView | None:
        """Change to another plan: an order where something is to be paid first, None where that is not so.

        Args:
            client: who asks.
            product: id of the plan.
            method_id: of payment; empty for that of the present plan.
            key: idempotency key; empty without one.

        Raises:
            SubscriptionNotFound, PlanUnchanged, NextPeriodPaid, UnknownProduct: see `plan_change`.
        """
        now = self.clock()

        def work(session: Session) -> tuple[Quote | None, str]:
            quote = subscriptions.plan_change(session, self.config, client.account_id, product, now)
            state = repository.newest_subscription(session, client.account_id)
            if quote is None or quote.purpose == "downgrade":
                self._record_plan(session, client, "subscription.changed", product, now)
            return quote, state.method if state else ""

        quote, method = await self.database.write(work)
        if quote is not None and quote.purpose != "downgrade":
            return await self.place_order(client, product, 1, method_id or method, key)
        await self._calls.tell_methods()
        return None

    async def cancel_plan(self, client: Client) -> None:
        """End the plan with the month that is paid.

        Raises:
            SubscriptionNotFound: there is none.
        """
        now = self.clock()

        def work(session: Session) -> None:
            subscriptions.cancel(session, self.config, client.account_id, now)
            self._record_plan(session, client, "subscription.cancelled", "", now)

        await self.database.write(work)
        await self._calls.tell_methods()

    async def resume_plan(self, client: Client) -> None:
        """Take a cancellation back.

        Raises:
            SubscriptionNotFound: there is none that goes on.
        """
        now = self.clock()

        def work(session: Session) -> None:
            subscriptions.resume(session, self.config, client.account_id, now)
            self._record_plan(session, client, "subscription.resumed", "", now)

        await self.database.write(work)
        await self._calls.tell_methods()

    async def open_portal(self, account_id: str) -> str:
        """The address of the method's own page for the customer.

        Raises:
            SubscriptionNotFound: there is no subscription.
            PortalUnavailable: its method has no such page.
        """
        state = await self.subscription(account_id)
        if state is None:
            raise SubscriptionNotFound
        method = self.methods.get_renewing(state.method)
        if method is None or state.customer_id is None:
            raise PortalUnavailable
        return await method.open_portal(state.customer_id, self.config.link("plans"))

    async def list_all_orders(
        self, page: PageRequest, status: str = "", account_id: str = ""
    ) -> list[OrderView]:
        """Orders of all accounts, newest first, one more than the page holds; the rest is empty for any."""
        return await self._list_orders(account_id, page, status)

    async def list_payments(self, order_id: str) -> Sequence[Payment]:
        """Every payment for an order, first come first."""
        return await self.database.read(lambda session: repository.payments_of(session, order_id))

    async def list_invoices(self, account_id: str, page: PageRequest) -> Sequence[Invoice]:
        """Invoices of an account, newest first, one more than the page holds.

        Raises:
            InvalidCursor: the cursor is none of an invoice.
        """
        return await self._list_invoices(account_id, page)

    async def list_all_invoices(self, page: PageRequest, status: str = "") -> Sequence[Invoice]:
        """Invoices of all accounts, newest first; `status` of the fapiao, empty for any."""
        return await self._list_invoices("", page, status)

    async def enter_fapiao(self, operator: Client, invoice_id: str, number: str) -> Invoice:
        """The operator has issued a fapiao in the tax system.

        Raises:
            InvoiceNotFound: there is no such invoice.
        """
        now = self.clock()

        def work(session: Session) -> Invoice:
            invoice = invoices.enter_fapiao(session, invoice_id, number, now)
            order = session.get_one(PurchaseOrder, invoice.order_id)
            self._record(session, operator, "invoice.issued", order, now, invoice.amount_fen)
            return invoice

        return await self.database.write(work)

    async def create_invoice(self, client: Client, order_id: str, kind: InvoiceKind, buyer: Buyer) -> Invoice:
        """The invoice of an order. Raises as `invoices.create_invoice`."""
        now = self.clock()
        asked = InvoiceRequest(client.account_id, order_id, kind, buyer)

        def work(session: Session) -> Invoice:
            invoice = invoices.create_invoice(session, asked, self.config.catalogue.seller, now)
            order = session.get_one(PurchaseOrder, order_id)
            self._record(session, client, "invoice.requested", order, now, invoice.amount_fen)
            return invoice

        return await self.database.write(work)

    async def draw_invoice(self, account_id: str, invoice_id: str) -> bytes:
        """An invoice as PDF.

        Raises:
            InvoiceNotFound: the account has none of this id.
        """

        def work(session: Session) -> PrintedDocument:
            invoice = repository.find_invoice(session, account_id, invoice_id)
            order = session.get_one(PurchaseOrder, invoice.order_id)
            zone = session.get_one(Account, account_id).zone
            back = repository.refunded_fen(session, [order.id]).get(order.id, 0)
            return papers.invoice_paper(invoice, order, back, zone)

        return await self._draw(await self.database.read(work))

    async def draw_receipt(self, account_id: str, order_id: str) -> bytes:
        """The receipt of an order as PDF.

        Raises:
            OrderNotFound: the account has none of this id.
            OrderUnpaid: it is not paid.
        """

        def work(session: Session) -> PrintedDocument:
            order = repository.find_order(session, account_id, order_id)
            payments = repository.payments_of(session, order_id)
            payment = next((each for each in payments if each.purpose == "order"), None)
            if payment is None:
                raise OrderUnpaid
            back = repository.refunded_fen(session, [order_id]).get(order_id, 0)
            zone = session.get_one(Account, account_id).zone
            return papers.receipt(order, payment, back, self.config.catalogue.seller, zone)

        return await self._draw(await self.database.read(work))

    async def _draw(self, document: PrintedDocument) -> bytes:
        """A document as PDF; fonts are loaded for the first."""
        return await asyncio.to_thread(lambda: draw_pdf(document, load_fonts(self.config.font)))

    async def _list_orders(self, account_id: str, page: PageRequest, status: str = "") -> list[OrderView]:
        return await self.database.read(lambda session: orders.list_orders(session, account_id, page, status))

    async def _list_invoices(self, account_id: str, page: PageRequest, status: str = "") -> Sequence[Invoice]:
        if page.cursor and not _NUMBER.fullmatch(page.cursor):
            raise InvalidCursor
        number = int(page.cursor) if page.cursor else None
        return await self.database.read(
            lambda session: invoices.invoices_before(session, account_id, number, page.limit + 1, status)
        )

    async def _view(self, order: PurchaseOrder) -> OrderView:
        (view,) = await self.database.read(lambda session: orders.view_orders(session, [order]))
        return view

    def _record(
        self,
        session: Session,
        client: Client,
        action: AuditAction,
        order: PurchaseOrder,
        now: datetime,
        amount_fen: int | None = None,
    ) -> None:
        """Put what was done to an order into the audit log."""
        detail = {"amount_fen": amount_fen or order.amount_fen, "product": order.product}
        record(
            session,
            Actor.of(client),
            action,
            now,
            account_id=order.account_id,
            target=order.id,
            detail=detail,
        )

    def _record_plan(
        self, session: Session, client: Client, action: AuditAction, product: str, now: datetime
    ) -> None:
        record(session, Actor.of(client), action, now, account_id=client.account_id, target=product)


def order_cursor(view: OrderView) -> str:
    """The cursor behind an order."""
    return time_cursor(view.order.created_at, view.order.id)
