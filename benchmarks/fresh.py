"""A fresh process, and the memory that it has needed: what ran before must not count for what runs next."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_STATUS: Final = Path("/proc/self/status")
_MEGABYTE: Final = 1e6


def in_fresh_process(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """What `work`, a module's own function, returns in a process that has done nothing else."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments, **options).result()


def peak_memory() -> float | None:
    """Most resident memory of this process so far, in MB; None where nothing tells it cheaply (Windows)."""
    if sys.platform == "win32":
        return None
    if _STATUS.is_file():
        return peak_in(_STATUS.read_text(encoding="ascii"))
    import resource  # noqa: PLC0415  POSIX has it, Windows has not

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE  # macOS counts bytes


def peak_in(status: str) -> float:
    """MB, from Linux's account of a process (proc_pid_status(5)).

    `getrusage` does not serve there: a process inherits the peak of the one that started it.
    """
    return _entry("VmHWM", status)


def resident_memory() -> float | None:
    """Resident memory of this process now, in MB; None where the system keeps no such account."""
    return resident_in(_STATUS.read_text(encoding="ascii")) if _STATUS.is_file() else None


def resident_in(status: str) -> float:
    """MB, from Linux's account of a process, memory shared with others and mapped files included."""
    return _entry("VmRSS", status)


def _entry(name: str, status: str) -> float:
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024 / _MEGABYTE
