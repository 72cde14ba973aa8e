"""Ranges.

3-5天 => 三到五天        2~3个 => 两到三个        3月-5月 => 三月到五月        周一至周五 => 周一至周五
-10~-5 => 负十到负五        B1-B3层 => B 一到 B 三层
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.grammar import NUMBER, SIGN, SIGNS, TIGHT, TO, range_word
from huisheng.text.normalization.numerals import cardinal, digit_string, measure_word, quantity
from huisheng.text.normalization.rule import (
    Pattern,
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.rules.latin import model_number
from huisheng.text.normalization.rules.math import IN_FORMULA, is_difference
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_HAN: Final = "\u3400-\u9fff"
_EQUATION_BEFORE: Final = preceded_by(r"[+*×÷=/^<>≤≥≠≈√]\s?")
_EQUATION_BEHIND: Final = followed_by(
    r"\s?[+*×÷=^<>≤≥≠≈]|\s?[-−]\s?\d|[√π]|[abcnpqxyzπ](?:\s?[-+*×÷=^<>≤≥²³]|\()"
)
_IN_EQUATION: Final = either(
    followed_by(r"[\w\s.+*/(){}\-]{1,12}[\u4e00-\u9fff]{0,2}[=<>≤≥]"),
    preceded_by(r"[²³][A-Za-z]|(?:^|[^\w.])\d{1,3}[abnpqxyz]"),
)
_PARTS_OF_DAY: Final = rf"(?:{alternation(words('parts_of_day'))}|次日|翌日|第二天|当晚)"
_LIKE: Final = tuple(
    (re.compile(left), re.compile(right))
    for left, right in (
        (r"\d{4}([-/.])\d{1,2}\1\d{1,2}$", ""),
        (r"\d\.\d{1,4}\.\d{1,4}$", r"\d{1,4}\.\d{1,4}\.\d"),
        ("(?:周|星期|礼拜)[一二三四五六日天1-7]$", "周|星期|礼拜|[一二三四五六日天1-7]"),
        (r"[\d点分时]$", rf"{_PARTS_OF_DAY}\s?\d"),
        (r"(?:^|[^\w.-])\d{1,2}$", r"[nmk](?![A-Za-z\d])"),
        ("[①-⑳]$", r"[①-⑳](?!\s?[,，]?\s?(?:得|可|消|有))"),
        (r"(?:^|\D)\d{1,2}/\d{4}$", r"\d{1,2}/\d{4}"),
        (r"\d{4}([-./])\d{1,2}\s?$", r"\d{4}[-./]\d{1,2}(?!\d)|现在|今"),
        (r"\d:\d\d(?:[^\d，。,\n]{1,8})?$", r"\d{1,2}[点:]"),
        ("初[一二三四五六七八九十]$", "初?[一二三四五六七八九十]"),
        (
            "[一二三四五六七八九十两百千万][月日号点时分年岁元天个级楼层]?$",
            "[一二三四五六七八九十两百千万]",
        ),
    )
)
"""What may stand before and behind a sign that joins like to like."""
_UNIT_BEHIND: Final = Pattern(rf"\s?[-−]?{NUMBER}([{_HAN}A-Za-z%℃°²³]{{1,5}})", re.ASCII)
_TIME_WORDS: Final = "点时分日号月年周岁元角块万亿级届层楼"


def _ascends(tagged: Tagged) -> bool:
    """Whether this can be a range: a hyphen needs a rising pair or a measure word behind."""
    if not re.fullmatch(r"\s?[-−–]\s?", tagged.fields["to"]) or measure_word(tagged.after):
        return True
    first, last = (float(tagged.fields[name].replace(",", "")[:15]) for name in ("first", "last"))
    return first < last


def _say(tagged: Tagged) -> str:
    fields = tagged.fields
    after = "" if tagged.before.rstrip().endswith("第") else tagged.after
    first = SIGNS[fields.get("sign", "")] + quantity(fields["first"], after)
    last = SIGNS[fields.get("last_sign", "")] + quantity(fields["last"], after)
    return first + range_word(fields["to"]) + last


def _joins_like(tagged: Tagged) -> bool:
    """Whether a sign between two expressions joins like to like: 3月-5月, 周一-周五, 10kg-20kg."""
    before, after = tagged.before, tagged.after[:12]
    if before.endswith(" ") and not tagged.fields["to"].startswith("~"):
        return False
    last = before.rstrip()[-1:]
    if re.search(rf"[\d一二三四五六七八九十两][{_HAN}A-Za-z%℃°²³]{{1,4}}\s?$", before) and re.match(
        r"\s?[-−]?\d", after
    ):
        unit = _UNIT_BEHIND.compiled.match(after)
        if (last in _TIME_WORDS and last != "号") or (unit is not None and last in unit[1]):
            return True
    return any(left.search(before) and right.match(after) for left, right in _LIKE)


def _rises(tagged: Tagged) -> bool:
    """Whether the letters around stand in the order of the alphabet: A-Z."""
    first, last = tagged.before[-1:], tagged.after[:1]
    return first.isupper() == last.isupper() and first < last


def _codes(tagged: Tagged) -> str:
    letters = " ".join(tagged.fields["letters"])
    first, last = (model_number(tagged.fields[name]) for name in ("first", "last"))
    return f"{letters} {first}到 {letters} {last}"


SIGNED: Final = Rule(
    "range with signs",
    TokenKind.NUMBER,
    "o",
    regex(
        rf"(?P<sign>{SIGN})(?P<first>{NUMBER})(?P<to>\s?[~至到]\s?)(?P<last_sign>[-−+]?)(?P<last>{NUMBER})(?![-~.]\d|[%‰])"
    ),
    _say,
    preceded_by(TIGHT),
)
CODES: Final = Rule(
    "range of codes",
    TokenKind.LATIN,
    "l",
    regex(
        r"(?P<letters>[A-Z]{1,2})(?P<first>\d{1,4})\s?[-~–—至到]\s?(?P=letters)(?P<last>\d{1,4})(?![\w.-])"
    ),
    _codes,
    lambda tagged: int(tagged.fields["first"]) < int(tagged.fields["last"]),
)
RANGE: Final = Rule(
    "range",
    TokenKind.NUMBER,
    "d",
    regex(rf"(?P<first>{NUMBER}){TO}(?P<last>{NUMBER})(?![-~/]\d)"),
    _say,
    every(unless(_EQUATION_BEFORE), unless(_EQUATION_BEHIND), _ascends),
)


def _pair(tagged: Tagged) -> str:
    """A falling pair: a discount behind 满, of small numbers a score, else a code as of a standard."""
    first, last = tagged.fields["first"], tagged.fields["last"]
    if tagged.before.rstrip().endswith("满"):
        return f"{cardinal(first)}减{cardinal(last)}"
    if int(first) < 200 and f"{int(first)}-{int(last)}" == f"{first}-{last}":
        return f"{cardinal(first)}比{cardinal(last)}"
    return f"{digit_string(first)}杠{digit_string(last)}"


PAIR: Final = Rule(
    "falling pair with a hyphen",
    TokenKind.FRACTION,
    "d",
    regex(r"(?P<first>\d{1,9})-(?P<last>\d{1,9})(?![\d./-])"),
    _pair,
    every(unless(_EQUATION_BEFORE), unless(_EQUATION_BEHIND), unless(followed_by(r"[xyz](?![A-Za-z])"))),
)
JOINED: Final = Rule(
    "sign of a range",
    TokenKind.SYMBOL,
    "o",
    regex(rf"{TO}"),
    lambda _: "到",
    every(_joins_like, unless(_IN_EQUATION)),
)
JOINED_BLANK: Final = Rule(
    "sign of a range behind a blank",
    TokenKind.SYMBOL,
    "b",
    regex("(?P<to> [-–—] | ~ ?)"),
    lambda _: "到",
    every(_joins_like, unless(_IN_EQUATION)),
)
ROMAN: Final = Rule(
    "range of Roman numerals",
    TokenKind.SYMBOL,
    "o",
    regex(r"[~–-](?=[IVX]{1,4}(?![A-Za-z0-9]))"),
    lambda _: "到",
    every(
        preceded_by(r"(?:^|[^A-Za-z0-9])[IVX]{1,4}"), either(followed_by("[IVX]{2}"), preceded_by("[IVX]{2}"))
    ),
)
LETTERS: Final = Rule(
    "range of letters",
    TokenKind.SYMBOL,
    "o",
    regex(r"(?P<sign>[~-])(?=[A-Za-z](?![A-Za-z\d]))"),
    lambda _: "到",
    every(
        preceded_by(r"(?:^|[^A-Za-z])[A-Za-z]"),
        followed_by(r"[A-Za-z](?!\s?[=+*/]|\)\s?[²³^(*×=])"),
        unless(
            either(
                preceded_by("[=+*/|] ?[A-Za-z]"),
                followed_by(r"[a-z]\s?(?:测试|实验|平面|坐标|存储|[轴结图])"),
                IN_FORMULA,
                is_difference,
            )
        ),
        _rises,
    ),
)
