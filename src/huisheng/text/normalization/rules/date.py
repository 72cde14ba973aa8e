"""Dates, years, decades and seasons.

    2026年11月20日 => 二零二六年十一月二十日        2026/11/20 => 二零二六年十一月二十日
    2008年的历史 => 两千零八年的历史        90后 => 九零后
    97-98年 => 九七到九八年        24Q3 => 二四 Q 三        2023/24 => 二零二三到二四

Years are said digit by digit (GB/T 15835-2011 and GB/T 7408 for the forms); whether a number before 年 is
a year or a length of time is decided by the weights in data/year_or_span.tsv.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.grammar import TO, range_word
from huisheng.text.normalization.numerals import cardinal, digit_string, measure_word
from huisheng.text.normalization.rule import (
    Condition,
    Rule,
    Tagged,
    anywhere,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.tables import alternation, rows, words
from huisheng.text.normalization.token import TokenKind

_YEAR: Final = r"(?:1[0-9]|20|21)\d{2}"
_MONTH: Final = r"(?:1[0-2]|0?[1-9])"
_DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])"
_PADDED: Final = r"(?:0[1-9]|1[0-2])"
_PADDED_DAY: Final = r"(?:0[1-9]|[12]\d|3[01])"


def _say(tagged: Tagged) -> str:
    """Year, month and day, as far as the pattern has them."""
    year, month, day = (tagged.fields.get(name, "") for name in ("year", "month", "day"))
    month = month or tagged.fields.get("month_2", "")
    unit = tagged.fields.get("unit") or "日"
    parts = (
        digit_string(year) + "年" if year else "",
        cardinal(month) + "月" if month else "",
        cardinal(day) + unit if day else "",
    )
    return "".join(parts)


def _is_stretch(tagged: Tagged) -> bool:
    """Whether strokes part days, not fractions: 5/20-5/25."""
    first, last = int(tagged.fields["day"]), int(tagged.fields["last_day"])
    same = tagged.fields["month"] == tagged.fields["last_month"]
    return tagged.fields["sign"] == "/" and same and max(first, 12) < last


def _month_days(tagged: Tagged) -> str:
    fields = tagged.fields
    first = f"{cardinal(fields['month'])}月{cardinal(fields['day'])}日"
    last = f"{cardinal(fields['last_month'])}月{cardinal(fields['last_day'])}日"
    return first + range_word(fields["to"]) + last


def _event(tagged: Tagged) -> str:
    """Digit by digit: 9·18 is 九一八."""
    fields = tagged.fields
    return digit_string(fields["month"] + fields["day"] + fields["day_2"])


def _digits(tagged: Tagged) -> str:
    return digit_string(tagged.fields["year"])


def _years(tagged: Tagged) -> str:
    fields = tagged.fields
    return digit_string(fields["year"]) + range_word(fields.get("to", "")) + digit_string(fields["last"])


def _date(name: str, pattern: str, accepts: Condition = anywhere) -> Rule:
    return Rule(name, TokenKind.DATE, "d", regex(pattern), _say, accepts)


def _weights(side: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    form = {"before": "(?:{})$", "number": "(?:{})$", "after": "(?:{})"}[side]
    return tuple(
        (re.compile(form.format(row[1])), float(row[2])) for row in rows("year_or_span") if row[0] == side
    )


_BEFORE: Final = _weights("before")
_NUMBER: Final = _weights("number")
_AFTER: Final = _weights("after")


def is_span(tagged: Tagged) -> bool:
    """Whether the number before 年 is a length of time: the weights of what speaks for it exceed 1."""
    score = sum(weight for pattern, weight in _BEFORE if pattern.search(tagged.before))
    score += sum(weight for pattern, weight in _NUMBER if pattern.match(tagged.fields["year"]))
    score += sum(weight for pattern, weight in _AFTER if pattern.match(tagged.after))
    return score > 1


_WEEKDAY: Final = "(?:周|星期)[一二三四五六日天]"
_MONTH_DAY_CONTEXT: Final = either(
    preceded_by(rf"(?:{alternation(words('day_before'))}|{_WEEKDAY})(?:[是为: (]){{0,2}}"),
    preceded_by(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s?[-~–—至到]\s?"),
    followed_by(rf"\s?\(?(?:{alternation(words('day_behind'))}|{_WEEKDAY}|\d{{1,2}}:\d{{2}})"),
)
HAN: Final = _date(
    "date in characters",
    rf"(?P<year>\d{{4}}|\d{{2}})\s?年\s?(?P<month>{_MONTH})\s?月(?:份(?!\d))?(?:\s?(?P<day>{_DAY})\s?(?P<unit>[日号]))?",
)
MONTH_DAY_HAN: Final = _date(
    "month and day in characters", rf"(?P<month>{_MONTH})\s?月\s?(?P<day>{_DAY})\s?(?P<unit>[日号])"
)
MONTH_DAY_DOT: Final = _date(
    "month and day with a dot", rf"(?P<month>{_MONTH})[./](?P<day>{_DAY})\s?(?P<unit>[日号])(?![线楼院])"
)
SEPARATED: Final = _date(
    "date in numbers",
    rf"(?P<year>{_YEAR})(?P<sign>[-/.])(?P<month>{_MONTH})(?P=sign)(?P<day>{_DAY})(?!\d|(?P=sign)\d)",
)
SHORT: Final = _date(
    "date in numbers, year of two digits",
    rf"(?P<year>[0-4]\d|[789]\d)(?P<sign>[-/])(?P<month>{_PADDED})(?P=sign)(?P<day>{_PADDED_DAY})(?!\d|(?P=sign)\d)",
)
SPACED: Final = _date(
    "date in numbers with blanks",
    rf"(?P<year>(?:19|20)\d{{2}}) (?P<month>{_PADDED}) (?P<day>{_PADDED_DAY})(?![\d.,]| \d)",
)
YEAR_LAST: Final = _date(
    "date in numbers, year last",
    rf"(?:(?P<month>{_MONTH})(?P<sign>[-/])(?P<day>{_DAY})(?P=sign)(?P<year>{_YEAR}))(?!\d)",
)
DAY_FIRST: Final = _date(
    "date in numbers, day first",
    rf"(?P<day>{_DAY})(?P<sign>[-/])(?P<month>{_MONTH})(?P=sign)(?P<year>{_YEAR})(?!\d)",
)
YEAR_MONTH: Final = _date(
    "year and month",
    rf"(?P<year>(?:19|20)\d{{2}})(?:[-.](?P<month>{_PADDED})|/(?P<month_2>{_MONTH}))(?![\d./%‰-])",
    unless(
        either(
            followed_by("赛季|学年|年度|财年|年"),
            preceded_by(r"[$¥€£]\s?"),
            lambda tagged: bool(measure_word(tagged.after)),
        )
    ),
)
COMPACT: Final = _date(
    "date of eight digits",
    rf"(?P<year>(?:19|20)\d{{2}})(?P<month>{_PADDED})(?P<day>{_PADDED_DAY})(?![\d.,])",
    lambda tagged: not measure_word(tagged.after),
)
MONTH_DAY: Final = _date(
    "month and day",
    rf"(?P<month>{_MONTH})[-/.](?P<day>{_DAY})(?![\d%‰/-]|\.\d|\s?[年月日号天个])",
    _MONTH_DAY_CONTEXT,
)
YEARS: Final = Rule(
    "years",
    TokenKind.DATE,
    "d",
    regex(rf"(?P<year>{_YEAR})年?{TO}(?P<last>{_YEAR})(?![\d.])"),
    _years,
    every(
        lambda tagged: tagged.fields["year"] < tagged.fields["last"],
        either(followed_by("年|学年|赛季|财年|年度"), lambda tagged: not measure_word(tagged.after)),
    ),
)
SEASON: Final = Rule(
    "season",
    TokenKind.DATE,
    "d",
    regex(rf"(?P<year>{_YEAR}|\d{{2}})(?:{TO}|/)(?P<last>\d{{2}}(?:\d{{2}})?)(?=\s?(?:学年|赛季|财年|年度))"),
    _years,
)
YEAR: Final = Rule(
    "year",
    TokenKind.DATE,
    "d",
    regex(r"(?P<year>\d{2,4})(?=\s?年(?![级代]))"),
    _digits,
    unless(is_span),
)
BARE_YEAR: Final = Rule(
    "year without 年",
    TokenKind.DATE,
    "d",
    regex(r"(?P<year>(?:18|19|20)\d{2})(?![\d,]|\.\d)"),
    _digits,
    either(
        every(preceded_by(r"[(〔\[]"), followed_by(r"[)〕\]][\u4e00-\u9fff\d]{0,8}\d号")),
        followed_by(
            rf"\s?{alternation(words('year_behind'))}|[\u4e00-\u9fff]{{0,4}}(?:奥运|冬奥|世界杯|亚运|世博|春晚)"
        ),
        preceded_by(rf"(?:^|[^A-Za-z]){alternation(words('year_before'))}\.?,?\s?(?:\d{{1,2}},?\s)?"),
    ),
)
MONTH_DAYS: Final = Rule(
    "month and day to month and day",
    TokenKind.DATE,
    "d",
    regex(
        rf"(?P<month>{_MONTH})(?P<sign>[./])(?P<day>{_DAY}){TO}(?P<last_month>{_MONTH})(?P=sign)(?P<last_day>{_DAY})(?![\d%‰./])"
    ),
    _month_days,
    either(_MONTH_DAY_CONTEXT, _is_stretch),
)
DECADE: Final = Rule("decade", TokenKind.DATE, "d", regex(r"(?P<year>(?:1[5-9]|20)\d0)(?=年代)"), _digits)
ENGLISH_DECADE: Final = Rule(
    "decade with s",
    TokenKind.DATE,
    "d",
    regex(r"(?P<year>(?:1[5-9]|20)\d0)'?s(?![A-Za-z])"),
    lambda tagged: _digits(tagged) + "年代",
)
SHORT_DECADE: Final = Rule(
    "decade of two digits with s",
    TokenKind.DATE,
    "d",
    regex(r"(?P<year>[2-9]0)'?s(?![A-Za-z])"),
    lambda tagged: cardinal(tagged.fields["year"]) + "年代",
    either(
        preceded_by(r"['’]|the |复古|经典"),
        followed_by(r"\s?(?:的?(?:风|音乐|金曲|老歌|经典|复古|时尚|穿搭))"),
    ),
)
EVENT: Final = Rule(
    "event named by its day",
    TokenKind.DATE,
    "d",
    regex(
        rf"(?P<month>{_MONTH})(?:·(?P<day>{_DAY})|\.(?P<day_2>{_DAY})(?=\s?{alternation(words('event_nouns'))}))(?!\d)"
    ),
    _event,
)
SHORT_YEARS: Final = Rule(
    "years of two digits",
    TokenKind.DATE,
    "d",
    regex(rf"(?P<year>[789]\d)年?{TO}(?P<last>[789]\d)(?=\s?年(?![级代]))"),
    _years,
    lambda tagged: tagged.fields["year"] < tagged.fields["last"],
)
LISTED_YEAR: Final = Rule(
    "year of two digits in a list",
    TokenKind.DATE,
    "d",
    regex(r"(?P<year>[789]\d)(?=[、和与及][789]\d\s?年(?![级代]))"),
    _digits,
)
NEXT_YEAR: Final = Rule(
    "year and the next",
    TokenKind.DATE,
    "d",
    regex(rf"(?P<year>{_YEAR})(?P<to>/)(?P<last>(?:{_YEAR})|\d{{2}})(?![\d./])"),
    _years,
    lambda tagged: (int(tagged.fields["year"]) + 1) % 100 == int(tagged.fields["last"]) % 100,
)
QUARTER: Final = Rule(
    "year of a quarter or half",
    TokenKind.DATE,
    "d",
    regex(r"(?P<year>(?:20)?[12]\d)(?=Q[1-4](?!\w)|H[12](?!\w))"),
    _digits,
)
CLASS: Final = Rule(
    "year of a class",
    TokenKind.DATE,
    "d",
    regex(
        r"(?P<year>(?:19|20)\d{2}(?=\s?级(?!台阶|阶梯|石阶))|[012]\d(?=\s?[级届](?:新生|本科|研究|硕士|博士|学[生长姐弟妹]|毕业|校友|同学)))"
    ),
    _digits,
)
APOSTROPHE: Final = Rule(
    "apostrophe of a year",
    TokenKind.SILENT,
    "op",
    regex(r"['’](?=\d{2}(?:\s?年|'?s(?![A-Za-z])))"),
    lambda _: "",
)
GENERATION: Final = Rule(
    "generation",
    TokenKind.DATE,
    "d",
    regex(
        r"(?P<year>5060|6070|7080|8090|8595|9095|[5-9][05]|[012][05])(?=(?:[、/和到至-](?:[5-9][05]|[012][05])){0,3}后(?!面|天|来|续|期|端|卫|腰|半|又|再|就|才))"
    ),
    _digits,
)
