"""Usage over HTTP."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from huisheng.errors import RequestError
from huisheng.server.accounts.endpoints.common import PartsDep
from huisheng.server.dependencies import SingleFields
from huisheng.server.errors import MalformedFields, refusals
from huisheng.server.permissions import MaySeeUsage
from huisheng.server.usage.schemas import AccountUsage, Group
from huisheng.server.usage.service import report

router = APIRouter(tags=["用量 Usage"])


@router.get(
    "/api/usage",
    summary="用量，按日、密钥或音色汇总",
    response_model_exclude_unset=True,
    responses=refusals(RequestError, MalformedFields),
    dependencies=[SingleFields],
)
async def get_usage(
    parts: PartsDep,
    client: MaySeeUsage,
    first: Annotated[
        date | None, Query(alias="from", description="第一天，默认三十天前。Thirty days ago by default.")
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", description="最后一天，默认今天。Today by default.")
    ] = None,
    group: Group = "day",
) -> AccountUsage:
    """Usage from one day to another, both included, in the account's zone."""
    work = partial(
        report, account_id=client.account_id, first=first, last=last, group=group, now=parts.clock()
    )
    return await parts.database.read(work)
