"""Roman numerals.

    Ⅳ => 四        第III章 => 第三章        II型 => 二型        World War II => World War 二

Letters are a numeral only behind 第 or a capitalised word, or before a noun that is counted so
(data/roman_nouns.tsv).
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import Rule, Tagged, compiled, either, every, followed, preceded
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_NUMERAL: Final = r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![A-Za-z0-9])"
_NOUNS: Final = alternation(words("roman_nouns"))


def value(numeral: str) -> int:
    """What a numeral stands for: XIV is 14."""
    letters = [_VALUES[letter] for letter in numeral]
    pairs = pairwise([*letters, 0])
    return sum(-here if here < following else here for here, following in pairs)


def _spoken(tagged: Tagged) -> str:
    letters = unicodedata.normalize("NFKC", tagged.fields["numeral"]).upper()
    return cardinal(str(value(letters)))


SIGN: Final = Rule("Roman sign", TokenKind.ORDINAL, "o", compiled(r"(?P<numeral>[Ⅰ-Ⅿⅰ-ⅿ]{1,12})"), _spoken)
LETTERS: Final = Rule(
    "Roman letters",
    TokenKind.ORDINAL,
    "l",
    compiled(rf"(?P<numeral>{_NUMERAL})"),
    _spoken,
    either(
        preceded(r"第\s?"),
        every(
            lambda tagged: len(tagged.fields["numeral"]) > 1,
            either(followed(rf"\s?{_NOUNS}"), preceded(r"[A-Z][a-z]{2,}\s|[\u4e00-\u9fff]")),
        ),
        every(
            lambda tagged: tagged.fields["numeral"] in {"I", "V"},
            followed(r"\s?(?:期|级|类|度(?!假)|型糖|型超敏|型胶原|型呼吸|区)"),
        ),
    ),
)
