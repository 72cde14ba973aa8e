"""Amounts of money: integers of the minor unit with a currency, and how they are written and converted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

CNY: Final = "CNY"

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DECIMAL: Final = re.compile(r"(0|[1-9]\d{0,15})(?:\.(\d+))?")
_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that is not negative.

    Attributes:
        amount: in the minor unit of the currency: fen, cents; yen where there is nothing smaller.
        currency: ISO 4217, three capital letters.

    Raises:
        ValueError: it is no amount of money.
    """

    amount: int
    currency: str = CNY

    def __post_init__(self) -> None:
        if self.amount < 0 or not _CURRENCY.fullmatch(self.currency):
            raise ValueError("no amount of money")


@dataclass(frozen=True, slots=True)
class Exchange:
    """The currency that a method charges orders in.

    Attributes:
        currency: ISO 4217.
        rate: yuan for one unit of it (one dollar, not one cent); 1 for CNY itself.
        digits: after the point, 0 or 2.
    """

    currency: str = CNY
    rate: Decimal = Decimal(1)
    digits: int = _DIGITS

    def convert(self, fen: int) -> Money:
        """What an order of so many fen costs; rounded up, so that an order never costs nothing."""
        units = Fraction(fen * 10**self.digits) / (Fraction(self.rate) * 10**_DIGITS)
        return Money(-(-units.numerator // units.denominator), self.currency)


def format_amount(amount: int, digits: int = _DIGITS) -> str:
    """An amount in the minor unit as decimal text: `990` is `9.90`, and `990` without digits is `990`."""
    if not digits:
        return str(amount)
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}}"


def parse_amount(text: str, digits: int = _DIGITS) -> int:
    """The minor units of decimal text: `9.90`, `9.9` and `9` are 990, 990 and 900.

    Raises:
        ValueError: it is negative, has a sign, an exponent, spaces or more digits than the currency.
    """
    found = _DECIMAL.fullmatch(text)
    part = (found[2] or "") if found else ""
    if not found or not text.isascii() or len(part) > digits:
        raise ValueError("no amount of money")
    return int(found[1]) * 10**digits + int(part.ljust(digits, "0") or "0")


def portion(charged: int, total: int, before: int, amount: int) -> int:
    """The part of a charge that belongs to a part of an order.

    Parts that make up the whole order make up the whole charge, however they are cut.

    Args:
        charged: minor units that the payer was charged for all of the order.
        total: of the order, in fen.
        before: fen of it that other parts have had.
        amount: fen of this part.
    """
    return charged * (before + amount) // total - charged * before // total
