"""How soon is a request answered that was answered before?"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.serving.client import Client
from benchmarks.serving.endpoints import Endpoint
from benchmarks.serving.servers import NoServer

_TEXTS: Final = 5
_TIMES: Final = 10


def time_cached_answer(endpoint: Endpoint, texts: Iterator[str]) -> float:
    """Seconds until the whole answer, median over texts that are asked for again and again.

    Raises:
        NoServer: the server did not answer.
    """
    with Client(endpoint) as client:
        return median(_again(client, next(texts)) for _ in range(_TEXTS))


def _again(client: Client, text: str) -> float:
    outcomes = [client.ask(text) for _ in range(1 + _TIMES)]
    for outcome in outcomes:
        if outcome.ending != "done":
            raise NoServer(f"an answer {outcome.ending}")
    return median(outcome.total for outcome in outcomes[1:])
