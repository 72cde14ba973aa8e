"""Telephone numbers, digit by digit with 幺 for 1, in the groups in which people say them.

    13812345678 => 幺三八 幺二三四 五六七八        010-12345678 => 零幺零 幺二三四 五六七八
    400-800-8888 => 四零零 八零零 八八八八

Numbering after the plan of the Chinese telephone network (YD/T 1099): 11 digits mobile, area codes of 3 or 4
digits, service numbers 95xxx and 400.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import digit_string, measure_word
from huisheng.text.normalization.rule import (
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
)
from huisheng.text.normalization.token import TokenKind

_GROUP: Final = re.compile(r"[0-9]+|\*+|[xX]+|\+")


def _group(group: str) -> str:
    if group.startswith("*"):
        return "星号" * len(group)
    if group[0] in "xX":
        return " ".join(group)
    return "加" if group == "+" else digit_string(group, one="幺")


def _say(tagged: Tagged) -> str:
    """Every group that the pattern found or the writer set apart."""
    extension = tagged.fields.get("extension", "")
    fields = [value for value in tagged.fields.values() if value and value != extension]
    groups = [_group(group) for value in fields for group in _GROUP.findall(value)]
    return " ".join(groups) + ("转" + digit_string(extension.strip(" -转"), one="幺") if extension else "")


def _counts_nothing(tagged: Tagged) -> bool:
    return not measure_word(tagged.after)


def _phone(name: str, pattern: str, starts: str = "d") -> Rule:
    return Rule(name, TokenKind.DIGITS, starts, regex(pattern), _say, _counts_nothing)


_PLUS_86: Final = r"(?P<country>\+86|0086|\(\+?86\)|86(?=[- ]1))[- ]?"
_MOBILE: Final = r"(?P<net>1[3-9]\d)[- ]?(?P<middle>\d{4}|\*{3,6}|[xX]{4})[- ]?(?P<last>\d{4})(?![\d.])"
_EXTENSION: Final = r"(?P<extension>\s?[-转]\s?\d{1,6})?(?!\d)"
_LOCAL: Final = r"(?P<first>\d{3,4})[- ]?(?P<second>\d{4})"
MOBILE: Final = _phone("mobile", _MOBILE)
INTERNATIONAL_MOBILE: Final = _phone("mobile with country code", _PLUS_86 + _MOBILE, "do")
TAIWAN_MOBILE: Final = _phone(
    "mobile in Taiwan", r"(?P<net>09\d{2})[- ]?(?P<middle>\d{3})[- ]?(?P<last>\d{3})(?![\d.])"
)
LANDLINE: Final = _phone(
    "landline", rf"(?P<area>0(?:10|2\d|[3-9]\d{{2}}))(?:[- ]|(?=\d{{7,8}}(?!\d))){_LOCAL}{_EXTENSION}"
)
BRACKETED_LANDLINE: Final = _phone(
    "landline, area code in brackets",
    rf"\((?P<area>0(?:10|2\d|[3-9]\d{{2}}))\)[- ]?{_LOCAL}{_EXTENSION}",
    "o",
)
INTERNATIONAL_LANDLINE: Final = _phone(
    "landline with country code",
    rf"{_PLUS_86}(?P<area>0?(?:10|2\d|[3-9]\d{{2}}))[- ]?{_LOCAL}{_EXTENSION}",
    "do",
)
FOREIGN: Final = _phone(
    "foreign number",
    r"(?P<number>\+\d{1,3}(?:[- ]\(?\d{1,5}\)?){2,5}|00[1-9]\d{0,2}(?:[- ]\d{2,8}){1,4})(?![\d.])",
    "do",
)
SERVICE: Final = _phone(
    "service number",
    r"(?P<a>[48]00)[- ]?(?P<b>\d{3})[- ]?(?P<c>\d{4})(?![\d.])|(?P<d>[48]00)-(?P<e>\d{4})-(?P<f>\d{3})(?!\d)"
    r"|(?P<g>[48]00\d)-(?P<h>\d{3})-(?P<i>\d{3})(?!\d)",
)
HOTLINE: Final = Rule(
    "hotline of the authorities",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<number>12[1-5]\d{2})(?![\d.,%])"),
    _say,
    every(
        _counts_nothing,
        either(
            preceded_by(r"(?:打|拨|致电|热线|电话|举报|投诉|咨询|求助|短信|短号)(?:号码)?[是为:]?\s?"),
            followed_by(r"\s?(?:热线|平台|电话|举报|投诉|咨询|求助|短信|服务|监督|市民)"),
        ),
    ),
)
SHORT_SERVICE: Final = _phone(
    "short service number", r"(?P<number>95\d{3}|96\d{4}|10(?:65|69)\d{4,16})(?![\d.,%])"
)
