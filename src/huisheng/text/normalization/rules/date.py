"""Dates, years, decades and seasons.

    2026年11月20日 => 二零二六年十一月二十日        2026/11/20 => 二零二六年十一月二十日
    2008年的历史 => 两千零八年的历史        90后 => 九零后
    Nov. 21, 2026 => 二零二六年十一月二十一日        08/2008 => 二零零八年八月
    930新政策 => 九三零新政策
    97-98年 => 九七到九八年        24Q3 => 二四 Q 三        2023/24 => 二零二三到二四

Years are said digit by digit (GB/T 15835-2011 and GB/T 7408 for the forms); whether a number before 年 is
a year or a length of time is decided by the weights in data/year_or_span.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    month = month or tagged.fields.get("month_2", "") or tagged.fields.get("month_3", "")
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
    return digit_string("".join(fields[name] for name in ("month", "day", "day_2", "joined", "short")))


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
_BESIDE_MONTH: Final = either(
    followed_by(rf"(?:{TO})?(?:(?<=[-~–—至到\s])(?:19|20)\d{{2}}\.\d|至?今|现在)"),
    preceded_by(r"(?:19|20)\d{2}\.\d{1,2}\s?[-~–—至到]\s?"),
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
    rf"(?P<year>(?:19|20)\d{{2}})(?:[-.](?P<month>{_PADDED})|/(?P<month_2>{_MONTH})|\.(?P<month_3>[1-9]))"
    r"(?![\d./%‰]|-(?!(?:19|20)\d{2}[./]\d))",
    unless(
        either(
            every(lambda tagged: bool(tagged.fields["month_3"]), unless(_BESIDE_MONTH)),
            followed_by("赛季|学年|年度|财年|年"),
            preceded_by(r"[$¥€£]\s?"),
            lambda tagged: bool(measure_word(tagged.after)),
        )
    ),
)
MONTH_YEAR: Final = _date(
    "month and year",
    r"(?P<month>0[1-9]|1[0-2]|[1-9](?=/))[-/](?P<year>(?:19[5-9]|20[0-4])\d)(?![\d%‰A-Za-z]|[./:]\d|-\d(?!\d?/))",
    unless(
        either(
            preceded_by(r"[\d.:/$¥€£]|第|图|表"),
            followed_by(r"\s?的?(?:比例|概率|几率|可能|精度)"),
            lambda tagged: bool(measure_word(tagged.after)),
            lambda tagged: tagged.fields["year"] == "2000" and tagged.fields["month"][0] != "0",
        )
    ),
)
EXPIRY: Final = _date(
    "month and year of two digits",
    rf"(?P<month>{_PADDED})/(?P<year>[2-4]\d)(?![\d/.])",
    either(
        preceded_by(r"卡[^。，！？\n]{0,6}(?:有效期|到期|失效)[^。，！？\n]{0,4}"),
        every(
            preceded_by(r"(?:有效期|到期日?|失效|EXP|VALID)[至到为是: ]{0,3}"),
            lambda tagged: tagged.fields["month"][0] == "0",
        ),
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
    regex(r"(?P<year>\d{2,4})(?=[”’」』]?\s?年(?![级代]))"),
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
        every(
            preceded_by(r"[(〔\[]"),
            followed_by(r"[)〕\]](?:年|(?:[\u4e00-\u9fff][\u4e00-\u9fff\d]{0,15})?\d{1,9}号)"),
        ),
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
_OF_EVENT: Final = rf"(?=[”’」』]?\s?{alternation(words('event_nouns'))})"
EVENT: Final = Rule(
    "event named by its day",
    TokenKind.DATE,
    "d",
    regex(
        rf"(?:(?P<month>{_MONTH})(?:·(?P<day>{_DAY})|\.(?P<day_2>{_DAY}){_OF_EVENT})"
        rf"|(?P<joined>(?:1[0-2]|[1-9])(?:0[1-9]|[12]\d|3[01])){_OF_EVENT}"
        r"|(?P<short>(?!11)[1-9]{2})(?=[”’」』]?(?:运动|事变|起义|劳动节|儿童节|青年节|建军节|建党节|妇女节|黄金周|小长假)))(?!\d)"
    ),
    _event,
    unless(preceded_by(r"[\d.¥$]")),
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
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final[Mapping[str, str]] = dict(
    zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "一二三四五六日", strict=True)
)
_MONTH_NAME: Final = (
    r"(?=[A-Z])(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_FULL: Final = r"(?:19|20)\d{2}"
_ENGLISH_DAY: Final = rf"{_DAY}(?:st|nd|rd|th)?"
_NAMED: Final = preceded_by(
    r"(?<!\b[Oo]n)(?<!\b[Bb]y)(?<!\bof)(?<!\b[Tt]he)(?<!from)(?<!since)(?<!until)(?<=[A-Za-z])\s"
)
"""Behind a word that the number belongs to: Windows 10 November 2019 Update."""


def _english(tagged: Tagged) -> str:
    """In the usual order, the day of the week last."""
    fields = tagged.fields
    found = {
        name: next(filter(None, (fields.get(f"{name}_{form}", "") for form in "abcdef")), "")
        for name in ("year", "month", "day")
    }
    year, day = found["year"], found["day"].rstrip("stndrh")
    month = str(_MONTHS.index(found["month"][:3].lower()) + 1)
    weekday = _WEEKDAYS.get(fields["weekday"].lower(), "")
    return (
        (digit_string(year) + "年" if year else "")
        + cardinal(month)
        + "月"
        + (cardinal(day) + "日" if day else "")
        + (f"到{cardinal(fields['last'])}日" if fields["last"] else "")
        + ("星期" + weekday if weekday else "")
    )


ENGLISH: Final = Rule(
    "date in English",
    TokenKind.DATE,
    "dl",
    regex(
        r"(?=[A-Z][A-Za-z]{2}|\d{1,4}(?:st|nd|rd|th)?[ -](?:of )?[A-Z][A-Za-z]{2})"
        r"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|nes|rs|ur)?(?:day)?\.?,?\s)?(?:"
        rf"(?P<month_a>{_MONTH_NAME})(?: |-(?=\d\d?-))(?P<day_a>{_ENGLISH_DAY})"
        rf"(?:\s?[-–]\s?(?P<last>{_DAY}))?(?!\d)(?:(?:,\s?| |-)(?P<year_a>{_FULL}))?"
        rf"|(?P<month_b>{_MONTH_NAME}),?[ -](?P<year_b>{_FULL})"
        rf"|(?P<day_c>{_DAY}(?:st|nd|rd|th)) (?:of )?(?P<month_c>{_MONTH_NAME})(?:,? (?P<year_c>{_FULL}))?"
        rf"|(?P<day_e>{_DAY})[ -](?P<month_e>{_MONTH_NAME})(?:,?[ -](?P<year_e>{_FULL})|-(?P<year_f>\d\d))"
        rf"|(?P<year_d>{_FULL})[ -](?P<month_d>{_MONTH_NAME})[ -](?P<day_d>{_ENGLISH_DAY})"
        r")(?![A-Za-z\d%]|[.:/]\d|\s?[日号])"
    ),
    _english,
    lambda tagged: not tagged.fields["day_e"] or not _NAMED(tagged),
)
GENERATION: Final = Rule(
    "generation",
    TokenKind.DATE,
    "d",
    regex(
        r"(?P<year>5060|6070|7080|8090|8595|9095|[5-9][05]|[012][05])(?=(?:[、/和到至-](?:[5-9][05]|[012][05])){0,3}[”’」』]?后(?!面|天|来|续|期|端|卫|腰|半|又|再|就|才))"
    ),
    _digits,
)
