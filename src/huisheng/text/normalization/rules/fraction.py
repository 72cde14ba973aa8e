"""Fractions.

3/4 => 四分之三        1 1/2 => 一又二分之一        2½ => 二又二分之一        1/n => n 分之一
-1/3 => 负三分之一        第1/10页 => 第一页共十页
"""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Final

from huisheng.text.normalization.grammar import SIGN_BEFORE, SIGNS, TIGHT
from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import (
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_VULGAR: Final = "¼½¾⅐-⅞"
_LISTED: Final = followed_by(rf"\s?{alternation(words('listed_nouns'))}")
_RATED: Final = followed_by(rf"\s?{alternation(words('rated_units'))}(?![A-Za-z])")
_LASTING: Final = followed_by(r"\s?(?:小时|天|周|个月)(?!的?时间)")


def say_fraction(numerator: str, denominator: str) -> str:
    """Denominator first; 百 千 万 without 一: 1/100 is 百分之一."""
    whole = cardinal(denominator)
    if whole in {"一百", "一千", "一万"}:
        whole = whole[1:]
    return f"{whole}分之{cardinal(numerator)}"


def _say(tagged: Tagged) -> str:
    fields = tagged.fields
    whole = cardinal(fields["whole"]) + "又" if fields["whole"] else ""
    return whole + say_fraction(fields["numerator"], fields["denominator"])


def _is_choice(tagged: Tagged) -> bool:
    """Whether two amounts stand to choose from: 12/24小时, 8/16GB, 1/2号线."""
    if tagged.fields["whole"] or tagged.fields.get("vulgar"):
        return False
    if _LISTED(tagged):
        return True
    small = min(int(tagged.fields["numerator"]), int(tagged.fields["denominator"]))
    return (small > 1 and _RATED(tagged)) or (small > 5 and _LASTING(tagged))


def _divides(tagged: Tagged) -> bool:
    """Whether a whole number comes out: 6/2=3."""
    numerator, denominator = int(tagged.fields["numerator"]), int(tagged.fields["denominator"])
    return numerator > denominator and numerator % denominator == 0


def _vulgar(tagged: Tagged) -> str:
    value = Fraction(unicodedata.numeric(tagged.fields["vulgar"])).limit_denominator(100)
    whole = cardinal(tagged.fields["whole"]) + "又" if tagged.fields["whole"] else ""
    return whole + say_fraction(str(value.numerator), str(value.denominator))


def _times(factor: str) -> str:
    return cardinal(factor) if factor else ""


def _pressure(tagged: Tagged) -> str:
    unit = "毫米汞柱" if tagged.fields["unit"] else ""
    return f"{cardinal(tagged.fields['high'])}杠{cardinal(tagged.fields['low'])}{unit}"


_FORM: Final = r"(?P<numerator>\d{1,9})\s?/\s?(?P<denominator>(?!0)\d{1,9})(?![\d/]|\.\d)"
FRACTION: Final = Rule(
    "fraction",
    TokenKind.FRACTION,
    "d",
    regex(rf"(?:(?P<whole>\d{{1,6}})\s)?{_FORM}"),
    _say,
    unless(either(preceded_by(r"\d/"), _is_choice, every(followed_by(r"\s?="), _divides))),
)
SIGNED: Final = Rule(
    "fraction with a sign",
    TokenKind.FRACTION,
    "o",
    regex(rf"{SIGN_BEFORE}(?P<whole>)(?:{_FORM}|(?P<vulgar>[{_VULGAR}]))"),
    lambda tagged: SIGNS[tagged.fields["sign"]] + (_vulgar if tagged.fields["vulgar"] else _say)(tagged),
    every(preceded_by(TIGHT), unless(_is_choice)),
)
OF_LETTER: Final = Rule(
    "fraction with a letter below",
    TokenKind.FRACTION,
    "d",
    regex(r"(?P<numerator>\d{1,4})/(?P<denominator>[a-z])(?![A-Za-z\d])"),
    lambda tagged: f"{tagged.fields['denominator']} 分之{cardinal(tagged.fields['numerator'])}",
)
OF_PI: Final = Rule(
    "fraction of pi",
    TokenKind.FRACTION,
    "do",
    regex(r"(?P<numerator>\d{0,4})π/(?P<denominator>[1-9]\d{0,3})(?![\d.])"),
    lambda tagged: f"{cardinal(tagged.fields['denominator'])}分之{_times(tagged.fields['numerator'])}派",
)
PAGE: Final = Rule(
    "page of so many",
    TokenKind.ORDINAL,
    "d",
    regex(r"(?P<page>\d{1,4})\s?/\s?(?P<pages>\d{1,4})\s?(?P<noun>页)?(?!\d)"),
    lambda tagged: (
        ("" if tagged.before.rstrip().endswith("第") else "第")
        + f"{cardinal(tagged.fields['page'])}页共{cardinal(tagged.fields['pages'])}页"
    ),
    either(
        every(preceded_by(r"第\s?"), lambda tagged: bool(tagged.fields["noun"])),
        preceded_by(r"页[码数]?[是为: ]?"),
    ),
)
VULGAR: Final = Rule(
    "fraction in one character",
    TokenKind.FRACTION,
    "do",
    regex(rf"(?P<whole>\d{{0,9}})(?P<vulgar>[{_VULGAR}])"),
    _vulgar,
)
PRESSURE: Final = Rule(
    "blood pressure",
    TokenKind.FRACTION,
    "d",
    regex(r"(?P<high>\d{2,3})/(?P<low>\d{2,3})(?!\d)(?P<unit>\s?mmHg)?"),
    _pressure,
    either(preceded_by(r"(?:血压|高压|收缩压)\D{0,12}"), lambda tagged: bool(tagged.fields["unit"])),
)
