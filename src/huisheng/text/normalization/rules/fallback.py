"""Whatever no other rule knows: numbers and letters of other scripts are named, the rest has no sound.

    か => ka        ½ => 二分之一        Ж => zhe        😀 => (silent)

Names and values are those of the Unicode character database.
"""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import Rule, Tagged, is_han, regex
from huisheng.text.normalization.token import TokenKind


def _value(character: str) -> str:
    """The number that a character stands for."""
    value = Fraction(unicodedata.numeric(character)).limit_denominator(1000)
    sign, numerator = "负" if value < 0 else "", cardinal(str(abs(value.numerator)))
    if value.denominator == 1:
        return sign + numerator
    return f"{sign}{cardinal(str(value.denominator))}分之{numerator}"


def _name(character: str) -> str:
    """What a letter is called: the last word of its Unicode name, in small letters."""
    *_, last = unicodedata.name(character, "").split() or [""]
    return "".join(c for c in last.lower() if c.isascii() and c.isalpha())


def _read_inside(character: str) -> str:
    """What stands inside a circle, a square or brackets: ㊙ is 秘, ㋀ is 一月, Ⓐ is A."""
    inside = unicodedata.normalize("NFKC", character)
    number = "".join(filter(str.isdecimal, inside))
    letters = " ".join(letter for letter in inside if letter.isascii() and letter.isalpha())
    return (cardinal(number) if number else "") + "".join(filter(is_han, inside)) + letters


def _say(tagged: Tagged) -> str:
    character = tagged.fields["character"]
    category = unicodedata.category(character)
    if category[0] == "N":
        return _value(character)
    if category == "So":
        return _read_inside(character)
    return _name(character) if category[0] == "L" or category in {"Sm", "Sc"} else ""


ANYTHING: Final = Rule("anything else", TokenKind.SYMBOL, "dlhbpxo", regex(r"(?P<character>[\s\S])"), _say)
