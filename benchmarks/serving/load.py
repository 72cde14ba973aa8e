"""Requests at random moments that do not wait for answers, and as many at a time as there are clients."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence

from benchmarks.serving.client import PATIENCE, Outcome, ask
from benchmarks.serving.targets import Target


def schedule(rate: float, seconds: float, seed: int) -> tuple[float, ...]:
    """Moments of arrivals that know nothing of each other (a Poisson process), always the same for a seed.

    Args:
        rate: arrivals a second, on average.
        seconds: how long they come.
        seed: another one, other moments.

    Returns:
        Seconds since the beginning, rising; at least one.
    """
    source = random.Random(seed)
    moments = [source.expovariate(rate)]
    while moments[-1] < seconds:
        moments.append(moments[-1] + source.expovariate(rate))
    return tuple(moments[:-1] or [0.0])


async def offer(
    target: Target, texts: Iterator[str], moments: Sequence[float], patience: float = PATIENCE
) -> list[Outcome]:
    """Ask at these moments, whatever became of the requests before (an open loop)."""
    began = time.perf_counter()

    async def one(moment: float, text: str) -> Outcome:
        due = began + moment
        await asyncio.sleep(due - time.perf_counter())
        return await ask(target, text, due, patience)

    visits = [one(moment, text) for moment, text in zip(moments, texts, strict=False)]
    return list(await asyncio.gather(*visits))


async def press(target: Target, texts: Iterator[str], clients: int, seconds: float) -> tuple[float, int]:
    """Ask from several clients, each as soon as it has been answered (a closed loop).

    Returns:
        Seconds until the last answer, and how many were done.
    """
    began = time.perf_counter()

    async def client() -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            outcome = await ask(target, next(texts))
            done += outcome.ending == "done"
        return done

    counts = await asyncio.gather(*(client() for _ in range(clients)))
    return time.perf_counter() - began, sum(counts)
