"""Numbers that name something and are read digit by digit, 1 as 幺: codes, rooms, flights, plates, cards.

    尾号1234 => 尾号幺二三四        3楼302室 => 三楼三零二室        G1024次 => G 幺零二四次

    波音737-800 => 波音七三七八百        打75折 => 打七五折        ISO 9001:2015 => I S O 九零零一杠二零一五

What a number names is told by the noun before it (data/code_nouns.tsv, data/model_names.tsv) or behind it.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import cardinal, digit_string, measure_word
from huisheng.text.normalization.rule import (
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.rules.latin import model_number
from huisheng.text.normalization.tables import alternation, words
from huisheng.text.normalization.token import TokenKind

_NOUN: Final = preceded_by(
    rf"{alternation(words('code_nouns'))}(?:号码|号|码)?(?:[是为:“(\[【#*]|\s|后[四六4]位|尾数|分别){{0,6}}"
)
_PART: Final = re.compile(r"(?P<letters>[A-Za-z]+)|(?P<digits>[0-9]+)|(?P<dash>-)|(?P<sign>[*#_])")
_SIGNS: Final = {"*": "星号", "#": "井号", "_": "下划线"}
_NAMES: Final = preceded_by(rf"(?:{alternation(words('model_names'))}|(?:\bi|锐龙|酷睿|Ryzen )[3579])[- ]?")


def speak_code(code: str, *, dash: str = " ") -> str:
    """Letters and digits one by one; `dash` is what a hyphen is said as."""
    spoken: list[str] = []
    for part in _PART.finditer(code):
        if part["letters"]:
            spoken.append(" ".join(part["letters"]))
        elif part["digits"]:
            spoken.append(digit_string(part["digits"], one="幺"))
        else:
            spoken.append(dash if part["dash"] else _SIGNS[part["sign"]])
    return " ".join(filter(None, (part.strip() for part in spoken)))


def _code(tagged: Tagged) -> str:
    return speak_code(tagged.fields["code"])


def _short_or_code(tagged: Tagged) -> str:
    code = tagged.fields["code"]
    if len(code) <= 2 and not code.startswith("0"):
        return cardinal(code)
    return speak_code(code)


def _say_dashes(tagged: Tagged) -> str:
    return speak_code(tagged.fields["code"], dash="杠")


def _has_ten_players(tagged: Tagged) -> bool:
    code = tagged.fields["code"]
    return "-" in code and code[0] in "345" and sum(map(int, code.split("-"))) == 10


def _short_or_digits(part: str) -> str:
    return cardinal(part) if len(part) <= 2 and not part.startswith("0") else digit_string(part)


def _standard(tagged: Tagged) -> str:
    letters = " ".join(filter(str.isalpha, tagged.fields["body"]))
    whole, *parts = tagged.fields["number"].split(".")
    number = "点".join((model_number(whole), *map(digit_string, parts)))
    year = f"杠{digit_string(tagged.fields['year'])}" if tagged.fields["year"] else ""
    return f"{letters} {number}{year}"


def _keys(dialled: str) -> str:
    return "".join(_SIGNS.get(key) or digit_string(key, one="幺") for key in dialled)


def _counts(tagged: Tagged) -> bool:
    return bool(measure_word(tagged.after)) or re.match(r"\s?(?:%|[年月]|\.\d|:\d)", tagged.after) is not None


def _rule(name: str, starts: str, pattern: str) -> Rule:
    return Rule(name, TokenKind.DIGITS, starts, regex(f"(?P<code>{pattern})"), _code)


AFTER_NOUN: Final = Rule(
    "code after its noun",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{3,4}(?: (?:\d{3,4}|\*{4})){1,4}(?![\d. ])|\d++(?:[-*]++\d++){0,6}+)(?![A-Za-z])"),
    _short_or_code,
    every(_NOUN, unless(_counts)),
)
MIXED_AFTER_NOUN: Final = Rule(
    "code of letters and digits after its noun",
    TokenKind.DIGITS,
    "dl",
    regex(
        r"(?=[A-Za-z*-]{0,20}\d)(?=\d{0,20}[A-Za-z])(?![\w-]{0,20}[a-z]{3})(?P<code>[A-Za-z0-9*_]++(?:-[A-Za-z0-9*_]++){0,8}+)"
    ),
    _code,
    every(_NOUN, unless(followed_by("[./]"))),
)
ROOM: Final = _rule("room", "d", rf"[A-Z]?\d{{3,4}}(?=[”’」』]?\s?{alternation(words('rooms'))})")
DASHED_ROOM: Final = Rule(
    "room with its house",
    TokenKind.DIGITS,
    "d",
    regex(
        rf"(?P<code>\d{{1,3}}(?:-\d{{1,4}}){{1,3}})(?:(?=\s?{alternation(words('rooms'))})|(?<=\d{{3}})(?=\s?号))"
    ),
    _say_dashes,
)
ROOM_IN_HOUSE: Final = Rule(
    "room behind its house",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{3,4})(?!\d|\.\d)"),
    _code,
    every(preceded_by(r"(?:单元|[栋幢座楼层])\s?"), unless(_counts)),
)
FLIGHT: Final = _rule("flight", "dl", rf"{alternation(words('airlines'))}[- ]?\d{{3,4}}(?![\dA-Za-z])")
TRAIN: Final = Rule(
    "train",
    TokenKind.DIGITS,
    "l",
    regex(r"(?P<code>[GDCKTZYS]\d{1,4})(?![\dA-Za-z.-])"),
    _code,
    either(
        followed_by("次|列车|高铁|动车|火车|到|开往|从"),
        every(
            preceded_by(r"(?:[乘坐搭]|车次|高铁|动车|列车|火车|车票)[是为: ]?"), unless(followed_by("航站"))
        ),
        lambda tagged: re.match(r"[GD]\d{3,4}$", tagged.fields["code"]) is not None,
    ),
)
PLATE: Final = Rule(
    "number plate",
    TokenKind.DIGITS,
    "l",
    regex(
        r"(?P<code>[A-Z][ ·-]?(?=[A-Z]{0,5}\d)(?:[A-Z0-9]{5,6}|[A-Z0-9]{4}(?=[学警港澳挂领试超])))"
        r"(?![A-Za-z0-9])"
    ),
    _code,
    preceded_by("[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"),
)
CARD: Final = _rule("card", "d", r"\d{4}(?: \d{4}){2,4}(?: \d{1,3})?(?!\d)|\d{17}[Xx](?!\w)")
STOCK: Final = Rule(
    "stock",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{4,6})\.(?P<market>SH|SZ|HK|BJ|SS|OF)(?![A-Za-z])"),
    lambda tagged: f"{speak_code(tagged.fields['code'])}点 {' '.join(tagged.fields['market'])}",
)
TICKER: Final = Rule(
    "ticker",
    TokenKind.LATIN,
    "l",
    regex(r"(?P<code>[A-Z]{1,5})\.(?P<market>N|O|A|US|HK|SH|SZ|OQ)(?![A-Za-z.])"),
    lambda tagged: f"{' '.join(tagged.fields['code'])} 点 {' '.join(tagged.fields['market'])}",
    preceded_by(r"\(|(?:代码|股票)[是为:]?\s?"),
)
BRACKETED: Final = Rule(
    "stock in brackets",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{6})(?=\))"),
    _code,
    preceded_by(r"\(|[A-Z]{2}[:.]?"),
)
AFTER_STOCK: Final = Rule(
    "stock after its noun",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{6})(?![\d.,%])"),
    _code,
    every(preceded_by(r"(?:股票|基金|证券|转债|新股|个股)\s?"), unless(_counts)),
)
AFTER_HAO: Final = Rule(
    "long number behind 号",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{5,}+)(?![.,%])"),
    _code,
    every(preceded_by(r"[\u4e00-\u9fff](?<![一二三四五六七八九十])号码?[是为: ]{0,2}"), unless(_counts)),
)
BUS: Final = Rule(
    "bus line",
    TokenKind.DIGITS,
    "dl",
    regex(r"(?P<code>[A-Z]{0,2}\d(?!00)\d{2})(?=[”’」』]?\s?路(?!人|程|线))"),
    _code,
)
HOUSE: Final = Rule(
    "long house number",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{4,16})(?=[”’」』]?号(?!线))"),
    _code,
    unless(preceded_by(r"第\s?")),
)
FORMATION: Final = Rule(
    "line-up",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>[1-6](?:-[1-6]){2,3}(?![\d-])|[2-5][1-5]{2,3}(?=阵|体系|站位))"),
    lambda tagged: digit_string(tagged.fields["code"].replace("-", "")),
    either(_has_ten_players, followed_by(r"\s?(?:阵|的?体系|战术|站位|打法)")),
)
CHAIN: Final = Rule(
    "numbers with dashes",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>\d{1,20}(?:-\d{1,20}){2,12})(?![\d-]|\s?=)"),
    lambda tagged: "杠".join(map(_short_or_digits, tagged.fields["code"].split("-"))),
)
FIGURE: Final = Rule(
    "number of a figure or table",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<chapter>\d{1,3})[-–](?P<number>\d{1,3})(?![\d-]|\.\d)"),
    lambda tagged: f"{cardinal(tagged.fields['chapter'])}杠{cardinal(tagged.fields['number'])}",
    every(preceded_by(r"(?<![代发列外仪钟手])(?:[图表]|公式)\s?\(?"), unless(_counts)),
)
NAMED: Final = Rule(
    "number of a named model",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<number>\d{3,5})(?:-(?P<variant>\d{1,4}))?(?![\d.%])"),
    lambda tagged: " ".join(map(model_number, filter(None, tagged.fields.values()))),
    every(_NAMES, unless(_counts)),
)
BEFORE_NOUN: Final = Rule(
    "number before what it names",
    TokenKind.DIGITS,
    "d",
    regex(rf"(?P<code>\d{{3,5}})(?=\s?{alternation(words('numbered_nouns'))})"),
    _code,
)
BODY_SIZE: Final = Rule(
    "height and girth of a size",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<height>1[3-9][05])/(?P<girth>\d{2,3})(?P<type>[ABCY])(?![A-Za-z\d])"),
    lambda tagged: " ".join(
        (*map(digit_string, (tagged.fields["height"], tagged.fields["girth"])), tagged.fields["type"])
    ),
)
STANDARD: Final = Rule(
    "standard",
    TokenKind.DIGITS,
    "l",
    regex(
        rf"(?P<body>{alternation(words('standards'))})\s?(?P<number>\d{{2,6}}(?:\.\d{{1,3}})?)(?:[-:—–](?P<year>\d{{1,4}}))?(?![\w-])"
    ),
    _standard,
)
DIALLED: Final = Rule(
    "dialled with stars and squares",
    TokenKind.DIGITS,
    "o",
    regex(r"(?P<dialled>\*[*#]?\d{1,8}(?:[*#]\d{0,15}){0,4}#)(?![\d\w])"),
    lambda tagged: _keys(tagged.fields["dialled"]),
)
KEY: Final = Rule(
    "key of a telephone",
    TokenKind.SYMBOL,
    "o",
    regex(r"(?P<key>[*#])(?P<behind>\s?号?键|\s?号(?=[和或的后是为]|[^\u4e00-\u9fff\d]|$))?(?![*#\w])"),
    lambda tagged: _SIGNS[tagged.fields["key"]] + ("键" if tagged.fields["behind"].endswith("键") else ""),
    either(
        lambda tagged: bool(tagged.fields["behind"]),
        every(preceded_by(r"[按拨]\s?"), followed_by(r"\s?(?:$|[，。,；返结确退进重回]|或)")),
    ),
)
SEAT: Final = Rule(
    "row and seat",
    TokenKind.ORDINAL,
    "d",
    regex(r"(?P<row>\d{1,2})\s?排\s?(?P<seat>\d{1,3})(?=\s?[座号])"),
    lambda tagged: f"{cardinal(tagged.fields['row'])}排{cardinal(tagged.fields['seat'])}",
)
TYRE: Final = Rule(
    "tyre",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<width>\d{3})/(?P<height>\d{2})\s?Z?R\s?(?P<rim>\d{2})(?![\dA-Za-z])"),
    lambda tagged: (
        f"{digit_string(tagged.fields['width'])} {digit_string(tagged.fields['height'])} "
        f"R {cardinal(tagged.fields['rim'])}"
    ),
)
DISCOUNT: Final = Rule(
    "discount",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<digits>[1-9]{2})(?=\s?折(?![叠纸扇射线]))"),
    lambda tagged: digit_string(tagged.fields["digits"]),
    unless(preceded_by(r"第\s?")),
)
COLOUR: Final = Rule(
    "colour",
    TokenKind.DIGITS,
    "o",
    regex(
        r"#(?P<code>(?=\d{0,5}[A-Fa-f])(?=[A-Fa-f]{0,5}\d|[fF]{3})(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3}))(?!\w)"
    ),
    lambda tagged: "井号 " + speak_code(tagged.fields["code"]),
)
LONG: Final = Rule(
    "long number without measure word",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<code>(?!\d{1,12}0{4,}(?!\d))\d{13,}+)(?![.,]\d)"),
    _code,
    unless(_counts),
)
