"""Work that takes hours: in several processes, kept as soon as it is done, shown while it goes on."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from benchmarks.emotion.takes import Ledger

A = TypeVar("A")
T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R]:
    """What `work`, a module's own function, gives for each item; in this process for one job. What has not
    begun when the caller stops is not done.
    """
    if jobs == 1 or not items:
        yield from map(work, items)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(items)), mp_context=context) as pool:
        try:
            yield from pool.map(work, items)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def compute_missing(
    work: Callable[[A], Iterable[float]],
    asked: Mapping[T, tuple[str, A]],
    ledger: Ledger,
    jobs: int,
) -> Iterator[tuple[T, list[float]]]:
    """Every item with what `work` gives for it, those already known first.

    Args:
        work: a module's own function.
        asked: item → its name in the ledger, and what `work` is given.
        ledger: remembers.
        jobs: processes.
    """
    missing: list[T] = []
    for item, (name, _) in asked.items():
        known = ledger.get(name)
        if known is None:
            missing.append(item)
        else:
            yield item, known
    results = in_order(work, [asked[item][1] for item in missing], jobs)
    for item, values in zip(missing, results, strict=True):
        found = [float(value) for value in values]
        ledger.put(asked[item][0], found)
        yield item, found


def show_progress(doing: str, total: int, results: Iterable[T]) -> Iterator[T]:
    """The same, counted on standard error."""
    for count, result in enumerate(results, start=1):
        print(f"\r{doing} {count}/{total}", end="" if count < total else "\n", file=sys.stderr, flush=True)
        yield result
