"""Simple mathematics: powers, indices, and the signs whose meaning depends on their neighbours.

    x² => x 的平方        5-3=2 => 五减三等于二        H₂O => H 二 O        √2 => 根号二

Reading after the usage of Chinese school books.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import Rule, Tagged, compiled, either, every, followed, preceded, unless
from huisheng.text.normalization.token import TokenKind

_NUMBER: Final = re.compile("[0-9]+")
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ⁽⁾", "0123456789+-n()")
_SUBSCRIPT: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₙ", "0123456789+-n")
_OPERAND_BEFORE: Final = preceded(r"[\w)\]α-ωπ²³]\s?")
_OPERAND_BEHIND: Final = followed(r"\s?[\w(\[α-ωπ√]")
_FORMULA: Final = either(
    followed(r"[\w\s+\-−×÷*/().^²³π√]{0,18}[=≠≈<>≤≥]"), preceded(r"[=≠≈<>≤≥+×÷][\w\s+\-−×÷*/().^²³π√]{0,18}")
)


def _power(exponent: str) -> str:
    """的平方, 的三次方, 的负三次方."""
    if exponent == "2":
        return "的平方"
    sign = "负" if exponent.startswith("-") else ""
    digits = exponent.strip("+-()")
    return f"的{sign}{cardinal(digits) if digits.isdecimal() else digits}次方"


def _superscript(tagged: Tagged) -> str:
    """An exponent behind something, else a plain number."""
    raised = tagged.fields["raised"].translate(_SUPERSCRIPT)
    if re.search(r"[\w)\]α-ωΑ-Ωπ℃}]$", tagged.before, re.ASCII):
        return _power(raised)
    digits = raised.strip("+-()n")
    return cardinal(digits) if digits else raised.replace("+", "正").replace("-", "负")


def _subscript(tagged: Tagged) -> str:
    """An index, read as a number: x₁₂ is x 十二."""
    lowered = tagged.fields["lowered"].translate(_SUBSCRIPT)
    return _NUMBER.sub(lambda match: cardinal(match[0]), lowered).replace("+", "加").replace("-", "减")


SUPERSCRIPT: Final = Rule(
    "superscript", TokenKind.NUMBER, "ol", compiled(r"(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ⁽⁾]{1,30})"), _superscript
)
SUBSCRIPT: Final = Rule(
    "subscript", TokenKind.NUMBER, "ol", compiled(r"(?P<lowered>[₀₁₂₃₄₅₆₇₈₉₊₋ₙ]{1,30})"), _subscript
)
CARET: Final = Rule(
    "power with a caret",
    TokenKind.NUMBER,
    "o",
    compiled(r"\^(?:(?P<exponent>[-−]?\d{1,9}|[A-Za-z](?![A-Za-z]))|[({](?P<braced>[-−]?\w{1,9})[)}])"),
    lambda tagged: _power((tagged.fields["exponent"] or tagged.fields["braced"]).replace("−", "-")),
    preceded(r"[\w)\]]"),
)
MINUS: Final = Rule(
    "minus",
    TokenKind.SYMBOL,
    "bo",
    compiled(r"\s?[-−–]\s?(?=[\w(√π])"),
    lambda _: "减",
    every(preceded(r"[\w)\]π²³]"), either(_FORMULA, every(preceded(r"\d"), followed(r"\d")))),
)
NEGATIVE: Final = Rule(
    "negative",
    TokenKind.SYMBOL,
    "o",
    compiled(r"[-−](?=[A-Za-z(√π])"),
    lambda _: "负",
    preceded(r"[=<>≤≥(+×÷]\s?"),
)
TRUE_MINUS: Final = Rule(
    "sign of minus",
    TokenKind.SYMBOL,
    "o",
    compiled(r"−"),
    lambda tagged: "减" if _OPERAND_BEFORE(tagged) else "负",
)
TIMES: Final = Rule(
    "asterisk between operands",
    TokenKind.SYMBOL,
    "o",
    compiled(r"\*(?!\*)\s?"),
    lambda _: "乘",
    every(preceded(r"[\w)]\s?"), followed(r"[\w(]"), unless(preceded(r"\*\w{1,18}"))),
)
OVER: Final = Rule(
    "stroke in a formula",
    TokenKind.SYMBOL,
    "o",
    compiled(r"/"),
    lambda _: "除以",
    every(_OPERAND_BEFORE, _OPERAND_BEHIND, _FORMULA),
)
FACTORIAL: Final = Rule(
    "factorial", TokenKind.SYMBOL, "o", compiled(r"!(?=\s?[=+*/×÷])"), lambda _: "的阶乘", preceded(r"[\dn)]")
)
