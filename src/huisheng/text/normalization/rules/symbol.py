"""Symbols that are said by name, and those that depend on their neighbours.

    5>3 => 五大于三        A&B => A and B        @张三 => 艾特张三        男/女 => 男或女
    1/3/5号线 => 一、三、五号线        100+人 => 一百多人        ▲2.5% => 上涨百分之二点五

Names of data/symbols.tsv hold everywhere; the rules here come first.
"""

from __future__ import annotations

import string
from typing import Final

from huisheng.text.normalization.numerals import COUNTED, cardinal, measure_word
from huisheng.text.normalization.rule import (
    Condition,
    Rule,
    Tagged,
    anywhere,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.tables import alternation, mapping, words
from huisheng.text.normalization.token import TokenKind

_NAMES: Final = mapping("symbols")
_HAN: Final = "\u3400-\u9fff"
_LETTERS: Final = string.ascii_letters
_OF_LAW: Final = preceded_by(r"(?:[法典例]|条例|规定|办法|U\.?\s?S\.?\s?C\.?)[》”]?\s?")
_LISTED_NOUN: Final = alternation(words("listed_nouns"))


def _sign(name: str, pattern: str, spoken: str, accepts: Condition = anywhere) -> Rule:
    kind = TokenKind.LATIN if spoken.isascii() else TokenKind.SYMBOL
    if not spoken or spoken in "，、":
        kind = TokenKind.MARK if spoken else TokenKind.SILENT
    return Rule(name, kind, "o", regex(pattern), lambda _: spoken, accepts)


_STROKE_BESIDE: Final = either(
    preceded_by(f"/[{_HAN}]{{1,4}}"),
    followed_by(f"[{_HAN}]{{1,4}}/"),
    preceded_by(r"/\d{1,9}"),
    followed_by(r"\d{1,9}/"),
)
_CURRENCY: Final = "(?:元|块|币|镑|郎|铢|美金|卢布|卢比)"
_IS_AMOUNT: Final = followed_by(r"\d{1,4}(?:\.\d)?(?:GB?|TB?|MB|[km]?g|m?L|ml|[cm]?m|W|V)(?![A-Za-z])")
_HAN_AROUND: Final = every(preceded_by(f"[{_HAN}]\\s?"), followed_by(f"\\s?[{_HAN}]"))
_LETTER_AROUND: Final = either(preceded_by(r"[A-Za-z]"), followed_by(r"[A-Za-z]"))
AND: Final = _sign(
    "ampersand between words", "&", "and", every(preceded_by(r"[A-Za-z]\s?"), followed_by(r"\s?[A-Za-z]"))
)
OR: Final = _sign(
    "stroke between words",
    "/",
    "或",
    every(_HAN_AROUND, unless(either(preceded_by("或"), followed_by("或")))),
)
AGAINST: Final = _sign(
    "stroke between currencies",
    "/",
    "兑",
    every(preceded_by(_CURRENCY), followed_by(f"[{_HAN}]{{0,2}}{_CURRENCY}")),
)
LISTED: Final = _sign(
    "stroke in a list",
    "/",
    "、",
    either(
        every(_HAN_AROUND, _STROKE_BESIDE),
        every(
            preceded_by(r"\d"),
            followed_by(r"\d"),
            either(_STROKE_BESIDE, followed_by(rf"\d{{1,9}}\s?{_LISTED_NOUN}")),
        ),
    ),
)
EITHER: Final = _sign(
    "stroke between amounts",
    "/",
    "或",
    every(
        either(
            preceded_by(r"[1-9]\d*"),
            every(preceded_by(r"\d(?:GB?|TB?|MB|[km]?g|m?L|ml|[cm]?m|W|V)"), _IS_AMOUNT),
        ),
        followed_by(r"[1-9]"),
    ),
)
STROKE: Final = _sign(
    "silent stroke",
    "/",
    "",
    either(_LETTER_AROUND, _HAN_AROUND, every(preceded_by("[℃°%]"), followed_by(r"[-−]?\d|[\u4e00-\u9fff]"))),
)
HASHTAG: Final = _sign(
    "hashtag", "#", "", either(followed_by(f"[{_HAN}A-Za-z]"), preceded_by("#[^#\\n]{1,18}"))
)
MORE: Final = _sign(
    "plus for more",
    r"\+",
    "多",
    every(preceded_by(r"\d[百千万亿]?"), lambda tagged: measure_word(tagged.after) in COUNTED),
)
ABOUT: Final = _sign("tilde for about", r"~\s?(?=\d)", "约", preceded_by(r"^|[\s(:：，。、]"))
RISEN: Final = _sign("triangle of a rise", r"▲\s?(?=\d)", "上涨")
FALLEN: Final = _sign("triangle of a fall", r"▼\s?(?=\d)", "下跌")
NUMBER_SIGN: Final = Rule(
    "number sign before a number",
    TokenKind.ORDINAL,
    "o",
    regex(r"#(?P<number>\d{1,6})(?!\d)"),
    lambda tagged: cardinal(tagged.fields["number"]) + "号",
)
NUMBERED: Final = Rule(
    "number sign behind a number",
    TokenKind.ORDINAL,
    "d",
    regex(r"(?P<number>\d{1,6})#"),
    lambda tagged: cardinal(tagged.fields["number"]) + "号",
)
_SIZE: Final = r"(?:X{0,3}[SL]|M|[2-9]XL)"
SIZES: Final = _sign(
    "stroke between sizes of clothes",
    rf"/(?={_SIZE}(?![A-Za-z\d]))",
    "、",
    every(
        preceded_by(rf"(?:^|[^A-Za-z\d]){_SIZE}"),
        either(preceded_by("XL|XS|[SLM]/[SLM]"), followed_by(rf"X|[2-9]X|{_SIZE}[/码]")),
    ),
)
HYPHEN: Final = _sign("hyphen of a word", r"-(?!-)", "", _LETTER_AROUND)
NAME_HYPHEN: Final = _sign(
    "hyphen of a name",
    r"-(?=\d)",
    "",
    either(
        every(preceded_by(rf"{alternation(words('hyphenated_names'))}"), unless(preceded_by(r"\d米"))),
        every(preceded_by("[α-ωΑ-Ω]"), unless(followed_by(r"\d{1,9}\s?[=+*×)]"))),
    ),
)
RECORD_HYPHEN: Final = _sign("hyphen behind the number of a record", r"-(?=\d)", "杠", preceded_by(r"\d号"))
BULLET: Final = _sign("arrow at the head of a line", r"[→←↑↓►▶]\s?(?!\d)", "", preceded_by(r"(?:^|\n)\s*"))
STAR: Final = _sign("stars behind a number", "[★☆⭐]", "星", preceded_by(r"[\d一二三四五]"))
BLANK_LINE: Final = _sign(
    "line to write on", r"_{1,}+", "", unless(every(preceded_by(r"\w"), followed_by(r"\w")))
)


def _section(tagged: Tagged) -> str:
    """Parts of the number as numbers; an article of a law is 条."""
    fields = tagged.fields
    first, last = ("点".join(map(_section_part, fields[name].split("."))) for name in ("number", "last"))
    return (
        ("" if tagged.before.rstrip().endswith("第") else "第")
        + first
        + ("到" + last if last else "")
        + (fields["noun"] or ("条" if _OF_LAW(tagged) else "节"))
    )


def _section_part(part: str) -> str:
    digits = part.rstrip(_LETTERS)
    return " ".join(filter(None, (cardinal(digits) if digits else "", *part[len(digits) :])))


SECTION: Final = Rule(
    "section",
    TokenKind.ORDINAL,
    "o",
    regex(
        r"§{1,2}\s?(?P<number>(?:[A-Z](?=\.\d)|\d{1,4})(?:\.\d{1,3}){0,5}[a-z]?)(?![A-Za-z\d])"
        r"(?:\s?[-–~至到]\s?(?P<last>\d{1,4}(?:\.\d{1,3}){0,5}))?(?P<noun>[节条款章]?)"
    ),
    _section,
)
_FEET: Final = r"(?:^|[^\d°])(?<!配速)(?<!用时)[1-9]['′]\s?(?:[1-9]|1[01])"
"""Feet before inches, 5'11″: no zero leads, and twelve inches are a foot."""
_MINUTE: Final = every(
    either(preceded_by(r"°\d{1,2}"), followed_by(r"\d{1,2}(?:\.\d{1,3})?(?:″|''|′′)")),
    unless(
        every(
            preceded_by(r"(?:^|[^\d°])(?<!配速)(?<!用时)[1-9]"),
            followed_by(r"\s?(?:[1-9]|1[01])(?:″|''|′′)(?!\d|/)"),
        )
    ),
)
_SECOND: Final = either(
    preceded_by(r"°\d{1,2}[′']\d{1,2}(?:\.\d{1,3})?"),
    every(preceded_by(r"[°′']\d{1,2}(?:\.\d{1,3})?"), unless(preceded_by(_FEET))),
    followed_by(r"\d{1,2}(?!\d)"),
)
PRIME: Final = Rule(
    "prime",
    TokenKind.UNIT,
    "o",
    regex(r"′(?!′)|'(?=\d{1,2}(?:\.\d{1,3})?(?:″|''))"),
    lambda tagged: "分" if _MINUTE(tagged) else "英尺",
    preceded_by(r"\d"),
)
DOUBLE_PRIME: Final = Rule(
    "double prime",
    TokenKind.UNIT,
    "o",
    regex("″|''|′′"),
    lambda tagged: "秒" if _SECOND(tagged) else "英寸",
    preceded_by(r"\d"),
)
_DIGIT: Final = "[一二三四五六七八九零〇○◯]"
ZERO: Final = Rule(
    "circle as a zero",
    TokenKind.SYMBOL,
    "lo",
    regex("[○◯]|O(?=O{0,2}[一二三四五六七八九零〇年])"),
    lambda _: "零",
    either(
        every(preceded_by(f"{_DIGIT}O{{0,2}}"), followed_by(f"O|{_DIGIT}|年")),
        followed_by("[○◯〇]{1,2}[一二三四五六七八九]"),
    ),
)


def _name(tagged: Tagged) -> str:
    return _NAMES[tagged.fields["symbol"]]


NAMED: Final = Rule(
    "named symbol", TokenKind.SYMBOL, "ol", regex(f"(?P<symbol>{alternation(_NAMES)})"), _name
)
