"""English words as ARPAbet phones: from a dictionary, by their parts, by spelling, or letter by letter.

    iPhones => iPhone, Z    firefox => fire, fox    shramp => by spelling    XQZ => X, Q, Z    Zhang => pinyin

The dictionary is misaki's American data (its files alone), transcribed from its alphabet to ARPAbet, the
phone set of the CMU Pronouncing Dictionary.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from huisheng.text.dictionary import Dictionary, DictionarySource, Entries, data_file
from huisheng.text.pronunciation import arpabet
from huisheng.text.pronunciation.arpabet import Phones
from huisheng.text.pronunciation.derivation import Derivation
from huisheng.text.pronunciation.letter_to_sound import LetterToSound
from huisheng.text.pronunciation.romanization import Romanization
from huisheng.text.resources import checksum, rows

_PACKAGE: Final = "huisheng.text.pronunciation"
_FILES: Final = ("us_silver.json", "us_gold.json")  # the second, checked by people, wins
_OURS: Final = "english.tsv"
_STRESSES: Final = {"ˈ": "1", "ˌ": "2"}
_UNSTRESSED: Final = "0"
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+|[A-Z]")
_VOWEL_LETTERS: Final = frozenset("aeiouy")
_LONGEST_ACRONYM: Final = 3
_LONGEST_WORD: Final = 40
_SHORTEST_FIRST, _SHORTEST_SECOND = 4, 3
_SEAM: Final = re.compile(r".*[^aiou] [^aeiou].*|.* [^aeiou].{4,}")
"""Where a second word may begin; elsewhere it is more often an ending."""
_BASE: Final = re.compile(r"(?=.{3}).*[aeiouy](?:.*[^eisu]|.*[su]s|.+e)")
"""What looks like a word of its own: it has a vowel and does not end as only stems do."""


class English:
    """Pronounces English words, and Mandarin ones in Latin script. Safe to use from several threads.

    Args:
        words: compiled from `source`.
    """

    def __init__(self, words: Dictionary) -> None:
        self._words = words
        self._letters = {row[0]: arpabet.phones(row[1]) for row in rows(_PACKAGE, "letters.tsv")}
        self._derivation = Derivation()
        self._romanization = Romanization()
        self._spelling = LetterToSound()

    def phones(self, word: str, before: str = "", after: str = "") -> Phones:
        """ARPAbet of one word, any case; empty when it holds no Latin letter.

        Args:
            word: what is said.
            before: the Latin word before it, if any: Long is Chinese behind Li.
            after: the Latin word behind it, if any: Sun is Chinese before Wukong.
        """
        plain = _plain(word)
        if len(plain) == 1:
            return self._letters.get(plain.upper(), ())
        if self._is_mandarin(word, before, after):
            return self._romanization.phones(word)
        said = self._look_up(plain) or self._read_contraction(plain, before, after) or self._derive(plain)
        return said or tuple(phone for part in _PARTS.findall(plain) for phone in self._part(part))

    def _is_mandarin(self, word: str, before: str, after: str) -> bool:
        """Whether it is a Chinese name; one that is English too, only behind or as a surname."""
        mandarin = self._romanization
        if not _is_capitalised(word) or not mandarin.phones(word):
            return False
        if self._is_name(word) or self._is_surname(before):
            return True
        return mandarin.is_surname(word) and self._is_name(after)

    def _is_name(self, word: str) -> bool:
        """Whether it is a Chinese name whatever stands beside it."""
        if self._is_surname(word):
            return True
        return _is_capitalised(word) and not self._look_up(word) and self._romanization.is_likely(word)

    def _is_surname(self, word: str) -> bool:
        return _is_capitalised(word) and self._romanization.is_only_surname(word)

    def _look_up(self, word: str) -> Phones:
        entry = self._words.get(word.lower())
        return arpabet.phones(entry) if entry else ()

    def _read_contraction(self, word: str, before: str, after: str) -> Phones:
        """A word with an apostrophe near its end: Zhang's, A's."""
        stem, _, letters = word.rpartition("'")
        if not stem or len(word) > _LONGEST_WORD:
            return ()
        return self._derivation.contract(self.phones(stem, before, after), letters)

    def _derive(self, word: str) -> Phones:
        """A word whose base the dictionary has; an acronym has none."""
        return () if word.isupper() else self._derivation.phones(word.lower(), self._look_up)

    def _part(self, part: str) -> Phones:
        """A word without capitals inside."""
        known = self._look_up(part)
        if part.isupper() or not _VOWEL_LETTERS.intersection(part.lower()):
            return known if len(part) > _LONGEST_ACRONYM and known else self._spell(part)
        return known or self._compose(part.lower()) or self._sound_out(part.lower()) or self._spell(part)

    def _compose(self, word: str) -> Phones:
        """A word made of those in the dictionary, or of syllables that are typical of Mandarin."""
        made = self._derive(word) or self._compound(word)
        return made or (self._romanization.phones(word) if self._romanization.is_typical(word) else ())

    def _compound(self, word: str) -> Phones:
        """Two words of the dictionary, cut as near the middle as can be; the first carries the stress."""
        if len(word) > _LONGEST_WORD:
            return ()
        places = range(_SHORTEST_FIRST, len(word) - _SHORTEST_SECOND + 1)
        for place in sorted(places, key=lambda place: abs(len(word) - 2 * place)):
            first, second = word[:place], word[place:]
            if _SEAM.fullmatch(f"{first} {second}") and self._look_up(first) and self._look_up(second):
                return self._look_up(first) + arpabet.weaken(self._look_up(second))
        return ()

    def _sound_out(self, word: str) -> Phones:
        """Phones by the spelling, of a derived word by that of its base."""
        return self._derivation.phones(word, self._sound_out_base) or self._spelling.phones(word)

    def _sound_out_base(self, base: str) -> Phones:
        return self._sound_out(base) if _BASE.fullmatch(base) else ()

    def _spell(self, part: str) -> Phones:
        return tuple(phone for letter in part.upper() for phone in self._letters.get(letter, ()))


def source() -> DictionarySource:
    """The English dictionary to compile.

    Raises:
        SetupError: the data is not installed.
    """
    paths = tuple(data_file("misaki", "data", name) for name in _FILES)
    sizes = "-".join(str(path.stat().st_size) for path in paths)
    ours = f"{checksum(_PACKAGE, _OURS):08x}-{checksum(_PACKAGE, 'arpabet.tsv'):08x}"
    return DictionarySource("english", f"{sizes}-{ours}", 2, lambda: _build(paths))


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
        vowel = arpabet.is_vowel(phone)
        yield phone + stress if vowel else phone
        stress = _UNSTRESSED if vowel else stress
        start += length


def _is_capitalised(word: str) -> bool:
    """Whether it begins with a capital letter and is no acronym."""
    return word[:1].isupper() and not (word.isupper() and len(word) <= _LONGEST_ACRONYM)


def _plain(word: str) -> str:
    """Without accents, apostrophes as ASCII and none at the ends: é is e."""
    text = word if word.isascii() else unicodedata.normalize("NFKD", word.replace("’", "'"))
    return "".join(c for c in text if not unicodedata.combining(c)).strip("'")
