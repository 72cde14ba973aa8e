"""What scheduling sees of the places where work is done."""

from __future__ import annotations

from typing import Protocol, TypeVar

from huisheng.runtime.work.steps import Step, Work

T = TypeVar("T")


class Course(Protocol[T]):
    """Work at its site. One call at a time, but for `close`."""

    async def begin(self) -> None:
        """Begin before the first step, to learn whether the work can be done at all.

        Raises:
            HuishengError: it cannot.
            WorkerLost: its process died.
        """
        ...

    async def advance(self) -> Step[T]:
        """Make the next step, beginning if need be; not called again after the last.

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

    async def course(self, work: Work[T], site: int) -> Course[T]:
        """Work that is yet to begin, at a site.

        Raises:
            WorkerLost: the site has no process.
        """
        ...

    async def close(self) -> None:
        """Stop everything."""
        ...
