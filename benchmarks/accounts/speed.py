"""What accounts cost a request: two servers in turn, without accounts and with them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

from benchmarks.serving.client import Client, Outcome
from benchmarks.serving.endpoints import Endpoint
from benchmarks.serving.load import press
from benchmarks.serving.servers import NoServer
from benchmarks.speed.runs import in_turn

_WARMING: Final = 5
"""Texts before any that count."""
_CLIENTS: Final = 8
_MS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What accounts cost.

    Attributes:
        plain_ms: a whole answer without accounts, median.
        overhead_ms: what it takes longer with them: median of the differences of neighbouring pairs.
        first_ms: the same until the first sound.
    """

    plain_ms: float
    overhead_ms: float
    first_ms: float


def request_cost(plain: Endpoint, charged: Endpoint, texts: Iterator[str], count: int) -> Cost:
    """The cost of one request after the other.

    Raises:
        NoServer: one did not answer.
    """
    pairs: list[tuple[Outcome, Outcome]] = []
    with Client(plain) as without, Client(charged) as having:
        for turn, text in enumerate(itertools.islice(texts, _WARMING + count)):
            pairs.append(_pair(without, having, text, turn))
    counted = pairs[_WARMING:]
    return Cost(
        median(one.total for one, _ in counted) * _MS,
        median(other.total - one.total for one, other in counted) * _MS,
        median(other.first - one.first for one, other in counted) * _MS,
    )


def throughput(
    plain: Endpoint, charged: Endpoint, texts: Iterator[str], rounds: int, seconds: float
) -> tuple[float, float]:
    """Answers a second without accounts, and the ratio of those with them; medians over rounds, of which the
    first does not count.
    """
    rates: list[float] = []
    ratios: list[float] = []
    for turn in range(1 + rounds):
        presses = [partial(press, endpoint, texts, _CLIENTS, seconds) for endpoint in (plain, charged)]
        without, having = (done / took for took, done in in_turn(presses, turn))
        rates.append(without)
        ratios.append(having / without)
    return median(rates[1:]), median(ratios[1:])


def _pair(without: Client, having: Client, text: str, turn: int) -> tuple[Outcome, Outcome]:
    one, other = in_turn((partial(without.ask, text), partial(having.ask, text)), turn)
    if one.ending != "done" or other.ending != "done":
        raise NoServer(f"an answer {one.ending}, {other.ending}")
    return one, other
