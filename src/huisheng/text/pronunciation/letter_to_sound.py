"""How an English word sounds by its spelling alone: letters to sounds, the stressed syllable, weak vowels.

The rules are facts of English spelling (Wijk 1966, Rules of Pronunciation for the English Language; Carney
1994, A Survey of English Spelling) and of its stress (Fudge 1984, English Word-Stress).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from huisheng.text.pronunciation import arpabet
from huisheng.text.pronunciation.arpabet import Phones
from huisheng.text.resources import rows

_PACKAGE: Final = "huisheng.text.pronunciation"
_NOTHING: Final = "-"
_START, _END = "<", ">"
_CLASSES: Final = {
    "C": "[bcdfghjklmnpqrstvwxz]",
    "V": "[aeiouy]",
    "K": "(?:[cpst]h|[gq]u|[bcdfgkpt][lr]|[bcdfghjklmnpqrstvwz])",
    "E": "e(?:>|s>|d>)",
    "L": "(?:a|age|al|ance|ant|e|el|en|ence|ent|er|i|ic|ive|o|on|or|ure|us|y)>",
}
"""Capitals in a pattern: a consonant letter, a vowel letter, one consonant, a silent e, a weak ending."""


class Stress(IntEnum):
    """What a syllable carries; a weak one sounds differently on either side of the stress."""

    PRIMARY = 0
    SECONDARY = 1
    BEFORE = 2
    BEHIND = 3


class LetterSound(NamedTuple):
    """What some letters say.

    Attributes:
        said: phones under each `Stress`.
        syllabic: whether it holds a vowel.
        full: whether the vowel is a long one wherever it stands.
    """

    said: tuple[Phones, Phones, Phones, Phones]
    syllabic: bool
    full: bool


class LetterToSound:
    """Reads any word of the letters a to z. Immutable."""

    def __init__(self) -> None:
        spellings = defaultdict[str, list[tuple[str, ...]]](list)
        for row in rows(_PACKAGE, "spellings.tsv"):
            spellings[row[1][0]].append(row)
        self._patterns = {head: _alternatives(group) for head, group in spellings.items()}
        self._sounds = {head: [_sounds(row[3]) for row in group] for head, group in spellings.items()}
        stresses = list(rows(_PACKAGE, "stresses.tsv"))
        self._ends = re.compile("|".join(f"({_expand(row[0])})" for row in stresses))
        self._places = [int(row[1]) for row in stresses]

    def phones(self, word: str) -> Phones:
        """ARPAbet of a word in lower case."""
        sounds = self._read(word)
        primary = self._primary(word, sounds)
        return tuple(_apply_stress(sounds, primary))

    def _read(self, word: str) -> list[LetterSound]:
        """The sounds of the letters from the left, by the first row that fits at each place."""
        text, place = f"{_START}{word}{_END}", len(_START)
        sounds = list[LetterSound]()
        while place <= len(word):
            head = text[place]
            found = self._patterns[head].match(text, place) if head in self._patterns else None
            if found and found.lastindex:
                sounds += self._sounds[head][found.lastindex - 1]
            place = found.end() if found else place + 1
        return sounds

    def _primary(self, word: str, sounds: Sequence[LetterSound]) -> int:
        """Which syllable carries the stress, from 0: as the ending wants, else by weight."""
        vowels = [index for index, sound in enumerate(sounds) if sound.syllabic]
        count = len(vowels)
        found = self._ends.search(f"{_START}{word}{_END}") if count > 1 else None
        if found and found.lastindex:
            return max(count - self._places[found.lastindex - 1], 0)
        if count < 3:
            return 0
        heavy = sounds[vowels[-2]].full or vowels[-1] - vowels[-2] > 2
        return count - 2 if heavy else count - 3


def _apply_stress(sounds: Sequence[LetterSound], primary: int) -> Iterator[str]:
    """The phones of a word whose main stress is on the syllable `primary`."""
    syllable = -1
    for sound in sounds:
        syllable += sound.syllabic
        yield from sound.said[_stress(syllable - primary, syllable, full=sound.full)]


def _stress(place: int, syllable: int, *, full: bool) -> Stress:
    """What a syllable carries, `place` syllables behind the main stress: lesser ones are never beside it."""
    if place == 0:
        return Stress.PRIMARY
    if place < 0:
        return Stress.SECONDARY if place < -1 and syllable % 2 == 0 else Stress.BEFORE
    return Stress.SECONDARY if place > 1 and full else Stress.BEHIND


def _alternatives(group: Sequence[tuple[str, ...]]) -> re.Pattern[str]:
    """One pattern for all spellings that begin alike; the number of the group that matched is the row."""
    return re.compile("|".join(f"({_pattern(*row[:3])})" for row in group))


def _pattern(before: str, letters: str, behind: str) -> str:
    return _look("?<=", before) + letters + _look("?=", behind)


def _look(sign: str, context: str) -> str:
    """A look to one side; alternatives may differ in length."""
    if context == _NOTHING:
        return ""
    return "(?:" + "|".join(f"({sign}{_expand(one)})" for one in context.split("|")) + ")"


def _expand(pattern: str) -> str:
    return "".join(_CLASSES.get(character, character) for character in pattern)


def _sounds(cell: str) -> tuple[LetterSound, ...]:
    """The sounds in a cell: phones, or one syllable as `stressed/weak` or `stressed/before/behind`."""
    if cell == _NOTHING:
        return ()
    if "/" not in cell:
        return tuple(_sound((phone,), (phone,), (phone,)) for phone in arpabet.phones(cell))
    forms = [arpabet.phones(form) for form in cell.split("/")]
    return (_sound(forms[0], forms[1], forms[-1]),)


def _sound(stressed: Phones, before: Phones, behind: Phones) -> LetterSound:
    said = (
        _mark_stress(stressed, "1"),
        _mark_stress(stressed, "2"),
        _mark_stress(before, "0"),
        _mark_stress(behind, "0"),
    )
    full = stressed == before == behind and not stressed[0][-1].isdigit()
    return LetterSound(said, any(map(arpabet.is_vowel, stressed)), full)


def _mark_stress(phones: Phones, digit: str) -> Phones:
    """Vowels with a stress; one that the table marks keeps its mark, unless the main stress falls on it."""
    return tuple(_with_stress(phone, digit) if arpabet.is_vowel(phone) else phone for phone in phones)


def _with_stress(vowel: str, digit: str) -> str:
    return vowel if vowel[-1].isdigit() and digit != "1" else vowel.rstrip("012") + digit
