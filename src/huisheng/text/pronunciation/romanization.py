"""Mandarin names in Latin script, read as Mandarin with the sounds of English.

    Zhang => JH AA1 NG    Xiaoming => SH Y AW2 M IH1 NG    Xi'an => SH IY2 AA1 N    Lü => L Y UW1

The last syllable carries the stress, as in the names of Chinese cities that English dictionaries have.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from huisheng.text.pronunciation import arpabet
from huisheng.text.pronunciation.arpabet import Phones
from huisheng.text.resources import rows

_PACKAGE: Final = "huisheng.text.pronunciation"
LONGEST_NAME: Final = 24
"""Letters and apostrophes of a name: longer words are none."""
_LONGEST_SYLLABLE: Final = 6
_LONGEST_INITIAL: Final = 3
_ONSETLESS: Final = frozenset("aoe")
"""Letters that begin a syllable inside a word only behind an apostrophe (GB/T 16159)."""
_MANDARIN: Final = re.compile(r"x|zh|q(?!ue)|ng|ao|uo|ua|ou|ei|iu|ui")
"""Letters that are common in pinyin and rare in other languages whose words are pinyin by chance."""
_FOREIGN: Final = re.compile(r"c[aeiou]|[^aeiouv]e$")
"""Letters of pinyin that more often belong to a European name: Coca, Nicole."""


class Romanization:
    """Reads pinyin without tones. Immutable."""

    def __init__(self) -> None:
        sounds = {row[0]: arpabet.phones(row[1]) for row in rows(_PACKAGE, "mandarin_phones.tsv")}
        self._syllables = {row[0]: _syllable(row[1], sounds) for row in rows(_PACKAGE, "syllables.tsv")}
        surnames = list(rows(_PACKAGE, "romanized_surnames.tsv"))
        self._surnames = frozenset(row[0] for row in surnames)
        self._only_surnames = frozenset(row[0] for row in surnames if len(row) == 1)

    def phones(self, word: str) -> Phones:
        """ARPAbet of a word wholly in pinyin, any case, tone marks ignored; empty when it is none."""
        syllables = self._split(_letters(word))
        said = [self._syllables[syllable] for syllable in syllables]
        return tuple(
            phone + ("1" if index == len(said) - 1 else "2") if arpabet.is_vowel(phone) else phone
            for index, phones in enumerate(said)
            for phone in phones
        )

    def is_likely(self, word: str) -> bool:
        """Whether a word that English lacks is more likely Mandarin than of any other language."""
        letters = _letters(word)
        typical = _MANDARIN.search(letters) or not _FOREIGN.search(letters)
        return bool(typical and self._split(letters))

    def is_typical(self, word: str) -> bool:
        """Whether a word is Mandarin even where no capital says that it is a name."""
        letters = _letters(word)
        return bool(_MANDARIN.search(letters)) and len(self._split(letters)) > 1

    def is_surname(self, word: str) -> bool:
        """Whether a word may be a Chinese surname."""
        return _letters(word) in self._surnames

    def is_only_surname(self, word: str) -> bool:
        """Whether a word is a Chinese surname and nothing in English."""
        return _letters(word) in self._only_surnames

    def _split(self, letters: str) -> tuple[str, ...]:
        """The syllables; empty when some letters belong to none."""
        if not letters or len(letters) > LONGEST_NAME:
            return ()
        parts = [self._split_part(part) for part in letters.split("'")]
        return tuple(syllable for part in parts for syllable in part) if all(parts) else ()

    def _split_part(self, letters: str) -> tuple[str, ...]:
        """The syllables of letters without an apostrophe, each as long as the rest allows."""
        tails: dict[int, tuple[str, ...]] = {len(letters): ()}
        for start in range(len(letters) - 1, -1, -1):
            for end in range(min(start + _LONGEST_SYLLABLE, len(letters)), start, -1):
                fits = end in tails and letters[end : end + 1] not in _ONSETLESS
                if fits and letters[start:end] in self._syllables:
                    tails[start] = (letters[start:end], *tails[end])
                    break
        return tails.get(0, ())


def _syllable(ipa: str, sounds: dict[str, Phones]) -> Phones:
    """The phones of a syllable: its initial, the longest that it begins with, and its final."""
    for length in range(min(_LONGEST_INITIAL, len(ipa) - 1), 0, -1):
        initial = sounds.get(ipa[:length], ())
        if initial and not any(map(arpabet.is_vowel, initial)):
            return initial + sounds[ipa[length:]]
    return sounds.get(f"-{ipa}") or sounds[ipa]


def _letters(word: str) -> str:
    """Lower case without accents, ü as v and apostrophes as ASCII: `Lǚ` → `lv`."""
    decomposed = unicodedata.normalize("NFD", word.lower().replace("’", "'")).replace("u\u0308", "v")
    return "".join(character for character in decomposed if not unicodedata.combining(character))
