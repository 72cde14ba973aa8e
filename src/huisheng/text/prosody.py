"""Where a voice breaks, and for how long: words, phrases inside a long stretch, marks.

Between two marks the best places for a break are found by weighing them: each place has a cost by the parts
of speech and the words beside it (`boundaries.tsv`), each stretch by its distance from a comfortable length.
Some things never come apart: a word, a number and its measure word, a word and its particle.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Final

from huisheng.text.resources import rows
from huisheng.text.segmentation import Word
from huisheng.types import Break, Intonation
from huisheng.units import Seconds

_PACKAGE: Final = "huisheng.text"
_COMFORTABLE: Final = 7
"""Syllables of a prosodic phrase as read speech prefers it."""
_UNBROKEN: Final = 9
"""Up to so many syllables need no break inside."""
_NEVER: Final = float("inf")
_ANY: Final = "*"
_USUAL: Final = 2.0
_TOGETHER: Final = 8.0
_MOST_SPECIFIC_FIRST: Final = sorted(product(range(5), repeat=2), key=sum)
"""Pairs of indexes into the names of two neighbours: as in `_names`, then any."""

_QUESTION_ENDINGS: Final = ("吗", "呢")
_INTONATIONS: Final = {
    "？": Intonation.QUESTION,
    "！": Intonation.EXCLAMATION,
    "…": Intonation.SUSPENSION,
}


class Prosody:
    """The tables. Immutable."""

    def __init__(self) -> None:
        self._costs = {(left, right): float(cost) for left, right, cost in rows(_PACKAGE, "boundaries.tsv")}
        self._joins = {(left, right): int(length) for left, right, length in rows(_PACKAGE, "joins.tsv")}
        self._clitics = frozenset(row[0] for row in rows(_PACKAGE, "clitics.tsv"))
        self._pauses = {
            mark: (Seconds(float(pause)), Break[level]) for mark, pause, level in rows(_PACKAGE, "marks.tsv")
        }

    def breaks(self, words: Sequence[Word]) -> tuple[Break, ...]:
        """What follows each word of a phrase; PHRASE after the last.

        Args:
            words: between two marks.
        """
        if not words:
            return ()
        levels = [self._level(left, right) for left, right in pairwise(words)]
        for position in self._phrase_ends(words, levels):
            levels[position] = Break.PHRASE
        return (*levels, Break.PHRASE)

    def pause(self, mark: str) -> tuple[Seconds, Break]:
        """Silence that suits a mark, in seconds, and the break between it and what stands before it."""
        return self._pauses[mark]

    def _level(self, left: Word, right: Word) -> Break:
        """SYLLABLE where two words are said as one, else WORD."""
        if left.glued or right.text in self._clitics:
            return Break.SYLLABLE
        longest = max(self._joins.get((a, b), 0) for a in _names(left) for b in _names(right))
        return Break.SYLLABLE if len(left.text) + len(right.text) <= longest else Break.WORD

    def _phrase_ends(self, words: Sequence[Word], levels: Sequence[Break]) -> list[int]:
        """Positions of the words that end a phrase inside these words: the cheapest set of breaks."""
        lengths = [_length(word) for word in words]
        if sum(lengths) <= _UNBROKEN:
            return []
        best = [(0.0, 0)] + [(_NEVER, 0)] * len(words)  # cost up to here, where the last stretch begins
        for end in range(1, len(words) + 1):
            place = self._place(words, levels, end)
            length = 0
            for start in range(end - 1, -1, -1):
                length += lengths[start]
                cost = best[start][0] + place + _stretch(length)
                best[end] = min(best[end], (cost, start))
                if length > 2 * _UNBROKEN:
                    break
        return _ends(best)

    def _place(self, words: Sequence[Word], levels: Sequence[Break], end: int) -> float:
        """Cost of a break before the word at `end`."""
        if end == len(words):
            return 0.0
        if levels[end - 1] < Break.WORD:
            return _NEVER if words[end - 1].glued or words[end].text in self._clitics else _TOGETHER
        left, right = words[end - 1], words[end]
        lefts, rights = (*_names(left), _ANY), (*_names(right), _ANY)
        pairs = ((lefts[a], rights[b]) for a, b in _MOST_SPECIFIC_FIRST)
        return next((self._costs[pair] for pair in pairs if pair in self._costs), _USUAL)


def intonation(mark: str, said: str) -> Intonation:
    """The melody of a sentence.

    Args:
        mark: that ends it; empty when none does.
        said: the characters before the mark.
    """
    if mark not in _INTONATIONS and said.endswith(_QUESTION_ENDINGS):
        return Intonation.QUESTION
    return _INTONATIONS.get(mark, Intonation.STATEMENT)


def _names(word: Word) -> tuple[str, ...]:
    """What tables may call a word, most specific first: itself, its tag, and that in short.

    A word of one syllable has `v1` for its short tag before `v`.
    """
    short = word.tag[:1]
    return word.text, word.tag, f"{short}{len(word.text)}", short


def _length(word: Word) -> int:
    """Syllables, an English word counted as two."""
    return 2 if word.tag == "eng" else len(word.text)


def _stretch(length: int) -> float:
    """Cost of a phrase of so many syllables: what is too short is worse than what is too long."""
    return float((_COMFORTABLE - length) ** 2) / (3.0 if length < _COMFORTABLE else 6.0)


def _ends(best: Sequence[tuple[float, int]]) -> list[int]:
    ends, end = list[int](), best[-1][1]
    while end > 0:
        ends.append(end - 1)
        end = best[end][1]
    return ends[::-1]
