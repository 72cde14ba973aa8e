"""The arithmetic of a month, in the cases where well-known articles err."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.economics.calculator import DAYS, Forecast, calculate
from huisheng.economics.scenario import INPUTS, RENT, Purchase, Value, make_scenario
from huisheng.economics.speed import ASSUMED, MachineSpeed
from huisheng.errors import OutOfRange

FREE_OF_FEES: dict[str, Value | None] = {"fee_share": Decimal(0)}
CENT_A_CALL: dict[str, Value | None] = {"price_fen": 1, "price_calls": 1}


def forecast(**values: Value | None) -> Forecast:
    return calculate(make_scenario(values, ASSUMED))


def values_of(name: str) -> st.SearchStrategy[Value]:
    """Any value that an input may have."""
    known = INPUTS[name]
    if known.is_whole:
        return st.integers(int(known.low), min(int(known.high), 10**7))
    return st.decimals(known.low, known.high, places=6, allow_nan=False)


scenarios = st.fixed_dictionaries({}, optional={name: values_of(name) for name in INPUTS})


def test_a_thousand_paid_calls_a_day_at_a_fen_are_300_yuan_a_month_and_a_loss_against_800() -> None:
    found = forecast(rent_fen=80_000, calls_per_day=1_000, **CENT_A_CALL, **FREE_OF_FEES)

    assert found.month.revenue_fen == 30_000
    assert found.month.profit_fen == -50_000
    assert (found.break_even.calls_per_day, found.break_even.day_of_month) == (2_667, None)
    assert found.payback.months is None


def test_a_call_of_a_pack_of_a_thousand_at_9_90_brings_less_than_a_fen() -> None:
    found = forecast(price_fen=990, price_calls=1_000, calls_per_day=1_000)

    assert found.scenario.price.per_call == Fraction("0.99")
    assert found.month.revenue_fen == 29_700


def test_payment_fees_are_six_in_a_thousand_by_default() -> None:
    found = forecast(price_fen=10_000, price_calls=1, calls_per_day=1)

    assert (found.month.revenue_fen, found.month.fees_fen) == (300_000, 1_800)


def test_a_fixed_fee_is_paid_for_every_purchase() -> None:
    found = forecast(
        price_fen=990, price_calls=1_000, calls_per_day=1_000, fee_fixed_fen=235, fee_share=Decimal(0)
    )

    assert found.month.fees_fen == 30 * 235


def test_demand_beyond_capacity_earns_nothing() -> None:
    speed: dict[str, Value | None] = {"characters_per_second": Decimal(10), "peak_factor": Decimal(1)}
    full = forecast(calls_per_day=8_640, **speed)
    doubled = forecast(calls_per_day=17_280, **speed)

    assert full.capacity.calls_per_day == 8_640
    assert (doubled.month.served, doubled.month.refused) == (8_640, 8_640)
    assert doubled.month.profit_fen == full.month.profit_fen
    assert doubled.capacity.peak_utilization == 2


def test_a_busy_hour_of_three_times_the_mean_takes_a_third_of_the_capacity() -> None:
    found = forecast(characters_per_second=Decimal(10), peak_factor=Decimal(3))

    assert found.capacity.sustained_calls_per_day == 2_880


def test_free_calls_use_the_machine_and_earn_nothing() -> None:
    free: dict[str, Value | None] = {"free_share": Decimal("0.9"), "characters_per_second": Decimal(10)}
    found = forecast(calls_per_day=2_880, **free, **CENT_A_CALL, **FREE_OF_FEES)
    more = forecast(calls_per_day=28_800, **free, **CENT_A_CALL, **FREE_OF_FEES)

    assert found.month.revenue_fen == 288 * DAYS
    assert (more.month.paid, more.month.revenue_fen) == (found.month.paid, found.month.revenue_fen)


def test_calls_that_were_bought_and_not_made_cost_no_capacity() -> None:
    found = forecast(price_fen=1_990, price_calls=500, used_share=Decimal("0.5"))

    assert found.scenario.price.per_call == Fraction(1_990, 250)


def test_a_machine_of_which_nothing_is_said_is_rented() -> None:
    month = forecast().month

    assert (month.cost.machine_fen, month.cost.electricity_fen) == (RENT, 0)


def test_a_bought_machine_costs_its_share_and_its_electricity() -> None:
    cost = forecast(
        buy_fen=360_000, life_months=36, power_watts=100, electricity_fen=Decimal("52.83"), other_fen=7
    ).month.cost

    assert (cost.machine_fen, cost.electricity_fen, cost.other_fen) == (10_000, 3_804, 7)
    assert cost.total_fen == 13_811


def test_depreciation_is_not_paid_a_second_time_before_the_price_has_come_back() -> None:
    found = forecast(
        buy_fen=360_000, power_watts=0, calls_per_day=1_000, price_fen=2, price_calls=1, **FREE_OF_FEES
    )

    assert found.month.profit_fen == 50_000
    assert found.payback.months == 6  # 600 yuan a month


def test_a_machine_that_pays_back_after_its_life_makes_a_loss() -> None:
    found = forecast(buy_fen=3_600_000, life_months=36, power_watts=0, calls_per_day=2_000, **FREE_OF_FEES)

    assert found.month.profit_fen < 0
    assert (found.payback.months, found.payback.within_life) == (61, False)


def test_a_month_breaks_even_on_the_day_that_covers_its_costs() -> None:
    found = forecast(rent_fen=80_000, calls_per_day=8_000, **CENT_A_CALL, **FREE_OF_FEES)

    assert found.break_even.day_of_month == 10


@pytest.mark.parametrize(
    "values",
    [{"free_share": Decimal(1)}, {"price_fen": 0}, {"price_fen": 10, "fee_fixed_fen": 50}],
    ids=["free", "worthless", "fees"],
)
def test_without_income_no_number_of_calls_breaks_even(values: dict[str, Value | None]) -> None:
    found = forecast(**values)

    assert (found.break_even.calls_per_day, found.break_even.reachable) == (None, False)
    assert found.payback.months is None


def test_a_break_even_beyond_the_machine_is_not_reachable() -> None:
    found = forecast(characters_per_second=Decimal("0.1"))

    assert found.break_even.calls_per_day == 2_710
    assert not found.break_even.reachable


@pytest.mark.parametrize(
    ("purchase", "calls"),
    [
        (Purchase(990, calls=1_000), 1_000),
        (Purchase(990, characters=50_000), 500),
        (Purchase(990, seconds=2_500), 100),
        (Purchase(990, calls=10, characters=1_000, seconds=25), 21),
    ],
)
def test_a_purchase_holds_the_calls_of_all_its_meters(purchase: Purchase, calls: int) -> None:
    found = calculate(make_scenario({"characters_per_call": 100}, ASSUMED, purchase))

    assert found.scenario.price.per_call == Fraction(990, calls)


def test_a_call_of_a_few_characters_takes_a_whole_second() -> None:
    assert Purchase(0, seconds=10).calls_of(1) == 10


def test_a_price_that_is_given_stands_over_that_of_a_product() -> None:
    purchase = Purchase(990, calls=1_000)

    scenario = make_scenario({"price_fen": 5}, ASSUMED, purchase)
    other = make_scenario({"price_calls": 5}, ASSUMED, purchase)

    assert (scenario.price.fen, scenario.price.calls) == (5, 1_000)
    assert (other.price.fen, other.price.calls) == (990, 5)


def test_a_real_time_factor_is_a_speed() -> None:
    scenario = make_scenario({"rtf": Decimal("0.01")}, ASSUMED)

    assert scenario.speed == MachineSpeed(Fraction(400), "given")


@pytest.mark.parametrize("name", INPUTS)
def test_what_lies_outside_its_bounds_is_refused_by_name(name: str) -> None:
    for value in (INPUTS[name].low - 1, INPUTS[name].high + 1, type(INPUTS[name].low)(10**400)):
        with pytest.raises(OutOfRange) as refused:
            make_scenario({name: value}, ASSUMED)
        assert refused.value.name == name


@given(scenarios)
def test_break_even_is_where_the_profit_begins(values: dict[str, Value | None]) -> None:
    turn = forecast(**values).break_even.calls_per_day
    if turn is None or turn > INPUTS["calls_per_day"].high:
        return
    fast = values | {
        "characters_per_second": Decimal(1_000_000),
        "characters_per_call": 1,
        "peak_factor": None,
    }

    assert forecast(**fast | {"calls_per_day": turn}).month.profit_fen >= 0
    assert turn == 0 or forecast(**fast | {"calls_per_day": turn - 1}).month.profit_fen < 0


@given(scenarios)
def test_every_figure_agrees_with_the_others(values: dict[str, Value | None]) -> None:
    found = forecast(**values)
    month, turn, payback = found.month, found.break_even, found.payback

    assert month.served + month.refused == month.demand
    assert month.fees_fen >= 0
    assert (month.refused == 0) == (month.demand <= found.capacity.sustained_calls_per_day)
    assert (found.capacity.peak_utilization <= 1) == (month.refused == 0)
    assert (turn.day_of_month is not None) == (month.profit_fen >= 0)
    assert payback.within_life == (month.profit_fen >= 0)


@given(scenarios)
def test_a_chart_rises_from_nothing_and_passes_its_turning_points(values: dict[str, Value | None]) -> None:
    found = forecast(**values)
    demands = [month.demand for month in found.series]

    assert demands[0] == 0
    assert demands == sorted(set(demands))
    assert len(demands) <= found.scenario.points + 2
    assert demands[-1] >= found.month.demand
    if found.break_even.reachable:
        assert found.break_even.calls_per_day in demands
