"""Times in the files of subtitles and lyrics: those that stand apart from the words are silent.

    00:01:02,500 --> 00:01:05,000 => (silent, with the number of the subtitle before it)
    从00:01:02,500 --> 00:01:05,000这一段 => 从一分两秒五到一分五秒这一段
    [00:12.34]后来 => 后来        [ar:某人] => (silent)

Forms of SubRip, of WebVTT (W3C) and of LRC.
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.rule import Rule, Tagged, either, preceded_by, regex
from huisheng.text.normalization.rules.time import say_duration
from huisheng.text.normalization.token import TokenKind

_CUE_TIME: Final = r"(?:\d{1,3}:)?\d{2}:\d{2}[,.]\d{3}"
_SETTINGS: Final = r"(?:[^\S\n]+[A-Za-z]\w{0,9}:[\w%.,-]{1,20}){0,6}[^\S\n]*(?:\n|\Z)"


def _time(written: str) -> str:
    clock, _, fraction = written.replace(",", ".").partition(".")
    *hour, minute, second = clock.split(":")
    return say_duration("".join(hour), minute, second, fraction.rstrip("0"))


def _say(tagged: Tagged) -> str:
    first, last = tagged.fields["first"], tagged.fields["last"]
    return f"{_time(first)}到{_time(last)}" if first else ""


CUE: Final = Rule(
    "time of a subtitle",
    TokenKind.TIME,
    "dl",
    regex(
        rf"(?=\d{{1,6}}(?:\s|:\d)|WEBVTT)(?:^(?:(?:\d{{1,6}}\s*\n)?{_CUE_TIME}\s?-->\s?{_CUE_TIME}{_SETTINGS}|WEBVTT[^\n]{{0,80}}\n\s*)"
        rf"|(?P<first>{_CUE_TIME})\s?-->\s?(?P<last>{_CUE_TIME})(?!\d))"
    ),
    _say,
)
LYRIC: Final = Rule(
    "time or label of a lyric",
    TokenKind.SILENT,
    "o",
    regex(
        r"\[(?:\d{1,2}:)?\d{1,3}:\d{2}[.:]\d{2,3}\]\s?|<\d{1,3}:\d{2}\.\d{2,3}>"
        r"|\[(?:ti|ar|al|au|by|re|ve|offset|length|tool):[^\[\]\n]{0,100}\][^\S\n]*$"
    ),
    lambda _: "",
    either(
        lambda tagged: tagged.before.endswith(">"), preceded_by(r"(?:^|\n)\s*|\d[\]>]\s?|\d>[^<>\n]{1,16}")
    ),
)
