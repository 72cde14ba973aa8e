"""What a process that was forked from another must make anew: of its threads only one came along.

A lock that another thread held stays held, and a queue whose thread is gone is never emptied. What has either
registers here, to be renewed in the child (`os.register_at_fork`, POSIX only).
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Has locks or threads."""

    def renew(self) -> None:
        """Make them anew. Called in the child, before anything else runs there."""
        ...


_renewables: WeakSet[Renewable] = WeakSet()
_locks: WeakSet[threading.Lock] = WeakSet()


def survive_forks(one: Renewable) -> None:
    """Have it renewed in every process that is forked while it lives."""
    _renewables.add(one)


def make_lock() -> threading.Lock:
    """A lock that is free in a forked process, whichever thread held it."""
    lock = threading.Lock()
    _locks.add(lock)
    return lock


def _renew() -> None:
    for lock in tuple(_locks):
        lock._at_fork_reinit()  # pyright: ignore
    for one in tuple(_renewables):
        one.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
