"""The calculator, open to everybody: it tells nothing of this server but how fast it speaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from huisheng.economics.calculator import calculate
from huisheng.economics.report import RoiReport, make_report
from huisheng.economics.scenario import gives_speed, make_scenario
from huisheng.economics.speed import ASSUMED, read_speed
from huisheng.errors import RequestError
from huisheng.server.dependencies import SettingsDep, SingleFields
from huisheng.server.errors import MalformedFields, refusals
from huisheng.server.plans.errors import PlanFileError, UnknownProduct
from huisheng.server.roi.products import find_purchase
from huisheng.server.roi.schemas import RoiQuery

router = APIRouter(prefix="/api", tags=["经营 Business"])


@router.get(
    "/roi",
    summary="收益计算器：产能、成本、保本点、回本时间",
    responses=refusals(RequestError, MalformedFields, UnknownProduct, PlanFileError),
    dependencies=[SingleFields],
)
async def calculate_roi(query: Annotated[RoiQuery, Query()], settings: SettingsDep) -> RoiReport:
    """Capacity, revenue, costs, break-even, payback, and the points of a chart of profit over demand."""
    values = query.values()
    speed = ASSUMED if gives_speed(values) else read_speed(settings.home) or ASSUMED
    purchase = find_purchase(settings.plans, query.product, datetime.now(UTC)) if query.product else None
    return make_report(calculate(make_scenario(values, speed, purchase)))
