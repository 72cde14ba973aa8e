"""Orders written in the English way.

No.1 => 第一        1st => 第一        №5 => 第五
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import Rule, Tagged, regex
from huisheng.text.normalization.token import TokenKind


def _say(tagged: Tagged) -> str:
    return "第" + cardinal(tagged.fields["number"])


NUMERO: Final = Rule(
    "numero",
    TokenKind.ORDINAL,
    "lo",
    regex(r"(?:No\.?|NO\.?|no\.|№)\s?(?P<number>\d{1,6})(?![\d.]*\d)"),
    _say,
)
SUFFIXED: Final = Rule(
    "English ordinal",
    TokenKind.ORDINAL,
    "d",
    regex(r"(?P<number>\d{0,5}(?:1(?:st|ST)|2(?:nd|ND)|3(?:rd|RD)|[04-9](?:th|TH)|1[1-3]th))(?![A-Za-z])"),
    lambda tagged: "第" + cardinal(tagged.fields["number"][:-2]),
)
