"""Numbers in spoken Mandarin.

Conventions: GB/T 15835-2011 for what is a quantity and what a code; 二 and 两 as in 现代汉语八百词:
两 before measure words and at the head before 千 万 亿, 二 in 十 百 places and in orders.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.tables import alternation, rows

DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_LONGEST_CARDINAL: Final = 24
"""Digits; a longer number is read digit by digit."""

COUNTED: Final = frozenset(word for row in rows("measure_words") if row[1] == "两" for word in row[0].split())
"""Words that make the number before them a quantity: 2 is 两."""
ORDERED: Final = frozenset(word for row in rows("measure_words") if row[1] == "二" for word in row[0].split())
"""Words that make the number before them a place in an order: 2 is 二."""
_NEITHER: Final = frozenset(
    word for row in rows("measure_words") if row[1] == "无" for word in row[0].split()
)
"""Words that only begin like a measure word: 日本, 地方."""
_CHOICE: Final = re.compile(r"\s?[、或至到]\s?\d{1,9}(?!\d)")
_MEASURE: Final = re.compile(rf"[”’」』]?\s?({alternation(COUNTED | ORDERED | _NEITHER)})")


def digit_string(text: str, *, one: str = "一") -> str:
    """Digit by digit: `digit_string("2008")` is 二零零八. `one` is 一, or 幺 in codes."""
    spoken = "".join(DIGITS[int(digit)] for digit in text)
    return spoken.replace("一", one)


def _group(digits: str) -> str:
    """At most four digits, zeros inside said once, none at either end."""
    spoken = ""
    zero = False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            zero = bool(spoken)
            continue
        spoken += ("零" if zero else "") + DIGITS[int(digit)] + _PLACES[place]
        zero = False
    return spoken


def _join(high: str, scale: str, low: str) -> str:
    """Two parts of a number: the lower one takes 零 if its first place is empty."""
    rest = low.lstrip("0")
    if not rest:
        return high + scale
    return high + scale + ("零" if len(rest) < len(low) else "") + _large(rest)


def _large(digits: str) -> str:
    """Any number of digits, the first not 0; 亿 and 万 nest: 一万亿."""
    if len(digits) > 8:
        return _join(_large(digits[:-8]), "亿", digits[-8:])
    if len(digits) > 4:
        return _join(_group(digits[:-4]), "万", digits[-4:])
    return _group(digits)


def cardinal(text: str) -> str:
    """An integer of any length, thousands commas allowed: 110 is 一百一十, 12000 is 一万二千."""
    digits = text.replace(",", "").lstrip("0")
    if not digits:
        return "零"
    if len(digits) > _LONGEST_CARDINAL:
        return digit_string(digits)
    spoken = _large(digits)
    if spoken.startswith("一十"):
        return spoken[1:]
    if spoken[0] == "二" and spoken[1:2] in {"千", "万", "亿"}:
        return "两" + spoken[1:]
    return spoken


def number(text: str) -> str:
    """An integer or decimal, no sign: 3.05 is 三点零五, .5 is 零点五."""
    whole, _, decimals = text.partition(".")
    return cardinal(whole) + ("点" + digit_string(decimals) if decimals else "")


def measure_word(after: str) -> str:
    """The measure word at the head of `after`, the longest that fits, or nothing."""
    match = _MEASURE.match(after)
    return match[1] if match and match[1] not in _NEITHER else ""


def counting_number(text: str) -> str:
    """A number that counts something: 2 is 两, 12 stays 十二, 2.5 stays 二点五."""
    return "两" if text == "2" else number(text)


def quantity(text: str, after: str) -> str:
    """A number before `after`: 2 is 两 if a measure word follows that counts, also in 2、3个 and 2或3次."""
    behind = _CHOICE.sub("", after, count=1)
    return counting_number(text) if measure_word(behind) in COUNTED else number(text)
