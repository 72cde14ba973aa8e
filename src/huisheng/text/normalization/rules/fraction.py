"""Fractions.

3/4 => 四分之三        1 1/2 => 一又二分之一        2½ => 二又二分之一
"""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import Rule, Tagged, compiled, preceded, unless
from huisheng.text.normalization.token import TokenKind

_VULGAR: Final = "¼½¾⅐-⅞"


def say_fraction(numerator: str, denominator: str) -> str:
    """Denominator first; 百 千 万 without 一: 1/100 is 百分之一."""
    whole = cardinal(denominator)
    if whole in {"一百", "一千", "一万"}:
        whole = whole[1:]
    return f"{whole}分之{cardinal(numerator)}"


def _spoken(tagged: Tagged) -> str:
    fields = tagged.fields
    whole = cardinal(fields["whole"]) + "又" if fields["whole"] else ""
    return whole + say_fraction(fields["numerator"], fields["denominator"])


def _vulgar(tagged: Tagged) -> str:
    value = Fraction(unicodedata.numeric(tagged.fields["vulgar"])).limit_denominator(100)
    whole = cardinal(tagged.fields["whole"]) + "又" if tagged.fields["whole"] else ""
    return whole + say_fraction(str(value.numerator), str(value.denominator))


def _pressure(tagged: Tagged) -> str:
    unit = "毫米汞柱" if tagged.fields["unit"] else ""
    return f"{cardinal(tagged.fields['high'])}杠{cardinal(tagged.fields['low'])}{unit}"


FRACTION: Final = Rule(
    "fraction",
    TokenKind.FRACTION,
    "d",
    compiled(
        r"(?:(?P<whole>\d{1,6})\s)?(?P<numerator>\d{1,9})\s?/\s?(?P<denominator>(?!0)\d{1,9})(?![\d/]|\.\d)"
    ),
    _spoken,
    unless(preceded(r"\d/")),
)
VULGAR: Final = Rule(
    "fraction in one character",
    TokenKind.FRACTION,
    "do",
    compiled(rf"(?P<whole>\d{{0,9}})(?P<vulgar>[{_VULGAR}])"),
    _vulgar,
)
PRESSURE: Final = Rule(
    "blood pressure",
    TokenKind.FRACTION,
    "d",
    compiled(r"(?P<high>\d{2,3})/(?P<low>\d{2,3})(?!\d)(?P<unit>\s?mmHg)?"),
    _pressure,
    preceded(r"(?:血压|高压|收缩压)\D{0,4}"),
)
