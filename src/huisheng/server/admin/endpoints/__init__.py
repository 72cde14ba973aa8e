"""Administration over HTTP: operators only."""

from __future__ import annotations

from typing import Final

from huisheng.server.admin.endpoints import accounts, billing, reports, server

ROUTERS: Final = (accounts.router, billing.router, reports.router, server.router)
"""All of its addresses."""
