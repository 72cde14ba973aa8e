"""What the model of breaks sees of the place between two words.

The same function serves training and reading, so that they never differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huisheng.text.segmentation import Word

BREAK: Final = "break"
"""The only group of the model; its labels are `YES` and `NO`."""
YES, NO = "|", "-"

_EDGE: Final = "^"
_LONGEST: Final = 16
"""Syllables beyond which lengths are not told apart."""
_FARTHEST: Final = 64
"""Words on each side that are looked at, so that time is linear in a phrase without marks."""


def features(words: Sequence[Word], end: int) -> list[str]:
    """Everything that may decide whether a phrase ends before the word at `end`.

    Args:
        words: between two marks.
        end: 1…len(words) − 1.
    """
    before = sum(map(length, words[max(0, end - _FARTHEST) : end]))
    after = sum(map(length, words[end : end + _FARTHEST]))
    return ["bias", *_lengths(before, after), *_words(words, end), *_places(words, end, before, after)]


def length(word: Word) -> int:
    """Syllables, an English word counted as two."""
    return 2 if word.tag == "eng" else len(word.text)


def _lengths(before: int, after: int) -> Iterator[str]:
    a, b = min(before, _LONGEST), min(after, _LONGEST)
    yield from (f"a{a}", f"b{b}", f"s{min(before + after, 2 * _LONGEST)}", f"ab{min(a, 9)} {min(b, 9)}")


def _words(words: Sequence[Word], end: int) -> Iterator[str]:
    (l2, l1), (r1, r2) = (
        (_word(words, end - 2), _word(words, end - 1)),
        (_word(words, end), _word(words, end + 1)),
    )
    yield from (f"l{l1.text}", f"r{r1.text}", f"lt{l1.tag}", f"rt{r1.tag}", f"lrt{l1.tag} {r1.tag}")
    yield from (f"lr{l1.text} {r1.text}", f"lwrt{l1.text} {r1.tag}", f"ltrw{l1.tag} {r1.text}")
    yield from (f"llt{l2.tag} {l1.tag}", f"rrt{r1.tag} {r2.tag}", f"l2{l2.text}", f"r2{r2.text}")
    yield from (f"llrt{l2.tag} {l1.tag} {r1.tag}", f"lrrt{l1.tag} {r1.tag} {r2.tag}")
    yield from (f"ln{len(l1.text)}{l1.tag[:1]}", f"rn{len(r1.text)}{r1.tag[:1]}")
    yield from (
        f"n{len(l1.text)}{len(r1.text)}",
        f"st{l1.tag[:1]} {r1.tag[:1]}",
        f"le{l1.text[-1:]}",
        f"rb{r1.text[:1]}",
    )


def _places(words: Sequence[Word], end: int, before: int, after: int) -> Iterator[str]:
    """The same neighbours at the same distance from the ends."""
    left, right = words[end - 1].tag[:1], words[end].tag[:1]
    far, near = min(before, 10) // 2, min(after, 10) // 2
    yield from (f"ta{left}{right}{far}", f"tb{left}{right}{near}", f"tab{left}{right}{far}{near}")
    if end > 1:
        yield from (f"f{words[0].text}{far}", f"ft{words[0].tag}{far}{right}")
    verbs = sum(word.tag.startswith("v") for word in words[end : end + _FARTHEST])
    yield f"v{min(verbs, 3)}{right}"


def _word(words: Sequence[Word], at: int) -> Word:
    return words[at] if 0 <= at < len(words) else Word(_EDGE, _EDGE)
