"""A clock that a test sets, for the ages of produced files."""

from __future__ import annotations

from huisheng.runtime.audio_store.quota import Clock

SECOND = 10**9
"""Nanoseconds."""


class Time:
    """A wall clock that can be set, and the seconds that have passed, in one boot of a machine or another."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.elapsed = 5_000.0
        self.boot = b"first".ljust(36)

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.wall += seconds
        self.elapsed += seconds

    def clock(self) -> Clock:
        """The clock of a process of this machine."""
        return Clock(lambda: int(self.wall * SECOND), lambda: int(self.elapsed * SECOND), lambda: self.boot)
