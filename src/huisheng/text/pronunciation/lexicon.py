"""Readings of words and of characters, from dictionaries: pypinyin's data files and our own corrections.

A reading is pinyin in ASCII with `v` for ü and the tone digit last, 5 for the neutral tone. The dictionary
tone is what is looked up: 一 is yi1 and 不 bu4 here, whatever the source says of their sandhi.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias, cast

from huisheng.text.dictionary import Dictionary, DictionarySource, Entries, data_file
from huisheng.text.resources import checksum, rows

_PACKAGE: Final = "huisheng.text.pronunciation"
_WORDS: Final = ("names.tsv", "idioms.tsv", "words.tsv")
"""Our words; of a word that two files have, the later counts."""
_CHARACTERS: Final = "characters.tsv"
_DICTIONARY_TONES: Final = {"一": "yi1", "不": "bu4"}
_UNDECIDED: Final = "-"
"""In our words: the source fixes a reading that depends on the neighbours."""

NEUTRAL: Final = "5"

_TONE_MARKS: Final = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_DIAERESIS, _CIRCUMFLEX = "\u0308", "\u0302"
_SYLLABIC: Final = {"m": "mu", "n": "en", "ng": "en", "hm": "heng", "hng": "heng", "e^": "ei"}
"""Interjections without a vowel, as the nearest syllable that has one."""

Readings: TypeAlias = tuple[str, ...]
"""One pinyin syllable a character."""


class Lexicon:
    """What dictionaries say. Safe to use from several threads.

    Args:
        readings: compiled from `source`.
    """

    def __init__(self, readings: Dictionary) -> None:
        self._readings = readings

    def word(self, word: str) -> Readings | None:
        """Reading of a word of two or more characters, None when no dictionary fixes it."""
        entry = self._readings.get(word) if len(word) > 1 else None
        return tuple(entry.split(" ")) if entry else None

    def character(self, character: str) -> str:
        """The commonest reading of a character; empty when it has none."""
        entry = self._readings.get(character)
        return entry.partition(" ")[0] if entry else ""

    def full_tone(self, character: str, reading: str) -> str:
        """A reading in the neutral tone given its own tone back; any other as it is."""
        if not reading.endswith(NEUTRAL):
            return reading
        known = (self._readings.get(character) or "").split(" ")
        same = (other for other in known if other[:-1] == reading[:-1])
        return next(same, reading)

    def parts(self, word: str) -> Iterator[tuple[int, Readings]]:
        """The longest entries inside `word`, from the left: where each begins, and its reading."""
        start = 0
        while start < len(word):
            block = self._readings.block(word[start])
            ends = range(start + min(block.longest, len(word) - start), start + 1, -1)
            end = next((end for end in ends if block.entries.get(word[start:end])), start + 1)
            if end > start + 1:
                yield start, tuple(block.entries[word[start:end]].split(" "))
            start = end


def own_words() -> Mapping[str, str]:
    """Words whose reading we fix ourselves → part of speech, empty where the word list knows better."""
    fixed = (row for row in _own_rows() if row[1] != _UNDECIDED and len(row[0]) > 1)
    return {row[0]: row[2] if len(row) > 2 else "" for row in fixed}


def _own_rows() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(rows(_PACKAGE, name) for name in _WORDS)


def source() -> DictionarySource:
    """The readings to compile.

    Raises:
        SetupError: the data is not installed.
    """
    phrases = data_file("pypinyin", "phrases_dict.json")
    characters = data_file("pypinyin", "pinyin_dict.json")
    sizes = f"{phrases.stat().st_size}-{characters.stat().st_size}"
    ours = "-".join(f"{checksum(_PACKAGE, name):08x}" for name in (*_WORDS, _CHARACTERS))
    return DictionarySource("readings", f"{sizes}-{ours}", 1, lambda: _build(phrases, characters))


def _build(phrases: Path, characters: Path) -> Entries:
    entries = dict(_characters(characters))
    for character, first in rows(_PACKAGE, _CHARACTERS):
        others = (other for other in entries.get(character, "").split(" ") if other != first)
        entries[character] = " ".join((first, *others)).strip()
    entries.update(_phrases(phrases))
    entries.update((row[0], row[1]) for row in _own_rows())
    return [(key, reading) for key, reading in entries.items() if reading != _UNDECIDED]


def _characters(path: Path) -> Iterator[tuple[str, str]]:
    data = cast(dict[str, str], json.loads(path.read_text(encoding="utf-8")))
    for code, marked in data.items():
        yield chr(int(code)), " ".join(map(from_marks, marked.split(",")))


def _phrases(path: Path) -> Iterator[tuple[str, str]]:
    data = cast(dict[str, list[list[str]]], json.loads(path.read_text(encoding="utf-8")))
    for phrase, readings in data.items():
        if len(phrase) == len(readings) and phrase.isalpha():
            pairs = zip(phrase, readings, strict=True)
            yield phrase, " ".join(_DICTIONARY_TONES.get(c, from_marks(r[0])) for c, r in pairs)


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
