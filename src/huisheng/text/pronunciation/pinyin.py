"""Pinyin as text: a syllable in ASCII with `v` for ü and the tone digit last, 5 for the neutral tone."""

from __future__ import annotations

import unicodedata
from typing import Final

_TONE_MARKS: Final = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_DIAERESIS, _CIRCUMFLEX = "\u0308", "\u0302"
_SYLLABIC: Final = {"m": "mu", "n": "en", "ng": "en", "hm": "heng", "hng": "heng", "e^": "ei"}
"""Interjections without a vowel, as the nearest syllable that has one."""

NEUTRAL: Final = "5"


def from_marks(marked: str) -> str:
    """`lǜ` → `lv4`, `zi` → `zi5`."""
    tone, letters = NEUTRAL, ""
    for character in unicodedata.normalize("NFD", marked):
        if character in _TONE_MARKS:
            tone = _TONE_MARKS[character]
        elif character == _DIAERESIS:
            letters = letters.removesuffix("u") + "v"
        else:
            letters += "^" if character == _CIRCUMFLEX else character
    return _SYLLABIC.get(letters, letters) + tone


def tone(syllable: str) -> str:
    """The tone digit; empty for a character without a reading."""
    return syllable[-1:]


def with_tone(syllable: str, digit: str) -> str:
    """The same syllable in another tone; a character without a reading stays without."""
    return syllable[:-1] + digit if syllable else syllable
