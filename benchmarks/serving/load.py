"""Requests at random moments that do not wait for answers, and as many at a time as there are clients."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from benchmarks.serving.client import TIMEOUT, Client, Outcome
from benchmarks.serving.endpoints import Endpoint


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


def offer(
    endpoint: Endpoint, texts: Iterator[str], moments: Sequence[float], timeout: float = TIMEOUT
) -> list[Outcome]:
    """Ask at these moments, whatever became of the requests before (an open loop), each over a connection of
    its own: users who come and go.
    """
    began = time.perf_counter()

    def one(due: float, text: str) -> Outcome:
        with Client(endpoint) as client:
            return client.ask(text, due, timeout)

    with ThreadPoolExecutor(len(moments)) as users:
        answers: list[Future[Outcome]] = []
        for moment, text in zip(moments, texts, strict=False):
            time.sleep(max(0.0, began + moment - time.perf_counter()))
            answers.append(users.submit(one, began + moment, text))
        return [answer.result() for answer in answers]


def press(endpoint: Endpoint, texts: Iterator[str], clients: int, seconds: float) -> tuple[float, int]:
    """Ask from several clients, each as soon as it has been answered (a closed loop).

    Returns:
        Seconds until the last answer, and how many were done.
    """
    began = time.perf_counter()
    drawing = threading.Lock()

    def draw() -> str:
        with drawing:
            return next(texts)

    def use() -> int:
        done = 0
        with Client(endpoint) as client:
            while time.perf_counter() - began < seconds:
                done += client.ask(draw()).ending == "done"
        return done

    with ThreadPoolExecutor(clients) as users:
        counts = [users.submit(use) for _ in range(clients)]
        done = sum(count.result() for count in counts)
    return time.perf_counter() - began, done
