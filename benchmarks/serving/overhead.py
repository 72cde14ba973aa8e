"""What HTTP costs: each text is spoken by the server and by the bare engine in this process, in turn."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.serving.account import resource_usage
from benchmarks.serving.client import Client, Outcome
from benchmarks.serving.figures import Quantiles, quantiles
from benchmarks.serving.servers import NoServer, Running
from benchmarks.speed.runs import Spoken, in_turn, listen

from huisheng.runtime.synthesizer import Synthesizer

_WARMING: Final = 3
"""Texts before any that count."""
_FEWEST: Final = 5
_LONGEST: Final = 30.0
"""Seconds after which slow voices need not speak more than the fewest texts."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One text, answered by both within a second.

    Attributes:
        served: by the server; all of it came.
        bare: by the engine.
        worked: seconds of all cores that the engine took.
    """

    served: Outcome
    bare: Spoken
    worked: float


@dataclass(frozen=True, slots=True)
class Overhead:
    """Texts of one length, one at a time.

    Attributes:
        length: characters.
        first, total: seconds, of the server.
        bare_first, bare_total: seconds of the engine, medians.
        over_first, over_total: what the server takes beyond, %: median of neighbouring pairs.
        over_work: the same of the time of all cores together, over all texts; None where the system does not
            tell. Others on the machine disturb it least.
    """

    length: int
    first: Quantiles
    total: Quantiles
    bare_first: float
    bare_total: float
    over_first: float
    over_total: float
    over_work: float | None


class Bare:
    """The engine without a server.

    Args:
        synthesizer: loaded.
        voice: id.
    """

    def __init__(self, synthesizer: Synthesizer, voice: str) -> None:
        self._synthesizer = synthesizer
        self._voice = voice

    def speak(self, text: str) -> Spoken:
        """To the end; every piece is let go."""
        return listen(self._synthesizer, text, self._voice)


def overhead(server: Running, bare: Bare, length: int, texts: Iterator[str], count: int) -> Overhead:
    """Overhead of `count` texts, fewer of a slow voice, after some that warm both up.

    Raises:
        NoServer: the server did not answer.
    """
    with Client(server.endpoint) as client:
        for text in itertools.islice(texts, _WARMING):
            _pair(client, bare, text, 0)
        pairs: list[Pair] = []
        before, began = resource_usage(server.pid), time.perf_counter()
        for text in itertools.islice(texts, count):
            if len(pairs) >= _FEWEST and time.perf_counter() - began > _LONGEST:
                break
            pairs.append(_pair(client, bare, text, len(pairs)))
        after = resource_usage(server.pid)
    return summarize(length, pairs, after.seconds - before.seconds if before and after else None)


def _pair(client: Client, bare: Bare, text: str, turn: int) -> Pair:
    served: list[Outcome] = []
    spoken: list[Spoken] = []
    worked: list[float] = []

    def speak() -> None:
        began = time.process_time()
        spoken.append(bare.speak(text))
        worked.append(time.process_time() - began)

    in_turn((lambda: served.append(client.ask(text)), speak), turn)
    if served[0].ending != "done":
        raise NoServer(f"an answer {served[0].ending}")
    return Pair(served[0], spoken[0], worked[0])


def summarize(length: int, pairs: Sequence[Pair], worked: float | None) -> Overhead:
    """The figures of one length.

    Args:
        length: characters.
        pairs: at least one.
        worked: seconds of all cores that the server took for all of them; None where unknown.
    """
    first = quantiles([pair.served.first for pair in pairs])
    total = quantiles([pair.served.total for pair in pairs])
    if first is None or total is None:
        raise ValueError("no text was spoken")
    return Overhead(
        length=length,
        first=first,
        total=total,
        bare_first=median(pair.bare.first for pair in pairs),
        bare_total=median(pair.bare.wall for pair in pairs),
        over_first=median(_over(pair.served.first, pair.bare.first) for pair in pairs),
        over_total=median(_over(pair.served.total, pair.bare.wall) for pair in pairs),
        over_work=None if worked is None else _over(worked, sum(pair.worked for pair in pairs)),
    )


def _over(served: float, bare: float) -> float:
    return (served / bare - 1.0) * 100.0
