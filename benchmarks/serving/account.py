"""What a program and its children have used so far, by Linux's account of processes (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROCESSES: Final = Path("/proc")
_MEGABYTE: Final = 1e6
_USER_TICKS, _SYSTEM_TICKS = 11, 12
"""Places after the name of the program in `stat`."""


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """What all processes of a tree use together.

    Attributes:
        seconds: of all cores.
        memory: MB now; what several processes share is counted once (PSS).
    """

    seconds: float
    memory: float


def resource_usage(pid: int) -> ResourceUsage | None:
    """Usage of a process and all below it; None where the system keeps no such account."""
    if not _PROCESSES.joinpath(str(pid), "stat").is_file():
        return None
    tree = list(_tree(pid))
    return ResourceUsage(sum(map(_seconds, tree)), sum(map(_memory, tree)))


def _tree(pid: int) -> Iterator[Path]:
    """Folders of a process and of those that it started; what has ended meanwhile is left out."""
    folder = _PROCESSES / str(pid)
    yield folder
    for children in folder.glob("task/*/children"):
        for child in _read(children).split():
            yield from _tree(int(child))


def _seconds(folder: Path) -> float:
    fields = _read(folder / "stat").rpartition(") ")[2].split()
    return sum(int(fields[place]) for place in (_USER_TICKS, _SYSTEM_TICKS) if fields) / os.sysconf(
        "SC_CLK_TCK"
    )


def _memory(folder: Path) -> float:
    lines = _read(folder / "smaps_rollup").splitlines()
    kilobytes = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return next(kilobytes, 0) * 1024 / _MEGABYTE


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
