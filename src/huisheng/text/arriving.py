"""A text that arrives in pieces, cut into passages that can be spoken before the rest is there.

A passage is a sentence where the front-end would cut the whole text, and is given away as soon as no text to
come can change that: to read the passages one after another is to read the whole. What is kept back is short,
so time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from huisheng.text.sentence import LONGEST, LOOK_BEHIND, clause_end, unit_end
from huisheng.types import Passage

_SHORTEST_CLAUSE: Final = 6
"""Characters of the clause that is spoken before its sentence is there: a shorter one is over too soon."""

_FOLLOWER: Final = "好"
"""A character that continues no mark."""

_AMBIGUOUS: Final = "."
"""A mark that may be inside an address or a number as well as at the end of a sentence."""


def _no_depth(_: str) -> int:
    return 0


class Arriving:
    """One text in pieces. The passages cover it once, in order.

    Args:
        depth: how many more stretches of markup begin in a sentence than end in it; a passage holds whole
            ones. Plain text by default.
        eager: whether the very first passage may be a clause.
    """

    def __init__(self, depth: Callable[[str], int] = _no_depth, *, eager: bool = False) -> None:
        self._depth = depth
        self._eager = eager
        self._text = ""  # what is kept, behind a few characters that are gone
        self._first = 0  # in it: where the next passage begins
        self._place = 0  # in it: where the next sentence begins, further on where markup is open
        self._open = 0  # stretches of markup that have begun before it
        self._gone = 0  # characters before it

    @property
    def length(self) -> int:
        """Characters that have come."""
        return self._gone + len(self._text)

    def take(self, piece: str) -> tuple[Passage, ...]:
        """The passages that are certain with the next piece."""
        self._text += piece
        return self._release(self._text)

    def settle(self) -> tuple[Passage, ...]:
        """The passages that would be certain if the text went on with a new sentence: for a caller that
        has waited long enough for a mark to be followed by another.
        """
        kept = self._text[self._place :]
        if len(kept) >= LONGEST or kept.rstrip().endswith(_AMBIGUOUS):
            return ()
        return self._release(self._text + _FOLLOWER)

    def flush(self) -> tuple[Passage, ...]:
        """All that is kept, as if the text ended here; it may go on."""
        ends = [*self._ends(self._text, growing=False)]
        if self._open or not ends:
            ends = [len(self._text)]
        found = [self._passage(end, continued=end < len(self._text)) for end in ends if end > self._first]
        self._place, self._open = self._first, 0
        self._forget()
        return tuple(found)

    def _release(self, text: str) -> tuple[Passage, ...]:
        found = [self._passage(end) for end in self._ends(text, growing=True)]
        self._eager = self._eager and not found
        self._forget()
        return tuple(found)

    def _ends(self, text: str, *, growing: bool) -> Iterator[int]:
        """Where passages end, in the text that is kept."""
        if growing and self._eager and (clause := self._clause(text)):
            self._place = clause
            yield clause
        while self._place < len(text) and (end := unit_end(text, self._place, growing=growing)):
            self._open = max(0, self._open + self._depth(text[self._place : end]))
            self._place = end
            if not self._open:
                yield end

    def _clause(self, text: str) -> int:
        """Where the first clause ends; 0 for none that can be spoken alone."""
        if self._open:
            return 0
        end = clause_end(text, self._place, _SHORTEST_CLAUSE)
        return 0 if self._depth(text[self._place : end]) else end

    def _passage(self, end: int, *, continued: bool = True) -> Passage:
        passage = Passage(self._gone + self._first, self._text[self._first : end], continued)
        self._first = end
        return passage

    def _forget(self) -> None:
        """Keep no more than what is still to be read, and what decides on its first marks."""
        gone = max(0, self._first - LOOK_BEHIND)
        self._text = self._text[gone:]
        self._gone += gone
        self._first -= gone
        self._place -= gone
