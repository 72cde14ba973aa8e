"""A thousand texts by the student, voices taking turns: is every word said, and said once?

The recognizer drops and adds syllables by itself, more of them where it knows a word less. So what it reports
of the student is held against what it reports of the teacher on exactly those texts; what is left is
suspected, and somebody has to listen to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.emotion.takes import Ledger
from benchmarks.voice.alignment import Comparison, compare, expected, understood
from benchmarks.voice.listening import write_all
from benchmarks.voice.readers import PackageReader, TeacherReader, frontend
from benchmarks.voice.takes import RESULTS, Take, clip, forget, key, record_all, recorded
from benchmarks.voice.texts import Line
from benchmarks.voice.work import counted, remembered

from huisheng.types import EnglishWord, Mark, SpokenItem

RUN: Final = 2
"""Syllables in a row that are missing, or too many: one alone is mostly the recognizer's doing."""
ODD: Final = (0.5, 2.0)
"""Time of a syllable, as a factor of its voice's median, outside of which it is looked at."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as it was understood.

    Attributes:
        line: text and group.
        voice: that read it.
        heard: what the recognizer understood.
        found: how the two differ.
        pace: seconds a syllable, pauses left out.
    """

    line: Line
    voice: str
    heard: str
    found: Comparison
    pace: float

    @property
    def flagged(self) -> bool:
        """Whether words may be missing, or said twice."""
        missing = self.found.dropped >= min(RUN, max(1, self.found.syllables))
        return missing or self.found.added >= RUN


@dataclass(frozen=True, slots=True)
class Robustness:
    """What was found.

    Attributes:
        readings: of all texts, by the student.
        teachers: text → the teacher's reading of each that is flagged.
    """

    readings: Sequence[Reading]
    teachers: Mapping[str, Reading]

    @property
    def flagged(self) -> list[Reading]:
        """Those in which words may be missing, or said twice."""
        return [reading for reading in self.readings if reading.flagged]

    @property
    def suspected(self) -> list[Reading]:
        """Those of the flagged in which the recognizer understands the teacher."""
        return [reading for reading in self.flagged if not self.teachers[reading.line.text].flagged]

    @property
    def odd(self) -> list[tuple[Reading, float]]:
        """Those spoken much faster or slower than usual, and their pace as a factor of the median of what
        the same voice reads, of texts about as long: a word alone takes twice its time in a sentence.
        """
        paces: dict[tuple[str, int], list[float]] = {}
        for reading in self.readings:
            paces.setdefault(_peers(reading), []).append(reading.pace)
        usual = {peers: median(its) or 1.0 for peers, its in paces.items()}
        factors = [(reading, reading.pace / usual[_peers(reading)]) for reading in self.readings]
        return [(reading, factor) for reading, factor in factors if not ODD[0] <= factor <= ODD[1]]

    def error(self, group: str = "") -> float:
        """Syllables misheard in a group, in %; of all for an empty name."""
        found = [reading.found for reading in self.readings if group in ("", reading.line.group)]
        return 100.0 * sum(one.errors for one in found) / max(1, sum(one.syllables for one in found))


def robustness(students: Sequence[PackageReader], lines: Sequence[Line], jobs: int) -> Robustness:
    """Read everything, and have the teacher read what is flagged.

    Args:
        students: at least one.
        lines: the texts, each of them once.
        jobs: processes.

    Raises:
        NoEar: a listening process has ended.
    """
    takes = [Take(students[place % len(students)], line.text) for place, line in enumerate(lines)]
    readings = _read(takes, lines, jobs)
    flagged = [reading for reading in readings if reading.flagged]
    again = [Take(TeacherReader(reading.voice), reading.line.text) for reading in flagged]
    teachers = _read(again, [reading.line for reading in flagged], jobs)
    return Robustness(readings, {reading.line.text: reading for reading in teachers})


def _read(takes: Sequence[Take], lines: Sequence[Line], jobs: int) -> list[Reading]:
    paces, words = Ledger(RESULTS / "paces.jsonl"), Ledger(RESULTS / "words.jsonl")
    unknown = [take for take in takes if None in (paces.get(key(take)), words.get(key(take)))]
    for _ in counted("朗读", len(unknown), record_all(unknown, jobs)):
        pass
    asked = {take: (key(take), take) for take in takes}
    pace_of = {take: values[0] for take, values in remembered(pace, asked, paces, jobs=1)}
    heard = dict(counted("听写", len(takes), write_all(takes, words, jobs)))
    for take in unknown:
        forget(take)
    return [
        Reading(line, take.reader.voice, heard[take], _compared(take, heard[take]), pace_of[take])
        for take, line in zip(takes, lines, strict=True)
    ]


def _peers(reading: Reading) -> tuple[str, int]:
    """Voice, and length of the text by powers of two."""
    return reading.voice, reading.found.syllables.bit_length()


def _compared(take: Take, heard: str) -> Comparison:
    return compare(expected(take.title), understood(heard))


def pace(take: Take) -> list[float]:
    """Seconds a syllable of a recorded take, pauses left out, as the only number of a list."""
    items = (item for sentence in frontend().sentences(take.text) for item in sentence.items)
    sounding = sum(timing.end - timing.start for timing in recorded(clip(take)).timings)
    return [sounding / max(1, sum(map(_syllables, items)))]


def _syllables(item: SpokenItem) -> int:
    """Of one item; those of an English word are its vowels, which bear the stress digits."""
    if isinstance(item, EnglishWord):
        return sum(phone[-1].isdigit() for phone in item.phones)
    return 0 if isinstance(item, Mark) else 1
