"""Amounts of money.

    ¥12.50 => 十二点五元        $100 => 一百美元        US$3.5亿 => 三点五亿美元        100元 => 一百元

Symbols and codes after ISO 4217 (data/currencies.tsv); the amount is said first, as in speech.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from huisheng.text.normalization.grammar import NUMBER, SIGNS, TO, range_word
from huisheng.text.normalization.numerals import number, quantity
from huisheng.text.normalization.rule import Rule, Tagged, preceded_by, regex, unless
from huisheng.text.normalization.tables import alternation, mapping
from huisheng.text.normalization.token import TokenKind

_NAMES: Final = mapping("currencies")
_CURRENCY: Final = alternation(_NAMES)
_SCALES: Final = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000, "t": 1_000_000_000_000}
_HAN_SCALE: Final = "(?:[百千]?万亿|[百千]?亿|[十百千]?万|[百千])"
_SCALE: Final = (
    rf"(?:\s?(?P<scale>{_HAN_SCALE}|[KMBTkmb](?![A-Za-z])|(?:million|billion|trillion|bn|mn)(?![A-Za-z])))?"
)
_UNIT_BEHIND: Final = "元|块|美元|欧元|英镑|日元|港元|港币|韩元|美金|人民币|澳元|加元|卢布|新台币|台币"


def _trim(amount: str) -> str:
    """Without zeros behind the point that are not said: 12.50 is 12.5, 99.00 is 99."""
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def _amount(value: str, scale: str) -> str:
    """A number with its scale; letters as in 1.5M are multiplied out."""
    if scale and scale[0].isascii():
        scaled = Decimal(value.replace(",", "")) * _SCALES[scale[0].lower()]
        return number(_trim(f"{scaled:f}"))
    return quantity(_trim(value), scale) + scale


def _between(tagged: Tagged) -> str:
    """减 before a smaller amount, a discount: ¥199-50; else the word of a range."""
    fields = tagged.fields
    first, last = (Decimal(fields[name].replace(",", "")) for name in ("number", "last"))
    taken_off = not fields["scale"] and last < first and fields["to"].strip() == "-"
    return "减" if taken_off else range_word(fields["to"])


def _say(tagged: Tagged) -> str:
    fields = tagged.fields
    name = _NAMES[fields["currency"]]
    last = fields["last"]
    amount = _amount(fields["number"], "" if last else fields["scale"])
    if last:
        amount += _between(tagged) + _amount(last, fields["scale"])
    if amount == "二":
        amount = "两"
    return SIGNS[fields["sign"] or fields.get("inner_sign", "")] + amount + fields["more"] + name


def _before_unit(tagged: Tagged) -> str:
    return quantity(_trim(tagged.fields["number"]), tagged.after)


SYMBOL_FIRST: Final = Rule(
    "amount behind its currency",
    TokenKind.MONEY,
    "ol",
    regex(
        rf"(?P<sign>[-−+]?)(?P<currency>{_CURRENCY})\s?(?P<inner_sign>[-−]?)(?P<number>{NUMBER}|\.\d{{1,9}})"
        rf"(?:{TO}(?:{_CURRENCY})?\s?(?P<last>{NUMBER}))?{_SCALE}(?P<more>[多余几]?)(?:\s?元(?!宝))?"
    ),
    _say,
    unless(preceded_by("[A-Z]{3}/")),
)
SYMBOL_LAST: Final = Rule(
    "amount before its currency",
    TokenKind.MONEY,
    "d",
    regex(
        rf"(?P<sign>)(?P<number>{NUMBER})(?:{TO}(?P<last>{NUMBER}))?{_SCALE}(?P<more>[多余几]?)\s?(?P<currency>{_CURRENCY})(?![A-Za-z\d])"
    ),
    _say,
)
BEFORE_UNIT: Final = Rule(
    "amount before 元",
    TokenKind.MONEY,
    "d",
    regex(rf"(?P<number>{NUMBER})(?=\s?(?:{_UNIT_BEHIND}))"),
    _before_unit,
)
