"""Amounts are integers, and their texts are exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.server.payments.money import Exchange, Money, format_amount, parse_amount, portion

AMOUNTS = st.integers(0, 10**15)


@given(amount=AMOUNTS, digits=st.sampled_from([0, 2, 3]))
def test_every_amount_comes_back_from_its_text(amount: int, digits: int) -> None:
    assert parse_amount(format_amount(amount, digits), digits) == amount


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (1, "0.01"), (10, "0.10"), (990, "9.90"), (1_990, "19.90")]
)
def test_yuan_have_two_decimals(fen: int, text: str) -> None:
    assert format_amount(fen) == text


@pytest.mark.parametrize(("text", "fen"), [("9", 900), ("9.9", 990), ("9.90", 990), ("0.01", 1)])
def test_a_text_may_have_fewer_decimals(text: str, fen: int) -> None:
    assert parse_amount(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.",
        ".5",
        "1.001",
        "1e3",
        "1,000",
        "01",
        "٣",
        "９.９",
        "1.0\n",
        "NaN",
        "9" * 17,
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        parse_amount(text)


@pytest.mark.parametrize("arguments", [(-1, "CNY"), (1, "cny"), (1, ""), (1, "CNYX")])
def test_negative_amounts_and_unknown_currencies_are_no_money(arguments: tuple[int, str]) -> None:
    with pytest.raises(ValueError, match="no amount"):
        Money(*arguments)


def test_yuan_cost_themselves() -> None:
    assert Exchange().convert(990) == Money(990, "CNY")


@pytest.mark.parametrize(
    ("fen", "exchange", "charged"),
    [
        (990, Exchange("USD", Decimal("7.2")), Money(138, "USD")),  # 137.5 cents
        (1, Exchange("USD", Decimal("7.2")), Money(1, "USD")),
        (990, Exchange("JPY", Decimal("0.048"), 0), Money(207, "JPY")),  # 206.25 yen
    ],
)
def test_an_order_is_converted_and_rounded_up(fen: int, exchange: Exchange, charged: Money) -> None:
    assert exchange.convert(fen) == charged


@given(
    charged=st.integers(1, 10**9),
    parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=8),
)
def test_parts_of_an_order_make_up_its_whole_charge(charged: int, parts: list[int]) -> None:
    total = sum(parts)

    shares = [portion(charged, total, sum(parts[:index]), part) for index, part in enumerate(parts)]

    assert sum(shares) == charged
    assert min(shares) >= 0
