"""Quantities: integers and decimals, with a sign, and orders that are told from the words around them.

    2个 => 两个        12,345人 => 一万二千三百四十五人        第2名 => 第二名        -2层 => 负二层

Conventions: GB/T 15835-2011 (numerals in publications); 二 and 两 by the measure word behind
(data/measure_words.tsv).
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.grammar import INTEGER, NUMBER, SIGN_BEFORE, SIGNS, TIGHT
from huisheng.text.normalization.numerals import (
    ORDERED,
    cardinal,
    digit_string,
    measure_word,
    number,
    quantity,
)
from huisheng.text.normalization.rule import (
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
)
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_ORDINAL_BEFORE: Final = preceded_by(rf"{alternation(words('ordinal_before'))}\s?[“‘「『]?")


_PLACE: Final = either(
    every(
        preceded_by(r"(?:住|位于|地[上下]|单元|[栋幢座楼在])\s?"), followed_by(r"\s?层(?!小?楼|[的高半以])")
    ),
    followed_by(r"\s?[栋幢座]\s?\d"),
)
"""Where a word that counts elsewhere tells a place: 3单元2层, 2栋502."""


def _is_ordinal(tagged: Tagged) -> bool:
    """Whether the word behind counts places in an order: 2月, 2号楼."""
    return measure_word(tagged.after) in ORDERED


def _ordinal(tagged: Tagged) -> str:
    return cardinal(tagged.fields["number"])


def _quantity(tagged: Tagged) -> str:
    return quantity(tagged.fields["number"], tagged.after)


_STANDS_ALONE: Final = every(preceded_by(r"^|[，。！,!]\s?"), followed_by(r"\s?(?:$|[，。！,!~了])"))
"""Who agrees says 加一."""


def _say_signed(tagged: Tagged) -> str:
    sign, value = tagged.fields["sign"], tagged.fields["number"]
    added = sign == "+" and (
        re.search(r"[\u4e00-\u9fff]$", tagged.before) or (value == "1" and _STANDS_ALONE(tagged))
    )
    below = sign != "+" and re.match(r"\s?层(?!楼)", tagged.after)
    return ("加" if added else SIGNS[sign]) + (number(value) if below else quantity(value, tagged.after))


def _scientific(tagged: Tagged) -> str:
    """1.5e-3 is 一点五乘十的负三次方."""
    fields = tagged.fields
    power = SIGNS[fields["sign"].replace("+", "")] + cardinal(fields["power"] or fields["bare"])
    return f"{number(fields['number'])}乘十的{power}次方"


def _leading_zero(tagged: Tagged) -> str:
    return digit_string(tagged.fields["digits"])


ORDINAL: Final = Rule(
    "ordinal",
    TokenKind.ORDINAL,
    "d",
    regex(rf"(?P<number>(?!0\d{{3}}){INTEGER})(?!\.\d)"),
    _ordinal,
    either(_ORDINAL_BEFORE, _is_ordinal, _PLACE),
)
SIGNED: Final = Rule(
    "signed number",
    TokenKind.NUMBER,
    "o",
    regex(rf"{SIGN_BEFORE}(?P<number>{NUMBER}|\.\d++)(?!:\d\d)"),
    _say_signed,
    preceded_by(TIGHT),
)
SCIENTIFIC: Final = Rule(
    "scientific notation",
    TokenKind.NUMBER,
    "d",
    regex(
        rf"(?P<number>{NUMBER})[eE]"
        r"(?:(?P<sign>[-−+])(?P<power>\d{1,3})(?!\d|\.\d)|(?P<bare>\d{1,3})(?![\w.]))"
    ),
    _scientific,
)
LEADING_ZERO: Final = Rule(
    "leading zero", TokenKind.DIGITS, "d", regex(r"(?P<digits>0\d++)(?!\.\d)"), _leading_zero
)
SPACED: Final = Rule(
    "number with blanks between its thousands",
    TokenKind.NUMBER,
    "d",
    regex(r"(?P<number>[1-9]\d{0,2}(?: \d{3}){1,5})(?! ?\d)"),
    lambda tagged: cardinal(tagged.fields["number"].replace(" ", "")),
    lambda tagged: bool(measure_word(tagged.after)) or tagged.fields["number"].endswith(" 000"),
)
POINT: Final = Rule(
    "decimal without a whole part",
    TokenKind.NUMBER,
    "o",
    regex(r"(?P<number>\.\d++)(?!\.)"),
    _quantity,
    preceded_by(r"^|[^\w.)]"),
)
CARDINAL: Final = Rule("cardinal", TokenKind.NUMBER, "d", regex(rf"(?P<number>{NUMBER})"), _quantity)
