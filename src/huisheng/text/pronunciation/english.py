"""English words as ARPAbet phones: from a dictionary, by their parts, by spelling, or letter by letter.

The dictionary is misaki's American data (its files alone), transcribed from its alphabet to ARPAbet, the
phone set of the CMU Pronouncing Dictionary. Words that it lacks are read by a table of English spellings.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias, cast

from huisheng.text.dictionary import Dictionary, Entries, Source, data_file
from huisheng.text.resources import checksum, rows

_PACKAGE: Final = "huisheng.text.pronunciation"
_FILES: Final = ("us_silver.json", "us_gold.json")  # the second, checked by people, wins
_OURS: Final = "english.tsv"
_STRESSES: Final = {"ˈ": "1", "ˌ": "2"}
_UNSTRESSED: Final = "0"
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+|[A-Z]")
_VOWEL_LETTERS: Final = frozenset("aeiouy")

Phones: TypeAlias = tuple[str, ...]


class English:
    """Pronounces English words. Safe to use from several threads.

    Args:
        words: compiled from `source`.
    """

    def __init__(self, words: Dictionary) -> None:
        self._words = words
        self._letters = {row[0]: tuple(row[1].split(" ")) for row in rows(_PACKAGE, "letters.tsv")}
        self._spellings = {row[0]: _phones(row[1]) for row in rows(_PACKAGE, "spellings.tsv")}
        self._longest = max(map(len, self._spellings))

    def phones(self, word: str) -> Phones:
        """ARPAbet of one word, any case; empty when it holds no Latin letter.

        `iPhone` is read by its parts, `XQZR` letter by letter.
        """
        if len(word) == 1:
            return self._letters.get(_plain(word).upper(), ())
        known = self._known(word)
        if known:
            return known
        return tuple(phone for part in _PARTS.findall(_plain(word)) for phone in self._part(part))

    def _known(self, word: str) -> Phones:
        entry = self._words.get(word.lower())
        return tuple(entry.split(" ")) if entry else ()

    def _part(self, part: str) -> Phones:
        if len(part) == 1 or part.isupper() or not _VOWEL_LETTERS.intersection(part.lower()):
            return self._known(part) if len(part) > 3 and self._known(part) else self._spelled(part)
        return self._known(part) or self._sounded(part.lower())

    def _spelled(self, part: str) -> Phones:
        return tuple(phone for letter in part.upper() for phone in self._letters.get(letter, ()))

    def _sounded(self, part: str) -> Phones:
        """Phones by the longest spellings, from the left; the first vowel carries the stress."""
        phones, start = list[str](), 0
        while start < len(part):
            length, said = self._spelling(part, start)
            phones += said
            start += length
        return tuple(_one_stress(phones))

    def _spelling(self, part: str, start: int) -> tuple[int, Phones]:
        for end in range(min(start + self._longest, len(part)), start, -1):
            text = part[start:end]
            anchored = (text + "$",) * (end == len(part)) + (text + "^",) * (start == 0) + (text,)
            for key in anchored:
                if key in self._spellings:
                    return len(text), self._spellings[key]
        return 1, ()


def source() -> Source:
    """The English dictionary to compile.

    Raises:
        SetupError: the data is not installed.
    """
    paths = tuple(data_file("misaki", "data", name) for name in _FILES)
    sizes = "-".join(str(path.stat().st_size) for path in paths)
    ours = f"{checksum(_PACKAGE, _OURS):08x}-{checksum(_PACKAGE, 'arpabet.tsv'):08x}"
    return Source("english", f"{sizes}-{ours}", 2, lambda: _build(paths))


def _build(paths: tuple[Path, ...]) -> Entries:
    alphabet = {row[0]: row[1] for row in rows(_PACKAGE, "arpabet.tsv")}
    entries = dict[str, str]()
    for path in paths:
        entries.update(_entries(path, alphabet))
    entries.update((row[0], row[1]) for row in rows(_PACKAGE, _OURS))
    return entries.items()


def _entries(path: Path, alphabet: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Lower-case words and their phones; of words that differ in case only, the lower-case one wins."""
    data = cast(dict[str, str | dict[str, str]], json.loads(path.read_text(encoding="utf-8")))
    for word in sorted(data):  # capitals sort first and are overwritten
        said = data[word]
        pronunciation = said if isinstance(said, str) else said["DEFAULT"]
        yield word.lower(), " ".join(_arpabet(pronunciation, alphabet))


def _arpabet(pronunciation: str, alphabet: dict[str, str]) -> Iterator[str]:
    """The phones of `həlˈO`: HH AH0 L OW1. A stress mark stands right before its vowel."""
    start, stress = 0, _UNSTRESSED
    while start < len(pronunciation):
        if pronunciation[start] in _STRESSES:
            stress = _STRESSES[pronunciation[start]]
            start += 1
            continue
        length = 2 if pronunciation[start : start + 2] in alphabet else 1
        phone = alphabet[pronunciation[start : start + length]]
        vowel = phone[0] in "AEIOU"
        yield phone + stress if vowel else phone
        stress = _UNSTRESSED if vowel else stress
        start += length


def _one_stress(phones: list[str]) -> Iterator[str]:
    stressed = False
    for phone in phones:
        yield phone[:-1] + _UNSTRESSED if stressed and phone.endswith("1") else phone
        stressed = stressed or phone.endswith("1")


def _plain(word: str) -> str:
    """Without accents: é is e."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _phones(cell: str) -> Phones:
    return () if cell == "-" else tuple(cell.split(" "))
