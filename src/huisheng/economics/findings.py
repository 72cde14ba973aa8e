"""A forecast in sentences, the most important first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil
from typing import Final

from huisheng.economics.calculator import DAYS, Forecast
from huisheng.types import Notice

_FEN_PLACES: Final = 4


def findings(forecast: Forecast) -> tuple[Notice, ...]:
    """What a person should know of a forecast."""
    return tuple(notice for rule in _RULES for notice in rule(forecast))


def yuan(fen: int) -> str:
    """An amount as people write it: ¥1,234.50."""
    sign, whole = "-" if fen < 0 else "", abs(fen)
    return f"{sign}¥{whole // 100:,}.{whole % 100:02}"


def exact_fen(amount: Fraction) -> str:
    """An amount of fen with up to four decimals, as a unit price has them."""
    scaled = round(amount * 10**_FEN_PLACES)
    sign, whole = "-" if scaled < 0 else "", abs(scaled)
    decimals = f"{whole % 10**_FEN_PLACES:0{_FEN_PLACES}}".rstrip("0")
    return f"{sign}{whole // 10**_FEN_PLACES}{'.' if decimals else ''}{decimals}"


def cost_per_call(forecast: Forecast) -> Fraction | None:
    """Fen of cost for a call that is served, free or not; None with no call."""
    served = forecast.month.served
    return Fraction(forecast.month.cost.total_fen, served * DAYS) if served else None


def _result(forecast: Forecast) -> Iterator[Notice]:
    month = forecast.month
    earned, cost = month.revenue_fen - month.fees_fen, month.cost.total_fen
    amount, calls = yuan(abs(month.profit_fen)), f"{month.served:,}"
    if month.profit_fen < 0:
        yield Notice(
            "loss",
            f"每天 {calls} 次时，每月收入 {yuan(earned)}（已扣手续费），成本 {yuan(cost)}，亏损 {amount}。",
            f"With {calls} calls a day, a month earns {_ascii(earned)} net of fees and costs {_ascii(cost)}: "
            f"a loss of {_ascii(abs(month.profit_fen))}.",
        )
    else:
        yield Notice(
            "profit",
            f"每天 {calls} 次时，每月收入 {yuan(earned)}（已扣手续费），成本 {yuan(cost)}，利润 {amount}。",
            f"With {calls} calls a day, a month earns {_ascii(earned)} net of fees and costs {_ascii(cost)}: "
            f"a profit of {_ascii(month.profit_fen)}.",
        )


def _over_capacity(forecast: Forecast) -> Iterator[Notice]:
    refused, sustained = forecast.month.refused, forecast.capacity.sustained_calls_per_day
    if refused:
        yield Notice(
            "over_capacity",
            f"按高峰计算，这台机器每天能承担 {sustained:,} 次，其余 {refused:,} 次被拒绝，没有收入。",
            f"With its peak, the machine bears {sustained:,} calls a day; the other {refused:,} are refused "
            "and earn nothing.",
        )


def _break_even(forecast: Forecast) -> Iterator[Notice]:
    turn = forecast.break_even
    if turn.calls_per_day is None:
        yield Notice(
            "never_breaks_even",
            "扣除手续费与免费次数后，每次调用没有净收入，次数再多也不能保本；请提高价格或减少免费次数。",
            "Net of fees and free calls, a call earns nothing: no number of them covers the costs. "
            "Raise the price, or give fewer calls away.",
        )
    elif not turn.reachable:
        yield Notice(
            "break_even_unreachable",
            f"每天需要 {turn.calls_per_day:,} 次才能保本，超过这台机器的能力；请提高价格或换更快的机器。",
            f"It takes {turn.calls_per_day:,} calls a day to break even, more than the machine can do. "
            "Raise the price, or take a faster machine.",
        )


def _free_calls(forecast: Forecast) -> Iterator[Notice]:
    month, each = forecast.month, cost_per_call(forecast)
    free = month.served - month.paid
    if free and each:
        monthly = ceil(free * each * DAYS)
        yield Notice(
            "free_calls_cost",
            f"免费次数没有收入，但占用机器：每月约 {yuan(monthly)} 的成本用于免费次数。",
            f"Free calls earn nothing and still use the machine: about {_ascii(monthly)} of a month's costs "
            "are theirs.",
        )


def _payback(forecast: Forecast) -> Iterator[Notice]:
    months, life = forecast.payback.months, forecast.scenario.machine.life_months
    if months is not None and not forecast.payback.within_life:
        yield Notice(
            "pays_back_too_late",
            f"回本需要 {months} 个月，超过机器的使用期限 {life} 个月。",
            f"The machine pays back after {months} months, later than its life of {life} months.",
        )


def _speed(forecast: Forecast) -> Iterator[Notice]:
    if forecast.scenario.speed.source == "assumed":
        yield Notice(
            "assumed_speed",
            "没有本机的速度，按参考机器估算；请运行 huisheng doctor --tune 测量。",
            "The speed of this machine is not known; that of a reference machine is used. "
            "Measure it: huisheng doctor --tune.",
        )


def _ascii(fen: int) -> str:
    return yuan(fen).replace("¥", "CNY ")


_RULES: Final[tuple[Callable[[Forecast], Iterator[Notice]], ...]] = (
    *(_result, _over_capacity, _break_even, _payback, _free_calls, _speed),
)
