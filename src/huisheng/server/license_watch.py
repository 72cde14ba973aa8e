"""The licence of a running server with accounts: looked at every hour, logged every day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from huisheng.licensing.monitor import LicenseMonitor

_INTERVAL = 3600.0
"""Seconds between two looks."""


async def watch_license(monitor: LicenseMonitor) -> None:
    """Look again and again, in a thread, until cancelled."""
    while True:
        await asyncio.sleep(_INTERVAL)
        await asyncio.to_thread(monitor.refresh, datetime.now(UTC))
