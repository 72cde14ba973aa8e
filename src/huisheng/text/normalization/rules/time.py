"""Times of day and measured times.

    14:30 => 十四点三十分        8:05 => 八点零五分        9:00-18:00 => 九点到十八点        9秒58 => 九秒五八
    用时2:08:33 => 用时两小时八分三十三秒        1:59.40 => 一分五十九秒四零        UTC+8 => U T C 加八
    2026-11-21T08:00+08:00 => 二零二六年十一月二十一日八点东八区        08:00Z => 八点协调世界时

Forms of GB/T 7408; hours with 点, as they are said.
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.grammar import TO, range_word
from huisheng.text.normalization.numerals import cardinal, counting_number, digit_string, measure_word
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
from huisheng.text.normalization.rules.ratio import in_ratio_context, is_reached
from huisheng.text.normalization.tables import alternation, rows, words
from huisheng.text.normalization.token import TokenKind

_HOUR: Final = r"(?:2[0-4]|1\d|0?\d)"
_SIXTY: Final = r"[0-5]\d"
_HALF: Final = r"[AaPp]\.?[Mm]\b\.?"
_HALVES: Final = {"a": "上午", "p": "下午"}
_ALREADY_SAID: Final = preceded_by(rf"{alternation(words('parts_of_day'))}\s?")
_MIDDLE: Final = {"a": "凌晨", "p": "中午"}
"""Part of the day of twelve o'clock."""
_BEGINS: Final = followed_by(rf"\s?准?时?{alternation(words('time_behind'))}")
_BEHIND_TIME: Final = preceded_by(r"\d:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?|\dT\d{4,6}")
_BEHIND_STAMP: Final = preceded_by(r"T[\d:.,]{4,15}|\d:\d{2}:\d{2}(?:[.,]\d{1,9})?\s?")
_OF_ZONE: Final = preceded_by(r"(?:时区|[东西].{1,2}区|偏移量?|偏差|时差)[是为:( ]{0,2}")
_DURATION_WORDS: Final = {row[1]: alternation(row[0].split()) for row in rows("durations")}
_LASTS_MINUTES: Final = preceded_by(rf"{_DURATION_WORDS['minutes']}(?:时间|大?约|[是为了:]){{0,2}}\s?")
_LASTS_HOURS: Final = every(
    preceded_by(rf"{_DURATION_WORDS['hours']}[^。！？；，,\n]{{0,8}}"),
    unless(either(preceded_by(r"[于在]\s?"), followed_by("开始|出发|起跑|鸣枪|开跑|结束"))),
)


def _sixtieth(digits: str) -> str:
    """Minutes or seconds behind something larger: 05 is 零五, 00 is 零."""
    return ("零" if digits.startswith("0") and digits != "00" else "") + cardinal(digits)


def _clock(hour: str, minute: str, second: str = "", fraction: str = "") -> str:
    spoken = counting_number(hour.lstrip("0") or "0") + "点"
    if minute != "00" or second:
        spoken += "零分" if minute == "00" else _sixtieth(minute) + "分"
    if second:
        spoken += _sixtieth(second) + ("点" + digit_string(fraction) if fraction.strip("0") else "") + "秒"
    return spoken


def say_duration(hours: str, minutes: str, seconds: str, fraction: str = "") -> str:
    """A length of time, parts that are empty or nothing left out: 1, 02, 03 is 一小时两分三秒."""
    parts = ((hours, "小时"), (minutes, "分"), (seconds, "秒"))
    spoken = [counting_number(digits.lstrip("0")) + unit for digits, unit in parts if digits.strip("0")]
    if hours.strip("0") and not minutes.strip("0") and len(spoken) > 1:
        spoken.insert(1, "零")
    if fraction:
        spoken += ["" if seconds.strip("0") else "零秒", digit_string(fraction)]
    return "".join(spoken) or "零秒"


def _half(tagged: Tagged) -> str:
    """上午 or 下午 for AM or PM, unless the text has said so."""
    if _ALREADY_SAID(tagged):
        return ""
    names = _MIDDLE if tagged.fields["hour"] == "12" else _HALVES
    return names.get(tagged.fields["half"][:1].lower(), "")


def _single(tagged: Tagged) -> str:
    fields = tagged.fields
    return _half(tagged) + _clock(fields["hour"], fields["minute"], fields["second"], fields["fraction"])


def _range(tagged: Tagged) -> str:
    fields = tagged.fields
    first, last = _clock(fields["hour"], fields["minute"]), _clock(fields["hour_2"], fields["minute_2"])
    return first + range_word(fields["to"]) + last


def _hour(tagged: Tagged) -> str:
    return f"{_half(tagged)}{counting_number(tagged.fields['hour'])}点"


def _digits(tagged: Tagged) -> str:
    return digit_string(tagged.fields["digits"])


def _duration(tagged: Tagged) -> str:
    fields = tagged.fields
    return say_duration(fields["hour"], fields["minute"], fields["second"], fields["fraction"])


def _tells_time(tagged: Tagged) -> bool:
    if tagged.fields["sign"] != ":" or is_reached(tagged):
        return False
    return _BEGINS(tagged) or not in_ratio_context(tagged)


def _lasts(tagged: Tagged) -> bool:
    """Whether this is a length of time: one with hundredths is, another is told by the words before it."""
    if tagged.fields["hour"]:
        return _LASTS_HOURS(tagged)
    return _LASTS_MINUTES(tagged) or (bool(tagged.fields["fraction"]) and not in_ratio_context(tagged))


def _offset(tagged: Tagged) -> str:
    """UTC+8 as it is written; +08:00 behind a time is the zone itself, 东八区."""
    fields = tagged.fields
    zone, behind_time = fields["zone"], _BEHIND_TIME(tagged)
    if fields["zulu"] or (behind_time and not zone and not int(fields["hour"] + fields["minute"])):
        return "协调世界时"
    minutes = "" if fields["minute"] in {"", "00"} else f"小时{cardinal(fields['minute'])}分"
    hour = cardinal(fields["hour"])
    if behind_time and not zone and not minutes:
        return f"{'东' if fields['sign'] == '+' else '西'}{hour}区"
    sign = {"+": "加", "±": "正负"}.get(fields["sign"], "减")
    return " ".join(zone or "UTC" * behind_time) + sign + hour + minutes


def _is_offset(tagged: Tagged) -> bool:
    """Whether a sign with an hour is the offset of a zone, not the end of a range or a sum."""
    fields = tagged.fields
    if fields["zone"]:
        return True
    if fields["zulu"]:
        return _BEHIND_TIME(tagged)
    in_full = bool(fields["minute"]) or len(fields["hour"]) == 2
    exact = fields["sign"] == "+" or _BEHIND_STAMP(tagged)
    return in_full and ((exact and _BEHIND_TIME(tagged)) or _OF_ZONE(tagged))


CLOCK: Final = Rule(
    "time of day",
    TokenKind.TIME,
    "d",
    regex(
        rf"(?P<hour>{_HOUR})(?P<sign>[:∶])(?P<minute>{_SIXTY})"
        rf"(?:(?P=sign)(?P<second>{_SIXTY})(?:\.(?P<fraction>\d{{1,3}}))?)?(?![\d:∶])(?:\s?(?P<half>{_HALF}))?"
    ),
    _single,
    either(_ALREADY_SAID, _tells_time),
)
DURATION: Final = Rule(
    "length of time",
    TokenKind.TIME,
    "d",
    regex(
        rf"(?:(?P<hour>\d{{1,3}}):)?(?P<minute>\d{{1,2}}):(?P<second>{_SIXTY})(?:\.(?P<fraction>\d{{1,3}}))?(?![\d:])"
    ),
    _duration,
    _lasts,
)
LENGTH: Final = Rule(
    "length of time with letters",
    TokenKind.TIME,
    "d",
    regex(
        r"(?:(?P<hour>\d{1,3})h\s?(?=\d))?(?:(?P<minute>\d{1,2})m(?:ins?)?)?(?:(?<=[mn])\s?(?P<second>\d{1,2})s(?:ec)?)?"
        r"(?![A-Za-z\d])"
    ),
    lambda tagged: say_duration(*(tagged.fields[name] for name in ("hour", "minute", "second"))),
    lambda tagged: bool(tagged.fields["minute"] and (tagged.fields["hour"] or tagged.fields["second"])),
)
OFFSET: Final = Rule(
    "offset of a time zone",
    TokenKind.TIME,
    "lo",
    regex(
        rf"(?P<zone>(?:GMT|UTC)?)\s?(?P<sign>[-−+±])(?P<hour>\d{{1,2}})(?::?(?P<minute>{_SIXTY}))?(?!\d|\.\d)"
        r"|(?P<zulu>Z)(?![A-Za-z\d])"
    ),
    _offset,
    _is_offset,
)
STAMP: Final = Rule(
    "T between date and time",
    TokenKind.SILENT,
    "l",
    regex(r"T(?=\d{2}:\d{2})"),
    lambda _: "",
    preceded_by(r"\d"),
)
BASIC_STAMP: Final = Rule(
    "time of day without colons",
    TokenKind.TIME,
    "l",
    regex(rf"T(?P<hour>{_HOUR})(?P<minute>{_SIXTY})(?P<second>(?:{_SIXTY})?)(?=Z|[-+]\d{{4}}|[^\w.]|$)"),
    lambda tagged: _clock(*(tagged.fields[name] for name in ("hour", "minute", "second"))),
    preceded_by(r"(?:19|20)\d{6}"),
)
CLOCKS: Final = Rule(
    "times of day",
    TokenKind.TIME,
    "d",
    regex(rf"(?P<hour>{_HOUR}):(?P<minute>{_SIXTY}){TO}(?P<hour_2>{_HOUR}):(?P<minute_2>{_SIXTY})(?![\d:])"),
    _range,
    unless(preceded_by(r"\dT")),
)
HOUR: Final = Rule(
    "hour with am or pm",
    TokenKind.TIME,
    "d",
    regex(rf"(?P<hour>1[0-2]|[1-9])\s?(?P<half>{_HALF})"),
    _hour,
)
BEHIND_UNIT: Final = Rule(
    "decimals behind their unit",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<digits>\d{1,3})(?![\d.%])"),
    _digits,
    either(
        preceded_by(r"\d[秒″]"),
        every(preceded_by(r"\d[米块]"), lambda tagged: not measure_word(tagged.after)),
    ),
)
