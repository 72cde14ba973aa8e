"""Times of day and measured times.

    14:30 => 十四点三十分        8:05 => 八点零五分        9:00-18:00 => 九点到十八点        9秒58 => 九秒五八

Forms of GB/T 7408; hours with 点, as they are said.
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.grammar import TO, said_to
from huisheng.text.normalization.numerals import cardinal, counted, digit_string, measure_word
from huisheng.text.normalization.rule import Rule, Tagged, compiled, either, every, preceded, unless
from huisheng.text.normalization.rules.ratio import in_ratio_context
from huisheng.text.normalization.token import TokenKind

_HOUR: Final = r"(?:2[0-4]|1\d|0?\d)"
_SIXTY: Final = r"[0-5]\d"
_HALF: Final = r"[AaPp]\.?[Mm]\b\.?"
_HALVES: Final = {"a": "上午", "p": "下午"}
_ALREADY_SAID: Final = (
    "上午",
    "下午",
    "晚上",
    "早上",
    "凌晨",
    "中午",
    "傍晚",
    "夜里",
    "今晚",
    "明晚",
    "昨晚",
    "清晨",
    "午后",
    "深夜",
    "半夜",
    "明早",
    "今早",
)


def _sixtieth(digits: str) -> str:
    """Minutes or seconds behind something larger: 05 is 零五."""
    return ("零" if digits.startswith("0") else "") + cardinal(digits)


def _clock(hour: str, minute: str, second: str = "", fraction: str = "") -> str:
    spoken = counted(hour.lstrip("0") or "0") + "点"
    if minute != "00" or second:
        spoken += "零分" if minute == "00" else _sixtieth(minute) + "分"
    if second:
        spoken += _sixtieth(second) + ("点" + digit_string(fraction) if fraction else "") + "秒"
    return spoken


def _half_said(tagged: Tagged) -> bool:
    return tagged.before.rstrip().endswith(_ALREADY_SAID)


def _half(tagged: Tagged) -> str:
    """上午 or 下午 for AM or PM, unless the text has said so."""
    if _half_said(tagged):
        return ""
    return _HALVES.get(tagged.fields["half"][:1].lower(), "")


def _single(tagged: Tagged) -> str:
    fields = tagged.fields
    return _half(tagged) + _clock(fields["hour"], fields["minute"], fields["second"], fields["fraction"])


def _range(tagged: Tagged) -> str:
    fields = tagged.fields
    first, last = _clock(fields["hour"], fields["minute"]), _clock(fields["hour_2"], fields["minute_2"])
    return first + said_to(fields["to"]) + last


def _hour(tagged: Tagged) -> str:
    return f"{_half(tagged)}{counted(tagged.fields['hour'])}点"


def _digits(tagged: Tagged) -> str:
    return digit_string(tagged.fields["digits"])


CLOCK: Final = Rule(
    "time of day",
    TokenKind.TIME,
    "d",
    compiled(
        rf"(?P<hour>{_HOUR}):(?P<minute>{_SIXTY})(?::(?P<second>{_SIXTY})(?:\.(?P<fraction>\d{{1,3}}))?)?"
        rf"(?![\d:])(?:\s?(?P<half>{_HALF}))?"
    ),
    _single,
    either(_half_said, unless(in_ratio_context)),
)
CLOCKS: Final = Rule(
    "times of day",
    TokenKind.TIME,
    "d",
    compiled(
        rf"(?P<hour>{_HOUR}):(?P<minute>{_SIXTY}){TO}(?P<hour_2>{_HOUR}):(?P<minute_2>{_SIXTY})(?![\d:])"
    ),
    _range,
)
HOUR: Final = Rule(
    "hour with am or pm", TokenKind.TIME, "d", compiled(rf"(?P<hour>1[0-2]|[1-9])\s?(?P<half>{_HALF})"), _hour
)
BEHIND_UNIT: Final = Rule(
    "decimals behind their unit",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<digits>\d{1,3})(?![\d.%])"),
    _digits,
    either(preceded(r"\d秒"), every(preceded(r"\d[米块]"), lambda tagged: not measure_word(tagged.after))),
)
