"""Where a voice breaks, and for how long: words, phrases inside a long stretch, marks.

Between two marks the best places for a break are found by weighing them: a model of our own gives each place
its odds, and a stretch that grows long asks for a break of its own accord. Some things never come apart: a
word, a number and its measure word, a word and its particle.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import log
from typing import Final

from huisheng.text import phrasing
from huisheng.text.linear import LinearModel, load
from huisheng.text.phrasing import length
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word
from huisheng.types import Break, Intonation
from huisheng.units import Seconds

_PACKAGE: Final = "huisheng.text"
_FILE: Final = "breaks.model"
_UNBROKEN: Final = 6
"""Up to so many syllables need no break inside."""
_LONG: Final = 9
"""Syllables of a stretch beyond which each one asks a little more for a break."""
_PER_SYLLABLE: Final = 0.3
"""How much, in log-odds."""
_LONGEST: Final = 32
"""Syllables beyond which no stretch is considered; a break is found before."""
_THRESHOLD: Final = 0.45
"""Probability from which a place is broken for its own sake."""
_NEVER: Final = float("inf")
_TOGETHER: Final = 3.0
"""Cost in log-odds of a break between words that are said as one."""
_SUREST: Final = 1e-4

_QUESTION_ENDINGS: Final = ("吗", "呢")
_INTONATIONS: Final = {
    "？": Intonation.QUESTION,
    "！": Intonation.EXCLAMATION,
    "…": Intonation.SUSPENSION,
}
_MELODIES: Final = {
    "、": Intonation.LIST,
    "，": Intonation.CONTINUATION,
    "；": Intonation.CONTINUATION,
    "：": Intonation.CONTINUATION,
    "”": Intonation.QUOTATION,
}


class Prosody:
    """The tables and the model. Immutable.

    Args:
        model: gives the odds of breaks; the one in this package when None.
    """

    def __init__(self, model: LinearModel | None = None) -> None:
        self._model = model or _shipped()
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
        lengths = [length(word) for word in words]
        if sum(lengths) <= _UNBROKEN:
            return []
        costs = self._costs(words, levels)
        best = [(0.0, 0)] + [(_NEVER, 0)] * len(words)  # cost up to here, where the last stretch begins
        for end in range(1, len(words) + 1):
            stretch = 0
            for start in range(end - 1, -1, -1):
                stretch += lengths[start]
                cost = best[start][0] + costs[end - 1] + _PER_SYLLABLE * max(0, stretch - _LONG)
                best[end] = min(best[end], (cost, start))
                if stretch > _LONGEST:
                    break
        return _ends(best)

    def _costs(self, words: Sequence[Word], levels: Sequence[Break]) -> list[float]:
        """What a break after each word costs, in log-odds; nothing after the last."""
        seen = [phrasing.features(words, end) for end in range(1, len(words))]
        odds = self._model.odds(phrasing.BREAK, seen, phrasing.YES)
        usual = log((1.0 - _THRESHOLD) / _THRESHOLD)
        costs = [log((1.0 - p) / p) - usual for p in (min(max(p, _SUREST), 1.0 - _SUREST) for p in odds)]
        for end, level in enumerate(levels):
            if level < Break.WORD:
                never = words[end].glued or words[end + 1].text in self._clitics
                costs[end] = _NEVER if never else costs[end] + _TOGETHER
        return [*costs, 0.0]


@cache
def _shipped() -> LinearModel:
    """The model in this package."""
    return load(_PACKAGE, _FILE)


def intonation(mark: str, said: str) -> Intonation:
    """The melody of a sentence.

    Args:
        mark: that ends it; empty when none does.
        said: the characters before the mark.
    """
    if mark not in _INTONATIONS and said.endswith(_QUESTION_ENDINGS):
        return Intonation.QUESTION
    return _INTONATIONS.get(mark, Intonation.STATEMENT)


def melody(mark: str) -> Intonation:
    """What a mark inside a sentence asks of the words before it."""
    return _MELODIES.get(mark) or _INTONATIONS.get(mark, Intonation.STATEMENT)


def _names(word: Word) -> tuple[str, ...]:
    """What tables may call a word, most specific first: itself, its tag, and that in short.

    A word of one syllable has `v1` for its short tag before `v`.
    """
    short = word.tag[:1]
    return word.text, word.tag, f"{short}{len(word.text)}", short


def _ends(best: Sequence[tuple[float, int]]) -> list[int]:
    ends, end = list[int](), best[-1][1]
    while end > 0:
        ends.append(end - 1)
        end = best[end][1]
    return ends[::-1]
