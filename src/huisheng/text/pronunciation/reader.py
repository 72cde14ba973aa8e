"""The dictionary reading of every character of a phrase: words first, then names, then neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huisheng.text.pronunciation.lexicon import Lexicon, Readings
from huisheng.text.pronunciation.neutral import lightened
from huisheng.text.pronunciation.polyphones import Polyphones
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word

_PACKAGE: Final = "huisheng.text.pronunciation"
_TEXT: Final = "huisheng.text"
_PERSON: Final = "nr"
_SURNAME: Final = "姓"


class Reader:
    """Reads phrases. Safe to use from several threads.

    Args:
        lexicon: readings of words and characters.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._polyphones = Polyphones()
        table = [row for row in rows(_TEXT, "surnames.tsv") if len(row) > 1]
        self._surnames = {row[0]: tuple(row[1].split(" ")) for row in table}
        self._only_asked = frozenset(row[0] for row in table if len(row) > 2)
        self._given = frozenset(character for row in rows(_TEXT, "given_names.tsv") for character in row[0])
        self._titles = frozenset(row[0] for row in rows(_PACKAGE, "titles.tsv"))

    def read(self, words: Sequence[Word]) -> Readings:
        """Dictionary readings of a phrase.

        Args:
            words: of the phrase, without marks.

        Returns:
            One syllable for each character of the words together; empty where there is no reading.
        """
        return tuple(
            syllable
            for position, word in enumerate(words)
            for syllable in lightened(word, self._word(words, position))
        )

    def _word(self, words: Sequence[Word], position: int) -> Readings:
        word = words[position]
        known = self._lexicon.word(word.text)
        if known:
            return known
        if _is_doubled_pair(word.text):
            return self._doubled(word.text[0] + word.text[2])
        readings = dict[int, str]()
        for start, part in (*self._lexicon.parts(word.text), (0, self._surname(words, position))):
            readings.update(enumerate(part, start))
        return tuple(
            readings.get(offset) or self._character(words, position, offset)
            for offset in range(len(word.text))
        )

    def _doubled(self, word: str) -> Readings:
        """AABB of a word AB, each syllable in its full tone: 清清楚楚."""
        known = self._lexicon.word(word) or tuple(map(self._lexicon.character, word))
        full = map(self._lexicon.full_tone, word, known)
        return tuple(syllable for syllable in full for _ in range(2))

    def _surname(self, words: Sequence[Word], position: int) -> Readings:
        """Reading of a surname in a name, after 姓 or before a title; empty when it is a usual one."""
        word = words[position]
        asked = position > 0 and words[position - 1].text.endswith(_SURNAME)
        addressed = position + 1 < len(words) and words[position + 1].text in self._titles
        if self._is_name(word) or asked or (addressed and word.text in self._surnames):
            return self._surnames.get(word.text[:2]) or self._surnames.get(word.text[:1]) or ()
        return ()

    def _is_name(self, word: Word) -> bool:
        """Whether a word is a surname and a given name, not just tagged as a name: 黑客 is not."""
        if not word.tag.startswith(_PERSON) or word.text[0] in self._only_asked:
            return False
        return word.text[:2] in self._surnames or self._given.issuperset(word.text[1:])

    def _character(self, words: Sequence[Word], position: int, offset: int) -> str:
        chosen = self._polyphones.reading(words, position, offset)
        return chosen or self._lexicon.character(words[position].text[offset])


def _is_doubled_pair(text: str) -> bool:
    return len(text) == 4 and text[0] == text[1] != text[2] == text[3]
