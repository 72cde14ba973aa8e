"""Percentages and the like.

50% => 百分之五十        10%-20% => 百分之十到百分之二十        -3‰ => 负千分之三
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.grammar import NUMBER, SIGN_BEFORE, SIGNS, TIGHT, TO, range_word
from huisheng.text.normalization.numerals import number
from huisheng.text.normalization.rule import Rule, Tagged, preceded_by, regex
from huisheng.text.normalization.token import TokenKind

_WHOLES: Final = {"%": "百分之", "‰": "千分之", "‱": "万分之"}
_FORM: Final = (
    rf"(?P<number>{NUMBER})(?:\s?[%‰‱]?{TO}(?P<last_sign>[-−+]?)(?P<last>{NUMBER}))?"
    r"(?P<more>[多余几]?)\s?(?P<whole>[%‰‱])"
)


def _percentage(sign: str, value: str, whole: str) -> str:
    """百分之百 is the whole, any other number is said in full."""
    said = "百" if (value, whole) == ("100", "%") else number(value)
    return SIGNS[sign] + _WHOLES[whole] + said


def _say(tagged: Tagged) -> str:
    fields = tagged.fields
    spoken = _percentage(fields["sign"], fields["number"], fields["whole"])
    if fields["last"]:
        word = "减" if tagged.after.lstrip().startswith("=") else range_word(fields["to"])
        spoken += word + _percentage(fields["last_sign"], fields["last"], fields["whole"])
    return spoken + fields["more"]


PERCENT: Final = Rule("percentage", TokenKind.FRACTION, "d", regex(rf"(?P<sign>){_FORM}"), _say)
SIGNED_PERCENT: Final = Rule(
    "percentage with a sign",
    TokenKind.FRACTION,
    "o",
    regex(rf"{SIGN_BEFORE}{_FORM}"),
    _say,
    preceded_by(TIGHT),
)
PLUS_MINUS_PERCENT: Final = Rule(
    "tolerance in percent", TokenKind.FRACTION, "o", regex(rf"(?P<sign>±)\s?{_FORM}"), _say
)
