"""Revenue, usage and the audit log of all accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from huisheng.server.accounts.audit import list_events
from huisheng.server.accounts.endpoints.common import PartsDep
from huisheng.server.accounts.text import RowId
from huisheng.server.admin.endpoints.common import CatalogueDep, FirstDay, LastDay
from huisheng.server.admin.errors import InvalidInterval
from huisheng.server.admin.reports import RevenueGroup, UsageGroup, choose_days, revenue, sum_up, usage
from huisheng.server.admin.schemas import AdminEvent, RevenueReport, UsageReport
from huisheng.server.errors import refusals
from huisheng.server.paging import ListPage, PageRequestDep, cut_page
from huisheng.server.permissions import require_operator
from huisheng.server.plans.calendar import parse_zone

router = APIRouter(
    prefix="/api/admin", tags=["管理 Administration"], dependencies=[Depends(require_operator)]
)

Action = Annotated[str, Query(pattern=r"^[a-z_.]{0,40}$", description="如 account.suspended。")]


@router.get("/revenue", summary="收入", responses=refusals(InvalidInterval))
async def get_revenue(
    parts: PartsDep,
    catalogue: CatalogueDep,
    first: FirstDay = None,
    last: LastDay = None,
    group: RevenueGroup = "day",
) -> RevenueReport:
    """Revenue by method of payment, of each day, each month or all of them; refunds apart."""
    zone = parse_zone(catalogue.zone)
    days = choose_days(first, last, parts.clock(), zone)
    rows = await parts.database.read(lambda session: revenue(session, days, zone))
    return RevenueReport.of(days, catalogue.zone, group, sum_up(rows, group))


@router.get("/usage", summary="全部账户的用量", responses=refusals(InvalidInterval))
async def get_usage(
    parts: PartsDep,
    catalogue: CatalogueDep,
    first: FirstDay = None,
    last: LastDay = None,
    group: UsageGroup = "day",
) -> UsageReport:
    """Usage by day, or by the busiest accounts, voices or routes."""
    days = choose_days(first, last, parts.clock(), parse_zone(catalogue.zone))
    rows = await parts.database.read(lambda session: usage(session, days, group))
    return UsageReport.of(days, group, rows)


@router.get("/audit", summary="审计日志")
async def get_audit(
    parts: PartsDep, page: PageRequestDep, account_id: RowId | None = None, action: Action = ""
) -> ListPage[AdminEvent]:
    """What was done to accounts and to the server, the latest first."""
    rows = await parts.database.read(
        lambda session: list_events(session, page, account_id or "", action, for_operator=True)
    )
    return cut_page(rows, page, AdminEvent.of, lambda event: str(event.id))
