"""The neutral tone by form: suffixes and doubled words. Words that simply have it stand in the lexicon."""

from __future__ import annotations

from typing import Final

from huisheng.text.pronunciation.lexicon import Readings
from huisheng.text.pronunciation.pinyin import NEUTRAL, with_tone
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word

_PACKAGE: Final = "huisheng.text.pronunciation"
_DOUBLED_VERBS: Final = frozenset(
    character for row in rows(_PACKAGE, "doubled_verbs.tsv") for character in row[0]
)
_FULL_SUFFIXES: Final = tuple(row[0] for row in rows(_PACKAGE, "full_suffixes.tsv"))
_FULL_TONE: Final = "3"
"""Of 子 where it is no suffix."""
_SUFFIXES: Final = "子们"


def lightened(word: Word, readings: Readings) -> Readings:
    """The readings of a word, with the syllables made light that its form makes light.

    桌子 zhuo1 zi5, but 电子 dian4 zi3; 看看 kan4 kan5, but 天天 tian1 tian1.
    """
    if word.text.endswith(_FULL_SUFFIXES):
        return (*readings[:-1], with_tone(readings[-1], _FULL_TONE))
    if _ends_in_suffix(word.text) or is_doubled_verb(word.text):
        return (*readings[:-1], with_tone(readings[-1], NEUTRAL))
    return readings


def _ends_in_suffix(text: str) -> bool:
    return len(text) > 1 and text[-1] in _SUFFIXES


def is_doubled_verb(text: str) -> bool:
    """Whether a word is a verb said twice, 看看, whose second half is light."""
    return len(text) == 2 and text[0] == text[1] and text[0] in _DOUBLED_VERBS
