"""What scheduling knows of the workers, in threads or in processes."""

from __future__ import annotations

from typing import Protocol, TypeVar

from huisheng.runtime.work.steps import Step, Work

T = TypeVar("T")


class WorkHandle(Protocol[T]):
    """Work in a worker. One call at a time, but for `close`."""

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
    """The workers of one server, numbered from 0."""

    @property
    def count(self) -> int:
        """How many there are; work stays with the worker that it was submitted to."""
        ...

    @property
    def threads(self) -> int:
        """Steps that one worker makes at the same time."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """Processes other than this one."""
        ...

    @property
    def cache_counts(self) -> tuple[int, int]:
        """Sentences that all workers found in the cache so far, and those that they did not find."""
        ...

    async def start(self) -> None:
        """Get ready, models in memory.

        Raises:
            SetupError: no model could be loaded; work may be begun all the same, and may fail.
        """
        ...

    async def submit(self, work: Work[T], worker: int) -> WorkHandle[T]:
        """A handle to work that is yet to begin.

        Raises:
            WorkerLost: the worker has no process.
        """
        ...

    async def close(self) -> None:
        """Stop everything."""
        ...
