"""What has to be done about money when nobody asks: safe on any number of servers, and after any pause."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from huisheng.errors import HuishengError
from huisheng.server.billing import orders, refunds, subscriptions
from huisheng.server.billing.calls import BATCH, MethodCalls
from huisheng.server.billing.values import BillingConfig
from huisheng.server.clock import Clock
from huisheng.server.database.database import Database

logger = logging.getLogger("huisheng.server")

_INTERVAL: Final = 20.0
"""Seconds between two runs."""


class BillingChores:
    """Expires orders, asks for payments, repeats refunds, reminds of renewals and ends what was not renewed.

    Args:
        database: with orders, refunds and subscriptions.
        config: of billing.
        calls: to methods of payment.
        clock: tells the time.
    """

    def __init__(self, database: Database, config: BillingConfig, calls: MethodCalls, clock: Clock) -> None:
        self._database = database
        self._config = config
        self._calls = calls
        self._clock = clock

    async def run(self) -> None:
        """Do what is due, again and again, until cancelled."""
        while True:
            try:
                await self.run_due()
            except HuishengError as error:
                logger.warning("chores of billing are put off: %s", error.code)
            except Exception:
                logger.exception("a chore of billing failed")
            await asyncio.sleep(_INTERVAL)

    async def run_due(self) -> None:
        """Everything whose time has come; any number of servers may do so at once."""
        await self._expire_orders()
        await self._poll_orders()
        await self._retry_refunds()
        await self._tend_subscriptions()
        await self._calls.tell_methods()

    async def _expire_orders(self) -> None:
        """Close what was not paid in time; whoever has paid in the last moment is asked about first."""
        now = self._clock()
        expired = await self._database.write(lambda session: orders.take_expired(session, now, BATCH))
        await self._calls.close(expired)

    async def _poll_orders(self) -> None:
        now = self._clock()
        for order in await self._database.write(lambda session: orders.take_unpolled(session, now, BATCH)):
            try:
                await self._calls.poll(order)
            except HuishengError as error:
                logger.warning(
                    "order %s could not be asked for at %s: %s", order.id, order.method, error.code
                )

    async def _retry_refunds(self) -> None:
        now = self._clock()
        for refund_id in await self._database.write(lambda session: refunds.take_due(session, now, BATCH)):
            await self._calls.refund(refund_id)

    async def _tend_subscriptions(self) -> None:
        now = self._clock()
        due = await self._database.read(lambda session: subscriptions.find_due(session, self._config, now))
        for subscription_id in due:
            await self._database.write(
                partial(subscriptions.do_due, config=self._config, subscription_id=subscription_id, now=now)
            )
