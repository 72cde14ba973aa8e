"""English words made from others: the base as it is said alone, and what a beginning or an ending adds.

googled => google, D        boxes => box, IH0 Z        vlogging => vlog, IH0 NG        unfriend => AH2 N, friend
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from huisheng.text.resources import rows

_PACKAGE: Final = "huisheng.text.pronunciation"
_NOTHING: Final = "-"
_VOWEL_FOLLOWS: Final = "~"
_SHORTEST_BASE: Final = 2
_SHORTEST_AFTER_BEGINNING: Final = 3
_MOST_STEPS: Final = 4
_VOICELESS: Final = frozenset({"P", "T", "K", "F", "TH", "S", "SH", "CH"})
_ALIKE: Final = {"Z": frozenset({"S", "Z", "SH", "ZH", "CH", "JH"}), "D": frozenset({"T", "D"})}
"""Sounds after which Z or D would not be heard."""
_DOUBLED: Final = re.compile(r"([bdfgkmnprtvz])\1$")
_DOUBLED_OR_OWN: Final = re.compile(r"([lsfz])\1$")
_LOST_E: Final = re.compile(
    r"(?:[cuv]|[bcdfgkptz]l|dg|[lnr]s|^[^aeiouy]*[aeiouy][bcdfgklmnpstz]|[aeo]r|th|at|iz|os|u[drst]|[aio]k|[ai]d)$"
)
"""Stems that stand alone only with a silent e: danc(e), hop(e), handl(e)."""

Phones: TypeAlias = tuple[str, ...]
Reader: TypeAlias = Callable[[str], Phones]


class _Ending(NamedTuple):
    """An ending, how the base ends without it, and what it says: always, or behind voiceless, voiced, like."""

    letters: str
    instead: str
    said: tuple[Phones, ...]


class Derivation:
    """Takes English words apart. Immutable."""

    def __init__(self) -> None:
        self._endings = [_ending(row) for row in rows(_PACKAGE, "endings.tsv")]
        self._beginnings = [(row[0], tuple(row[1].split(" "))) for row in rows(_PACKAGE, "beginnings.tsv")]

    def phones(self, word: str, read: Reader, steps: int = _MOST_STEPS) -> Phones:
        """ARPAbet of a derived word in lower case; empty when no base of it is known.

        Args:
            word: in lower case.
            read: says a base, empty when it cannot.
            steps: how many beginnings and endings may be taken off.
        """
        for base, add in self._bases(word):
            said = read(base) or (self.phones(base, read, steps - 1) if steps > 1 else ())
            if said:
                return add(said)
        return ()

    def _bases(self, word: str) -> Iterator[tuple[str, Callable[[Phones], Phones]]]:
        """Words that this one may come from, the likeliest first, and what makes it from them."""
        for ending in self._endings:
            stem = word.removesuffix(ending.letters)
            if len(stem) < len(word) and not ending.said:
                break
            if len(stem) < len(word) and len(stem) >= _SHORTEST_BASE:
                for base in _stems(stem, ending.instead):
                    yield base, lambda said, ending=ending: _ended(said, ending.said)
        for letters, begins in self._beginnings:
            base = word.removeprefix(letters)
            if len(base) < len(word) and len(base) >= _SHORTEST_AFTER_BEGINNING:
                yield base, lambda said, begins=begins: begins + said


def _ending(row: tuple[str, ...]) -> _Ending:
    letters, instead, said = row
    forms = () if said == _NOTHING else tuple(tuple(form.split(" ")) for form in said.split("/"))
    return _Ending(letters, "" if instead == _NOTHING else instead, forms)


def _stems(stem: str, instead: str) -> tuple[str, ...]:
    """How the base may be written: before a vowel letters are doubled and a silent e is lost."""
    if instead != _VOWEL_FOLLOWS:
        return (stem + instead,)
    if _DOUBLED.search(stem):
        return (stem[:-1], stem)
    if _DOUBLED_OR_OWN.search(stem):
        return (stem, stem[:-1])
    return (stem + "e", stem) if _LOST_E.search(stem) else (stem, stem + "e")


def _ended(base: Phones, said: tuple[Phones, ...]) -> Phones:
    """The base with its ending; one that carries the stress weakens that of the base."""
    ending = said[0] if len(said) == 1 else said[_kind(base[-1], said[1][0])]
    if any(phone.endswith("1") for phone in ending):
        base = tuple(phone.replace("1", "2") for phone in base)
    return base + ending


def _kind(last: str, voiced: str) -> int:
    """Which form of an ending follows a sound: 0 behind a voiceless one, 1 a voiced, 2 one like itself."""
    if last in _ALIKE[voiced]:
        return 2
    return 0 if last in _VOICELESS else 1
