"""When an answer is right, and how right answers add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from benchmarks.text.cases import ALLOWED, REQUIRED, Adapter, Case, Part, Task, read

_NEUTRAL: Final = "5"
_ER: Final = "er"
_COMMON: Final = "common"


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers counted.

    Attributes:
        cases: that were asked.
        right: cases with an answer that is right as a whole.
        parts: syllables, or phrase breaks that must be there.
        found: of the parts.
        extra: phrase breaks where none may be.
    """

    cases: int = 0
    right: int = 0
    parts: int = 0
    found: int = 0
    extra: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.cases + other.cases,
            self.right + other.right,
            self.parts + other.parts,
            self.found + other.found,
            self.extra + other.extra,
        )

    @property
    def share(self) -> float:
        """Share of the cases that are right, 0…1."""
        return self.right / self.cases if self.cases else 0.0

    @property
    def parts_share(self) -> float:
        """Share of the parts that were found, 0…1."""
        return self.found / self.parts if self.parts else 0.0

    @property
    def extra_rate(self) -> float:
        """Forbidden breaks for 100 cases."""
        return 100 * self.extra / self.cases if self.cases else 0.0


Sheet: TypeAlias = Mapping[str, Tally]
"""Category → its tally."""


def sheet(task: Task, part: Part, adapter: Adapter) -> Sheet:
    """A front-end's answers to every case of a task, counted by category."""
    cases = read(task, part)
    return score_all(task, cases, [adapter(case.question) for case in cases])


def score_all(task: Task, cases: Iterable[Case], answers: Iterable[str]) -> Sheet:
    """Answers counted by category, which keep their order."""
    tallies: dict[str, Tally] = {}
    for case, answer in zip(cases, answers, strict=True):
        tallies[case.category] = tallies.get(case.category, Tally()) + score(task, case, answer)
    return tallies


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them added up."""
    return sum(tallies, Tally())


def hard(sheet: Sheet) -> Tally:
    """Polyphones in all categories but the common."""
    return total(tally for category, tally in sheet.items() if category != _COMMON)


def score(task: Task, case: Case, answer: str) -> Tally:
    """One answer, counted."""
    return _RULES[task](case, answer)


def letters(text: str) -> str:
    """What is compared of a text."""
    return "".join(filter(str.isalnum, text.casefold())).replace("〇", "零")


def _score_text(case: Case, answer: str) -> Tally:
    """Alike in letters and digits; marks, blanks and capitals do not matter."""
    return _whole(letters(answer) in map(letters, case.answers))


def _score_reading(case: Case, answer: str) -> Tally:
    """The reading, or the same syllable without its tone; 儿 behind it does not matter."""
    plain = _without_er(answer)
    full = {_without_er(each) for each in case.answers}
    return _whole(plain in full or (plain[-1:] == _NEUTRAL and plain[:-1] in {each[:-1] for each in full}))


def _score_syllable(case: Case, answer: str) -> Tally:
    """Exactly that syllable: its neutral tone, its 儿 and the tone of 一 and 不 are what is asked for."""
    return _whole(answer in case.answers)


def _score_tones(case: Case, answer: str) -> Tally:
    """Every syllable in its tone; else as many as stand in order, against the answer that is nearest."""
    heard, accepted = answer.split(), [each.split() for each in case.answers]
    nearest = max(accepted, key=lambda syllables: _common(syllables, heard) / len(syllables))
    return Tally(1, int(heard in accepted), len(nearest), _common(nearest, heard))


def _score_breaks(case: Case, answer: str) -> Tally:
    """All breaks that must be there, and none where none may be."""
    wanted, allowed = _places(case.answers[0], REQUIRED), _places(case.answers[0], ALLOWED)
    made = _places(answer, REQUIRED)
    found, extra = len(wanted & made), len(made - wanted - allowed)
    return Tally(1, int(found == len(wanted) and not extra), len(wanted), found, extra)


def _score_emotion(case: Case, answer: str) -> Tally:
    return _whole(answer in case.answers)


_RULES: Final[Mapping[Task, Callable[[Case, str], Tally]]] = {
    "normalization": _score_text,
    "polyphones": _score_reading,
    "contexts": _score_syllable,
    "sandhi": _score_tones,
    "breaks": _score_breaks,
    "emotion": _score_emotion,
}


def _whole(right: bool) -> Tally:
    return Tally(cases=1, right=int(right))


def _without_er(syllable: str) -> str:
    """`huar1` → `hua1`, but `er2` stays."""
    base, tone = syllable[:-1], syllable[-1:]
    return syllable if base == _ER else base.removesuffix("r") + tone


def _common(wanted: list[str], heard: list[str]) -> int:
    blocks = SequenceMatcher(None, wanted, heard, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def _places(marked: str, sign: str) -> frozenset[int]:
    """How many characters stand before each sign. Beside a mark, where a phrase ends anyway, none counts."""
    text = ""
    places: set[int] = set()
    for character in marked:
        if character == sign:
            places.add(len(text))
        elif character not in REQUIRED + ALLOWED:
            text += character
    inside = (place for place in places if 0 < place < len(text))
    return frozenset(place for place in inside if text[place - 1].isalnum() and text[place].isalnum())
