"""Numbers that name something and are read digit by digit, 1 as 幺: codes, rooms, flights, plates, cards.

    尾号1234 => 尾号幺二三四        3楼302室 => 三楼三零二室        G1024次 => G 幺零二四次

What a number names is told by the noun before it (data/code_nouns.tsv) or behind it.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import cardinal, digit_string, measure_word
from huisheng.text.normalization.rule import Rule, Tagged, compiled, either, every, followed, preceded, unless
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_NOUN: Final = preceded(
    rf"{alternation(words('code_nouns'))}(?:号码|号|码)?(?:[是为:“(\[【#]|\s|后[四六4]位|尾数|分别){{0,4}}"
)
_PART: Final = re.compile(r"(?P<letters>[A-Za-z]+)|(?P<digits>[0-9]+)|(?P<dash>-)|(?P<star>\*)")
_STAR: Final = "星号"


def speak_code(code: str, *, dash: str = " ") -> str:
    """Letters and digits one by one; `dash` is what a hyphen is said as."""
    spoken: list[str] = []
    for part in _PART.finditer(code):
        if part["letters"]:
            spoken.append(" ".join(part["letters"]))
        elif part["digits"]:
            spoken.append(digit_string(part["digits"], one="幺"))
        else:
            spoken.append(dash if part["dash"] else _STAR)
    return " ".join(filter(None, (part.strip() for part in spoken)))


def _code(tagged: Tagged) -> str:
    return speak_code(tagged.fields["code"])


def _short_or_code(tagged: Tagged) -> str:
    code = tagged.fields["code"]
    if len(code) <= 2 and not code.startswith("0"):
        return cardinal(code)
    return speak_code(code)


def _dashed(tagged: Tagged) -> str:
    return speak_code(tagged.fields["code"], dash="杠")


def _counts(tagged: Tagged) -> bool:
    return bool(measure_word(tagged.after)) or re.match(r"\s?(?:%|[年月]|\.\d|:\d)", tagged.after) is not None


def _rule(name: str, starts: str, pattern: str) -> Rule:
    return Rule(name, TokenKind.DIGITS, starts, compiled(f"(?P<code>{pattern})"), _code)


AFTER_NOUN: Final = Rule(
    "code after its noun",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d++(?:[-*]++\d++){0,6}+)(?![A-Za-z])"),
    _short_or_code,
    every(_NOUN, unless(_counts)),
)
MIXED_AFTER_NOUN: Final = Rule(
    "code of letters and digits after its noun",
    TokenKind.DIGITS,
    "dl",
    compiled(
        r"(?=[A-Za-z*-]{0,20}\d)(?=\d{0,20}[A-Za-z])(?![\w-]{0,20}[a-z]{3})(?P<code>[A-Za-z0-9*]++(?:-[A-Za-z0-9*]++){0,8}+)"
    ),
    _code,
    every(_NOUN, unless(followed("[./]"))),
)
ROOM: Final = _rule("room", "d", rf"[A-Z]?\d{{3,4}}(?=\s?{alternation(words('rooms'))})")
DASHED_ROOM: Final = Rule(
    "room with its house",
    TokenKind.DIGITS,
    "d",
    compiled(rf"(?P<code>\d{{1,3}}(?:-\d{{1,4}}){{1,3}})(?=\s?(?:{alternation(words('rooms'))}|号))"),
    _dashed,
)
ROOM_IN_HOUSE: Final = Rule(
    "room behind its house",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d{3,4})(?!\d|\.\d)"),
    _code,
    every(preceded(r"(?:单元|[栋幢座楼层])\s?"), unless(_counts)),
)
FLIGHT: Final = _rule("flight", "dl", rf"{alternation(words('airlines'))}[- ]?\d{{3,4}}(?![\dA-Za-z])")
TRAIN: Final = Rule(
    "train",
    TokenKind.DIGITS,
    "l",
    compiled(r"(?P<code>[GDCKTZYS]\d{1,4})(?![\dA-Za-z.-])"),
    _code,
    either(
        followed("次|列车|高铁|动车|火车|到|开往|从"),
        every(preceded(r"(?:[乘坐搭]|车次|高铁|动车|列车|火车|车票)[是为: ]?"), unless(followed("航站"))),
        lambda tagged: re.match(r"[GD]\d{3,4}$", tagged.fields["code"]) is not None,
    ),
)
PLATE: Final = Rule(
    "number plate",
    TokenKind.DIGITS,
    "l",
    compiled(r"(?P<code>[A-Z][ ·-]?(?=[A-Z]{0,5}\d)[A-Z0-9]{5,6})(?![A-Za-z0-9])"),
    _code,
    preceded("[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"),
)
CARD: Final = _rule("card", "d", r"\d{4}(?: \d{4}){2,4}(?: \d{1,3})?(?!\d)|\d{17}[Xx](?!\w)")
STOCK: Final = Rule(
    "stock",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d{4,6})\.(?P<market>SH|SZ|HK|BJ|SS|OF)(?![A-Za-z])"),
    lambda tagged: f"{speak_code(tagged.fields['code'])}点 {' '.join(tagged.fields['market'])}",
)
BRACKETED: Final = Rule(
    "stock in brackets",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d{6})(?=\))"),
    _code,
    preceded(r"\(|[A-Z]{2}[:.]?"),
)
BUS: Final = Rule(
    "bus line",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d(?!00)\d{2})(?=\s?路(?!人|程|线))"),
    _code,
)
HOUSE: Final = Rule(
    "long house number", TokenKind.DIGITS, "d", compiled(r"(?P<code>\d{4,6})(?=号(?!线))"), _code
)
FORMATION: Final = Rule(
    "line-up",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d(?:-\d){2,3})(?=\s?(?:阵|的?体系|战术|站位|打法))"),
    lambda tagged: digit_string(tagged.fields["code"].replace("-", "")),
)
CHAIN: Final = Rule(
    "numbers with dashes",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>\d{1,20}(?:-\d{1,20}){2,12})(?![\d-]|\s?=)"),
    lambda tagged: "杠".join(digit_string(part) for part in tagged.fields["code"].split("-")),
)
LONG: Final = Rule(
    "long number without measure word",
    TokenKind.DIGITS,
    "d",
    compiled(r"(?P<code>(?!\d{1,12}0{4,}(?!\d))\d{13,}+)(?![.,]\d)"),
    _code,
    unless(_counts),
)
