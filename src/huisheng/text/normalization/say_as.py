"""What an author says that a stretch is (SSML `say-as`): the form is given, so no neighbour is asked.

    cardinal 1234 => 一千二百三十四        digits 1234 => 一二三四        date md 11/20 => 十一月二十日
    duration PT1H2M => 一小时两分        characters A1-b => A 一 杠 B

Names of kinds and layouts after the W3C note "SSML 1.0 say-as attribute values" (26 May 2005) and after
what other products call them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from huisheng.text.normalization.grammar import NUMBER, SIGNS
from huisheng.text.normalization.layouts import say_by_rules, say_date
from huisheng.text.normalization.normalizer import fold
from huisheng.text.normalization.numerals import cardinal, counting_number, digit_string, number
from huisheng.text.normalization.rules import fraction, measure, money, percent, phone, ratio, time
from huisheng.text.normalization.spelling import spell_address, spell_characters, spell_name
from huisheng.text.normalization.token import TokenKind

if TYPE_CHECKING:
    from huisheng.text.markup.script import SayAsKind
_Reader: TypeAlias = Callable[[str], str]
"""A folded text, said; empty where it does not fit."""

_CARDINAL: Final = re.compile(rf"(?P<sign>[-−+]?)\s?(?P<number>{NUMBER})", re.ASCII)
_ORDINAL: Final = re.compile(r"第?\s?(?P<number>\d{1,15})(?:st|nd|rd|th)?", re.ASCII | re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d[\d .-]{0,200}", re.ASCII)
_DIALLED: Final = re.compile(r"[\d\s+()*#转-]{1,60}", re.ASCII)
_DIALLED_PART: Final = re.compile(r"[0-9]+|[+*#转]")
_DIALLED_SIGNS: Final = {"+": "加", "*": "星号", "#": "井号", "转": "转"}
_COLONS: Final = re.compile(r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d)", re.ASCII)
_AMOUNT: Final = r"\d{1,9}(?:\.\d{1,3})?"
_LENGTH: Final = re.compile(
    rf"P?(?:(?P<days>{_AMOUNT})\s?(?:d|天))?\s?T?(?:(?P<hours>{_AMOUNT})\s?(?:hrs?|h|小时|时))?"
    rf"\s?(?:(?P<minutes>{_AMOUNT})\s?(?:mins?|m|分钟?|′|'))?\s?(?:(?P<seconds>{_AMOUNT})\s?(?:secs?|s|秒|″))?",
    re.ASCII | re.IGNORECASE,
)


def say_as(text: str, kind: SayAsKind, layout: str) -> tuple[str, TokenKind] | None:
    """What a stretch says as the kind that it is declared to be, and the kind of its token.

    Args:
        text: as written.
        kind: what it is.
        layout: the order of a date (`mdy`, `ym`, `d` …), empty where any will do; nothing to the other kinds.

    Returns:
        None where the text cannot be of that kind.
    """
    if kind not in _KINDS:
        return None
    folded = fold(text).text.strip()
    spoken = say_date(folded, layout.lower()) if kind == "date" else _READERS[kind](folded)
    return (spoken, _KINDS[kind]) if spoken else None


def _cardinal(text: str) -> str:
    match = _CARDINAL.fullmatch(text)
    return SIGNS[match["sign"]] + number(match["number"]) if match else ""


def _ordinal(text: str) -> str:
    match = _ORDINAL.fullmatch(text)
    return "第" + cardinal(match["number"]) if match else ""


def _digits(text: str) -> str:
    """One by one; blanks and hyphens part groups."""
    if not _DIGITS.fullmatch(text):
        return ""
    groups = re.split("[ -]+", text.strip(" -."))
    return " ".join("点".join(map(digit_string, group.split("."))) for group in groups)


def _telephone(text: str) -> str:
    usual = say_by_rules(_PHONES, text)
    if usual or not _DIALLED.fullmatch(text):
        return usual
    parts = _DIALLED_PART.findall(text)
    return " ".join(_DIALLED_SIGNS.get(part) or digit_string(part, one="幺") for part in parts)


def _duration(text: str) -> str:
    match = _COLONS.fullmatch(text) or _LENGTH.fullmatch(text)
    if match is None or not any(match.groups()):
        return ""
    found = match.groupdict(default="")
    if found["minutes"] and not any(value for name, value in found.items() if name != "minutes"):
        return counting_number(found["minutes"]) + "分钟"
    days = counting_number(found["days"]) + "天" if found.get("days") else ""
    if days and not (found["hours"] or found["minutes"] or found["seconds"]):
        return days
    return days + time.say_duration(found["hours"], found["minutes"], found["seconds"])


_PHONES: Final = (
    phone.INTERNATIONAL_MOBILE,
    phone.INTERNATIONAL_LANDLINE,
    phone.FOREIGN,
    phone.BRACKETED_LANDLINE,
    phone.MOBILE,
    phone.TAIWAN_MOBILE,
    phone.LANDLINE,
    phone.SERVICE,
)
_UNIT_RULES: Final = (
    measure.MEASURE,
    measure.SIGNED,
    measure.BARE,
    percent.PERCENT,
    percent.SIGNED_PERCENT,
)
_READERS: Final[Mapping[SayAsKind, _Reader]] = {
    "cardinal": _cardinal,
    "ordinal": _ordinal,
    "digits": _digits,
    "telephone": _telephone,
    "fraction": partial(say_by_rules, (fraction.FRACTION, fraction.VULGAR, percent.PERCENT)),
    "score": partial(say_by_rules, (ratio.RATIO, ratio.SCORE)),
    "time": partial(say_by_rules, (time.CLOCK, time.HOUR, time.CLOCKS)),
    "duration": _duration,
    "currency": partial(say_by_rules, (money.SYMBOL_FIRST, money.SYMBOL_LAST)),
    "unit": partial(say_by_rules, _UNIT_RULES),
    "address": spell_address,
    "name": spell_name,
    "characters": spell_characters,
}
_KINDS: Final[Mapping[SayAsKind, TokenKind]] = {
    "cardinal": TokenKind.NUMBER,
    "ordinal": TokenKind.ORDINAL,
    "fraction": TokenKind.FRACTION,
    "score": TokenKind.FRACTION,
    "date": TokenKind.DATE,
    "time": TokenKind.TIME,
    "duration": TokenKind.TIME,
    "currency": TokenKind.MONEY,
    "unit": TokenKind.UNIT,
    "digits": TokenKind.DIGITS,
    "telephone": TokenKind.DIGITS,
    "address": TokenKind.DIGITS,
    "name": TokenKind.DIGITS,
    "characters": TokenKind.DIGITS,
}
