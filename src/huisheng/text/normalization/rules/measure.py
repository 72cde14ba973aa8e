"""Quantities with a unit: only behind a number is a letter a unit.

    5kg => 五千克        60km/h => 六十千米每小时        -5~3℃ => 零下五到三摄氏度        20m² => 二十平方米

Symbols and names after the SI brochure, 9th edition, and GB 3100-93; data/units.tsv lists symbol, name and
the prefixes in use, data/prefixes.tsv the prefixes.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.grammar import NUMBER, SIGN, SIGNS, TIGHT, TO, said_to
from huisheng.text.normalization.numerals import counted, digit_string, number
from huisheng.text.normalization.rule import Rule, Tagged, compiled, either, every, followed, preceded, unless
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
_TEMPERATURES: Final = frozenset({"摄氏度", "华氏度"})
_AMBIGUOUS: Final = words("ambiguous_units")
_UNIT: Final = rf"{alternation(_NAMES)}(?:[²³]|[23](?!\d)|⁻¹)?"
_PER: Final = alternation(words("per_words"))
_EXPRESSION: Final = rf"{_UNIT}(?:[·*]{_UNIT})?(?:/(?:{_UNIT}|{_PER})){{0,2}}"
_PART: Final = re.compile(
    rf"(?P<per>/)?(?:(?P<unit>{alternation(_NAMES)})(?P<power>[²³]|[23]|⁻¹)?|(?P<word>{_PER}))[·*]?"
)
_SCALE: Final = "(?P<scale>[百千]?[万亿]?)"
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


def _signed(sign: str, value: str, unit: str) -> str:
    """A sign and a number; below zero a temperature is 零下."""
    below = unit in _TEMPERATURES and SIGNS[sign] == "负"
    return ("零下" if below else SIGNS[sign]) + value


def _spoken(tagged: Tagged) -> str:
    fields = tagged.fields
    unit = say_unit(fields["unit"])
    value = (
        counted(fields["number"])
        if fields["scale"] or unit not in _TEMPERATURES
        else number(fields["number"])
    )
    spoken = _signed(fields["sign"], value, unit) + fields["scale"]
    if fields["last"]:
        spoken += said_to(fields["to"]) + _signed(fields["last_sign"], counted(fields["last"]), unit)
    return spoken + unit


def _is_measured(tagged: Tagged) -> bool:
    """A letter that is often something else is a unit only where its row says so."""
    unit = tagged.fields["unit"]
    if unit not in _AMBIGUOUS:
        return True
    if re.search(r"[A-Za-z]\s?$", tagged.before):
        return False
    return (
        unit not in _LETTERS
        or _LETTERS[unit].match(tagged.after) is not None
        or "." in tagged.fields["number"]
    )


_LETTERS: Final = {row[0]: re.compile(row[1]) for row in rows("letter_units")}
MEASURE: Final = Rule("measure", TokenKind.UNIT, "d", compiled(rf"(?P<sign>){_FORM}"), _spoken, _is_measured)
SIGNED: Final = Rule(
    "measure with a sign",
    TokenKind.UNIT,
    "o",
    compiled(rf"(?P<sign>{SIGN})\s?{_FORM}"),
    _spoken,
    every(_is_measured, either(preceded(TIGHT), lambda tagged: tagged.fields["sign"] == "±")),
)
BELOW_ZERO: Final = Rule(
    "degrees below zero",
    TokenKind.UNIT,
    "o",
    compiled(rf"[-−–](?P<number>{NUMBER})(?:{TO}[-−–]?(?P<last>{NUMBER}))?(?=\s?(?:度|摄氏度|华氏度))"),
    lambda tagged: (
        f"零下{number(tagged.fields['number'])}"
        + (f"到{number(tagged.fields['last'])}" if tagged.fields["last"] else "")
    ),
    preceded(TIGHT),
)
PER: Final = Rule(
    "unit below a stroke",
    TokenKind.UNIT,
    "o",
    compiled(rf"/\s?(?P<unit>{_UNIT}(?![A-Za-z0-9])|{_PER})"),
    lambda tagged: (
        "每" + (_NAMES.get(tagged.fields["unit"]) or say_unit(tagged.fields["unit"]) or tagged.fields["unit"])
    ),
    preceded(r"[\d一二三四五六七八九十百千万亿两几多][^\d,。！？；\n/]{0,4}(?<![A-Za-z\d ])"),
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
    compiled(
        rf"(?P<factors>{NUMBER}(?:\s?(?:[xX×*]|(?<=\s)[xX](?=\s))\s?{NUMBER}){{1,6}})"
        rf"(?:\s?(?P<unit>{_EXPRESSION})(?![A-Za-z0-9]))?(?![A-Za-z])"
    ),
    _product,
    unless(followed(r"\.\d")),
)
