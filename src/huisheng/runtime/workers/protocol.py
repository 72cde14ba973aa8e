"""What scheduling sees of the places where work is done."""

from __future__ import annotations

from typing import Protocol, TypeVar

from huisheng.runtime.work import Step, Work

T = TypeVar("T")


class Course(Protocol[T]):
    """Work that has begun. One call at a time, but for `close`."""

    async def advance(self) -> Step[T]:
        """Make the next step; not called again after the last.

        Raises:
            HuishengError: it failed.
            WorkerLost: its process died.
        """
        ...

    async def close(self) -> None:
        """Stop: a step that is under way ends first. Never raises, and may be called again."""
        ...


class Workers(Protocol):
    """Places where work is done."""

    @property
    def sites(self) -> int:
        """How many there are; each holds the courses that were begun there."""
        ...

    @property
    def threads(self) -> int:
        """Steps that one site makes at the same time."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """Processes other than this one."""
        ...

    @property
    def remembered(self) -> tuple[int, int]:
        """Sentences that all of them said from memory so far, and those that they looked for in vain."""
        ...

    async def start(self) -> None:
        """Get ready, models in memory.

        Raises:
            SetupError: no model could be loaded; work may be begun all the same, and may fail.
        """
        ...

    async def begin(self, work: Work[T], site: int) -> Course[T]:
        """Begin work at a site.

        Raises:
            HuishengError: it cannot be done.
            WorkerLost: the site's process died.
        """
        ...

    async def close(self) -> None:
        """Stop everything."""
        ...
