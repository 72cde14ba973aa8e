"""How long each symbol of the student lasts, from how long the teacher's letters last.

Both spell the same items, so the letters of an item are shared out among its symbols: a syllable's leading
consonants belong to its initial, an English phone is one or two letters. What lies between two items is the
break between them. Times are in frames of the student, two to a frame of the teacher.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.text.symbols import kokoro
from huisheng.text.symbols.kokoro import Role
from huisheng.text.symbols.sambert import Symbol
from huisheng.types import EnglishWord, SpokenItem

Spans: TypeAlias = dict[int, tuple[int, int]]
"""Place of a letter → its first frame and the one after its last."""

PER_LETTER: Final = 2
"""Frames of the student in one of the teacher."""
LEAD: Final = 4
TAIL: Final = 8
"""Frames of silence that are kept before and after the speech, at most."""

_CONSONANTS: Final = frozenset("pmftnlkxʨɕꭧʂɻʦsʰ")
_GLIDES: Final = frozenset("jwɥ")
_BORROWED: Final = 2
"""Frames, at most half of the vowel, of an onset that the teacher does not write."""


class Alignment(NamedTuple):
    """Where the speech lies, and how its time is shared.

    Attributes:
        start: first frame that is kept.
        durations: (L,) int64 frames of each symbol from there on.
    """

    start: int
    durations: NDArray[np.int64]

    @property
    def end(self) -> int:
        """The frame after the last that is kept."""
        return self.start + int(self.durations.sum())


def align(
    items: Sequence[SpokenItem],
    letters: Sequence[kokoro.Symbol],
    frames: NDArray[np.int16],
    symbols: Sequence[Symbol],
    heard: tuple[int, int],
) -> Alignment:
    """Share out the time between the first and the last sound, with a little silence around.

    Args:
        items: what is said.
        letters: (A,) how the teacher spells it.
        frames: (A + 2,) of the teacher, with the silences around.
        symbols: (L,) how the student spells it.
        heard: frames of the student in which the first and the last sound are; the teacher counts silence
            to the letters next to it.

    Raises:
        ValueError: the two spell different things.
    """
    ends = [PER_LETTER * end for end in accumulate(int(count) for count in frames)]
    spoken = _spans_by_item(letters, ends)
    shares = {item: _shares(items[item], letters, spans) for item, spans in spoken.items()}
    begins = {item: next(iter(spans.values()))[0] for item, spans in spoken.items()}
    first = min(begins.values())
    bounds = _bounds(symbols, shares, begins)
    *_, before, last, _ = (first, *bounds)
    bounds[-2] = min(last, max(heard[1] + 1, before + 1))
    bounds[-1] = min(ends[-1], bounds[-2] + TAIL)
    start = max(0, first - LEAD, min(heard[0], bounds[0] - 1) - LEAD)
    return Alignment(start, np.diff(np.array([start, *bounds])))


def _spans_by_item(letters: Sequence[kokoro.Symbol], ends: Sequence[int]) -> dict[int, Spans]:
    """Item → its letters."""
    found: dict[int, Spans] = defaultdict(dict)
    for place, letter in enumerate(letters):
        if letter.role is Role.SPOKEN:
            found[letter.item][place] = ends[place], ends[place + 1]
    return found


def _shares(item: SpokenItem, letters: Sequence[kokoro.Symbol], spans: Spans) -> list[int]:
    """The frame after the last of each symbol of an item."""
    times = list(spans.values())
    if isinstance(item, EnglishWord):
        counts = accumulate(len(kokoro.phone(phone)) for phone in item.phones)
        return [times[count - 1][1] for count in counts]
    begin, end = times[0]
    onset = _onset("".join(letters[place].text for place in spans))
    return [times[onset - 1][1] if onset else begin + min(_BORROWED, (end - begin) // 2), times[-1][1]]


def _onset(written: str) -> int:
    """Letters of a syllable that belong to its initial; 0 where the teacher writes none."""
    consonants = next((place for place, letter in enumerate(written) if letter not in _CONSONANTS), 0)
    return consonants or int(written[0] in _GLIDES)


def _bounds(
    symbols: Sequence[Symbol], shares: Mapping[int, list[int]], begins: Mapping[int, int]
) -> list[int]:
    """The frame after the last of each symbol; what lies between two items is the break between them."""
    if Counter(symbol.item for symbol in symbols if not _is_break(symbol)) != Counter(
        {item: len(ends) for item, ends in shares.items()}
    ):
        raise ValueError("teacher and student spell different things")
    left = {item: iter(ends) for item, ends in shares.items()}
    bounds: list[int] = []
    for symbol, following in zip(symbols, [*symbols[1:], symbols[-1]], strict=True):
        own = bounds[-1] if _is_break(symbol) else next(left[symbol.item])
        goes_on = following.item == symbol.item or _is_break(following)
        bounds.append(own if goes_on else begins[following.item])
    return bounds


def _is_break(symbol: Symbol) -> bool:
    return symbol.phone.startswith("#")
