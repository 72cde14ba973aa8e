"""New sentences by every speaker, student beside teacher: words, quality, noise, spectrum, pitch, time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numpy as np
from benchmarks.emotion.guards import ERRORS, QUALITY, SYLLABLES
from benchmarks.emotion.takes import Ledger
from benchmarks.voice import harmonicity, melody, spectra
from benchmarks.voice.figures import Contrast, Estimate, Reals, Sums, contrast, estimate
from benchmarks.voice.listening import hear_all
from benchmarks.voice.readers import PackageReader, TeacherReader
from benchmarks.voice.takes import RESULTS, Take, clip, forget, key, read_recording, record_all
from benchmarks.voice.work import compute_missing, show_progress

from huisheng.audio.resampling import resample

SECONDS, NOISE, HEIGHT, WIDTH, SYLLABLE = 0, 1, 2, 3, slice(4, None)
"""Places in what is measured of a take: `measure_clip`."""

BOTH: Final = ("errors", "quality", "noise", "height", "width")
"""Figures that both readers have: syllables misheard in %, DNSMOS overall, harmonics-to-noise ratio in dB,
mean F0 and range of F0 in semitones."""

BETWEEN: Final = ("spectrum_low", "spectrum_middle", "spectrum_high", "melody", "time")
"""Figures between the two: log-spectral distance in dB in each of `spectra.BANDS`, correlation of the pitch
of syllables, length of the student's speech as a share of the teacher's."""

_T = TypeVar("_T")


class Pair(NamedTuple):
    """One sentence, read by both."""

    teacher: Take
    student: Take


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found, by speaker; all speakers together under an empty name.

    Attributes:
        sentences: how many.
        contrasts: speaker → figure of `BOTH` → both readers.
        estimates: speaker → figure of `BETWEEN`.
    """

    sentences: int
    contrasts: Mapping[str, Mapping[str, Contrast]]
    estimates: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What was measured of V speakers and S sentences.

    Attributes:
        speakers: (V,) names.
        both: figure of `BOTH` → teacher, student.
        between: figure of `BETWEEN`.
    """

    speakers: tuple[str, ...]
    both: Mapping[str, tuple[Sums, Sums]]
    between: Mapping[str, Sums]


def quality(students: Sequence[PackageReader], texts: Sequence[str], jobs: int) -> Quality:
    """Speak, measure and hear everything that is not known yet.

    Args:
        students: at least one; the teachers have their names.
        texts: at least one sentence.
        jobs: processes.

    Raises:
        NoEar: a listening process has ended.
    """
    pairs = [
        Pair(Take(TeacherReader(student.voice), text), Take(student, text))
        for student in students
        for text in texts
    ]
    return summarize(collect_evidence(pairs, _measure(pairs, jobs)))


class Findings(NamedTuple):
    """What `measure_clip` gives of takes, `spectral_distances` of pairs, and what the ear hears."""

    sound: Mapping[Take, Reals]
    heard: Mapping[Take, Reals]
    distances: Mapping[Pair, Reals]


def _measure(pairs: Sequence[Pair], jobs: int) -> Findings:
    sound, heard = Ledger(RESULTS / "sound.jsonl"), Ledger(RESULTS / "heard.jsonl")
    spectral = Ledger(RESULTS / "spectra.jsonl")
    unknown = [
        pair
        for pair in pairs
        if spectral.get(_pair_name(pair)) is None
        or any(sound.get(_sound_name(take)) is None or heard.get(key(take)) is None for take in pair)
    ]
    takes = [take for pair in pairs for take in pair]
    wanted = [take for pair in unknown for take in pair]
    for _ in show_progress("朗读", len(wanted), record_all(wanted, jobs)):
        pass
    sounds = {take: (_sound_name(take), clip(take)) for take in takes}
    both = {pair: (_pair_name(pair), (clip(pair.teacher), clip(pair.student))) for pair in pairs}
    found = Findings(
        _arrays(show_progress("测量", len(takes), compute_missing(measure_clip, sounds, sound, jobs))),
        dict(show_progress("听辨", len(takes), hear_all(takes, heard, jobs))),
        _arrays(show_progress("对照", len(pairs), compute_missing(spectral_distances, both, spectral, jobs))),
    )
    for pair in unknown:
        forget(pair.student)
    return found


def collect_evidence(pairs: Sequence[Pair], found: Findings) -> Evidence:
    """Pairs are in the order of speakers, and within each in the same order of sentences."""
    speakers = tuple(dict.fromkeys(pair.student.reader.voice for pair in pairs))
    sides = [tuple(pair[side] for pair in pairs) for side in range(len(Pair._fields))]

    def table(values: Sequence[float]) -> Reals:
        return np.array(values, dtype=np.float64).reshape(len(speakers), -1)

    def side(takes: Sequence[Take]) -> dict[str, Sums]:
        heard, sound = ([known[take] for take in takes] for known in (found.heard, found.sound))
        errors = table([100.0 * one[ERRORS] for one in heard])
        return {
            "errors": Sums.quotient(errors, table([one[SYLLABLES] for one in heard])),
            "quality": Sums.mean(table([one[QUALITY] for one in heard])),
            "noise": Sums.mean(table([one[NOISE] for one in sound])),
            "height": Sums.mean(table([one[HEIGHT] for one in sound])),
            "width": Sums.mean(table([one[WIDTH] for one in sound])),
        }

    teacher, student = (side(takes) for takes in sides)
    teachers, students = ([found.sound[take] for take in takes] for takes in sides)
    spectral = [found.distances[pair] for pair in pairs]
    tunes = [
        melody.correlation(one[SYLLABLE], other[SYLLABLE])
        for one, other in zip(teachers, students, strict=True)
    ]
    lasting = [table([one[SECONDS] for one in its]) for its in (students, teachers)]
    bands = [Sums.mean(table([one[band] for one in spectral])) for band in range(len(spectra.BANDS))]
    between = (*bands, Sums.mean(table(tunes)), Sums.quotient(*lasting))
    return Evidence(
        speakers,
        {name: (teacher[name], student[name]) for name in BOTH},
        dict(zip(BETWEEN, between, strict=True)),
    )


def summarize(evidence: Evidence) -> Quality:
    """Figures of every speaker, and of all of them."""
    contrasts = {"": {name: contrast(*sides) for name, sides in evidence.both.items()}}
    estimates = {"": {name: estimate(sums) for name, sums in evidence.between.items()}}
    for place, speaker in enumerate(evidence.speakers):
        contrasts[speaker] = {
            name: contrast(teacher.of(place), student.of(place))
            for name, (teacher, student) in evidence.both.items()
        }
        estimates[speaker] = {name: estimate(sums.of(place)) for name, sums in evidence.between.items()}
    sentences = evidence.between["time"].above.shape[1]
    return Quality(sentences, contrasts, estimates)


def measure_clip(path: Path) -> list[float]:
    """Figures of a clip: seconds, mean harmonics-to-noise ratio in dB, mean and range of F0 in semitones,
    then the pitch of each syllable in semitones re 1 Hz. NaN where nothing is voiced.
    """
    speech = read_recording(path)
    f0 = melody.track_f0(speech.samples, speech.sample_rate)
    ratios = harmonicity.harmonicity(speech.samples, speech.sample_rate, f0)
    noise = float(ratios.mean()) if ratios.size else float("nan")
    syllables = melody.of_syllables(f0, speech.timings)
    return [speech.duration, noise, melody.height(f0), melody.width(f0), *syllables.tolist()]


def spectral_distances(paths: tuple[Path, Path]) -> list[float]:
    """Log-spectral distances of two clips, dB."""
    speeches = map(read_recording, paths)
    one, other = (resample(speech.samples, speech.sample_rate, spectra.RATE) for speech in speeches)
    return spectra.distances(one, other).tolist()


def _arrays(found: Iterable[tuple[_T, list[float]]]) -> dict[_T, Reals]:
    return {item: np.array(values) for item, values in found}


def _sound_name(take: Take) -> str:
    return f"{key(take)} {_code(harmonicity.__file__, melody.__file__)}"


def _pair_name(pair: Pair) -> str:
    return f"{key(pair.teacher)} {key(pair.student)} {_code(spectra.__file__)}"


@cache
def _code(*files: str) -> str:
    """Digest of the code that measures: what it measured before a change is measured again."""
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()
