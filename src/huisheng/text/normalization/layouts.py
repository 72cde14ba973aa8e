"""Forms that are known beforehand: by a set of rules, and dates by the order of their parts.

mdy 11/20/2026 => 二零二六年十一月二十日        ym 2026-11 => 二零二六年十一月        d 20 => 二十日
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from huisheng.text.normalization.numerals import cardinal, digit_string
from huisheng.text.normalization.rules import date

if TYPE_CHECKING:
    from huisheng.text.normalization.rule import Rule

_WIDTHS: Final = {"y": 4, "m": 2, "d": 2}
"""Digits of each part where nothing stands between them."""
_UNITS: Final = {"y": "年", "m": "月", "d": "日"}
_LARGEST: Final = {"y": 9999, "m": 12, "d": 31}
_LAYOUTS: Final = frozenset({"mdy", "dmy", "ymd", "ydm", "md", "dm", "ym", "my", "y", "m", "d"})
_DATES: Final = (
    date.HAN,
    date.MONTH_DAY_HAN,
    date.SEPARATED,
    date.YEAR_LAST,
    date.DAY_FIRST,
    date.SHORT,
    date.YEAR_MONTH,
    date.COMPACT,
    date.MONTH_DAY,
)


def say_by_rules(rules: tuple[Rule, ...], text: str) -> str:
    """By the first rule whose form is the whole of a folded text; empty if none is."""
    for rule in rules:
        match = rule.pattern.compiled.fullmatch(text)
        if match is not None:
            return rule.verbalize(rule.tag(match))
    return ""


def say_date(text: str, layout: str) -> str:
    """A date whose parts stand in the order of `layout`, in the usual one; without a layout, any date."""
    if layout not in _LAYOUTS:
        return say_by_rules(_DATES, text)
    fields = _fields(text, layout)
    if not all(_is_possible(letter, part) for letter, part in fields.items()):
        return ""
    return "".join(_say_part(letter, fields[letter]) for letter in "ymd" if letter in fields)


def _fields(text: str, layout: str) -> Mapping[str, str]:
    """The digits of each part by its letter; empty if there are more or fewer parts."""
    parts = re.findall("[0-9]+", text)
    if len(parts) == 1 and len(parts[0]) == sum(map(_WIDTHS.__getitem__, layout)):
        ends = accumulate(map(_WIDTHS.__getitem__, layout), initial=0)
        parts = [parts[0][start:end] for start, end in pairwise(ends)]
    return dict(zip(layout, parts, strict=True)) if len(parts) == len(layout) else {}


def _is_possible(letter: str, part: str) -> bool:
    return len(part) <= _WIDTHS[letter] and 0 < int(part) <= _LARGEST[letter]


def _say_part(letter: str, part: str) -> str:
    return (digit_string(part) if letter == "y" else cardinal(part)) + _UNITS[letter]
