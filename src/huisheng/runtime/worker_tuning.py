"""The worker layout that suits this machine: processes, steps at once in each, threads for one utterance.

Every layout speaks the same sentences: first one at a time, then as many at once as keep it busy. The
one that speaks most wins, unless another that speaks nearly as much is heard much sooner.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, NamedTuple

from huisheng.runtime.admission import Admission, AdmissionLimits, SchedulingRequest
from huisheng.runtime.dispatch import AHEAD, Dispatch
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Piece
from huisheng.runtime.workers.protocol import Workers
from huisheng.units import Seconds

SENTENCES: Final = (
    "今天的天气真不错，我们去公园里走一走吧。",
    "他昨天在图书馆里看了一本很厚的历史书。",
    "请把桌子上的那杯水递给我，谢谢你帮忙。",
    "火车晚点了半个小时，大家都在站台上等。",
)
"""Each of about twenty characters."""

_NEARLY: Final = 0.95
"""Share of the most that counts as nearly as much."""
_MUCH_SOONER: Final = 0.8
"""Share of the time to the first sound that counts as much sooner."""


class WorkerLayout(NamedTuple):
    """A way to use the machine.

    Attributes:
        workers: processes; 0 for threads of the server.
        slots: steps at the same time in each.
        threads: that work on one utterance while there is no other.
    """

    workers: int
    slots: int
    threads: int


@dataclass(frozen=True, slots=True)
class LayoutSpeed:
    """How a layout did.

    Attributes:
        first_audio: median time to the first sound, one at a time.
        throughput: sentences a second, many at once.
    """

    first_audio: Seconds
    throughput: float

    @property
    def characters_per_second(self) -> float:
        """Characters of `SENTENCES` a second, many at once."""
        return self.throughput * statistics.mean(map(len, SENTENCES))


def candidate_layouts(cores: int, *, processes: bool) -> Iterator[WorkerLayout]:
    """What is worth trying on so many cores.

    Args:
        cores: at least 1.
        processes: whether work can be done in processes of its own.
    """
    counts = sorted({1, 2, cores // 2, cores} - {0}) if processes else [0]
    for workers in counts:
        if workers <= cores:
            for threads in (1, 2):
                yield WorkerLayout(workers, -(-cores // max(1, workers)), threads)


def choose_best(speeds: dict[WorkerLayout, LayoutSpeed]) -> WorkerLayout:
    """The one that speaks most, or one that nearly does and is heard much sooner."""
    most = max(pace.throughput for pace in speeds.values())
    near = [one for one, pace in speeds.items() if pace.throughput >= _NEARLY * most]
    fastest = max(near, key=lambda one: speeds[one].throughput)
    soonest = min(near, key=lambda one: speeds[one].first_audio)
    sooner = speeds[soonest].first_audio <= _MUCH_SOONER * speeds[fastest].first_audio
    return soonest if sooner else fastest


async def measure(
    workers: Workers, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> LayoutSpeed:
    """How workers do that are not started yet; they are closed afterwards.

    Args:
        workers: to measure.
        seconds: each of the two measurements takes about so long.
        clock: seconds.

    Raises:
        HuishengError: they cannot speak.
    """
    admission = Admission(workers.count, workers.threads, AdmissionLimits(queue=1 << 16), ahead=AHEAD)
    dispatch = Dispatch(workers, admission)
    try:
        await workers.start()
        for sentence in SENTENCES:
            await _first_audio(dispatch, sentence, clock)
        alone = await _alone(dispatch, seconds, clock)
        return LayoutSpeed(Seconds(statistics.median(alone)), await _together(dispatch, seconds, clock))
    finally:
        await workers.close()


async def _alone(dispatch: Dispatch, seconds: float, clock: Callable[[], float]) -> Sequence[float]:
    end, times = clock() + seconds, list[float]()
    while clock() < end:
        times.append(await _first_audio(dispatch, SENTENCES[len(times) % len(SENTENCES)], clock))
    return times


async def _together(dispatch: Dispatch, seconds: float, clock: Callable[[], float]) -> float:
    """Sentences a second, with two callers to every slot."""
    began = clock()
    counts = [0] * (2 * dispatch.admission.slots)

    async def call(number: int) -> None:
        while clock() < began + seconds:
            await _first_audio(dispatch, SENTENCES[(number + counts[number]) % len(SENTENCES)], clock)
            counts[number] += 1

    await asyncio.gather(*(call(number) for number in range(len(counts))))
    return sum(counts) / (clock() - began)


async def _first_audio(dispatch: Dispatch, sentence: str, clock: Callable[[], float]) -> float:
    """Say a sentence to its end; the seconds until its first sound."""
    began, first = clock(), 0.0
    async with aclosing(dispatch.run(SpeakSentence(sentence), SchedulingRequest("", len(sentence)))) as steps:
        async for _ in steps:
            first = first or clock() - began
    return first


@dataclass(frozen=True, slots=True)
class SpeakSentence:
    """A sentence in the default voice, for its speed alone."""

    text: str

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[None]]:
        """Speak it, as a `Work` does."""
        return (Piece(None, chunk.duration) for chunk in synthesizer.stream(self.text))
