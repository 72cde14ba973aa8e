"""Calls to methods of payment, with what is recorded before and after each."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Final

from huisheng.errors import HuishengError
from huisheng.server.billing import orders, receiving, refunds, subscriptions
from huisheng.server.billing.models import PurchaseOrder, Refund
from huisheng.server.billing.subscriptions import MethodUpdate, subscription_price
from huisheng.server.billing.values import BillingConfig, load_offer
from huisheng.server.clock import Clock
from huisheng.server.database.database import Database
from huisheng.server.payments.errors import PaymentRefused
from huisheng.server.payments.methods import PaymentMethods
from huisheng.server.payments.money import Money
from huisheng.server.payments.protocol import (
    OrderReference,
    PaymentReceived,
    PaymentRequest,
    RefundResult,
    RefundState,
)

logger = logging.getLogger("huisheng.server")

BATCH: Final = 50
"""Rows of one kind that are taken at once."""


class MethodCalls:
    """Has methods do what the database says.

    Args:
        database: with orders and refunds.
        config: of billing.
        methods: of payment.
        clock: tells the time.
    """

    def __init__(
        self, database: Database, config: BillingConfig, methods: PaymentMethods, clock: Clock
    ) -> None:
        self._database = database
        self._config = config
        self._methods = methods
        self._clock = clock

    async def begin(self, order: PurchaseOrder, address: str) -> PurchaseOrder:
        """Have the method begin an order, and keep how it is paid.

        Args:
            order: that waits for payment.
            address: of the payer; empty where unknown.

        Raises:
            PaymentRefused: it does not take this order, which is cancelled.
            PaymentPeerError: it does not answer.
        """
        method = self._methods.get(order.method)
        now = self._clock()
        offer = load_offer(order.offer)
        renews = method.description.subscriptions and order.purpose in ("purchase", "upgrade")
        request = PaymentRequest(
            order_id=order.id,
            amount=Money(order.amount_fen, order.currency),
            subject=f"{offer.name.zh} {offer.name.en}",
            notify_url=self._config.notify_url(order.method),
            return_url=self._config.link(f"order={order.id}"),
            expires_at=order.expires_at,
            client_address=address,
            subscription=subscription_price(offer) if renews else None,
        )
        try:
            checkout = await method.start(request, now)
        except PaymentRefused:
            await self._database.write(
                lambda session: orders.cancel_order(session, order.account_id, order.id)
            )
            raise
        return await self._database.write(
            lambda session: orders.attach_checkout(session, order.id, checkout, now)
        )

    async def close(self, closed: Iterable[PurchaseOrder]) -> None:
        """Have methods take no more money for orders. What is paid all the same is credited."""
        for order in closed:
            if order.method_reference is None:
                continue
            try:
                method = self._methods.get(order.method)
                await method.close(OrderReference(order.id, order.method_reference), self._clock())
            except HuishengError as error:
                logger.warning("order %s could not be closed at %s: %s", order.id, order.method, error.code)

    async def poll(self, order: PurchaseOrder) -> None:
        """Ask a method whether an order is paid, and credit it.

        Raises:
            PaymentRefused, PaymentPeerError: it does not say.
        """
        method = self._methods.get(order.method)
        now = self._clock()
        status = await method.query(OrderReference(order.id, order.method_reference or ""), now)
        if isinstance(status, PaymentReceived):
            await self._database.write(
                lambda session: receiving.receive(session, self._config, order.method, status, now)
            )

    async def refund(self, refund_id: str) -> Refund:
        """Tell a method of a refund, or ask how it stands, and keep the answer."""
        call = await self._database.read(lambda session: refunds.make_call(session, self._config, refund_id))
        now = self._clock()
        result: RefundResult | None
        try:
            method = self._methods.get(call.method)
            if call.reference is None:
                result = await method.refund(call.request, now)
            else:
                result = await method.query_refund(call.reference, now)
        except PaymentRefused:
            result = RefundResult(refund_id, "", RefundState.FAILED)
        except HuishengError as error:
            logger.warning("refund %s could not be made at %s: %s", refund_id, call.method, error.code)
            result = None
        return await self._database.write(
            lambda session: refunds.finish(session, self._config, refund_id, result, now)
        )

    async def tell_methods(self) -> None:
        """Tell methods that renew by themselves what became of subscriptions."""
        now = self._clock()
        unsynced = await self._database.write(
            lambda session: subscriptions.take_unsynced(session, self._config, now, BATCH)
        )
        for update in unsynced:
            try:
                await self._tell_method(update)
            except HuishengError as error:
                logger.warning(
                    "subscription %s could not be changed at %s: %s",
                    update.subscription_id,
                    update.method,
                    error.code,
                )

    async def _tell_method(self, update: MethodUpdate) -> None:
        method = self._methods.get_renewing(update.method)
        if method is not None:
            if update.is_over:
                await method.cancel_subscription(update.external_id, at_period_end=False)
            elif update.cancels:
                await method.cancel_subscription(update.external_id, at_period_end=True)
            else:
                await method.resume_subscription(update.external_id)
                await method.change_subscription(update.external_id, update.price)
        now = self._clock()
        await self._database.write(
            partial(subscriptions.set_synced, config=self._config, told=update, now=now)
        )
