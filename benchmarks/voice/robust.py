"""A thousand texts by the student, voices taking turns: is every word said, and said once?

The recognizer drops and adds syllables by itself, more of them where it knows a word less. So what it flags
is recognized again, played slower and faster and cut elsewhere: a word that was not said is missing every
time, and at the same place. The teacher reads the flagged texts too and is checked alike; what is left is
suspected, and a person has to hear it. How much of that is found is measured on recordings from which
words were cut out, or in which they stand twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, NamedTuple

from benchmarks.emotion.takes import Ledger
from benchmarks.voice.alignment import TranscriptErrors, compare, pinyin_syllables, reference_syllables
from benchmarks.voice.articulation import Articulation, articulation
from benchmarks.voice.faults import FAULTS, Fault, FaultyReader
from benchmarks.voice.listening import unwritten, write_all
from benchmarks.voice.pieces import OTHERS, PLAIN, TranscriptionSetup
from benchmarks.voice.readers import PackageReader, Reader, TeacherReader
from benchmarks.voice.takes import RESULTS, Take, forget, key, record_all
from benchmarks.voice.texts import Line, spread
from benchmarks.voice.work import compute_missing, show_progress

RUN: Final = 2
"""Syllables in a row that are missing, or too many: one alone is mostly the recognizer's doing."""
ODD: Final = (0.5, 2.0)
"""Time of a syllable, as a factor of its voice's median, outside of which it is looked at."""
SPOILED: Final = "ordinary"
"""Group of the texts whose recordings are spoiled."""
MOST_SPOILED: Final = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as it was understood.

    Attributes:
        line: text and group.
        voice: that read it.
        heard: what the recognizer understood.
        found: how the two differ.
        articulation: how its syllables were spoken.
        again: how they differ in each other setup; empty where it was not heard again.
    """

    line: Line
    voice: str
    heard: str
    found: TranscriptErrors
    articulation: Articulation
    again: tuple[TranscriptErrors, ...] = ()

    @property
    def flagged(self) -> bool:
        """Whether words may be missing, or said twice."""
        return bool(_doubtful(self.found))

    @property
    def confirmed(self) -> bool:
        """Whether they may be however one listens, at the same place."""
        first = _doubtful(self.found)
        return bool(first.intersection(*map(_doubtful, self.again)))


class Detection(NamedTuple):
    """How many of so many texts are flagged, and how many confirmed."""

    texts: int
    flagged: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Robustness:
    """What was found.

    Attributes:
        readings: of all texts, by the student.
        teachers: text → the teacher's reading of each that is flagged.
        spoiled: fault → readings of recordings that have it.
    """

    readings: Sequence[Reading]
    teachers: Mapping[str, Reading]
    spoiled: Mapping[Fault, Sequence[Reading]]

    @property
    def flagged(self) -> list[Reading]:
        """Those in which words may be missing, or said twice."""
        return [reading for reading in self.readings if reading.flagged]

    @property
    def suspects(self) -> list[Reading]:
        """The confirmed, but for texts in which the teacher's words are missed or doubled as surely."""
        return [
            reading
            for reading in self.flagged
            if reading.confirmed and not self.teachers[reading.line.text].confirmed
        ]

    @property
    def detections(self) -> dict[Fault, Detection]:
        """How many of the recordings with a fault are found."""
        return {
            fault: Detection(len(its), sum(one.flagged for one in its), sum(one.confirmed for one in its))
            for fault, its in self.spoiled.items()
            if its
        }

    @property
    def odd(self) -> list[tuple[Reading, float]]:
        """Those spoken much faster or slower than usual, and their pace as a factor of the median of what
        the same voice reads, of texts about as long: a word alone takes twice its time in a sentence.
        """
        paces: dict[tuple[str, int], list[float]] = {}
        for reading in self.readings:
            paces.setdefault(_peers(reading), []).append(reading.articulation.pace)
        usual = {peers: median(its) or 1.0 for peers, its in paces.items()}
        factors = [(reading, reading.articulation.pace / usual[_peers(reading)]) for reading in self.readings]
        return [(reading, factor) for reading, factor in factors if not ODD[0] <= factor <= ODD[1]]

    def error(self, group: str = "") -> float:
        """Syllables misheard in a group, in %; of all for an empty name."""
        found = [reading.found for reading in self.readings if group in ("", reading.line.group)]
        return 100.0 * sum(one.errors for one in found) / max(1, sum(one.syllables for one in found))


def robustness(students: Sequence[PackageReader], lines: Sequence[Line], jobs: int) -> Robustness:
    """Read everything, have the teacher read what is flagged, and spoil a part.

    Args:
        students: at least one.
        lines: the texts, each of them once.
        jobs: processes.

    Raises:
        NoEar: a listening process has ended.
    """
    readers = [students[place % len(students)] for place in range(len(lines))]
    readings = _read(readers, lines, jobs)
    flagged = [reading for reading in readings if reading.flagged]
    teachers = _read(
        [TeacherReader(reading.voice) for reading in flagged], [reading.line for reading in flagged], jobs
    )
    ordinary = [pair for pair in zip(readers, lines, strict=True) if pair[1].group == SPOILED]
    plain = spread(ordinary, MOST_SPOILED)
    spoiled: dict[Fault, list[Reading]] = {
        fault: _read([FaultyReader(one, fault) for one, _ in plain], [line for _, line in plain], jobs)
        for fault in FAULTS
    }
    return Robustness(readings, {reading.line.text: reading for reading in teachers}, spoiled)


def _read(readers: Sequence[Reader], lines: Sequence[Line], jobs: int) -> list[Reading]:
    """Every line by its reader, listened to again where it is flagged."""
    takes = [Take(reader, line.text) for reader, line in zip(readers, lines, strict=True)]
    articulations, heard = _articulations(takes, jobs), _hear(takes, PLAIN, jobs)
    first = [
        Reading(line, take.reader.voice, heard[take], _compare(take, heard[take]), articulations[take])
        for take, line in zip(takes, lines, strict=True)
    ]
    asked = [take for take, reading in zip(takes, first, strict=True) if reading.flagged]
    others = [_hear(asked, setup, jobs) for setup in OTHERS]
    for take in takes:
        forget(take)
    again = {take: tuple(_compare(take, words[take]) for words in others) for take in asked}
    return [replace(reading, again=again.get(take, ())) for take, reading in zip(takes, first, strict=True)]


def _articulations(takes: Sequence[Take], jobs: int) -> dict[Take, Articulation]:
    """How each take was spoken."""
    known = Ledger(RESULTS / "sounds.jsonl")
    _record([take for take in takes if known.get(key(take)) is None], jobs)
    asked = {take: (key(take), take) for take in takes}
    return {
        take: Articulation(*values) for take, values in compute_missing(articulation, asked, known, jobs=1)
    }


def _hear(takes: Sequence[Take], setup: TranscriptionSetup, jobs: int) -> dict[Take, str]:
    """What is understood of each take."""
    words = Ledger(RESULTS / "words.jsonl")
    _record(unwritten(takes, words, setup), jobs)
    return dict(show_progress("听写", len(takes), write_all(takes, words, jobs, setup)))


def _record(takes: Sequence[Take], jobs: int) -> None:
    for _ in show_progress("朗读", len(takes), record_all(takes, jobs)):
        pass


def _doubtful(found: TranscriptErrors) -> frozenset[int]:
    """Places of a text where words may be missing, or said twice."""
    least = min(RUN, max(1, found.syllables))
    runs = (run for run in found.runs if run.length >= (least if run.missing else RUN))
    return frozenset(place for run in runs for place in run.around)


def _peers(reading: Reading) -> tuple[str, int]:
    """Voice, and length of the text by powers of two."""
    return reading.voice, reading.found.syllables.bit_length()


def _compare(take: Take, heard: str) -> TranscriptErrors:
    return compare(reference_syllables(take.title), pinyin_syllables(heard))
