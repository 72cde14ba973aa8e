"""A forecast as JSON, for `huisheng roi --json` and `GET /api/roi` alike."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from huisheng.economics.calculator import DAYS, Forecast, Month
from huisheng.economics.findings import cost_per_call, exact_fen, findings
from huisheng.economics.speed import SpeedSource


class RoiMachine(BaseModel):
    """What the machine costs; `price_fen` is 0 and `life_months` null for a rented one."""

    kind: Literal["buy", "rent"]
    price_fen: int
    life_months: int | None
    monthly_fen: Annotated[
        int, Field(description="每月折旧与租金（分）。Depreciation and rent, fen a month.")
    ]


class RoiSpeed(BaseModel):
    """How fast the whole machine speaks, and whence that is known."""

    characters_per_second: float
    real_time_factor: float
    source: SpeedSource


class RoiCapacity(BaseModel):
    """What the machine can do a day, and what it can sustain with its peak."""

    calls_per_day: int
    characters_per_day: int
    sustained_calls_per_day: int


class RoiDemand(BaseModel):
    """Calls a day that are asked for, and what becomes of them."""

    calls_per_day: int
    served: int
    refused: int
    paid: int
    free: int
    peak_utilization: Annotated[
        float,
        Field(description="最忙的一小时的利用率，1 为满。Utilization of the busiest hour, 1 when full."),
    ]


class RoiMonth(BaseModel):
    """A month in fen."""

    revenue_fen: int
    fees_fen: int
    machine_fen: int
    electricity_fen: int
    other_fen: int
    cost_fen: Annotated[int, Field(description="机器、电与其他。Machine, electricity and others.")]
    profit_fen: int


class RoiBreakEven(BaseModel):
    """Calls a day that cover the costs, null where none do; day of the month on which this demand has."""

    calls_per_day: int | None
    reachable: bool
    day_of_month: int | None


class RoiPayback(BaseModel):
    """Months until the machine's price has come back; null for never."""

    months: int | None
    within_life: bool


class RoiPoint(BaseModel):
    """A point of the chart; `cost_fen` has the fees in it."""

    calls_per_day: int
    revenue_fen: int
    cost_fen: int
    profit_fen: int


class RoiFinding(BaseModel):
    """A sentence for people."""

    code: str
    message: str
    message_en: str


class RoiReport(BaseModel):
    """Everything that the calculation finds. Money is in fen; unit prices are decimal texts, in fen too."""

    currency: Literal["CNY"] = "CNY"
    days_per_month: int = DAYS
    machine: RoiMachine
    speed: RoiSpeed
    capacity: RoiCapacity
    demand: RoiDemand
    price_per_call: Annotated[str, Field(examples=["0.99"])]
    cost_per_call: Annotated[str | None, Field(examples=["2.6667"])]
    month: RoiMonth
    break_even: RoiBreakEven
    payback: RoiPayback
    series: tuple[RoiPoint, ...]
    findings: tuple[RoiFinding, ...]


def make_report(forecast: Forecast) -> RoiReport:
    """The forecast in the form in which it is sent."""
    capacity, each = forecast.capacity, cost_per_call(forecast)
    return RoiReport(
        machine=_machine(forecast),
        speed=_speed(forecast),
        capacity=RoiCapacity(
            calls_per_day=capacity.calls_per_day,
            characters_per_day=capacity.characters_per_day,
            sustained_calls_per_day=capacity.sustained_calls_per_day,
        ),
        demand=_demand(forecast),
        price_per_call=exact_fen(forecast.scenario.price.per_call),
        cost_per_call=None if each is None else exact_fen(each),
        month=_month(forecast.month),
        break_even=RoiBreakEven(
            calls_per_day=forecast.break_even.calls_per_day,
            reachable=forecast.break_even.reachable,
            day_of_month=forecast.break_even.day_of_month,
        ),
        payback=RoiPayback(months=forecast.payback.months, within_life=forecast.payback.within_life),
        series=tuple(map(_point, forecast.series)),
        findings=tuple(
            RoiFinding(code=notice.code, message=notice.message, message_en=notice.english)
            for notice in findings(forecast)
        ),
    )


def _machine(forecast: Forecast) -> RoiMachine:
    machine = forecast.scenario.machine
    return RoiMachine(
        kind=machine.kind,
        price_fen=machine.price_fen,
        life_months=machine.life_months or None,
        monthly_fen=forecast.month.cost.machine_fen,
    )


def _speed(forecast: Forecast) -> RoiSpeed:
    speed = forecast.scenario.speed
    return RoiSpeed(
        characters_per_second=float(speed.characters_per_second),
        real_time_factor=float(speed.real_time_factor),
        source=speed.source,
    )


def _demand(forecast: Forecast) -> RoiDemand:
    month = forecast.month
    paid = int(month.paid)
    return RoiDemand(
        calls_per_day=month.demand,
        served=month.served,
        refused=month.refused,
        paid=paid,
        free=month.served - paid,
        peak_utilization=float(forecast.capacity.peak_utilization),
    )


def _month(month: Month) -> RoiMonth:
    return RoiMonth(
        revenue_fen=month.revenue_fen,
        fees_fen=month.fees_fen,
        machine_fen=month.cost.machine_fen,
        electricity_fen=month.cost.electricity_fen,
        other_fen=month.cost.other_fen,
        cost_fen=month.cost.total_fen,
        profit_fen=month.profit_fen,
    )


def _point(month: Month) -> RoiPoint:
    return RoiPoint(
        calls_per_day=month.demand,
        revenue_fen=month.revenue_fen,
        cost_fen=month.fees_fen + month.cost.total_fen,
        profit_fen=month.profit_fen,
    )
