"""Symbols that are said by name, and those that depend on their neighbours.

    5>3 => 五大于三        A&B => A and B        @张三 => 艾特张三        男/女 => 男或女

Names of data/symbols.tsv hold everywhere; the rules here come first.
"""

from __future__ import annotations

from typing import Final

from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import (
    Condition,
    Rule,
    Tagged,
    anywhere,
    compiled,
    either,
    every,
    followed,
    preceded,
    unless,
)
from huisheng.text.normalization.tables import alternation, mapping, words
from huisheng.text.normalization.token import TokenKind

_NAMES: Final = mapping("symbols")
_HAN: Final = "\u3400-\u9fff"


def _sign(name: str, pattern: str, spoken: str, accepts: Condition = anywhere) -> Rule:
    kind = TokenKind.SYMBOL if spoken else TokenKind.SILENT
    return Rule(name, kind, "o", compiled(pattern), lambda _: spoken, accepts)


_HAN_AROUND: Final = every(preceded(f"[{_HAN}]\\s?"), followed(f"\\s?[{_HAN}]"))
_LETTER_AROUND: Final = either(preceded(r"[A-Za-z]"), followed(r"[A-Za-z]"))
AND: Final = _sign("ampersand between words", "&", "and", every(preceded("[A-Za-z]"), followed("[A-Za-z]")))
OR: Final = _sign(
    "stroke between words", "/", "或", every(_HAN_AROUND, unless(either(preceded("或"), followed("或"))))
)
STROKE: Final = _sign("silent stroke", "/", "", either(_LETTER_AROUND, _HAN_AROUND))
HASHTAG: Final = _sign("hashtag", "#", "", either(followed(f"[{_HAN}]"), preceded("#[^#\\n]{1,18}")))
NUMBER_SIGN: Final = Rule(
    "number sign before a number",
    TokenKind.ORDINAL,
    "o",
    compiled(r"#(?P<number>\d{1,6})(?!\d)"),
    lambda tagged: cardinal(tagged.fields["number"]) + "号",
)
NUMBERED: Final = Rule(
    "number sign behind a number",
    TokenKind.ORDINAL,
    "d",
    compiled(r"(?P<number>\d{1,6})#"),
    lambda tagged: cardinal(tagged.fields["number"]) + "号",
)
HYPHEN: Final = _sign("hyphen of a word", r"-(?!-)", "", _LETTER_AROUND)
NAME_HYPHEN: Final = _sign(
    "hyphen of a name", r"-(?=\d)", "", preceded(rf"{alternation(words('hyphenated_names'))}")
)
BULLET: Final = _sign("arrow at the head of a line", r"[→←↑↓►▶]\s?(?!\d)", "", preceded(r"(?:^|\n)\s*"))
STAR: Final = _sign("stars behind a number", "[★☆]", "星", preceded(r"\d"))
BLANK_LINE: Final = _sign("line to write on", r"_{1,}+", "", unless(every(preceded(r"\w"), followed(r"\w"))))
SECTION: Final = Rule(
    "section",
    TokenKind.ORDINAL,
    "o",
    compiled(r"§\s?(?P<number>\d{1,4})"),
    lambda tagged: f"第{cardinal(tagged.fields['number'])}节",
)
_MINUTE: Final = either(preceded(r"°\d{1,2}"), followed(r"\d{1,2}(?:\.\d{1,3})?″"))
_SECOND: Final = preceded(r"[°′']\d{1,2}(?:\.\d{1,3})?")
PRIME: Final = Rule(
    "prime",
    TokenKind.UNIT,
    "o",
    compiled(r"′|'(?=\d{1,2}″)"),
    lambda tagged: "分" if _MINUTE(tagged) else "英尺",
    preceded(r"\d"),
)
DOUBLE_PRIME: Final = Rule(
    "double prime",
    TokenKind.UNIT,
    "o",
    compiled("″"),
    lambda tagged: "秒" if _SECOND(tagged) else "英寸",
    preceded(r"\d"),
)
ZERO: Final = _sign(
    "circle as a zero",
    "[○◯]",
    "零",
    every(preceded("[一二三四五六七八九零〇○◯]"), followed("[一二三四五六七八九零〇○◯年]")),
)


def _name(tagged: Tagged) -> str:
    return _NAMES[tagged.fields["symbol"]]


NAMED: Final = Rule(
    "named symbol", TokenKind.SYMBOL, "ol", compiled(f"(?P<symbol>{alternation(_NAMES)})"), _name
)
