"""`huisheng roi`: what a server costs and earns, and when it pays back."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huisheng.economics.calculator import Forecast
    from huisheng.economics.scenario import Purchase, Value
    from huisheng.economics.speed import MachineSpeed

TRIAL: Final = 2.0
"""Seconds of each of the two short measurements."""
_SOURCES: Final = {"given": "给定 given", "measured": "实测 measured", "assumed": "参考机器 assumed"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare an option for every input of the calculator."""
    from huisheng.economics.scenario import INPUTS

    for name, known in INPUTS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=_whole if known.is_whole else _decimal,
            metavar="N",
            help=f"{known.chinese} {known.english}".replace("%", "%%"),
        )
    parser.add_argument(
        "--product",
        metavar="ID",
        help="huisheng plans show 中的套餐，代替价格与次数 a product, instead of price and calls",
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Calculate and print; without a known speed, measure for a few seconds.

    Raises:
        OutOfRange: an input is outside its bounds.
        UnknownProduct: nothing of this name is sold.
        SetupError: no speed is given or stored, and nothing can be spoken to measure it.
    """
    from huisheng.economics.calculator import calculate
    from huisheng.economics.scenario import INPUTS, gives_speed, make_scenario
    from huisheng.economics.speed import ASSUMED

    values: dict[str, Value | None] = {name: getattr(arguments, name) for name in INPUTS}
    purchase = _find_purchase(arguments.product) if arguments.product else None
    make_scenario(values, ASSUMED, purchase)  # what is wrong is told before anything is measured
    speed = ASSUMED if gives_speed(values) else _known_speed()
    forecast = calculate(make_scenario(values, speed, purchase))
    if arguments.json:
        from huisheng.economics.report import make_report

        print(make_report(forecast).model_dump_json(indent=2))
    else:
        print("\n".join(_lines(forecast)))
    return 0


def _find_purchase(product: str) -> Purchase:
    """What a product of the plan file costs and holds."""
    from datetime import UTC, datetime

    from huisheng.cli.extras import read_settings, require_server

    require_server()
    from huisheng.server.roi.products import find_purchase

    return find_purchase(read_settings().plans, product, datetime.now(UTC))


def _known_speed() -> MachineSpeed:
    """The stored speed of this machine, else one that is measured now."""
    from huisheng.economics.speed import read_speed
    from huisheng.voice.store import home

    return read_speed(home()) or _measure()


def _measure() -> MachineSpeed:
    from fractions import Fraction

    from huisheng.cli.serve import SynthesizerFactory
    from huisheng.economics.speed import MachineSpeed
    from huisheng.runtime.worker_tuning import measure
    from huisheng.runtime.workers.threads import ThreadWorkers

    print(
        "没有本机的速度，正在测量几秒；huisheng doctor --tune 更准确并保存。 Measuring for a few seconds.",
        file=sys.stderr,
    )
    workers = ThreadWorkers(SynthesizerFactory(models=1)(), os.cpu_count() or 1)
    speed = asyncio.run(measure(workers, TRIAL))
    return MachineSpeed(Fraction(round(speed.characters_per_second * 1000), 1000), "measured")


def _lines(forecast: Forecast) -> Iterator[str]:
    """A number a line with its name, then sentences."""
    from huisheng.economics.findings import exact_fen, findings, yuan

    month, capacity, turn = forecast.month, forecast.capacity, forecast.break_even
    speed = forecast.scenario.speed
    yield (
        f"速度 speed\t{float(speed.characters_per_second):,.1f} 字/秒 characters a second，"
        f"{_SOURCES[speed.source]}"
    )
    yield (
        f"每天的能力 capacity a day\t{capacity.calls_per_day:,} 次 calls，"
        f"{capacity.characters_per_day:,} 字 characters"
    )
    yield f"按高峰可承担 sustained a day\t{capacity.sustained_calls_per_day:,} 次 calls"
    yield f"高峰利用率 utilization at peak\t{float(capacity.peak_utilization):.1%}"
    yield f"每次价格 price a call\t{exact_fen(forecast.scenario.price.per_call)} 分 fen"
    yield f"每月收入 revenue a month\t{yuan(month.revenue_fen)}"
    yield f"手续费 payment fees\t{yuan(month.fees_fen)}"
    yield f"每月成本 cost a month\t{yuan(month.cost.total_fen)}"
    yield f"每月利润 profit a month\t{yuan(month.profit_fen)}"
    yield f"保本 break-even\t{_count(turn.calls_per_day, '次/天 calls a day')}"
    yield f"保本日 break-even day\t{_day(turn.day_of_month)}"
    yield f"回本 payback\t{_payback(forecast)}"
    for notice in findings(forecast):
        yield f"{notice.message} {notice.english}"


def _day(day: int | None) -> str:
    return "当月未达到 not in the month" if day is None else f"{day} 日 of the month"


def _payback(forecast: Forecast) -> str:
    """Months until the price of the machine is back; of a rented one there is no price."""
    months = forecast.payback.months
    if months is None:
        return "亏损，不能回本 never, at a loss" if forecast.month.profit_fen < 0 else "不能回本 never"
    if not forecast.scenario.machine.price_fen:
        return "租用，无需回本 nothing to recover"
    return f"{months:,} 个月 months"


def _count(number: int | None, unit: str) -> str:
    return "无法达到 never" if number is None else f"{number:,} {unit}"


def _number(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """A type of argument; what is no number of this kind is wrong usage."""

    def parse(text: str) -> Value:
        try:
            return read(text)
        except (ValueError, InvalidOperation) as error:
            raise argparse.ArgumentTypeError("应为数字 expected a number") from error

    return parse


def _read_decimal(text: str) -> Decimal:
    """
    Raises:
        ValueError: it is no number, or has more places than a calculation needs.
    """
    from huisheng.economics.scenario import DECIMALS

    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS:
        raise ValueError(text)
    return number


_whole = _number(int)
_decimal = _number(_read_decimal)
