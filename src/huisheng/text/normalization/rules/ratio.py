"""Ratios and scores.

    16:9 => 十六比九        比分3:2 => 比分三比二        以2-1获胜 => 以二比一获胜

A colon between numbers that cannot be a time of day is a ratio; one that can is told by the words around it
(data/ratio_context.tsv).
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import COUNTED, measure_word, number
from huisheng.text.normalization.rule import Rule, Tagged, compiled, every
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_VALUE: Final = r"\d{1,9}(?:\.\d{1,6})?"
_NEAR: Final = re.compile(alternation(words("ratio_context")))
_CLAUSE_END: Final = re.compile("[。！？；!?;\n]")


def in_ratio_context(tagged: Tagged) -> bool:
    """Whether the clause speaks of a ratio, a match or a game."""
    before = _CLAUSE_END.split(tagged.before)[-1]
    after = _CLAUSE_END.split(tagged.after)[0]
    return _NEAR.search(before) is not None or _NEAR.search(after[:8]) is not None


def _ratio(tagged: Tagged) -> str:
    return "比".join(number(value) for value in re.split(r"\s?[:∶–—-]\s?", tagged.fields["values"]))


RATIO: Final = Rule(
    "ratio",
    TokenKind.FRACTION,
    "d",
    compiled(rf"(?P<values>{_VALUE}(?:\s?:\s?{_VALUE}){{1,8}})(?![\d:])"),
    _ratio,
)
SCORE: Final = Rule(
    "score",
    TokenKind.FRACTION,
    "d",
    compiled(r"(?P<values>\d{1,3}\s?[-–—]\s?\d{1,3})(?![\d%‰.:-])"),
    _ratio,
    every(in_ratio_context, lambda tagged: measure_word(tagged.after) not in COUNTED),
)
