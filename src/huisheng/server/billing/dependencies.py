"""What endpoints of billing depend on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from huisheng.server.billing.service import Billing


async def _billing(request: Request) -> Billing:
    return request.app.state.components.business.billing


BillingDep = Annotated[Billing, Depends(_billing)]
