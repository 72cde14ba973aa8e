"""English words made from others: the base as it is said alone, and what a beginning or an ending adds.

    googled => google, D    boxes => box, IH0 Z    vlogging => vlog, IH0 NG    unlike => AH2 N, like

The caller says how a base is read: from a dictionary, or by its spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from huisheng.text.pronunciation import arpabet
from huisheng.text.pronunciation.arpabet import Phones
from huisheng.text.resources import rows

_PACKAGE: Final = "huisheng.text.pronunciation"
_NOTHING: Final = "-"
_VOWEL_FOLLOWS: Final = "~"
_SHORTEST_STEM: Final = 2
_SHORTEST_AFTER_BEGINNING: Final = 3
_LONGEST_WORD: Final = 40
_MOST_STEPS: Final = 4
_VOICELESS: Final = frozenset({"P", "T", "K", "F", "TH", "S", "SH", "CH"})
_ALIKE: Final = {"Z": frozenset({"S", "Z", "SH", "ZH", "CH", "JH"}), "D": frozenset({"T", "D"})}
"""Sounds behind which Z or D alone would not be heard."""
_DOUBLED: Final = re.compile(r"([bdfgkmnprtvz])\1$")
_DOUBLED_OR_OWN: Final = re.compile(r"([lsfz])\1$")
_LOST_E: Final = re.compile(
    r"(?:[cuv]|[bcdfgkptz]l|dg|[lnr]s|^[^aeiouy]*[aeiouy][bcdfgklmnpstz]"
    r"|[aeo]r|th|at|iz|os|u[drst]|[aio]k|[ai]d)$"
)
"""Stems that stand alone only with a silent e: danc(e), hop(e), handl(e)."""


class _Ending(NamedTuple):
    """An ending, how the base ends without it, and what it says: always, or by the sound before it."""

    letters: str
    instead: str
    forms: tuple[Phones, ...]


class _Base(NamedTuple):
    """A word that another may come from, what is said before it and behind it."""

    word: str
    beginning: Phones = ()
    forms: tuple[Phones, ...] = ((),)


class Derivation:
    """Takes English words apart. Immutable."""

    def __init__(self) -> None:
        self._endings = [_ending(row) for row in rows(_PACKAGE, "endings.tsv")]
        self._beginnings = [(row[0], arpabet.phones(row[1])) for row in rows(_PACKAGE, "beginnings.tsv")]
        self._contractions = {row[0]: _forms(row[1]) for row in rows(_PACKAGE, "contractions.tsv")}

    def phones(self, word: str, read: Callable[[str], Phones], steps: int = _MOST_STEPS) -> Phones:
        """ARPAbet of a derived word; empty when none of its bases can be read.

        Args:
            word: in lower case.
            read: says a base, empty when it cannot.
            steps: how many beginnings and endings may be taken off.
        """
        if len(word) > _LONGEST_WORD or not steps:
            return ()
        for base in self._bases(word):
            said = read(base.word) or self.phones(base.word, read, steps - 1)
            if said:
                return base.beginning + _append_ending(said, base.forms)
        return ()

    def contract(self, base: Phones, letters: str) -> Phones:
        """A word with what stands behind its apostrophe; empty when that is nothing known."""
        return (
            _append_ending(base, self._contractions[letters])
            if base and letters in self._contractions
            else ()
        )

    def _bases(self, word: str) -> Iterator[_Base]:
        """The likeliest first. Letters that only look like an ending hide the shorter ones."""
        for ending in self._endings:
            if not word.endswith(ending.letters):
                continue
            if not ending.forms:
                break
            stem = word.removesuffix(ending.letters)
            if len(stem) >= _SHORTEST_STEM:
                yield from (_Base(base, forms=ending.forms) for base in _stems(stem, ending.instead))
        for letters, said in self._beginnings:
            if word.startswith(letters) and len(word) - len(letters) >= _SHORTEST_AFTER_BEGINNING:
                yield _Base(word.removeprefix(letters), said)


def _ending(row: tuple[str, ...]) -> _Ending:
    return _Ending(row[0], "" if row[1] == _NOTHING else row[1], _forms(row[2]))


def _forms(cell: str) -> tuple[Phones, ...]:
    return () if cell == _NOTHING else tuple(arpabet.phones(form) for form in cell.split("/"))


def _stems(stem: str, instead: str) -> tuple[str, ...]:
    """How the base may be written: before a vowel, a last letter is doubled and a silent e lost."""
    if instead != _VOWEL_FOLLOWS:
        return (stem + instead,)
    if _DOUBLED.search(stem):
        return (stem[:-1], stem)
    if _DOUBLED_OR_OWN.search(stem):
        return (stem, stem[:-1])
    return (stem + "e", stem) if _LOST_E.search(stem) else (stem, stem + "e")


def _append_ending(base: Phones, forms: tuple[Phones, ...]) -> Phones:
    """The base with its ending; one that carries the stress weakens that of the base."""
    ending = forms[0] if len(forms) == 1 else forms[_form(base[-1], forms[1][0])]
    if any(phone.endswith("1") for phone in ending):
        return arpabet.weaken(base) + ending
    return base + ending


def _form(last: str, voiced: str) -> int:
    """Which form of an ending follows a sound: 0 behind a voiceless one, 1 a voiced, 2 one like itself."""
    if last in _ALIKE[voiced]:
        return 2
    return 0 if last in _VOICELESS else 1
