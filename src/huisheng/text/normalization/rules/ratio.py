"""Ratios and scores.

    16:9 => 十六比九        比分3:2 => 比分三比二        以2-1获胜 => 以二比一获胜
    约翰福音3:16 => 约翰福音三章十六节        a:b=1:2 => a 比 b 等于一比二
    水:米=1:2 => 水比米等于一比二

A colon between numbers that cannot be a time of day is a ratio; one that can is told by the words around it
(data/ratio_context.tsv, data/teams.tsv).
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import COUNTED, cardinal, measure_word, number
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
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_VALUE: Final = r"\d{1,9}(?:\.\d{1,6})?"
_NEAR: Final = re.compile(alternation(words("ratio_context")))
_CLAUSE_END: Final = re.compile("[。！？；!?;\n]")
_NAMED: Final = preceded_by(
    r"(?<![对相])比[例值率]?(?:大?约|接近|超过|高达|达到?|仅|只有|[为是到近:]){0,2}\s?"
)
"""师生比达到, 性价比: what is measured is a ratio."""
_WON: Final = followed_by(r"\s?[胜负输平](?![入出送血液电载责数均台方])")
_BY: Final = every(preceded_by("(?<![可所难足加予得给何用借])以"), unless(followed_by(r"\s?[为前后起]")))
_TEAM: Final = alternation(words("teams"))
_TEAM_BESIDE: Final = either(preceded_by(rf"{_TEAM}\s?"), followed_by(rf"\s?{_TEAM}"))
_TEAMS_AROUND: Final = every(preceded_by(rf"{_TEAM}队?\s?"), followed_by(rf"\s?{_TEAM}"))
_SETS: Final = re.compile(r"(\d{1,2})-(\d{1,2})(?:\(\d{1,2}\))?[、，,;\s]{1,2}$", re.ASCII)
_SETS_BEHIND: Final = re.compile(r"[、，,;\s]{1,2}(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)


def is_reached(tagged: Tagged) -> bool:
    """Whether this is the score that a side won or lost by: 以21:15."""
    return _BY(tagged)


def in_ratio_context(tagged: Tagged) -> bool:
    """Whether the clause speaks of a ratio, a match or a game."""
    before = _CLAUSE_END.split(tagged.before)[-1]
    after = _CLAUSE_END.split(tagged.after)[0]
    if _NEAR.search(before) is not None or _NEAR.search(after[:8]) is not None:
        return True
    return _NAMED(tagged) or _BY(tagged) or _WON(tagged) or _TEAMS_AROUND(tagged)


def _in_sets(tagged: Tagged) -> bool:
    """Whether a pair that falls stands beside this one, as sets of a match do: 6-4、3-6."""
    pairs = (_SETS.search(tagged.before), _SETS_BEHIND.match(tagged.after))
    return any(pair is not None and int(pair[1]) > int(pair[2]) for pair in pairs)


def _ratio(tagged: Tagged) -> str:
    return "比".join(number(value) for value in re.split(r"\s?[:∶–—-]\s?", tagged.fields["values"]))


def _verse(tagged: Tagged) -> str:
    last = f"到{cardinal(tagged.fields['last'])}" if tagged.fields["last"] else ""
    return f"{cardinal(tagged.fields['chapter'])}章{cardinal(tagged.fields['verse'])}{last}节"


VERSE: Final = Rule(
    "chapter and verse",
    TokenKind.ORDINAL,
    "d",
    regex(r"(?P<chapter>\d{1,3})\s?:\s?(?P<verse>\d{1,3})(?:[-~–—](?P<last>\d{1,3}))?(?!\d)"),
    _verse,
    preceded_by(rf"{alternation(words('scripture'))}[》”]?\s?"),
)
RATIO: Final = Rule(
    "ratio",
    TokenKind.FRACTION,
    "d",
    regex(rf"(?P<values>{_VALUE}(?:\s?[:∶]\s?{_VALUE}){{1,8}})(?![\d:∶])"),
    _ratio,
)
SCORE: Final = Rule(
    "score",
    TokenKind.FRACTION,
    "d",
    regex(r"(?P<values>\d{1,3}\s?[-–—]\s?\d{1,3})(?![\d%‰.:-])"),
    _ratio,
    either(
        every(in_ratio_context, lambda tagged: measure_word(tagged.after) not in COUNTED),
        every(either(_TEAM_BESIDE, _in_sets), lambda tagged: not measure_word(tagged.after)),
    ),
)
LETTERS: Final = Rule(
    "ratio of letters",
    TokenKind.SYMBOL,
    "o",
    regex(
        r"\s?:(?=\s?[A-Za-z]{1,2}(?:\s?:\s?[A-Za-z]{1,2}){0,3}\s?="
        r"|(?=\d{1,3}(?:\.\d{1,2})?%)|\s?[\u4e00-\u9fff]{1,4}(?:\s?:\s?[\u4e00-\u9fff]{1,4}){0,3}\s?=\s?\d{1,4}(?:\.\d{1,2})?:\d)"
    ),
    lambda _: "比",
    either(
        every(preceded_by("[A-Za-z]"), followed_by(r"\s?[A-Za-z]")),
        every(preceded_by("[\u4e00-\u9fff](?<![答解设例比注方知为是])"), followed_by(r"\s?[\u4e00-\u9fff]")),
        every(preceded_by("%"), followed_by(r"\d")),
    ),
)
LETTERS_BEHIND: Final = Rule(
    "ratio of letters behind another",
    TokenKind.SYMBOL,
    "o",
    regex(r"\s?:(?=\s?[A-Za-z]{1,2}(?![A-Za-z]))"),
    lambda _: "比",
    preceded_by(r"[A-Za-z]\s?:\s?[A-Za-z]{1,2}\s?=\s?[A-Za-z]{1,2}"),
)
