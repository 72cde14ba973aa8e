"""How quickly one thread reads, and what a start costs. Imports nothing heavy before the clock runs."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

from benchmarks.fresh import in_fresh_process, resident_memory
from benchmarks.text.cases import Task, read, strip_brackets

LENGTH: Final = 30
"""Characters of a sentence, its stop included."""
SENTENCES: Final = 2_000
PROCESSES: Final = 5
"""Whose median counts for start and memory."""

_TASKS: Final[tuple[Task, ...]] = ("normalization", "polyphones", "breaks", "emotion")
"""What is read: sentences, not lists of words."""
_FEW: Final = 10_000 // LENGTH
"""Sentences that are read before memory is looked at."""
_STOPS: Final = re.compile("[。！？；…!?;]+")


@dataclass(frozen=True, slots=True)
class Start:
    """One fresh process.

    Attributes:
        seconds: from the first import of ours to the first sentence.
        memory: MB resident after 10,000 characters; None where it is not known.
    """

    seconds: float
    memory: float | None


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes:
        rate: characters a second.
        plain_rate: the same without the model of polyphones.
        p95: seconds of a sentence of `LENGTH` characters that one in twenty exceeds.
        starts: of fresh processes.
    """

    rate: float
    plain_rate: float
    p95: float
    starts: Sequence[Start]

    @property
    def startup(self) -> float:
        """Seconds, median."""
        return median(start.seconds for start in self.starts)

    @property
    def memory(self) -> float | None:
        """MB, median; None where it is not known."""
        known = [start.memory for start in self.starts if start.memory is not None]
        return median(known) if known else None


def measure() -> Speed:
    """Read in fresh processes. The dictionaries must have been compiled, or the first start does it.

    Raises:
        SetupError: dictionary data is not installed.
    """
    texts = sentences()
    times = in_fresh_process(reading_times, texts, contextual=True)
    plain = in_fresh_process(reading_times, texts, contextual=False)
    characters = SENTENCES * LENGTH
    return Speed(
        rate=characters / sum(times),
        plain_rate=characters / sum(plain),
        p95=quantiles(times, n=20)[-1],
        starts=[in_fresh_process(start, texts[:_FEW]) for _ in range(PROCESSES)],
    )


def sentences() -> list[str]:
    """The texts of the tuning cases, over and over, cut into sentences of `LENGTH` characters."""
    clauses = (strip_brackets(case.question)[0] for task in _TASKS for case in read(task, "tuning"))
    text = itertools.cycle("，".join(_STOPS.sub("，", clause).strip("，") for clause in clauses))
    return ["".join(itertools.islice(text, LENGTH - 1)) + "。" for _ in range(SENTENCES)]


def reading_times(texts: Sequence[str], *, contextual: bool) -> list[float]:
    """Seconds for each text, when all have been read before.

    Raises:
        SetupError: dictionary data is not installed.
    """
    from huisheng.text.frontend import Frontend  # noqa: PLC0415  a start must not find it imported

    frontend = Frontend(contextual=contextual)
    for text in texts:
        _exhaust(frontend.sentences(text))
    times: list[float] = []
    for text in texts:
        began = time.perf_counter()
        _exhaust(frontend.sentences(text))
        times.append(time.perf_counter() - began)
    return times


def start(texts: Sequence[str]) -> Start:
    """Import, load, read each text once.

    Raises:
        SetupError: dictionary data is not installed.
    """
    began = time.perf_counter()
    from huisheng.text.frontend import Frontend  # noqa: PLC0415  importing is part of what is measured

    frontend = Frontend()
    _exhaust(frontend.sentences(texts[0]))
    seconds = time.perf_counter() - began
    _exhaust(itertools.chain.from_iterable(map(frontend.sentences, texts)))
    return Start(seconds, resident_memory())


def _exhaust(made: Iterable[object]) -> None:
    for _ in made:
        pass
