"""Prosodic breaks, pauses and intonation: between words, inside a long stretch of words, at marks.

Between two marks the best places for a break are found by weighing them: a log-linear model gives each place
its odds, and a stretch that grows long asks for a break of its own accord. Some things never come apart: a
word, a number and its measure word, a word and its particle. The features of the model are made by the same
function in training and in reading, so that they never differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, islice, pairwise
from math import log
from typing import Final

from huisheng.text.linear import LinearModel, load
from huisheng.text.resources import rows
from huisheng.text.segmentation import ENGLISH, Word
from huisheng.types import Break, Intonation
from huisheng.units import Seconds

_PACKAGE: Final = "huisheng.text"
_FILE: Final = "breaks.model"
_UNBROKEN: Final = 5
"""Up to so many syllables need no break inside."""
_LONG: Final = 6
"""Syllables of a stretch beyond which each one asks a little more for a break."""
_PER_SYLLABLE: Final = 0.3
"""How much, in log-odds."""
_LONGEST: Final = 32
"""Syllables beyond which no stretch is considered; a break is found before."""
_THRESHOLD: Final = 0.4
"""Probability from which a place is broken for its own sake."""
_WORDS_KEPT: Final = 4096
"""Words of which it is remembered what is the same wherever they stand."""
_NEVER: Final = float("inf")
_TOGETHER: Final = 3.0
"""Cost in log-odds of a break between words that are said as one."""
_SUREST: Final = 1e-4

BREAK: Final = "break"
"""The only group of the model; its labels are `YES` and `NO`."""
YES, NO = "|", "-"
_EDGE: Final = Word("^", "^")
"""Stands for what is not there."""
_LONGEST_TOLD: Final = 16
"""Syllables beyond which lengths are not told apart."""
_FARTHEST: Final = 64
"""Words on each side that are looked at, so that time is linear in a phrase without marks."""

_STOPS: Final = "，、；：。！？…—"
_BRACKETS: Final = "“”（）"
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
        self._model = model or load_model()
        self._joins: dict[str, dict[str, int]] = {}
        for left, right, syllables in rows(_PACKAGE, "joins.tsv"):
            self._joins.setdefault(left, {})[right] = int(syllables)
        self._joins_of = lru_cache(maxsize=_WORDS_KEPT)(self._find_joins)
        self._clitics = frozenset(row[0] for row in rows(_PACKAGE, "clitics.tsv"))
        self.pauses: Mapping[str, tuple[Seconds, Break, Intonation]] = {
            mark: (Seconds(float(pause)), Break[level], melody(mark))
            for mark, pause, level in rows(_PACKAGE, "marks.tsv")
        }
        """What each mark asks for: silence, the break before it and the melody of the words there."""

    def breaks(self, words: Sequence[Word]) -> tuple[Break, ...]:
        """What follows each word of a phrase; PHRASE after the last.

        Args:
            words: between two marks.
        """
        return self.breaks_of_all([words])[0]

    def breaks_of_all(self, phrases: Sequence[Sequence[Word]]) -> list[tuple[Break, ...]]:
        """The same for several phrases, which takes less time than one by one."""
        places = [features(words) if sum(_lengths(words)) > _UNBROKEN else [] for words in phrases]
        odds = iter(self._model.odds(BREAK, list(chain.from_iterable(places)), YES))
        return [
            self._breaks(words, list(islice(odds, len(asked))))
            for words, asked in zip(phrases, places, strict=True)
        ]

    def _breaks(self, words: Sequence[Word], odds: Sequence[float]) -> tuple[Break, ...]:
        """What follows each word of a phrase, by the odds of a break between each two, or without any."""
        if not words:
            return ()
        levels = [
            Break.SYLLABLE if self._are_joined(left, right) else Break.WORD for left, right in pairwise(words)
        ]
        for position in self._phrase_ends(words, levels, odds):
            levels[position] = Break.PHRASE
        return (*levels, Break.PHRASE)

    def _are_joined(self, left: Word, right: Word) -> bool:
        """Whether two words are said as one."""
        if left.glued or right.text in self._clitics:
            return True
        longest = self._joins_of(left.text, left.tag)
        if not longest:
            return False
        size = len(left.text) + len(right.text)
        return any(size <= longest.get(name, 0) for name in _names(right.text, right.tag))

    def _find_joins(self, text: str, tag: str) -> Mapping[str, int]:
        """What is said as one with a word that goes before it, by its name → the most syllables of both."""
        longest: dict[str, int] = {}
        for name in _names(text, tag):
            for other, syllables in self._joins.get(name, {}).items():
                longest[other] = max(longest.get(other, 0), syllables)
        return longest

    def _phrase_ends(
        self, words: Sequence[Word], levels: Sequence[Break], odds: Sequence[float]
    ) -> list[int]:
        """Positions of the words that end a phrase inside these words: the cheapest set of breaks."""
        if not odds:
            return []
        lengths = _lengths(words)
        costs = self._costs(words, levels, odds)
        best = [(0.0, 0)] + [(_NEVER, 0)] * len(words)  # cost up to here, where the last stretch begins
        for end in range(1, len(words) + 1):
            stretch = 0
            for start in range(end - 1, -1, -1):
                stretch += lengths[start]
                cost = best[start][0] + costs[end - 1] + _PER_SYLLABLE * max(0, stretch - _LONG)
                best[end] = min(best[end], (cost, start))
                if stretch > _LONGEST:
                    break
        ends, end = list[int](), best[-1][1]
        while end > 0:
            ends.append(end - 1)
            end = best[end][1]
        return ends[::-1]

    def _costs(self, words: Sequence[Word], levels: Sequence[Break], odds: Sequence[float]) -> list[float]:
        """What a break after each word costs, in log-odds; nothing after the last."""
        usual = log((1.0 - _THRESHOLD) / _THRESHOLD)
        costs = [log((1.0 - p) / p) - usual for p in (min(max(p, _SUREST), 1.0 - _SUREST) for p in odds)]
        for end, level in enumerate(levels):
            if level < Break.WORD:
                never = words[end].glued or words[end + 1].text in self._clitics
                costs[end] = _NEVER if never else costs[end] + _TOGETHER
        return [*costs, 0.0]


@cache
def load_model() -> LinearModel:
    """The model in this package."""
    return load(_PACKAGE, _FILE)


def features(words: Sequence[Word]) -> list[list[str]]:
    """Everything that may decide whether a phrase ends between two words, for each place between two.

    Args:
        words: between two marks.
    """
    count = len(words)
    syllables = list(accumulate(_lengths(words), initial=0))
    verbs = list(accumulate([word.tag.startswith("v") for word in words], initial=0))
    around = [_EDGE, *words, _EDGE]
    found: list[list[str]] = []
    for end in range(1, count):
        first, last = max(0, end - _FARTHEST), min(count, end + _FARTHEST)
        before, after = syllables[end] - syllables[first], syllables[last] - syllables[end]
        a, b = min(before, _LONGEST_TOLD), min(after, _LONGEST_TOLD)
        far, near = min(before, 10) // 2, min(after, 10) // 2
        (l2, l2t, _), (l1, l1t, _), (r1, r1t, _), (r2, r2t, _) = around[end - 1 : end + 3]
        left, right = l1t[:1], r1t[:1]
        seen = [
            *("bias", f"a{a}", f"b{b}", f"s{min(before + after, 2 * _LONGEST_TOLD)}"),
            f"ab{min(a, 9)} {min(b, 9)}",
            *(f"l{l1}", f"r{r1}", f"lt{l1t}", f"rt{r1t}", f"lrt{l1t} {r1t}"),
            *(f"lr{l1} {r1}", f"lwrt{l1} {r1t}", f"ltrw{l1t} {r1}"),
            *(f"llt{l2t} {l1t}", f"rrt{r1t} {r2t}", f"l2{l2}", f"r2{r2}"),
            *(f"llrt{l2t} {l1t} {r1t}", f"lrrt{l1t} {r1t} {r2t}"),
            *(f"ln{len(l1)}{left}", f"rn{len(r1)}{right}", f"n{len(l1)}{len(r1)}"),
            *(f"st{left} {right}", f"le{l1[-1:]}", f"rb{r1[:1]}"),
            *(f"ta{left}{right}{far}", f"tb{left}{right}{near}", f"tab{left}{right}{far}{near}"),
        ]
        if end > 1:
            seen += (f"f{words[0].text}{far}", f"ft{words[0].tag}{far}{right}")
        seen.append(f"v{min(verbs[last] - verbs[end], 3)}{right}")
        found.append(seen)
    return found


def _lengths(words: Sequence[Word]) -> list[int]:
    """Syllables of each word, an English word counted as two."""
    return [2 if word.tag == ENGLISH else len(word.text) for word in words]


def intonation(said: str) -> Intonation:
    """The melody of a sentence, by the mark that ends it, behind whatever brackets and quotes, or by its last
    word.

    Args:
        said: its characters and marks, as they are written.
    """
    end = said.rstrip(_BRACKETS)
    mark = end[-1:]
    if mark not in _INTONATIONS and end.rstrip(_STOPS).endswith(_QUESTION_ENDINGS):
        return Intonation.QUESTION
    return _INTONATIONS.get(mark, Intonation.STATEMENT)


def melody(mark: str) -> Intonation:
    """What a mark inside a sentence asks of the words before it."""
    return _MELODIES.get(mark) or _INTONATIONS.get(mark, Intonation.STATEMENT)


@lru_cache(maxsize=_WORDS_KEPT)
def _names(text: str, tag: str) -> tuple[str, ...]:
    """What tables may call a word, most specific first: itself, its tag, and that in short.

    A word of one syllable has `v1` for its short tag before `v`.
    """
    short = tag[:1]
    return text, tag, f"{short}{len(text)}", short
