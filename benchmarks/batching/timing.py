"""How much of a core a call takes, whatever else is on the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import TypeVar

Key = TypeVar("Key")


def median_times(works: Mapping[Key, Callable[[], object]], rounds: int) -> dict[Key, float]:
    """Median milliseconds of this thread for each, in turns, after one round to warm up.

    Args:
        works: that run on the thread that calls them.
        rounds: how often each is called.
    """
    for work in works.values():
        work()
    found: dict[Key, list[float]] = {key: [] for key in works}
    for _ in range(rounds):
        for key, work in works.items():
            began = time.thread_time()
            work()
            found[key].append(1000.0 * (time.thread_time() - began))
    return {key: median(times) for key, times in found.items()}
