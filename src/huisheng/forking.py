"""What a process that was forked from another must make anew: of its threads only one came along.

A lock that another thread held stays held, and a queue whose thread is gone is never emptied. Whoever has
either says here how it is renewed (`os.register_at_fork`, POSIX only).
"""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Has locks or threads."""

    def renew(self) -> None:
        """Make them anew. Called in the child, before anything else runs there."""
        ...


_renewables: WeakSet[Renewable] = WeakSet()


def survive_forks(one: Renewable) -> None:
    """Have it renewed in every process that is forked while it lives."""
    _renewables.add(one)


class Lock:
    """A lock that is free in a forked process, whichever thread held it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        survive_forks(self)

    def renew(self) -> None:
        """A free one."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


def _renew() -> None:
    for one in tuple(_renewables):
        one.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
