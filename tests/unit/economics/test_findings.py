"""A forecast says in words what its figures say."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.economics.calculator import calculate
from huisheng.economics.findings import exact_fen, findings, yuan
from huisheng.economics.scenario import Value, make_scenario
from huisheng.economics.speed import ASSUMED, MachineSpeed

FAST = MachineSpeed(Fraction(1_000), "measured")
SLOW: dict[str, Value | None] = {"characters_per_second": Decimal("0.1")}
LATE: dict[str, Value | None] = {"buy_fen": 3_600_000, "power_watts": 0, "calls_per_day": 2_000}


@pytest.mark.parametrize(
    ("values", "speed", "codes"),
    [
        ({}, FAST, ["loss"]),
        ({"calls_per_day": 3_000}, FAST, ["profit"]),
        ({"free_share": Decimal("0.1")}, FAST, ["loss", "free_calls_cost"]),
        ({"rent_fen": 0, "free_share": Decimal("0.5")}, FAST, ["profit"]),
        (SLOW, FAST, ["loss", "over_capacity", "break_even_unreachable"]),
        ({"price_fen": 0}, ASSUMED, ["loss", "never_breaks_even", "assumed_speed"]),
        (LATE, FAST, ["loss", "pays_back_too_late"]),
    ],
)
def test_each_finding_has_its_condition(
    values: dict[str, Value | None], speed: MachineSpeed, codes: list[str]
) -> None:
    found = findings(calculate(make_scenario(values, speed)))

    assert [notice.code for notice in found] == codes
    assert all(notice.english.isascii() for notice in found)


def test_half_of_the_calls_free_are_half_of_the_costs() -> None:
    found = findings(calculate(make_scenario({"free_share": Decimal("0.5")}, FAST)))

    assert "¥400.00" in found[-1].message


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "¥0.00"), (5, "¥0.05"), (-123_456_7, "-¥12,345.67"), (100, "¥1.00")]
)
def test_amounts_are_written_in_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Fraction(99, 100), "0.99"), (Fraction(8, 3), "2.6667"), (Fraction(-1, 2), "-0.5"), (Fraction(0), "0")],
)
def test_unit_prices_are_written_with_up_to_four_decimals(amount: Fraction, text: str) -> None:
    assert exact_fen(amount) == text


@given(st.fractions())
def test_a_unit_price_is_right_to_four_decimals(amount: Fraction) -> None:
    assert abs(Fraction(exact_fen(amount)) - amount) <= Fraction(1, 20_000)
