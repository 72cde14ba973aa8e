"""What the model of polyphones sees of a character's surroundings: characters, words and their kinds.

Every feature is a short text that begins with its kind. The same function serves training and reading, so
that they never differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from huisheng.text.segmentation import Word

_NEAR: Final = 3
"""Characters on either side whose place counts."""
_FAR: Final = 10
"""Characters on either side that count wherever they stand."""
EDGE: Final = "^"
"""Stands for what is not there."""
_LONGEST_WORD: Final = 4


@dataclass(frozen=True, slots=True)
class Place:
    """One character of a phrase.

    Attributes:
        words: of the phrase.
        position: index of the word that holds the character.
        offset: of the character in that word.
        text: the words together.
        index: of the character in `text`.
    """

    words: Sequence[Word]
    position: int
    offset: int
    text: str
    index: int

    @property
    def character(self) -> str:
        """The character itself."""
        return self.text[self.index]


def features(place: Place, proposals: Sequence[str]) -> list[str]:
    """Everything that may decide a reading.

    Args:
        place: of the character.
        proposals: what dictionaries and rules say, each with its kind: `word2=hang2`.
    """
    return ["bias", *proposals, *_characters(place), *_neighbours(place), *_bag(place)]


def _characters(place: Place) -> Iterator[str]:
    """Characters by their place, alone and joined."""
    text = f"{EDGE * _NEAR}{place.text}{EDGE * _NEAR}"
    at = place.index + _NEAR
    l3, l2, l1 = text[at - 3], text[at - 2], text[at - 1]
    r1, r2, r3 = text[at + 1], text[at + 2], text[at + 3]
    yield from (f"l1{l1}", f"r1{r1}", f"l2{l2}", f"r2{r2}", f"l3{l3}", f"r3{r3}")
    yield from (f"ll{l2}{l1}", f"rr{r1}{r2}", f"lr{l1}{r1}", f"lll{l3}{l2}{l1}", f"rrr{r1}{r2}{r3}")
    yield from (f"llr{l2}{l1}{r1}", f"lrr{l1}{r1}{r2}", f"l2r{l2}{r1}", f"lr2{l1}{r2}")


def _neighbours(place: Place) -> Iterator[str]:
    """The word, those beside it, and their parts of speech."""
    words, at = place.words, place.position
    word = words[at]
    part = f"{len(word.text)}{place.offset}"
    (l2, l2t), (l1, l1t), (r1, r1t), (r2, r2t) = (_word(words, at + step) for step in (-2, -1, 1, 2))
    yield from (f"w{word.text}", f"t{word.tag}{part}", f"p{part}")
    yield from (f"wl{l1}", f"wr{r1}", f"tl{l1t}", f"tr{r1t}", f"tlr{l1t} {r1t}", f"wlr{l1} {r1}")
    yield from (
        f"tll{l2t} {l1t}",
        f"trr{r1t} {r2t}",
        f"wl2{l2}",
        f"wr2{r2}",
        f"tpl{part}{l1t}",
        f"tpr{part}{r1t}",
    )
    yield from (f"wtl{l1} {r1t}", f"wtr{l1t} {r1}", f"nl{len(l1)}", f"nr{len(r1)}", f"ends{_ends(place)}")


def _bag(place: Place) -> Iterator[str]:
    """What stands somewhere on either side."""
    left = place.text[max(0, place.index - _FAR) : place.index]
    right = place.text[place.index + 1 : place.index + 1 + _FAR]
    yield from (f"L{character}" for character in dict.fromkeys(left))
    yield from (f"R{character}" for character in dict.fromkeys(right))
    for word in place.words:
        if 1 < len(word.text) <= _LONGEST_WORD:
            yield f"W{word.text}"


def _word(words: Sequence[Word], at: int) -> tuple[str, str]:
    return (words[at].text, words[at].tag) if 0 <= at < len(words) else (EDGE, EDGE)


def _ends(place: Place) -> str:
    """How near the ends of the phrase are, as far as it matters."""
    return f"{min(place.index, 2)}{min(len(place.text) - 1 - place.index, 2)}"
