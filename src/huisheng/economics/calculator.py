"""From a scenario to a month: capacity, revenue, costs, break-even, payback, and the points of a chart.

Money is whole fen: revenue net of fees is rounded down, each cost up, once a month, so that no rounding makes
a loss look like a profit. All else is exact until it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from huisheng.economics.scenario import Machine, Scenario, Traffic

DAYS: Final = 30
"""A month has so many, in everything here."""
_SECONDS_A_DAY: Final = 86_400
_HOURS_A_MONTH: Final = 24 * DAYS
_EMPTY_CHART: Final = 100
"""Calls a day at the end of a chart that has nothing to show."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the machine can do.

    Attributes:
        calls_per_day: if it worked at full load around the clock.
        characters_per_day: the same.
        sustained_calls_per_day: what is asked for on a day on which the busiest hour just fits. Demand over
            it is refused and earns nothing: cautious, since quiet hours would have room for some of it.
        peak_utilization: demand over capacity in the busiest hour; over 1 where it does not fit.
    """

    calls_per_day: int
    characters_per_day: int
    sustained_calls_per_day: int
    peak_utilization: Fraction


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """Fen a month, each rounded up.

    Attributes:
        machine_fen: depreciation and rent.
        electricity_fen: of a bought machine.
        other_fen: as given.
    """

    machine_fen: int
    electricity_fen: int
    other_fen: int

    @property
    def total_fen(self) -> int:
        """All of them."""
        return self.machine_fen + self.electricity_fen + self.other_fen


@dataclass(frozen=True, slots=True)
class Month:
    """A month at some demand.

    Attributes:
        demand: calls a day that are asked for.
        served: of them.
        paid: of the served ones, on average.
        revenue_fen: that customers pay.
        fees_fen: that the payment provider keeps.
        cost: of machine, electricity, and so on.
    """

    demand: int
    served: int
    paid: Fraction
    revenue_fen: int
    fees_fen: int
    cost: MonthlyCost

    @property
    def profit_fen(self) -> int:
        """What is left; negative for a loss."""
        return self.revenue_fen - self.fees_fen - self.cost.total_fen

    @property
    def refused(self) -> int:
        """Calls a day that the machine has no room for."""
        return self.demand - self.served


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a month turns from loss to profit.

    Attributes:
        calls_per_day: fewest that cover the month's costs; None where no number does.
        reachable: whether the machine can serve so many.
        day_of_month: on which this demand has covered the month's costs, 0 without costs; None where it does
            not within the month.
    """

    calls_per_day: int | None
    reachable: bool
    day_of_month: int | None


@dataclass(frozen=True, slots=True)
class Payback:
    """When the machine's price has come back.

    Attributes:
        months: first whole month after which it has, 0 for a rented machine that bears its costs; None for
            never.
        within_life: whether that is before the machine is written off.
    """

    months: int | None
    within_life: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """Everything that a calculation finds; `series` with rising demand, from 0."""

    scenario: Scenario
    capacity: Capacity
    month: Month
    break_even: BreakEven
    payback: Payback
    series: tuple[Month, ...]


def calculate(scenario: Scenario) -> Forecast:
    """The forecast for a scenario."""
    business = _Business(scenario)
    break_even = business.break_even()
    return Forecast(
        scenario=scenario,
        capacity=business.capacity,
        month=business.month(scenario.traffic.calls_per_day),
        break_even=break_even,
        payback=business.payback(),
        series=tuple(map(business.month, _demands(scenario, business.capacity, break_even))),
    )


class _Business:
    """A scenario with what does not depend on demand."""

    def __init__(self, scenario: Scenario) -> None:
        paid_share = 1 - scenario.traffic.free_share
        self._scenario = scenario
        self._paid_share = paid_share
        self._revenue = DAYS * paid_share * scenario.price.per_call
        self._net = DAYS * paid_share * scenario.price.net_per_call
        self._cost = monthly_cost(scenario.machine)
        self.capacity = capacity_of(scenario)

    def month(self, demand: int) -> Month:
        """The month in which so many calls a day are asked for."""
        served = min(demand, self.capacity.sustained_calls_per_day)
        revenue, net = floor(served * self._revenue), floor(served * self._net)
        return Month(demand, served, served * self._paid_share, revenue, revenue - net, self._cost)

    def break_even(self) -> BreakEven:
        cost = self._cost.total_fen
        calls = _least(cost, self._net)
        demand = self._scenario.traffic.calls_per_day
        day = _least(cost, self.month(demand).served * self._net / DAYS)
        return BreakEven(
            calls_per_day=calls,
            reachable=calls is not None and calls <= self.capacity.sustained_calls_per_day,
            day_of_month=day if day is not None and day <= DAYS else None,
        )

    def payback(self) -> Payback:
        """Depreciation is no payment: what comes in beyond the other costs pays the price back."""
        machine = self._scenario.machine
        month = self.month(self._scenario.traffic.calls_per_day)
        surplus = month.profit_fen + _depreciation(machine)
        months = _least(machine.price_fen, Fraction(surplus)) if surplus >= 0 else None
        return Payback(months, months is not None and months <= machine.life_months)


def monthly_cost(machine: Machine) -> MonthlyCost:
    """What a machine costs a month, whatever it does."""
    kilowatt_hours = Fraction(machine.power_watts * _HOURS_A_MONTH, 1000)
    return MonthlyCost(
        machine_fen=_depreciation(machine) + machine.rent_fen,
        electricity_fen=ceil(kilowatt_hours * machine.electricity_fen),
        other_fen=machine.other_fen,
    )


def capacity_of(scenario: Scenario) -> Capacity:
    """What the machine of a scenario can do with calls of its length."""
    traffic: Traffic = scenario.traffic
    characters = scenario.speed.characters_per_second * _SECONDS_A_DAY
    calls = characters / traffic.characters_per_call
    return Capacity(
        calls_per_day=floor(calls),
        characters_per_day=floor(characters),
        sustained_calls_per_day=floor(calls / traffic.peak_factor),
        peak_utilization=traffic.calls_per_day * traffic.peak_factor / calls,
    )


def _depreciation(machine: Machine) -> int:
    """Fen a month, in equal parts, without residual value."""
    return ceil(Fraction(machine.price_fen, machine.life_months)) if machine.price_fen else 0


def _least(amount: int, step: Fraction) -> int | None:
    """How many steps make up an amount, None where none do."""
    if not amount:
        return 0
    return ceil(amount / step) if step > 0 else None


def _demands(scenario: Scenario, capacity: Capacity, break_even: BreakEven) -> Iterator[int]:
    """Calls a day of the points of a chart that shows demand, break-even and capacity where they are near."""
    turn = break_even.calls_per_day if break_even.reachable and break_even.calls_per_day else 0
    sustained = capacity.sustained_calls_per_day
    end = max(2 * scenario.traffic.calls_per_day, turn * 3 // 2) or min(sustained, _EMPTY_CHART)
    if sustained <= 2 * end:
        end = max(end, sustained * 5 // 4)
    grid = {step * end // (scenario.points - 1) for step in range(scenario.points)}
    yield from sorted(grid | {kink for kink in (turn, sustained) if kink <= end})
