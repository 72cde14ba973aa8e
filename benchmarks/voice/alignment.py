"""A text beside what the recognizer understood of it, by toneless syllables: homophones are no errors."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

Counts: TypeAlias = NDArray[np.int64]

ANYTHING: Final = "*"
"""An English word: the recognizer knows none, and hears any number of syllables in it."""

_NEAR: Final = 2
"""Syllables."""

_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_PARTS: Final = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+")


class Run(NamedTuple):
    """Syllables in a row that are missing, or too many.

    Attributes:
        missing: or heard and not in the text.
        place: syllables of the text before it.
        length: of the run.
    """

    missing: bool
    place: int
    length: int

    @property
    def around(self) -> frozenset[int]:
        """Places of the text that it may belong to as well: where alike syllables follow each other, no count
        of changes tells which of them is missing.
        """
        end = self.place + self.missing * self.length
        return frozenset(range(self.place - _NEAR, end + _NEAR + 1))


class TranscriptErrors(NamedTuple):
    """How a text differs from what was understood.

    Attributes:
        syllables: to be said, English words left out.
        errors: replaced, dropped and added ones.
        runs: of dropped and of added ones.
    """

    syllables: int
    errors: int
    runs: tuple[Run, ...] = ()

    @property
    def longest_deletion(self) -> int:
        """The most syllables in a row that are missing."""
        return max((run.length for run in self.runs if run.missing), default=0)

    @property
    def longest_insertion(self) -> int:
        """The most in a row that were heard and are not in the text."""
        return max((run.length for run in self.runs if not run.missing), default=0)


def reference_syllables(text: str) -> list[str]:
    """Syllables of a text as it is spoken, `ANYTHING` for each word that is not Chinese."""
    syllables = iter(pinyin_syllables(text))
    return [
        syllable
        for part in _PARTS.findall(text)
        for syllable in (itertools.islice(syllables, len(part)) if _HAN.match(part) else [ANYTHING])
    ]


def pinyin_syllables(text: str) -> list[str]:
    """Syllables of the Chinese characters of a text, all else left out."""
    return lazy_pinyin("".join(_HAN.findall(text)))


def compare(reference: Sequence[str], hypothesis: Sequence[str]) -> TranscriptErrors:
    """The fewest changes that make one of the other (Levenshtein), and how they cluster.

    Args:
        reference: from `reference_syllables`.
        hypothesis: from `pinyin_syllables`.
    """
    steps = _steps(_totals(reference, hypothesis), reference, hypothesis)
    return TranscriptErrors(
        syllables=sum(syllable != ANYTHING for syllable in reference),
        errors=sum(step in "rda" for step in steps),
        runs=tuple(_runs(steps)),
    )


def _runs(steps: str) -> Iterator[Run]:
    """Runs of missing and of added syllables."""
    place = 0
    for step, its in itertools.groupby(steps):
        length = len(list(its))
        if step in "da":
            yield Run(step == "d", place, length)
        place += length * (step not in "a+")


def _totals(reference: Sequence[str], hypothesis: Sequence[str]) -> Counts:
    """(S + 1, H + 1) fewest changes between the first s and the first h syllables."""
    totals = np.zeros((len(reference) + 1, len(hypothesis) + 1), dtype=np.int64)
    for row, column in itertools.product(range(len(reference) + 1), range(len(hypothesis) + 1)):
        ways = [totals[before] + cost for _, before, cost in _ways(row, column, reference, hypothesis)]
        totals[row, column] = min(ways, default=0)
    return totals


def _steps(totals: Counts, reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """The changes from beginning to end: = kept, r replaced, d dropped, a added, * anything, + more of it."""
    place, steps = (len(reference), len(hypothesis)), ""
    while place != (0, 0):
        ways = _ways(*place, reference, hypothesis)
        step, place = next(
            (step, before) for step, before, cost in ways if totals[before] + cost == totals[place]
        )
        steps += step
    return steps[::-1]


def _ways(
    row: int, column: int, reference: Sequence[str], hypothesis: Sequence[str]
) -> list[tuple[str, tuple[int, int], int]]:
    """The last change, where it leaves from, and what it costs; all that lead to a place, likeliest first."""
    free = row > 0 and reference[row - 1] == ANYTHING
    alike = free or (row > 0 and column > 0 and reference[row - 1] == hypothesis[column - 1])
    kept, dropped, added = "**+" if free else "=da" if alike else "rda"
    ways = (
        (kept, (row - 1, column - 1), int(not alike)),
        (dropped, (row - 1, column), int(not free)),
        (added, (row, column - 1), int(not free)),
    )
    return [way for way in ways if min(way[1]) >= 0]
