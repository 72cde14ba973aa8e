"""Errors in running text: which syllables and breaks are wrong, of which class, how sure the rates are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product, repeat
from operator import itemgetter
from typing import Final, Literal, NamedTuple, TypeAlias

from benchmarks.text.natural import Paragraph, Read, Said, Syllables, TextReader, Unit, is_han

ErrorClass: TypeAlias = Literal["number", "polyphone", "yi_bu", "neutral", "erhua"]
CLASSES: Final[tuple[ErrorClass, ...]] = ("number", "polyphone", "yi_bu", "erhua", "neutral")
"""What an error is about: digits and letters, a reading, 一 and 不, 儿, the neutral tone alone."""

_NEUTRAL: Final = "5"
_ER: Final = "er"
_UNLIKE: Final = "一不儿"
_RESAMPLES: Final = 1000
_TAIL: Final = 0.025
_MOST_ANSWERS: Final = 64
"""Ways to say a stretch that are compared at most."""


class Interval(NamedTuple):
    """A figure and the bounds that hold it in 95 of 100 resamples of the paragraphs."""

    value: float
    low: float
    high: float


class Mistake(NamedTuple):
    """What was said wrong, and where."""

    kind: ErrorClass
    start: int
    end: int
    wanted: Syllables
    heard: Syllables


@dataclass(frozen=True, slots=True)
class Score:
    """One paragraph, or several, scored.

    Attributes:
        characters: Han characters in it.
        errors: by class.
        wanted: phrase breaks that people make.
        made: that the front-end makes.
        found: of both.
    """

    characters: int = 0
    errors: Counter[ErrorClass] = field(default_factory=Counter[ErrorClass])
    wanted: int = 0
    made: int = 0
    found: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.characters + other.characters,
            self.errors + other.errors,
            self.wanted + other.wanted,
            self.made + other.made,
            self.found + other.found,
        )

    def rate(self, *classes: ErrorClass) -> float:
        """Errors of some classes in 1,000 characters."""
        return 1000 * sum(self.errors[kind] for kind in classes) / max(self.characters, 1)

    @property
    def precision(self) -> float:
        """Share of the breaks made that people make too, 0…1."""
        return self.found / self.made if self.made else 0.0

    @property
    def recall(self) -> float:
        """Share of people's breaks that are made, 0…1."""
        return self.found / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both, 0…1."""
        both = self.wanted + self.made
        return 2 * self.found / both if both else 0.0


def score(paragraph: Paragraph, read: Read) -> Score:
    """One paragraph as a front-end reads it."""
    errors = Counter[ErrorClass]([mistake.kind for mistake in mistakes(paragraph, read.said)])
    found = len(paragraph.breaks & read.breaks)
    return Score(paragraph.characters, errors, len(paragraph.breaks), len(read.breaks), found)


def score_all(given: Sequence[Paragraph], reader: TextReader) -> list[Score]:
    """Each paragraph as a front-end reads it."""
    return [score(paragraph, reader(paragraph.text)) for paragraph in given]


def interval(scores: Sequence[Score], *classes: ErrorClass) -> Interval:
    """Errors of some classes in 1,000 characters, by resampling whole paragraphs (Efron 1979, "Bootstrap
    methods").
    """
    chance = random.Random(0)
    rates = sorted(
        sum(chance.choices(scores, k=len(scores)), Score()).rate(*classes) for _ in range(_RESAMPLES)
    )
    low, high = rates[int(_RESAMPLES * _TAIL)], rates[int(_RESAMPLES * (1 - _TAIL))]
    return Interval(sum(scores, Score()).rate(*classes), low, high)


def mistakes(paragraph: Paragraph, said: Sequence[Said]) -> Iterator[Mistake]:
    """What is said wrong in a paragraph, a syllable each; a 儿 and the syllable before it are one."""
    for units, heard in _stretches(paragraph.units, said):
        start, end = units[0].start, units[-1].end
        wanted, count = _nearest(units, heard)
        if count:
            kind = _class(paragraph.text[start:end], wanted, heard)
            mistake = Mistake(kind, start, end, wanted, heard)
            yield from repeat(mistake, 1 if kind == "erhua" else count)


def score_alike(given: Sequence[Paragraph], readings: Sequence[Sequence[str]]) -> Score:
    """The characters that all front-ends read: without 一, 不 and 儿, whose forms not all of them give.

    Args:
        given: running text.
        readings: for each paragraph one for each character; empty where there is none.
    """
    found: list[ErrorClass | None] = []
    for paragraph, told in zip(given, readings, strict=True):
        found += _alike(paragraph, told)
    return Score(len(found), Counter([kind for kind in found if kind]))


def _alike(paragraph: Paragraph, readings: Sequence[str]) -> Iterator[ErrorClass | None]:
    """For each such character its error, None where it is right."""
    for unit in paragraph.units:
        character = paragraph.text[unit.start : unit.end]
        if len(character) > 1 or not is_han(character) or character in _UNLIKE:
            continue
        heard = _without_er(readings[unit.start]) if readings else ""
        wanted = [_without_er(answer[0]) for answer in unit.answers]
        yield None if heard in wanted else _class(character, (wanted[0],), (heard,))


def _stretches(units: Sequence[Unit], said: Sequence[Said]) -> Iterator[tuple[Sequence[Unit], Syllables]]:
    """The least stretches of units that no syllable crosses, with what is said for them."""
    begin = place = 0
    while begin < len(units):
        end, reach = begin + 1, units[begin].end
        heard: list[str] = []
        while place < len(said) and said[place].start < reach:
            heard.append(said[place].syllable)
            reach = max(reach, said[place].end)
            place += 1
            while end < len(units) and units[end].start < reach:
                reach = max(reach, units[end].end)
                end += 1
        yield units[begin:end], tuple(heard)
        begin = end


def _nearest(units: Sequence[Unit], heard: Syllables) -> tuple[Syllables, int]:
    """What was to be said, in the way that is nearest to what was, and how many syllables differ."""
    ways = (sum(way, ()) for way in islice(product(*map(_ways, units)), _MOST_ANSWERS))
    return min(((way, _distance(way, heard)) for way in ways), key=itemgetter(1))


def _ways(unit: Unit) -> tuple[Syllables, ...]:
    """The answers of a unit; those of one syllable as one, with `/` between what is as right."""
    if all(len(answer) == 1 for answer in unit.answers):
        return (("/".join(answer[0] for answer in unit.answers),),)
    return unit.answers


def _distance(wanted: Syllables, heard: Syllables) -> int:
    """Edit distance of two lines of syllables (Levenshtein 1966)."""

    @cache
    def rest(i: int, j: int) -> int:
        if i == len(wanted) or j == len(heard):
            return len(wanted) - i + len(heard) - j
        differ = heard[j] not in wanted[i].split("/")
        return min(rest(i + 1, j + 1) + differ, rest(i + 1, j) + 1, rest(i, j + 1) + 1)

    return rest(0, 0)


def _class(written: str, wanted: Syllables, heard: Syllables) -> ErrorClass:
    if not all(map(is_han, written)):
        return "number"
    if written in "一不":
        return "yi_bu"
    bare = [tuple(_without_er(each) for each in sounds) for sounds in (wanted, heard)]
    if "儿" in written or bare[0] == bare[1]:
        return "erhua"
    alike = [syllable[:-1] for syllable in bare[0]] == [syllable[:-1] for syllable in bare[1]]
    return "neutral" if alike and _NEUTRAL in {syllable[-1] for syllable in wanted + heard} else "polyphone"


def _without_er(syllable: str) -> str:
    """`huar1` → `hua1`, but `er2` stays."""
    base, tone = syllable[:-1], syllable[-1:]
    return syllable if base == _ER else base.removesuffix("r") + tone
