"""Roman numerals.

    Ⅳ => 四        第III章 => 第三章        II型 => 二型        World War II => World War 二

Letters are a numeral only behind 第, a name or a word of data/roman_before.tsv, before a noun that is counted
so (data/roman_nouns.tsv), or beside the numeral that precedes or follows it: I、II、III.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

from huisheng.text.normalization.numerals import cardinal
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

_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_NUMERAL: Final = r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![A-Za-z0-9])"
_WHOLE: Final = re.compile(_NUMERAL)
_LETTERS_RATHER: Final = re.compile("X{0,3}L|X{2,3}$")
"""Sizes, and letters that stand for something unnamed: XL, LV, XX."""
_SINGLE: Final = frozenset("IVX")
_ROW_BEFORE: Final = re.compile(r"(?:^|[^A-Za-z0-9])([IVX]{1,4})\s?[-~–、/,和]\s?$")
_ROW_BEHIND: Final = re.compile(r"\s?[-~–、/,和]\s?([IVX]{1,4})(?![A-Za-z0-9])")
_NOUNS: Final = alternation(words("roman_nouns"))


def value(numeral: str) -> int:
    """What a numeral stands for: XIV is 14."""
    letters = [_VALUES[letter] for letter in numeral]
    pairs = pairwise([*letters, 0])
    return sum(-here if here < following else here for here, following in pairs)


def _say(tagged: Tagged) -> str:
    letters = unicodedata.normalize("NFKC", tagged.fields["numeral"]).upper()
    return cardinal(str(value(letters)))


def _in_row(tagged: Tagged) -> bool:
    """Whether the next numeral or the one before stands beside this one, one of them longer than a letter."""
    numeral = tagged.fields["numeral"]
    beside = (_ROW_BEFORE.search(tagged.before), _ROW_BEHIND.match(tagged.after))
    others = [match[1] for match in beside if match is not None and _WHOLE.fullmatch(match[1])]
    return any(len(other + numeral) > 2 and abs(value(other) - value(numeral)) in {1, 2} for other in others)


SIGN: Final = Rule("Roman sign", TokenKind.ORDINAL, "o", regex(r"(?P<numeral>[Ⅰ-Ⅿⅰ-ⅿ]{1,12})"), _say)
STAGE: Final = Rule(
    "Roman letters with a part",
    TokenKind.ORDINAL,
    "lo",
    regex(r"(?P<numeral>I{1,3}|IV|[Ⅰ-Ⅳ])(?P<part>[ABCabc])(?=\s?[期类级])"),
    lambda tagged: f"{_say(tagged)} {tagged.fields['part']}",
)
LETTERS: Final = Rule(
    "Roman letters",
    TokenKind.ORDINAL,
    "l",
    regex(rf"(?P<numeral>{_NUMERAL})"),
    _say,
    either(
        preceded_by(r"第\s?"),
        every(
            lambda tagged: (
                len(tagged.fields["numeral"]) > 1 and not _LETTERS_RATHER.match(tagged.fields["numeral"])
            ),
            unless(followed_by(r"\s?(?:设计|视觉|系统|码|号码)")),
            either(
                followed_by(rf"\s?{_NOUNS}"),
                preceded_by(r"[A-Z][a-z]{2,}\s|(?:^|[^A-Za-z])[A-Z]{2,6}\s|[\u4e00-\u9fff]"),
            ),
        ),
        every(
            lambda tagged: tagged.fields["numeral"] in _SINGLE,
            preceded_by(rf"(?:^|[^A-Za-z]){alternation(words('roman_before'))}\s"),
        ),
        _in_row,
        every(
            followed_by(rf"(?:\s?[-~–、/,和至到及或]\s?[IVX]{{1,4}}){{1,4}}\s?{_NOUNS}"),
            unless(preceded_by("[A-Za-z]")),
        ),
        every(
            lambda tagged: tagged.fields["numeral"] in {"I", "V"},
            followed_by(r"\s?(?:期|级|类|世(?!界)|度(?!假)|型糖|型超敏|型胶原|型呼吸|区)"),
        ),
    ),
)
