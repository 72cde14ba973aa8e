"""Quantities with a unit: only behind a number is a letter a unit.

    5kg => 五千克        60km/h => 六十千米每小时        -5~3℃ => 零下五到三摄氏度        20m² => 二十平方米
    4万多km => 四万多千米        几十kg => 几十公斤
    6.5L/100km => 六点五升每百千米        1m75 => 一米七五        单位km/h => 单位千米每小时

Symbols and names after the SI brochure, 9th edition, and GB 3100-93; data/units.tsv lists symbol, name and
the prefixes in use, data/prefixes.tsv the prefixes.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.grammar import NUMBER, SIGN_BEFORE, SIGNS, TIGHT, TO, range_word
from huisheng.text.normalization.numerals import counting_number, digit_string, number
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
from huisheng.text.normalization.tables import alternation, mapping, rows, words
from huisheng.text.normalization.token import TokenKind


def _units() -> dict[str, str]:
    """Every symbol, alone and with each of its prefixes."""
    prefixes = mapping("prefixes")
    names: dict[str, str] = {}
    for symbol, name, *allowed in rows("units"):
        names[symbol] = name
        for prefix in (allowed or [""])[0].split():
            names[prefix + symbol] = prefixes[prefix] + name
    return names


_NAMES: Final = _units()
_POWERS: Final = {"2": "平方", "²": "平方", "3": "立方", "³": "立方", "": "", "⁻¹": ""}
_LENGTHS: Final = alternation(
    symbol for symbol, name in _NAMES.items() if name.endswith(("米", "秒", "英尺", "英寸"))
)
"""What has a power behind it even if that is a plain 2 or 3: m2."""
_TEMPERATURES: Final = frozenset({"摄氏度", "华氏度"})
_AMBIGUOUS: Final = words("ambiguous_units")
_NAMES_RATHER: Final = frozenset({"T", "K"})
"""Those that are something else even behind a decimal: 2.0T, 2.7K."""
_LETTERS: Final = {
    symbol: (re.compile(before or "(?!)"), re.compile(after))
    for symbol, before, after in rows("letter_units")
}
_UNIT: Final = rf"(?:{_LENGTHS}\^?[23](?!\d)|{alternation(_NAMES)}(?:[²³]|⁻¹)?)"
_PER: Final = rf"{alternation(words('per_words'))}(?![间晚本常民类员数轻龄末围别期候外亮机动景站])"
"""A word that does not begin a longer one: 晚 in 元/晚, not 夜 in 20℃/夜间."""
_EXPRESSION: Final = rf"{_UNIT}(?:[·*]{_UNIT})?(?:/(?:{_UNIT}|{_PER})){{0,2}}"
_PART: Final = re.compile(
    rf"(?P<per>/)?(?:(?P<unit>{alternation(_NAMES)})\^?(?P<power>[²³]|[23]|⁻¹)?|(?P<word>{_PER}))[·*]?"
)
_AMOUNT_BEFORE: Final = Pattern(r"\d[\u4e00-\u9fff]{1,2}$", re.ASCII)
_SHARED: Final = frozenset({"人", "天", "晚", "次", "位", "小时", "斤"})
"""What a price is for, even where no currency is named: 100/人."""
_PAID: Final = "元|块|块钱|角|分钱|美元|美金|欧元|英镑|日元|港元|港币|人民币|澳元|加元|韩元|卢布|新台币"
_CLOCK: Final = "小时|h|天|日|周|分钟|min|秒|s"
_SCALE: Final = r"(?P<scale>[百千]?[万亿]?)(?P<more>[多余几来]?|\+(?=[A-Za-z℃㎡]{2}))"
_IS_MORE: Final = preceded_by("[多余几来]|[几数上][十百千万]")
_HAN_NUMBER: Final = preceded_by(r"(?:[几数十百千万亿][多余几来]?|[一二三四五六七八九两半])\s?")
_FORM: Final = (
    rf"(?P<number>{NUMBER}){_SCALE}(?:{TO}(?P<last_sign>[-−+]?)(?P<last>{NUMBER}))?"
    rf"[^\S\n]?(?P<unit>{_EXPRESSION})(?![A-Za-z0-9])"
)


def say_unit(expression: str) -> str:
    """A unit expression: m/s² is 米每二次方秒, GB/s is `G B 每秒`."""
    spoken: list[str] = []
    for part in _PART.finditer(expression):
        name = part["word"] or _POWERS[part["power"] or ""] + _NAMES[part["unit"]]
        name = name.replace("平方秒", "二次方秒")
        spoken.append(("每" if part["per"] or part["power"] == "⁻¹" else "") + name)
    return "".join(spoken)


def _per_amount(tagged: Tagged) -> str:
    fields = tagged.fields
    if fields["time"]:
        return (
            "每"
            + ("" if fields["time"] == "1" else counting_number(fields["time"]))
            + _NAMES.get(fields["clock"], fields["clock"])
        )
    amount = {"100": "百", "1000": "千"}.get(fields["amount"]) or number(fields["amount"])
    return "每" + amount + _NAMES.get(fields["unit"], fields["unit"])


def _say_signed(sign: str, value: str, unit: str, before: str = "") -> str:
    """A sign and a number; below zero a temperature is 零下. What comes to another amount is 加: 两瓶+1kg."""
    if sign == "+" and _AMOUNT_BEFORE.compiled.search(before):
        return "加" + value
    below = unit in _TEMPERATURES and SIGNS[sign] == "负"
    return ("零下" if below else SIGNS[sign]) + value


def _say(tagged: Tagged) -> str:
    fields = tagged.fields
    unit = say_unit(fields["unit"])
    value = (
        counting_number(fields["number"])
        if fields["scale"] or unit not in _TEMPERATURES
        else number(fields["number"])
    )
    spoken = (
        _say_signed(fields["sign"], value, unit, tagged.before)
        + fields["scale"]
        + fields["more"].replace("+", "多")
    )
    if fields["last"]:
        spoken += range_word(fields["to"]) + _say_signed(
            fields["last_sign"], counting_number(fields["last"]), unit
        )
    return spoken + unit


def _is_measured(tagged: Tagged) -> bool:
    """A letter that is often something else is a unit only where its row says so."""
    unit = tagged.fields["unit"]
    if unit not in _AMBIGUOUS:
        return True
    if re.search(r"(?:^|[^\dA-Za-z])[A-Za-z]+\s?$", tagged.before):
        return False
    if unit not in _LETTERS or ("." in tagged.fields["number"] and unit not in _NAMES_RATHER):
        return True
    before, after = _LETTERS[unit]
    return before.search(tagged.before) is not None or after.match(tagged.after) is not None


MEASURE: Final = Rule("measure", TokenKind.UNIT, "d", regex(rf"(?P<sign>){_FORM}"), _say, _is_measured)
SIGNED: Final = Rule(
    "measure with a sign",
    TokenKind.UNIT,
    "o",
    regex(rf"{SIGN_BEFORE}{_FORM}"),
    _say,
    every(_is_measured, either(preceded_by(TIGHT), lambda tagged: tagged.fields["sign"] == "±")),
)
BELOW_ZERO: Final = Rule(
    "degrees below zero",
    TokenKind.UNIT,
    "o",
    regex(rf"[-−–](?P<number>{NUMBER})(?:{TO}[-−–]?(?P<last>{NUMBER}))?(?=\s?(?:度|摄氏度|华氏度))"),
    lambda tagged: (
        f"零下{number(tagged.fields['number'])}"
        + (f"到{number(tagged.fields['last'])}" if tagged.fields["last"] else "")
    ),
    preceded_by(TIGHT),
)
BASIS_POINTS: Final = Rule(
    "basis points",
    TokenKind.UNIT,
    "d",
    regex(
        rf"(?P<number>\d{{1,3}}(?:\.\d)?)(?:{TO}(?P<last>\d{{1,3}}))?\s?(?:bps|BPS|BPs|BP|Bp)(?![A-Za-z0-9])"
    ),
    lambda tagged: (
        number(tagged.fields["number"])
        + (range_word(tagged.fields["to"]) + number(tagged.fields["last"]) if tagged.fields["last"] else "")
        + "个基点"
    ),
)
HEIGHT: Final = Rule(
    "metres and centimetres",
    TokenKind.UNIT,
    "d",
    regex(r"(?P<metres>[12])[mM](?P<rest>\d{2}|[14-9])(?![\w.])"),
    lambda tagged: f"{counting_number(tagged.fields['metres'])}米{digit_string(tagged.fields['rest'])}",
)
BARE: Final = Rule(
    "unit without a number",
    TokenKind.UNIT,
    "lo",
    regex(rf"(?P<unit>{alternation(words('bare_units'))})(?![A-Za-z0-9²³/]|\s?[-+=*<>]\s?[A-Za-z\d])"),
    lambda tagged: say_unit(tagged.fields["unit"]),
    preceded_by(r"^|[^\w.)/]|\^-?\d{1,3}\s?|[⁰¹²³⁴-⁹]\s?"),
)


_ENDS: Final = "\\d⁰¹²³⁴-⁹⁻几数半十百千万亿一二三四五六七八九两多余来"
"""What a number ends in: asked first, because so few letters stand behind one."""


def _counts_behind(tagged: Tagged) -> bool:
    """Whether letters behind a number in characters are a unit: 几十m is one, 三K党 and 几百K hold none."""
    unit = tagged.fields["unit"]
    return unit not in _AMBIGUOUS or (unit not in _LETTERS and _IS_MORE(tagged))


def _say_behind(tagged: Tagged) -> str:
    """几km is 几公里: 几千米 would be thousands of metres."""
    unit = say_unit(tagged.fields["unit"])
    return unit.replace("千米", "公里").replace("千克", "公斤") if _HAN_NUMBER(tagged) else unit


BEHIND_FORMULA: Final = Rule(
    "unit behind a power, a fraction or a number in characters",
    TokenKind.UNIT,
    "lo",
    regex(rf"(?:(?<=[{_ENDS}])|(?<=[{_ENDS}]\s))(?P<unit>{_EXPRESSION})(?![A-Za-z0-9])"),
    _say_behind,
    either(
        preceded_by(r"\d(?:\^|[eE])[-−]?\d{1,2}\s?|\d[⁰¹²³⁴-⁹⁻]{1,4}\s?|(?:^|[^\d/])\d{1,2}/\d{1,4}\s?"),
        every(_HAN_NUMBER, _counts_behind),
    ),
)
PER_AMOUNT: Final = Rule(
    "amount below a stroke",
    TokenKind.UNIT,
    "o",
    regex(
        rf"/\s?(?:(?P<amount>10{{1,3}}|50{{1,2}})\s?(?P<unit>km|公里|千米|kg|g|克|ml|mL|毫升|人|户)|(?P<time>\d{{1,2}})\s?(?P<clock>{_CLOCK}))(?![A-Za-z0-9])"
    ),
    _per_amount,
    preceded_by(
        rf"(?:^|[^/])\b\d[\d.]{{0,6}}\s?(?:{_PAID}|[a-zA-Z]*(?:L|l|h|g|[Cc]al|J)|[\u4e00-\u9fff]{{1,2}})"
    ),
)
PER: Final = Rule(
    "unit below a stroke",
    TokenKind.UNIT,
    "o",
    regex(rf"/\s?(?P<unit>{_UNIT}(?![A-Za-z0-9])|{_PER})"),
    lambda tagged: (
        "每" + (_NAMES.get(tagged.fields["unit"]) or say_unit(tagged.fields["unit"]) or tagged.fields["unit"])
    ),
    either(
        preceded_by(
            r"(?<![周期拜])[\d一二三四五六七八九十百千万亿两几多]"
            r"(?:\s?[kKwW]|[^\d,。！？；\n/℃°]{0,4}(?<![A-Za-z\d ]))(?:/[\u4e00-\u9fff]{1,4}){0,2}"
        ),
        preceded_by(r"\^-?\d{1,3}|(?<!单)元|次"),
        every(
            preceded_by(r"(?:^|[^\d/.])\d{2,6}(?:\.\d{1,2})?"),
            lambda tagged: tagged.fields["unit"] in _SHARED and not tagged.after.startswith("/"),
        ),
        every(preceded_by("人"), followed_by("平方|公里|km")),
    ),
)
EACH: Final = Rule(
    "stroke behind an amount of money",
    TokenKind.SYMBOL,
    "o",
    regex(r"/(?=[\u4e00-\u9fff])"),
    lambda _: "每",
    either(
        preceded_by(rf"[\d一二三四五六七八九十百千万亿两几多]\s?(?:{_PAID})"),
        preceded_by(r"[$¥€£]\s?[\d,.]{1,15}[万亿]?"),
    ),
)


def _product(tagged: Tagged) -> str:
    """Factors with 乘; a resolution such as 1920×1080 digit by digit."""
    factors = re.split(r"\s?[xX×*]\s?", tagged.fields["factors"])
    resolution = len(factors) == 2 and all(re.fullmatch(r"[1-9]\d{2,3}", factor) for factor in factors)
    say = digit_string if resolution and any(len(factor) == 4 for factor in factors) else number
    return "乘".join(map(say, factors)) + say_unit(tagged.fields["unit"])


PRODUCT: Final = Rule(
    "product",
    TokenKind.NUMBER,
    "d",
    regex(
        rf"(?P<factors>{NUMBER}(?:\s?(?:[xX×*]|(?<=\s)[xX](?=\s))\s?{NUMBER}){{1,6}})"
        rf"(?:\s?(?P<unit>{_EXPRESSION})(?![A-Za-z0-9]))?(?![A-Za-z])"
    ),
    _product,
    unless(followed_by(r"\.\d")),
)
