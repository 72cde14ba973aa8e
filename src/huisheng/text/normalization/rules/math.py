"""Simple mathematics: powers, indices, and the signs whose meaning depends on their neighbours.

    x² => x 的平方        5-3=2 => 五减三等于二        H₂O => H 二 O        √2 => 根号二
    2a-3b => 二 a 减三 b        log₂8 => 以二为底八的对数
    |x|=1 => x 的绝对值等于一        x→0 => x 趋于零        f'(x) => f 撇（x）        a_n => a n

Reading after the usage of Chinese school books.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.grammar import SIGNS
from huisheng.text.normalization.numerals import cardinal
from huisheng.text.normalization.rule import (
    Pattern,
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.token import TokenKind

_NUMBER: Final = re.compile("[0-9]+")
_OPERATIONS: Final = {"+": "加", "-": "减", "−": "减", "*": "乘", "/": "除以", "=": "等于", "∞": "无穷大"}
_INNER: Final = re.compile(r"(?P<digits>[0-9]+)|(?P<letter>[A-Za-z])|(?P<sign>.)")
_LETTERS_APART: Final = re.compile("(?<=[A-Za-z])(?=[A-Za-z])")
_BOUNDS: Final = {"∑": "求和", "∏": "连乘", "∫": "积分"}
_VARIABLE: Final = preceded_by(r"(?:^|[^A-Za-z\d_])\d{0,4}[a-z]\s?")
"""One small letter, perhaps with a factor: x, 2n."""
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ⁽⁾", "0123456789+-n()")
_SUBSCRIPT: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₙ", "0123456789+-n")
_OPERAND_BEFORE: Final = preceded_by(r"(?:[\w)\]α-ωπ²³]|[\w)]!)\s?")
_OPERAND_BEHIND: Final = followed_by(r"\s?[\w(\[α-ωπ√]")
_ABSOLUTE: Final = r"(?:[A-Za-z\dα-ω][A-Za-z\dα-ω+\-−*/.^²³]{0,14}|[-−][\dA-Za-z.]{1,9})"
_NO_TABLE: Final = r"(?:(?:^|\n)[^|\n]{0,20}|\|\s?[-+*=<>≤≥]\s?)"
"""Before a stroke that does not part the cells of a row."""
_BEHIND_ABSOLUTE: Final = r"(?=\s*(?:$|[-+*/×÷=<>≤≥)²^,，。;；、的时]))"
_INSIDE: Final = (
    r"(?:[\d\s+\-−×÷*/().!|^{}²³⁴-⁹ⁿ₀-₉π√∠°α-ω]|(?:sin|cos|tan|cot|log|ln|lg)|[A-Za-z](?![A-Za-z]{2}))"
)
"""One character of a formula, or a function; no word has more than two letters."""
IN_FORMULA: Final = either(
    followed_by(rf"{_INSIDE}{{0,18}}?[=≠≈<>≤≥+×÷²³⁴-⁹^√]"),
    preceded_by(rf"[=≠≈<>≤≥+×÷²³⁴-⁹^√]{_INSIDE}{{0,18}}"),
)
_EQUATION: Final = either(
    followed_by(r"[\w\s+\-−×÷*/().^²³π√]{0,18}[=≠≈<>≤≥]"),
    preceded_by(r"[=≠≈<>≤≥+×÷][\w\s+\-−×÷*/().^²³π√]{0,18}"),
)
_PLACE: Final = str.maketrans(dict.fromkeys("-−–~", "‖"))
_NAMED: Final = r"(?!\s?(?:测试|实验|平面|坐标|[轴面题项型班级图结]))"
_DIFFERENCE: Final = Pattern(
    r"(?:^|[^\w.-])(?:\d{1,4} ?‖ ?[xyzpqα-ω]|\d{0,4}[a-z](?:‖\d{1,3}[a-z]| ‖ [a-z]| ?‖ ?(?=\(\d{0,3}[a-z]))"
    rf"|(?:a‖b|b‖[ac]|m‖n|n‖m|p‖q|x‖y|y‖[xz]){_NAMED})(?![A-Za-z\d-])"
    r"|\([A-Za-z]‖[A-Za-z]\)\s?[²³^(*×=!]|[\d)]\([a-z] ?‖ ?[a-z]\)|\([α-ω]‖[α-ω]\)|[a-z]_\w ?‖ ?[a-z]_"
    r"|[①-⑳]‖[①-⑳]\s?[,，]?\s?(?:得|可|消|有)"
    r"|° ?‖ ?[∠α-ωx]|∠[A-Z\d]{1,3} ?‖|[¼-¾⅐-⅞] ?‖|(?:sin|cos|tan|ln|lg)[xy] ?‖ ?\d"
    r"|(?:计算|求|设|则|若|令|已知|化简|式子?|代数式|多项式)\s?[\da-z]{1,4} ?‖"
    r"|‖ ?[\da-z]{1,4}(?:的[值差]|[大小等]于|为[正负零])",
    re.ASCII,
)
"""A difference, told from what stands right around the sign, which is `‖` here: 2a-3b, (a-b)²."""


def _power(exponent: str) -> str:
    """的平方, 的三次方, 的负三次方."""
    if exponent == "2":
        return "的平方"
    return f"的{say_inner(exponent.strip('()').removeprefix('+'))}次方"


def say_inner(expression: str) -> str:
    """What stands in the braces of a power or an index: n+1 is n 加一."""
    spoken: list[str] = []
    for part in _INNER.finditer(expression):
        if part["digits"]:
            spoken.append(cardinal(part["digits"]))
        else:
            spoken.append(
                part["letter"]
                or ("负" if part.start() == 0 and part[0] in "-−" else _OPERATIONS.get(part[0], ""))
            )
    return _LETTERS_APART.sub(" ", "".join(spoken))


def is_difference(tagged: Tagged) -> bool:
    """Whether a hyphen between letters or numbers takes one from the other."""
    sign = tagged.fields["sign"].translate(_PLACE)
    return _DIFFERENCE.compiled.search(tagged.before[-8:] + sign + tagged.after[:8]) is not None


def _bounds(tagged: Tagged) -> str:
    fields = tagged.fields
    low = say_inner(fields["low"] or fields["low_2"])
    return f"{_BOUNDS[fields['sign']]}{low}到{say_inner(fields['high'] or fields['high_2'])}"


def _superscript(tagged: Tagged) -> str:
    """An exponent behind something, else a plain number."""
    raised = tagged.fields["raised"].translate(_SUPERSCRIPT)
    if tagged.after.startswith("√") and raised.isdecimal():
        return f"{cardinal(raised)}次"
    if re.search(r"(?:sin|cos|tan|cot|log|ln|lg)$", tagged.before):
        return _power(raised)[1:]
    if re.search(r"[\w)\]α-ωΑ-Ωπ℃}₀-₉]$", tagged.before, re.ASCII):
        return _power(raised)
    if any(map(str.isdecimal, raised)):
        return say_inner(raised)
    return raised.strip("()").replace("+", "正").replace("-", "负")


def _logarithm(tagged: Tagged) -> str:
    base, argument, inner = (tagged.fields[name] for name in ("base", "argument", "inner"))
    return f"以{say_inner(base.translate(_SUBSCRIPT))}为底{say_inner(argument or inner)}的对数"


def _subscript(tagged: Tagged) -> str:
    """An index, read as a number: x₁₂ is x 十二."""
    lowered = tagged.fields["lowered"].translate(_SUBSCRIPT)
    return _NUMBER.sub(lambda match: cardinal(match[0]), lowered).replace("+", "加").replace("-", "减")


LOGARITHM: Final = Rule(
    "logarithm with its base",
    TokenKind.NUMBER,
    "l",
    regex(
        r"log_?(?P<base>[₀-₉]{1,3}|(?<=_)(?:\d{1,3}|[a-z]))\s?"
        r"(?:(?P<argument>\d{1,9}|[A-Za-z])(?![\w.])|\((?P<inner>[\w+\-*/]{1,9})\))"
    ),
    _logarithm,
)
SUPERSCRIPT: Final = Rule(
    "superscript", TokenKind.NUMBER, "ol", regex(r"(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ⁽⁾]{1,30})"), _superscript
)
SUBSCRIPT: Final = Rule(
    "subscript", TokenKind.NUMBER, "ol", regex(r"(?P<lowered>[₀₁₂₃₄₅₆₇₈₉₊₋ₙ]{1,30})"), _subscript
)
CARET: Final = Rule(
    "power with a caret",
    TokenKind.NUMBER,
    "o",
    regex(
        r"(?:\^|\*\*(?=\d{1,3}(?![\d*])))(?:(?P<exponent>[-−]?(?:\d{1,9}|[A-Za-z](?![A-Za-z])))|[({](?P<braced>[\w+\-−*/]{1,12})[)}])"
    ),
    lambda tagged: _power((tagged.fields["exponent"] or tagged.fields["braced"]).replace("−", "-")),
    preceded_by(r"[\w)\]]"),
)
MINUS: Final = Rule(
    "minus",
    TokenKind.SYMBOL,
    "bo",
    regex(r"(?P<sign>\s?[-−–]\s?)(?=[\w(√α-ω∠①-⑳¼-¾⅐-⅞])"),
    lambda _: "减",
    either(
        every(
            preceded_by(
                r"(?:[\d)\]α-ω²³⁴-⁹₀-₉°①-⑳¼-¾⅐-⅞_]|(?:^|[^A-Za-z])[A-Za-z]{1,2}|(?:sin|cos|tan|ln|lg)[a-z])"
            ),
            either(
                IN_FORMULA,
                is_difference,
                every(preceded_by(r"(?:^|[^A-Za-z\d.])\d[\d.,]{0,14}"), followed_by(r"[\d(]")),
                every(_VARIABLE, followed_by(r"\d{1,4}(?![A-Za-z\d-])")),
                preceded_by(r"[²³⁴-⁹₀-₉]|\|[A-Za-z\d]{1,4}"),
            ),
        ),
        every(preceded_by(r"\d[\u4e00-\u9fff]{1,2}"), followed_by(r"[\d.]{1,6}[\u4e00-\u9fff]{1,2}\s?=")),
    ),
)
MINUS_IN_WORD: Final = Rule(
    "letter minus number",
    TokenKind.NUMBER,
    "l",
    regex(r"(?P<letter>[xyn](?=-\d{1,4})|[a-zDNT](?=-\d(?!\d)))-(?P<number>\d{1,4})(?![A-Za-z\d.-])"),
    lambda tagged: f"{tagged.fields['letter']} 减{cardinal(tagged.fields['number'])}",
    preceded_by(r"^|[^A-Za-z_.-]"),
)
NEGATIVE: Final = Rule(
    "negative",
    TokenKind.SYMBOL,
    "o",
    regex(r"[-−](?=[A-Za-z(√π])"),
    lambda _: "负",
    either(
        preceded_by(r"[=<>≤≥(+×÷|]\s?"),
        every(
            preceded_by(r"(?:^|[\u4e00-\u9fff，。、:;,])\s?"),
            followed_by(r"[√π]|[a-z](?:[²³^]|\s?[-+=<>≤≥×÷]\s?[\da-z])|\(\d{0,3}[a-z]\s?[-+×÷*/]"),
        ),
    ),
)
INFINITY: Final = Rule(
    "infinity with a sign",
    TokenKind.SYMBOL,
    "o",
    regex(r"(?P<sign>[-−+±])\s?∞"),
    lambda tagged: SIGNS[tagged.fields["sign"]] + "无穷大",
    preceded_by(r"^|[^\w)]"),
)
APPROACHES: Final = Rule(
    "arrow to a limit",
    TokenKind.SYMBOL,
    "bo",
    regex(r"\s?(?:→|->)\s?(?=[-−+]?(?:\d|∞))"),
    lambda _: "趋于",
    preceded_by(r"(?:^|[^A-Za-z\d])[a-z]"),
)
BOUNDS: Final = Rule(
    "sum or integral with bounds",
    TokenKind.SYMBOL,
    "o",
    regex(
        r"(?P<sign>[∑∏∫])_(?:\{(?P<low>[\w=+\-−]{1,10})\}|(?P<low_2>\w))\^(?:\{(?P<high>[\w+\-−∞]{1,10})\}|(?P<high_2>[\w∞]))"
    ),
    _bounds,
)
INDEX: Final = Rule(
    "index behind a line",
    TokenKind.SILENT,
    "o",
    regex(r"_(?=(?:\d{1,3}|[a-z])(?!\w))"),
    lambda _: "",
    preceded_by(r"(?:^|[^A-Za-z\d_])[A-Za-zα-ωΑ-Ω]"),
)
INDEX_IN_BRACES: Final = Rule(
    "index in braces",
    TokenKind.NUMBER,
    "o",
    regex(r"_\{(?P<inner>[\w+\-−]{1,10})\}"),
    lambda tagged: say_inner(tagged.fields["inner"]),
    preceded_by(r"[A-Za-zα-ωΑ-Ω]"),
)
ABSOLUTE_BEGIN: Final = Rule(
    "begin of an absolute value",
    TokenKind.SILENT,
    "o",
    regex(rf"\|(?={_ABSOLUTE}\|{_BEHIND_ABSOLUTE})"),
    lambda _: "",
    preceded_by(_NO_TABLE),
)
ABSOLUTE_END: Final = Rule(
    "end of an absolute value",
    TokenKind.SYMBOL,
    "o",
    regex(rf"\|{_BEHIND_ABSOLUTE}"),
    lambda _: "的绝对值",
    preceded_by(rf"{_NO_TABLE}\|{_ABSOLUTE}"),
)
DERIVED: Final = Rule(
    "prime behind a letter",
    TokenKind.SYMBOL,
    "op",
    regex(r"(?P<primes>['’′]{1,3})(?![A-Za-z])"),
    lambda tagged: "撇" * len(tagged.fields["primes"]),
    every(preceded_by(r"(?:^|[^A-Za-z'’])[A-Za-z]"), followed_by(r"\s?(?:[(=+)]|$)")),
)
TRUE_MINUS: Final = Rule(
    "sign of minus",
    TokenKind.SYMBOL,
    "o",
    regex(r"−"),
    lambda tagged: "减" if _OPERAND_BEFORE(tagged) else "负",
)
TIMES: Final = Rule(
    "asterisk between operands",
    TokenKind.SYMBOL,
    "o",
    regex(r"\*(?!\*)\s?|(?<=\))[·⋅](?=[\w(])|(?<=\d)[·⋅](?=[a-z(])"),
    lambda _: "乘",
    every(
        either(
            preceded_by(r"[\w)]\s?"),
            every(preceded_by(r"\d[\u4e00-\u9fff]{1,2}\s?"), followed_by(r"\d{1,4}(?![\d*])")),
        ),
        followed_by(r"[\w(]"),
        unless(preceded_by(r"\*\w{1,18}")),
    ),
)
OVER: Final = Rule(
    "stroke in a formula",
    TokenKind.SYMBOL,
    "o",
    regex(r"/"),
    lambda _: "除以",
    every(
        _OPERAND_BEFORE,
        _OPERAND_BEHIND,
        either(
            _EQUATION,
            every(preceded_by(r"\d"), followed_by(r"\([a-z\d+\-−]{3,9}\)")),
            preceded_by(r"\)!?|[a-z]!"),
            every(
                preceded_by(r"(?:^|[^A-Za-z\d_])(?:[a-eg-z]|\d{1,4}[abnpqxyz])\s?"),
                followed_by(r"\d{1,4}(?![\w/.])"),
            ),
        ),
    ),
)
FACTORIAL: Final = Rule(
    "factorial",
    TokenKind.SYMBOL,
    "o",
    regex(r"!(?![!?])"),
    lambda _: "的阶乘",
    either(
        every(preceded_by(r"[\dn)]"), followed_by(r"\s?[=+*/×÷)]")),
        every(
            preceded_by(r"[=+*×÷]\s?\d{1,3}|(?:^|[^A-Za-z])[knm]|\([a-z\d+\-]{1,6}\)"),
            unless(followed_by("=")),
        ),
    ),
)
