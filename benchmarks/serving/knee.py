"""More and more requests a second, until the server cannot keep up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.serving.account import resource_usage
from benchmarks.serving.client import TIMEOUT
from benchmarks.serving.figures import Row, Stretch, row
from benchmarks.serving.load import offer, schedule
from benchmarks.serving.servers import Running

FIRST: Final = 1.0
"""Requests a second that it begins with; each step is twice the one before."""
ENOUGH: Final = 0.95
"""Share of the requests that a server which keeps up has done."""
EXPLODED: Final = 5.0
"""Times the median at the first rate: a p95 of the first audio beyond that tells of a queue that grows."""

_SEED: Final = 11
_WARMING: Final = 2.0
"""Seconds of the first rate that are not counted."""


def climb(server: Running, texts: Iterator[str], seconds: float, most: float) -> list[Row]:
    """A row for each rate, up to and with the first at which the server does not keep up.

    Args:
        server: that is asked.
        texts: enough of them.
        seconds: that requests come at each rate.
        most: requests a second, where it ends at the latest.
    """
    at(server, texts, FIRST, _WARMING)
    rows: list[Row] = []
    rate = FIRST
    while rate <= most and (not rows or keeps_up(rows[-1], rows[0])):
        rows.append(at(server, texts, rate, seconds))
        rate *= 2.0
    return rows


def at(server: Running, texts: Iterator[str], rate: float, seconds: float) -> Row:
    """What the server does at one rate.

    Args:
        server: that is asked.
        texts: enough of them.
        rate: requests a second, on average.
        seconds: that requests come.
    """
    moments = schedule(rate, seconds, _SEED)
    before, asking, began = resource_usage(server.pid), time.process_time(), time.perf_counter()
    outcomes = offer(server.endpoint, texts, moments, TIMEOUT)
    took = max(seconds, time.perf_counter() - began)
    after = resource_usage(server.pid)
    stretch = Stretch(
        rate=rate,
        seconds=took,
        cores=(after.seconds - before.seconds) / took if before and after else None,
        client=(time.process_time() - asking) / took,
        memory=after.memory if after else None,
    )
    return row(outcomes, stretch)


def highest(rows: Sequence[Row]) -> float | None:
    """Requests a second at the highest rate of a climb at which the server kept up; None at none."""
    return max((row.rate for row in rows if keeps_up(row, rows[0])), default=None)


def keeps_up(row: Row, lowest: Row) -> bool:
    """Whether a server still kept up.

    Args:
        row: at the rate in question.
        lowest: at the lowest rate.
    """
    if row.done < ENOUGH * row.offered or row.first is None or lowest.first is None:
        return False
    return row.first.p95 <= EXPLODED * lowest.first.p50
