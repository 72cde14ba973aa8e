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
_DIRECTIONS: Final = frozenset(row[0] for row in rows(_PACKAGE, "directions.tsv"))
_NO_MOTION: Final = frozenset("是有在到像成为说")
"""Verbs that go in no direction: 是过去的事."""
_FULL_TONE: Final = "3"
"""Of 子 where it is no suffix."""
_SUFFIXES: Final = "子们"


def lightened(word: Word, readings: Readings, before: Word | None = None) -> Readings:
    """The readings of a word, with the syllables made light that its form makes light.

    桌子 zhuo1 zi5, but 电子 dian4 zi3; 看看 kan4 kan5, but 天天 tian1 tian1; 走进去 zou3 jin4 qu5.

    Args:
        word: whose readings they are.
        readings: one a character.
        before: the word before it in the phrase.
    """
    text = word.text
    if text.endswith(_FULL_SUFFIXES):
        return (*readings[:-1], with_tone(readings[-1], _FULL_TONE))
    if _ends_in_suffix(text) or is_doubled_verb(text) or _completes(text, before):
        return (*readings[:-1], with_tone(readings[-1], NEUTRAL))
    if _is_tried(text) or _is_mocking(text):
        return (readings[0], with_tone(readings[1], NEUTRAL), *readings[2:])
    return readings


def _completes(text: str, before: Word | None) -> bool:
    """Whether a word of direction follows a verb: 走进去, 走上去."""
    if before is None or not before.tag.startswith("v") or before.text in _NO_MOTION:
        return False
    return text in _DIRECTIONS or before.text[-1:] + text in _DIRECTIONS


def _is_tried(text: str) -> bool:
    """Whether a doubled verb is followed by 看: 想想看."""
    return len(text) == 3 and text[2] == "看" and is_doubled_verb(text[:2])


def _is_mocking(text: str) -> bool:
    """Whether a word is doubled with 里: 傻里傻气."""
    return len(text) == 4 and text[1] == "里" and text[0] == text[2]


def _ends_in_suffix(text: str) -> bool:
    return len(text) > 1 and text[-1] in _SUFFIXES


def is_doubled_verb(text: str) -> bool:
    """Whether a word is a verb said twice, 看看, whose second half is light."""
    return len(text) == 2 and text[0] == text[1] and text[0] in _DOUBLED_VERBS
