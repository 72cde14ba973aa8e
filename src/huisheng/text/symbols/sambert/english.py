"""Syllables of an English word: each begins as early as a word could (maximal onsets, Kahn 1976)."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from huisheng.text.pronunciation import arpabet
from huisheng.text.pronunciation.arpabet import Phones
from huisheng.text.resources import rows

_PACKAGE: Final = "huisheng.text.symbols"
_NEVER_FIRST: Final = "NG"


class EnglishSyllable(NamedTuple):
    """Phones in lower case without digits, and the stress of their vowel, `0` or `1`."""

    phones: Phones
    stress: str


def syllables(phones: Phones) -> tuple[EnglishSyllable, ...]:
    """The syllables of a word in ARPAbet; one for a word without a vowel, none for none."""
    vowels = [place for place, phone in enumerate(phones) if arpabet.is_vowel(phone)]
    starts = [_start(phones, left + 1, right) for left, right in pairwise(vowels)]
    bounds = (0, *starts, len(phones))
    return tuple(_syllable(phones[start:end]) for start, end in pairwise(bounds) if start < end)


def _start(phones: Phones, first: int, vowel: int) -> int:
    """Where the syllable of a vowel begins, at the earliest at `first`."""
    return next(place for place in range(first, vowel + 1) if _may_begin(phones[place:vowel]))


def _may_begin(consonants: Phones) -> bool:
    return consonants != (_NEVER_FIRST,) if len(consonants) < 2 else consonants in _clusters()


def _syllable(phones: Phones) -> EnglishSyllable:
    stressed = any(phone.endswith("1") for phone in phones)
    return EnglishSyllable(tuple(phone.rstrip("0123").lower() for phone in phones), str(int(stressed)))


@cache
def _clusters() -> frozenset[Phones]:
    return frozenset(arpabet.phones(row[0]) for row in rows(_PACKAGE, "english_onsets.tsv"))
