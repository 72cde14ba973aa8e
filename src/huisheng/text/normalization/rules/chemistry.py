"""Chemical formulas, ions and isotopes.

    H₂O => H 二 O        C6H12O6 => C 六 H 十二 O 六        Ca²⁺ => 钙离子        ²³⁵U => 铀二三五
    C+O2→CO2 => C 加 O 二生成 C O 二

Element symbols after IUPAC; data/elements.tsv has their Chinese names, data/ions.tsv the ions with a name of
their own.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import cardinal, digit_string
from huisheng.text.normalization.rule import (
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
)
from huisheng.text.normalization.tables import alternation, mapping
from huisheng.text.normalization.token import TokenKind

_ELEMENTS: Final = mapping("elements")
_ELEMENT: Final = alternation(_ELEMENTS)
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_LEVEL: Final = {ion.translate(_LOWERED).translate(_RAISED): name for ion, name in mapping("ions").items()}
_IONS: Final = {**{ion: name for ion, name in _LEVEL.items() if len(ion) > 2}, **mapping("ions")}
"""Ions as printed, and in plain letters but for H+ and the like, which are too short to tell."""
_PART: Final = re.compile(rf"(?P<element>{_ELEMENT})|(?P<count>\d+)|(?P<water>·)")


def _formula(tagged: Tagged) -> str:
    """Letters of the symbols, counts as numbers; brackets are silent."""
    spoken: list[str] = []
    for part in _PART.finditer(tagged.fields["formula"].translate(_LOWERED)):
        if part["element"]:
            spoken.append(" ".join(part["element"]))
        elif part["count"]:
            spoken.append(cardinal(part["count"]))
    return " ".join(spoken)


def _ion(tagged: Tagged) -> str:
    return _IONS[tagged.fields["ion"]]


def _isotope(tagged: Tagged) -> str:
    mass = tagged.fields["mass"].translate(_RAISED)
    said = cardinal(mass) if len(mass) < 3 else digit_string(mass)
    return _ELEMENTS[tagged.fields["element"]] + said


ION: Final = Rule(
    "ion",
    TokenKind.SYMBOL,
    "l",
    regex(rf"(?P<ion>{alternation(_IONS)})(?![\w+-])"),
    _ion,
    preceded_by(r"^|[^A-Za-z\d]"),
)
YIELDS: Final = Rule(
    "arrow of a reaction",
    TokenKind.SYMBOL,
    "bo",
    regex(r"\s?(?:→|->|-->|⟶)\s?"),
    lambda _: "生成",
    every(
        preceded_by(r"[A-Za-z)\d₀-₉↑↓]"),
        followed_by(r"\d{0,2}[A-Z(]"),
        either(
            preceded_by(r"[A-Z][A-Za-z\d₀-₉()]{0,8}\s?\+[^→]{1,12}"),
            followed_by(r"[A-Za-z\d₀-₉()]{1,12}\s?\+\s?\d?[A-Z]"),
        ),
    ),
)
GAS: Final = Rule(
    "arrow behind a formula",
    TokenKind.SILENT,
    "o",
    regex("[↑↓]"),
    lambda _: "",
    preceded_by(r"[=→>][^=→>]{0,12}[A-Za-z\d₀-₉)]"),
)
ISOTOPE: Final = Rule(
    "isotope",
    TokenKind.SYMBOL,
    "ol",
    regex(rf"(?P<mass>[⁰¹²³⁴-⁹]{{1,3}})(?P<element>{_ELEMENT})(?![a-z])"),
    _isotope,
)
FORMULA: Final = Rule(
    "formula",
    TokenKind.LATIN,
    "lo",
    regex(
        rf"(?!WIFI|KN9)(?=[A-Za-z()]{{1,12}}[2-9₂-₉1₁])(?P<formula>(?:{_ELEMENT}|\((?=(?:{_ELEMENT}|\d|[₀-₉]){{1,8}}\)[\d₀-₉]))(?:\d{{1,2}}|[₀-₉]{{1,3}})?"
        rf"(?:(?:{_ELEMENT}|\((?=(?:{_ELEMENT}|\d|[₀-₉]){{1,8}}\)[\d₀-₉])|(?<=[A-Za-z\d₀-₉])\)(?=[\d₀-₉]))(?:\d{{1,2}}|[₀-₉]{{1,3}})?){{1,16}})"
        r"(?![A-Za-z\d-]|\.\d)"
    ),
    _formula,
)
