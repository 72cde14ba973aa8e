"""How fast is the voice, front-end included, how soon is it heard, and how large is it?"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from benchmarks.sambert.first import First, time_first_audio
from benchmarks.speed.runs import in_turn, listen
from benchmarks.speed.texts import read_texts
from benchmarks.voice.opening import open_engine
from benchmarks.voice.seams import largest_difference
from benchmarks.voice.texts import held_out, robust, spread

from huisheng.runtime.synthesizer import Synthesizer

THREADS: Final = (1, 2)
FIRST: Final = 20
"""Characters of the texts whose first sound is waited for."""
SEAMS: Final = 5
"""Sentences whose stream is compared with the whole."""
_STARTS: Final = 3
"""Processes whose start is measured, after one that warms the system's cache of files."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was found.

    Attributes:
        factors: threads → characters → real-time factor, median over texts and rounds.
        first: seconds until the first sound, of `FIRST` characters on two threads.
        ready: seconds from the start of a process to its first sound, median.
        size: bytes of the package on disk.
        seam: largest difference between stream and whole; None where there is no stream.
    """

    factors: Mapping[int, Mapping[int, float]]
    first: First
    ready: float
    size: int
    seam: float | None

    def slowest(self, threads: int) -> float:
        """The real-time factor of the set that is slowest on so many threads."""
        return max(self.factors[threads].values())


def speed(package: Path, rounds: int) -> Speed:
    """Measure everything, in this process but for its start.

    Args:
        package: folder.
        rounds: how often every text is spoken.

    Raises:
        VoiceMissing: there is none.
        VoicePackageError: it is damaged.
    """
    synthesizers = {threads: Synthesizer(open_engine(package, threads)) for threads in THREADS}
    for synthesizer in synthesizers.values():
        synthesizer.load()
    return Speed(
        _factors(synthesizers, sets(), rounds),
        _first(synthesizers[max(THREADS)], read_texts()[FIRST], rounds),
        _ready(package, read_texts()[FIRST][0]),
        sum(path.stat().st_size for path in package.glob("*")),
        largest_difference(package, spread(held_out(), SEAMS)),
    )


def sets() -> Mapping[int, Sequence[str]]:
    """Characters, about → texts."""
    long = [line.text for line in robust() if line.group == "eighty"]
    return {20: read_texts()[20], 50: read_texts()[50], 80: spread(long, 3)}


def _factors(
    synthesizers: Mapping[int, Synthesizer], texts: Mapping[int, Sequence[str]], rounds: int
) -> dict[int, dict[int, float]]:
    """Threads take turns, text by text: load and clock of a machine drift. A first round warms up."""
    found: dict[tuple[int, int], list[float]] = {}
    once = [(length, text) for length, its in texts.items() for text in its]
    for turn, (length, text) in enumerate(once * (1 + rounds)):
        candidates = [partial(_factor, synthesizer, text) for synthesizer in synthesizers.values()]
        for threads, factor in zip(synthesizers, in_turn(candidates, turn), strict=True):
            found.setdefault((threads, length), []).append(factor)
    return {
        threads: {length: median(found[threads, length][len(texts[length]) :]) for length in texts}
        for threads in synthesizers
    }


def _factor(synthesizer: Synthesizer, text: str) -> float:
    """Seconds of work for a second of sound."""
    spoken = listen(synthesizer, text)
    return spoken.wall / spoken.sound


def _first(synthesizer: Synthesizer, texts: Sequence[str], rounds: int) -> First:
    found = [time_first_audio(synthesizer, text) for _ in range(rounds) for text in texts]
    return First(float(np.median(found)), float(np.percentile(found, 95)), len(found))


def _ready(package: Path, text: str) -> float:
    return median([_start(package, text) for _ in range(1 + _STARTS)][1:])


def _start(package: Path, text: str) -> float:
    """Seconds from the start of a process to its first sound."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.voice.ready", str(package), text]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise subprocess.CalledProcessError(process.wait(), command)
        return time.perf_counter() - began
