"""儿 as part of the syllable before it: 花儿 is one syllable, 女儿 is two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huisheng.text.pronunciation.lexicon import Readings
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word

_PACKAGE: Final = "huisheng.text.pronunciation"
_SUFFIX: Final = "儿"
_HOSTS: Final = ("n", "v", "a", "d", "q", "m", "r", "s", "f", "t", "z", "l")


class Erhua:
    """The words in which 儿 is a syllable of its own. Immutable."""

    def __init__(self) -> None:
        self._separate = tuple(row[0] for row in rows(_PACKAGE, "separate_er.tsv"))

    def merged(self, words: Sequence[Word], readings: Readings) -> frozenset[int]:
        """Which 儿 colour the vowel before them: indexes into the characters of the words together.

        Args:
            words: of one phrase.
            readings: one a character, empty where there is none.
        """
        text = "".join(word.text for word in words)
        return frozenset(
            index
            for index, tag in _suffixes(words)
            if index and readings[index - 1] and tag.startswith(_HOSTS) and not self._is_separate(text, index)
        )

    def _is_separate(self, text: str, index: int) -> bool:
        """Whether a word with a 儿 of its own covers the one at `index`."""
        return any(
            text.startswith(word, index - word.index(_SUFFIX))
            for word in self._separate
            if word.index(_SUFFIX) <= index
        )


def retroflex(syllable: str) -> str:
    """`hua1` → `huar1`."""
    return f"{syllable[:-1]}r{syllable[-1]}"


def _suffixes(words: Sequence[Word]) -> list[tuple[int, str]]:
    """Every 儿 at the end of a word, and the tag of what it clings to."""
    found, end = list[tuple[int, str]](), 0
    for position, word in enumerate(words):
        end += len(word.text)
        if word.text[-1] == _SUFFIX:
            host = word if len(word.text) > 1 or not position else words[position - 1]
            found.append((end - 1, host.tag))
    return found
