"""The licence of a server with accounts: looked at every hour, logged every day, heeded after its grace.

A server without accounts loads none of this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from huisheng.licensing.monitor import LicenseMonitor
from huisheng.server.guard.client import Client
from huisheng.server.guard.keys import Authenticator, Credentials

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


async def watch_license(monitor: LicenseMonitor, clock: Callable[[], datetime]) -> None:
    """Look again and again, in a thread, until cancelled."""
    while True:
        await asyncio.sleep(_INTERVAL)
        await asyncio.to_thread(monitor.refresh, clock())
