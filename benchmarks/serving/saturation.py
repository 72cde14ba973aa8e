"""How much can be had at most: of the server with several clients, of the bare engine with two threads.

They take turns. Clients and threads ask again as soon as they are answered. The clients run in this process,
on the same cores as the server: what they take is told beside.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

from benchmarks.serving.endpoints import Endpoint
from benchmarks.serving.load import press
from benchmarks.serving.overhead import Bare
from benchmarks.speed.runs import in_turn

CLIENTS: Final = (2, 4, 8)
THREADS: Final = 2
"""Threads of the bare engine, as many as the server has slots."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """Requests a second, medians over rounds.

    Attributes:
        bare: of the engine.
        served: clients → of the server.
        shares: clients → what the server reaches of the engine, %: median over rounds.
        client: cores that asking kept busy, at most.
    """

    bare: float
    served: Mapping[int, float]
    shares: Mapping[int, float]
    client: float

    @property
    def most(self) -> float:
        """Requests a second of the server, with as many clients as suit it best."""
        return max(self.served.values())

    @property
    def share(self) -> float:
        """What the server reaches of the engine, %, with as many clients as suit it best."""
        return max(self.shares.values())


def saturation(
    endpoint: Endpoint, bare: Bare, texts: Iterator[str], rounds: int, seconds: float
) -> Saturation:
    """Both at full load.

    Args:
        endpoint: the server.
        bare: the engine.
        texts: enough of them.
        rounds: how often each has its turn.
        seconds: of a turn.
    """
    asking: list[float] = []

    def serve(clients: int) -> float:
        began = time.process_time()
        took, done = press(endpoint, texts, clients, seconds)
        asking.append((time.process_time() - began) / took)
        return done / took

    candidates: list[Callable[[], float]] = [partial(_speak, bare, texts, seconds)]
    candidates += [partial(serve, clients) for clients in CLIENTS]
    found = [in_turn(candidates, turn) for turn in range(rounds)]
    return summarize(found, max(asking))


def summarize(found: Sequence[Sequence[float]], client: float) -> Saturation:
    """
    Args:
        found: of every round the engine's rate, then the server's for each number of clients.
        client: cores that asking kept busy, at most.
    """
    bare = [rates[0] for rates in found]
    served = {clients: [rates[place] for rates in found] for place, clients in enumerate(CLIENTS, 1)}
    return Saturation(
        bare=median(bare),
        served={clients: median(rates) for clients, rates in served.items()},
        shares={
            clients: median(rate / theirs * 100.0 for rate, theirs in zip(rates, bare, strict=True))
            for clients, rates in served.items()
        },
        client=client,
    )


def _speak(bare: Bare, texts: Iterator[str], seconds: float) -> float:
    """Texts a second, with several threads."""
    began = time.perf_counter()

    def speak() -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            bare.speak(next(texts))
            done += 1
        return done

    with ThreadPoolExecutor(THREADS) as threads:
        done = sum(turn.result() for turn in [threads.submit(speak) for _ in range(THREADS)])
    return done / (time.perf_counter() - began)
