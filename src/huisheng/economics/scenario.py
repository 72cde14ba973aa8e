"""What a calculation begins with: a machine, its speed, a price, and a demand.

Every input is written down once, in `INPUTS`: flags of the command line, fields of `GET /api/roi` and the
table of the guide are made from it, and `make_scenario` checks the values that come from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final, Literal, NamedTuple, TypeAlias

from huisheng.economics.speed import CHARACTERS_A_SECOND_OF_SOUND, MachineSpeed
from huisheng.errors import OutOfRange

Value: TypeAlias = int | Decimal
"""A whole number, or one that may have decimals; both are exact."""


class Input(NamedTuple):
    """A number that a calculation begins with.

    Attributes:
        default: None for an input that may be missing.
        low, high: smallest and largest value, both allowed.
        chinese: what it is, with its unit.
        english: the same.
    """

    default: Value | None
    low: Value
    high: Value
    chinese: str
    english: str

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole numbers only."""
        return isinstance(self.low, int)


_MOST_FEN: Final = 1_000_000_000
DECIMALS: Final = 6
"""Places behind the point that an input may have."""

RENT: Final = 80_000
"""Fen a month, of a machine of which nothing is said."""

INPUTS: Final[Mapping[str, Input]] = {
    "buy_fen": Input(None, 1, _MOST_FEN, "机器的价格（分），购买时填写", "price of a bought machine, fen"),
    "rent_fen": Input(
        None,
        0,
        _MOST_FEN,
        f"每月租金（分）；未购买时默认 {RENT}，购买时默认 0",
        f"rent a month, fen; {RENT} by default, 0 where the machine is bought",
    ),
    "life_months": Input(36, 1, 240, "购买的机器使用几个月", "months that a bought machine serves"),
    "power_watts": Input(100, 0, 100_000, "购买的机器的平均功率（W）", "mean power of a bought machine, W"),
    "electricity_fen": Input(Decimal(60), Decimal(0), Decimal(10_000), "电价（分/kWh）", "fen a kWh"),
    "other_fen": Input(0, 0, _MOST_FEN, "每月其他费用（分）：带宽、人工等", "other costs a month, fen"),
    "characters_per_second": Input(
        None,
        Decimal("0.001"),
        Decimal(1_000_000),
        "满负荷时每秒合成的字数",
        "characters a second, under load",
    ),
    "rtf": Input(
        None,
        Decimal("0.00001"),
        Decimal(100),
        "满负荷时的实时率，代替每秒字数",
        "real-time factor under load, instead of characters a second",
    ),
    "price_fen": Input(990, 0, _MOST_FEN, "一次购买的价格（分）", "price of one purchase, fen"),
    "price_calls": Input(1000, 1, _MOST_FEN, "一次购买包含的次数", "calls in one purchase"),
    "used_share": Input(
        Decimal(1),
        Decimal("0.01"),
        Decimal(1),
        "购买的次数中实际使用的比例",
        "share of the bought calls that are made",
    ),
    "fee_share": Input(
        Decimal("0.006"),
        Decimal(0),
        Decimal("0.5"),
        "支付手续费占价格的比例",
        "payment fee, share of the price",
    ),
    "fee_fixed_fen": Input(
        0, 0, 1_000_000, "每次购买固定的支付手续费（分）", "payment fee of each purchase, fen"
    ),
    "calls_per_day": Input(1000, 0, _MOST_FEN, "每天的次数，含免费的", "calls a day, free ones among them"),
    "characters_per_call": Input(100, 1, 100_000, "每次的字数", "characters a call"),
    "free_share": Input(
        Decimal(0), Decimal(0), Decimal(1), "免费次数的比例", "share of the calls that are free"
    ),
    "peak_factor": Input(
        Decimal(3), Decimal(1), Decimal(100), "最忙的一小时与平均的比", "busiest hour over the mean hour"
    ),
    "points": Input(61, 2, 200, "图表的点数", "points of the chart"),
}
"""Name → input, in the order of the help page."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and what it costs a month besides what is paid once.

    Attributes:
        price_fen: paid once; 0 for a rented one.
        life_months: over which the price is written off evenly; 0 for a rented one.
        rent_fen: a month.
        power_watts: mean power that the operator pays for.
        electricity_fen: a kWh.
        other_fen: a month.
    """

    price_fen: int
    life_months: int
    rent_fen: int
    power_watts: int
    electricity_fen: Fraction
    other_fen: int

    @property
    def kind(self) -> Literal["buy", "rent"]:
        """Whether it was bought."""
        return "buy" if self.price_fen else "rent"


@dataclass(frozen=True, slots=True)
class Price:
    """What a purchase brings.

    Attributes:
        fen: that the customer pays.
        calls: that the purchase holds, over 0.
        used_share: of them that are made, over 0, at most 1.
        fee_share: of the price that the payment provider keeps.
        fee_fixed_fen: that it keeps of every purchase besides.
    """

    fen: int
    calls: Fraction
    used_share: Fraction
    fee_share: Fraction
    fee_fixed_fen: int

    @property
    def per_call(self) -> Fraction:
        """Fen that a call brings which is made."""
        return self.fen / (self.calls * self.used_share)

    @property
    def net_per_call(self) -> Fraction:
        """The same without what the payment provider keeps; may be negative."""
        kept = self.fen * self.fee_share + self.fee_fixed_fen
        return (self.fen - kept) / (self.calls * self.used_share)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is sold at once: a pack, or a month of a plan.

    Attributes:
        fen: its price.
        calls, characters, seconds: that it holds. A call is charged in one of these meters, so a purchase
            holds the calls of all of them.
    """

    fen: int
    calls: int = 0
    characters: int = 0
    seconds: int = 0

    def calls_of(self, length: int) -> Fraction:
        """Calls of so many characters that it holds; seconds are rounded up for each call."""
        seconds_a_call = ceil(Fraction(length, CHARACTERS_A_SECOND_OF_SOUND))
        return self.calls + Fraction(self.characters, length) + Fraction(self.seconds, seconds_a_call)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What customers ask for.

    Attributes:
        calls_per_day: free ones among them.
        characters_per_call: at least 1.
        free_share: of the calls.
        peak_factor: calls of the busiest hour over those of the mean hour, at least 1.
    """

    calls_per_day: int
    characters_per_call: int
    free_share: Fraction
    peak_factor: Fraction


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a calculation begins with; `points` of the chart, at least 2."""

    machine: Machine
    speed: MachineSpeed
    price: Price
    traffic: Traffic
    points: int


def make_scenario(
    values: Mapping[str, Value | None], speed: MachineSpeed, purchase: Purchase | None = None
) -> Scenario:
    """The scenario that inputs describe.

    Args:
        values: by the names of `INPUTS`; one that is missing or None has its default.
        speed: of the machine, where the inputs do not give it.
        purchase: whose price and calls count, where the inputs do not give them.

    Raises:
        OutOfRange: a value is outside its bounds.
    """
    chosen = {name: _check(name, values.get(name)) for name in INPUTS}
    fen, calls = _whole(chosen, "price_fen"), _exact(chosen, "price_calls")
    if purchase and values.get("price_fen") is None:
        fen = purchase.fen
    if purchase and values.get("price_calls") is None:
        calls = purchase.calls_of(_whole(chosen, "characters_per_call"))
    return Scenario(
        machine=_machine(chosen),
        speed=_speed(chosen) or speed,
        price=Price(
            fen=fen,
            calls=calls,
            used_share=_exact(chosen, "used_share"),
            fee_share=_exact(chosen, "fee_share"),
            fee_fixed_fen=_whole(chosen, "fee_fixed_fen"),
        ),
        traffic=Traffic(
            calls_per_day=_whole(chosen, "calls_per_day"),
            characters_per_call=_whole(chosen, "characters_per_call"),
            free_share=_exact(chosen, "free_share"),
            peak_factor=_exact(chosen, "peak_factor"),
        ),
        points=_whole(chosen, "points"),
    )


def gives_speed(values: Mapping[str, Value | None]) -> bool:
    """Whether the inputs say how fast the machine is."""
    return values.get("characters_per_second") is not None or values.get("rtf") is not None


def _check(name: str, value: Value | None) -> Value | None:
    known = INPUTS[name]
    if value is None:
        return known.default
    if not known.low <= value <= known.high:
        shown = float(max(min(value, 10**18), -(10**18)))
        raise OutOfRange(name, shown, float(known.low), float(known.high))
    return value


def _machine(chosen: Mapping[str, Value | None]) -> Machine:
    is_bought = chosen["buy_fen"] is not None
    rent = RENT if chosen["rent_fen"] is None and not is_bought else int(chosen["rent_fen"] or 0)
    return Machine(
        price_fen=int(chosen["buy_fen"] or 0),
        life_months=_whole(chosen, "life_months") if is_bought else 0,
        rent_fen=rent,
        power_watts=_whole(chosen, "power_watts") if is_bought else 0,
        electricity_fen=_exact(chosen, "electricity_fen"),
        other_fen=_whole(chosen, "other_fen"),
    )


def _speed(chosen: Mapping[str, Value | None]) -> MachineSpeed | None:
    """The speed that the inputs give; characters a second stand over a real-time factor."""
    if chosen["characters_per_second"] is not None:
        return MachineSpeed(_exact(chosen, "characters_per_second"), "given")
    if chosen["rtf"] is not None:
        return MachineSpeed.of_real_time_factor(_exact(chosen, "rtf"))
    return None


def _whole(chosen: Mapping[str, Value | None], name: str) -> int:
    return int(chosen[name] or 0)


def _exact(chosen: Mapping[str, Value | None], name: str) -> Fraction:
    return Fraction(chosen[name] or 0)
