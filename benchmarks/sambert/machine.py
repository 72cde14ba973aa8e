"""What the machine can do at best, in float32: how fast it multiplies, and how fast it reads weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch

_SIDE: Final = 2048
_ROW: Final = 1024
_FLOAT: Final = 4
_TURNS: Final = 5
_SHORTEST: Final = 0.05
"""Seconds that a measurement lasts at least: the clock and the caches settle."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Its best, measured.

    Attributes:
        macs: threads → multiply-accumulates a second in a large product of matrices.
        reading: bytes of a set of weights → bytes a second of one thread that multiplies a row by them.
    """

    macs: dict[int, float]
    reading: dict[int, float]


def measure_machine(threads: tuple[int, ...], sets: tuple[int, ...]) -> Machine:
    """What it can do now.

    Args:
        threads: counts to measure products with.
        sets: bytes of weights, to be read again and again.
    """
    return Machine({count: product(count) for count in threads}, {size: reading(size) for size in sets})


def product(threads: int) -> float:
    """Multiply-accumulates a second of a product of two large matrices, the best of several."""
    torch.set_num_threads(threads)
    left, right = torch.rand(_SIDE, _SIDE), torch.rand(_SIDE, _SIDE)
    out = torch.empty(_SIDE, _SIDE)
    return _SIDE**3 / _best(lambda: torch.mm(left, right, out=out))


def reading(size: int) -> float:
    """Bytes a second that are read when a row is multiplied by so many bytes of weights, on one thread."""
    torch.set_num_threads(1)
    weights = torch.rand(max(1, size // (_FLOAT * _ROW)), _ROW)
    row, out = torch.rand(_ROW), torch.empty(len(weights))
    return weights.nbytes / _best(lambda: torch.mv(weights, row, out=out))


def _best(work: Callable[[], object]) -> float:
    """Seconds of one call, of the fastest of several stretches of calls."""
    began = time.perf_counter()
    work()
    calls = max(1, round(_SHORTEST / (time.perf_counter() - began)))
    return min(_stretch(work, calls) for _ in range(_TURNS))


def _stretch(work: Callable[[], object], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began) / calls
