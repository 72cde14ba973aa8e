"""Work for several processes, which stop when they are asked to."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_in_processes(work: Callable[[T], R], items: Sequence[T], jobs: int, at_once: int) -> Generator[R]:
    """What becomes of each item, in their order. Closing it stops: what was begun is ended, the rest left.

    Args:
        work: that can be handed to another process.
        items: to be worked on.
        jobs: processes, each on one core.
        at_once: items that a process takes at a time.
    """
    with ProcessPoolExecutor(jobs, initializer=_leave_signals) as pool:
        try:
            yield from pool.map(work, items, chunksize=at_once)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _leave_signals() -> None:
    """Ctrl-C ends the parent, which ends its processes when their items are done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
