"""Texts that are read piece by piece: addresses, names, and whatever is spelt out.

3单元502室 => 三单元五零二室        R2D2 => R 二 D 二        A1-b => A 一 杠 B
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.numerals import cardinal, digit_string
from huisheng.text.normalization.rule import is_han
from huisheng.text.normalization.tables import mapping

_RUN: Final = re.compile(r"(?P<letters>[A-Za-z]+)|(?P<digits>[0-9]+)|(?P<dash>-)|(?P<other>.)", re.DOTALL)
_NAMES: Final = {**mapping("symbols"), **mapping("address_signs"), **mapping("character_names")}


def spell_address(text: str) -> str:
    """Han as written, letters one by one; three digits and more are a room or a house and read one by one."""
    return _runs(text, _house)


def spell_name(text: str) -> str:
    """Han as written, letters and digits one by one."""
    return _runs(text, digit_string)


def spell_characters(text: str) -> str:
    """Every character by its name; blanks and what has no name are not said."""
    return " ".join(filter(None, map(_character, text)))


def _house(digits: str) -> str:
    short = len(digits) < 3 and not digits.startswith("0")
    return cardinal(digits) if short else digit_string(digits, one="幺")


def _runs(text: str, say_digits: Callable[[str], str]) -> str:
    """Hyphens are 杠; other marks part what they stand between."""
    spoken: list[str] = []
    for run in _RUN.finditer(text):
        if run["letters"]:
            spoken.append(f" {' '.join(run['letters'])} ")
        elif run["digits"]:
            spoken.append(say_digits(run["digits"]))
        elif run["dash"]:
            spoken.append("杠")
        else:
            spoken.append(run[0] if is_han(run[0]) else " ")
    return " ".join("".join(spoken).split())


def _character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return digit_string(character) if character.isdecimal() else character.upper()
    if character.isspace():
        return ""
    return _NAMES.get(character) or "".join(token.spoken for token in normalize(character))
