"""A voice that makes frame after frame, and several speakers of it at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from threading import Barrier
from typing import Final

import numpy as np
from benchmarks.sambert.lines import Line, Lines

from huisheng.engines.families import two_stage_engine
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.two_stage.engine import TwoStageEngine
from huisheng.types import ResolvedOptions, Samples, Utterance
from huisheng.voice.load import VoicePackage

SPEAKERS: Final = (1, 2, 4, 8)
BATCH: Final = 8
_SECONDS: Final = (3.0, 4.5, 6.0, 3.8, 5.2, 7.0)
"""Seconds of the texts, which differ so that they do not end together."""


@dataclass(frozen=True, slots=True)
class Concurrency:
    """What some speakers at once take.

    Attributes:
        batch: utterances that share steps at most.
        speakers: at once.
        work: seconds of processor time for a second of sound.
        wall: seconds for a second of sound, of all of them.
        first: milliseconds until a speaker hears the first of it, median.
        neighbours: largest difference of samples from what the same engine says to one speaker alone.
        difference: the same from what is said with steps that are not shared.
    """

    batch: int
    speakers: int
    work: float
    wall: float
    first: float
    neighbours: float
    difference: float


@dataclass(frozen=True, slots=True, eq=False)
class _RoundResult:
    sound: float
    work: float
    wall: float
    firsts: Sequence[float]
    heard: Sequence[Samples]


def compare_batches(package: VoicePackage, rounds: int) -> list[Concurrency]:
    """Steps shared and not, in turns."""
    lines = Lines(package)
    said = [lines.line(seconds, ResolvedOptions()) for seconds in _SECONDS]
    engines = {
        batch: two_stage_engine(package.manifest, lambda: package, EngineOptions(batch=batch))
        for batch in (1, BATCH)
    }
    alone = {
        batch: [_speak_lines(engine, [line]).heard[0] for line in said] for batch, engine in engines.items()
    }
    return [
        _summarize(batch, each, alone)
        for count in SPEAKERS
        for batch, each in _run_rounds(engines, [said[number % len(said)] for number in range(count)], rounds)
    ]


def _run_rounds(
    engines: dict[int, TwoStageEngine], lines: Sequence[Line], rounds: int
) -> Iterable[tuple[int, list[_RoundResult]]]:
    found: dict[int, list[_RoundResult]] = {batch: [] for batch in engines}
    for _ in range(rounds):
        for batch, engine in engines.items():
            found[batch].append(_speak_lines(engine, lines))
    return found.items()


def _summarize(
    batch: int, rounds: Sequence[_RoundResult], alone: Mapping[int, Sequence[Samples]]
) -> Concurrency:
    heard, sound = rounds[-1].heard, rounds[-1].sound
    return Concurrency(
        batch,
        len(heard),
        median(each.work for each in rounds) / sound,
        median(each.wall for each in rounds) / sound,
        1000.0 * median(first for each in rounds for first in each.firsts),
        _difference(heard, alone[batch]),
        _difference(heard, alone[1]),
    )


def _difference(heard: Sequence[Samples], alone: Sequence[Samples]) -> float:
    return max(float(np.abs(one - other).max()) for one, other in zip(heard, cycle(alone), strict=False))


def _speak_lines(engine: TwoStageEngine, lines: Sequence[Line]) -> _RoundResult:
    """Each line by a speaker of its own."""
    ready = Barrier(len(lines) + 1)

    def speak(line: Line) -> tuple[float, Samples]:
        ready.wait()
        began = time.perf_counter()
        chunks = engine.synthesize(Utterance(line.sentence, ResolvedOptions()))
        pieces = [next(chunks).samples]
        first = time.perf_counter() - began
        return first, np.concatenate([*pieces, *(chunk.samples for chunk in chunks)])

    with ThreadPoolExecutor(len(lines)) as threads:
        coming = [threads.submit(speak, line) for line in lines]
        ready.wait()
        wall, work = time.perf_counter(), time.process_time()
        made = [each.result() for each in coming]
        wall, work = time.perf_counter() - wall, time.process_time() - work
    sound = sum(line.seconds for line in lines)
    return _RoundResult(sound, work, wall, [first for first, _ in made], [samples for _, samples in made])
