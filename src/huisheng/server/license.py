"""The licence of a server with accounts: looked at every hour, logged every day, heeded after its grace. Its
operators get mail before that.

A server without accounts loads none of this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from huisheng.errors import HuishengError
from huisheng.licensing.monitor import LicenseMonitor
from huisheng.server.database.database import Database
from huisheng.server.guard.client import Client
from huisheng.server.guard.keys import Authenticator, Credentials
from huisheng.server.license_mails import remind_operators

logger = logging.getLogger("huisheng.server")

FEATURE: Final = "accounts"
"""What a licence must grant so that others than the operator may speak."""

_INTERVAL = 3600.0
"""Seconds between two looks."""


class LicensedAuthenticator:
    """An `Authenticator` that suspends the clients of another where the licence does not allow accounts.

    The operator goes on as the one user that needs no licence; everybody else still sees, exports and deletes
    what is theirs, and nothing is lost: with a new licence all is as before.

    Args:
        authenticator: knows the clients.
        monitor: of the licence.
        clock: tells the time, UTC.
    """

    def __init__(
        self, authenticator: Authenticator, monitor: LicenseMonitor, clock: Callable[[], datetime]
    ) -> None:
        self._authenticator = authenticator
        self._monitor = monitor
        self._clock = clock

    async def authenticate(self, credentials: Credentials) -> Client | None:
        """See `Authenticator`."""
        client = await self._authenticator.authenticate(credentials)
        if client is None or client.is_operator or self._monitor.status.allows(FEATURE, self._clock()):
            return client
        return replace(client, suspended_by="license")


async def watch_license(monitor: LicenseMonitor, database: Database, clock: Callable[[], datetime]) -> None:
    """Remind operators of the licence's end and look again, in a thread, until cancelled."""
    while True:
        try:
            await database.write(partial(remind_operators, status=monitor.status, now=clock()))
        except HuishengError as error:
            logger.warning("operators are reminded of the licence later: %s", error.code)
        await asyncio.sleep(_INTERVAL)
        await asyncio.to_thread(monitor.refresh, clock())
