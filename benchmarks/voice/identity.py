"""Is a speaker the same person in every emotion, another than the others, and nobody's double?

Speakers are directions in the space of a speaker encoder (`huisheng.tuning.speaker_network`); similarity is
the cosine, −1…1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from benchmarks.emotion.guards import SPEAKER
from benchmarks.emotion.takes import Ledger
from benchmarks.voice.figures import Reals
from benchmarks.voice.listening import hear_all
from benchmarks.voice.readers import PackageReader, Reader, TeacherReader
from benchmarks.voice.takes import RESULTS, Take, forget, key, record_all
from benchmarks.voice.teaching import sources
from benchmarks.voice.work import show_progress
from recipes.builtin.speakers import recipes

from huisheng.types import EmotionName

NEUTRAL: Final[EmotionName] = "neutral"

Directions: TypeAlias = Mapping[tuple[str, EmotionName], Reals]
"""Speaker and emotion → (D,) mean direction, of length 1."""


@dataclass(frozen=True, slots=True)
class Person:
    """One speaker.

    Attributes:
        voice: id.
        own: similarity between two of its emotions, on average.
        own_least: of the two that are least alike.
        nearest: the other speaker who is most like it, in whatever emotions.
        other: similarity to that one, on average.
    """

    voice: str
    own: float
    own_least: float
    nearest: str
    other: float


@dataclass(frozen=True, slots=True)
class Kinship:
    """How like a speaker is to those that it is blended of.

    Attributes:
        voice: id.
        sources: name → similarity, most alike first.
    """

    voice: str
    sources: Mapping[str, float]

    @property
    def nearest(self) -> float:
        """Similarity to the source that is most like it."""
        return max(self.sources.values())


@dataclass(frozen=True, slots=True)
class Identity:
    """What was found.

    Attributes:
        emotions: that were spoken.
        teachers, students: one for each speaker.
        kinships: of the student's speakers.
        strangers: similarity of every two different sources, ascending.
    """

    emotions: tuple[EmotionName, ...]
    teachers: Sequence[Person]
    students: Sequence[Person]
    kinships: Sequence[Kinship]
    strangers: tuple[float, ...]

    @property
    def distinct(self) -> bool:
        """Whether every speaker is more like itself than like any other."""
        return all(person.own > person.other for person in self.students)

    @property
    def nobodys_double(self) -> bool:
        """Whether no speaker is nearer to a source than different sources come to each other."""
        return all(kinship.nearest < self.strangers[-1] for kinship in self.kinships)


def identity(
    students: Sequence[PackageReader], emotions: Sequence[EmotionName], texts: Sequence[str], jobs: int
) -> Identity:
    """Speak and hear what is not known yet.

    Args:
        students: at least two; the teachers have their names.
        emotions: besides neutral.
        texts: that every speaker reads in every emotion, sources in none.
        jobs: processes.

    Raises:
        NoEar: a listening process has ended.
    """
    spoken_emotions = (NEUTRAL, *emotions)
    teachers = [TeacherReader(student.voice) for student in students]
    pure = [TeacherReader(source) for source in sources()]
    heard = {
        "students": _hear(students, spoken_emotions, texts, jobs),
        "teachers": _hear(teachers, spoken_emotions, texts, jobs),
        "sources": _hear(pure, (NEUTRAL,), texts, jobs),
    }
    return Identity(
        spoken_emotions,
        people(heard["teachers"]),
        people(heard["students"]),
        kinships(heard["students"], heard["sources"]),
        strangers(heard["sources"]),
    )


def people(directions: Directions) -> list[Person]:
    """Every speaker beside the others; at least two."""
    voices = tuple(dict.fromkeys(voice for voice, _ in directions))
    return [_person(directions, voice, [other for other in voices if other != voice]) for voice in voices]


def kinships(speakers: Directions, pure: Directions) -> list[Kinship]:
    """Every speaker beside its own sources, without emotion."""
    found: list[Kinship] = []
    for voice in dict.fromkeys(voice for voice, _ in speakers):
        own = speakers[voice, NEUTRAL]
        alike = {name: float(own @ pure[name, NEUTRAL]) for name in recipes()[voice].timbre}
        found.append(Kinship(voice, dict(sorted(alike.items(), key=lambda one: -one[1]))))
    return found


def strangers(pure: Directions) -> tuple[float, ...]:
    """Similarity of every two sources, ascending."""
    stacked = np.stack(list(pure.values()))
    upper = np.triu_indices(len(stacked), k=1)
    return tuple(sorted((stacked @ stacked.T)[upper].tolist()))


def _person(directions: Directions, voice: str, others: Sequence[str]) -> Person:
    own = _directions_of(directions, voice)
    alike = (own @ own.T)[np.triu_indices(len(own), k=1)]
    to_others = {other: float((own @ _directions_of(directions, other).T).mean()) for other in others}
    nearest = max(to_others, key=to_others.__getitem__)
    mean, least = (float(alike.mean()), float(alike.min())) if alike.size else (1.0, 1.0)
    return Person(voice, mean, least, nearest, to_others[nearest])


def _directions_of(directions: Directions, voice: str) -> Reals:
    """(E, D) directions of one speaker in E emotions."""
    return np.stack([direction for (its, _), direction in directions.items() if its == voice])


def _hear(
    readers: Sequence[Reader], emotions: Sequence[EmotionName], texts: Sequence[str], jobs: int
) -> Directions:
    takes = [Take(reader, text, emotion) for reader in readers for emotion in emotions for text in texts]
    ledger = Ledger(RESULTS / "heard.jsonl")
    unknown = [take for take in takes if ledger.get(key(take)) is None]
    for _ in show_progress("朗读", len(unknown), record_all(unknown, jobs)):
        pass
    groups: dict[tuple[str, EmotionName], list[Reals]] = {}
    for take, values in show_progress("听辨", len(takes), hear_all(takes, ledger, jobs)):
        groups.setdefault((take.reader.voice, take.emotion), []).append(values[SPEAKER])
    for take in unknown:
        forget(take)
    return {name: _unit(np.mean(vectors, axis=0)) for name, vectors in groups.items()}


def _unit(vector: Reals) -> Reals:
    return vector / np.linalg.norm(vector)
