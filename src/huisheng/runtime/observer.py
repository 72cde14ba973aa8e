"""What scheduling reports of its work, to be counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from huisheng.units import Seconds

Outcome: TypeAlias = Literal["ok", "cancelled", "rejected", "failed"]
"""How an admitted request ended: complete, left by its caller, not to be done as asked, or broken by us."""


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """One admitted request, at its end.

    Attributes:
        engine: that spoke.
        outcome: how it ended.
        characters: that it asked for.
        audio: that was made.
        work: that its steps took.
    """

    engine: str
    outcome: Outcome
    characters: int
    audio: Seconds
    work: Seconds


class Observer(Protocol):
    """Is told on the event loop, so it must be quick; it never raises."""

    def refused(self, engine: str, code: str) -> None:
        """A request was turned away before anything was done for it; `code` of the error."""
        ...

    def waited(self, engine: str, seconds: Seconds) -> None:
        """A request got its first slot, so long after it came."""
        ...

    def first_audio(self, engine: str, seconds: Seconds) -> None:
        """The first sound of a request was made, so long after it came."""
        ...

    def ran_dry(self, engine: str, seconds: Seconds) -> None:
        """A listener who played a stream from its first sound on heard a gap of so long."""
        ...

    def ended(self, account: RequestSummary) -> None:
        """An admitted request is over."""
        ...

    def worker_lost(self) -> None:
        """A worker died and is being replaced."""
        ...

    def looked_up(self, level: Literal["request", "sentence"], *, hit: bool) -> None:
        """Something was looked for in the cache."""
        ...


class NullObserver:
    """Counts nothing."""

    def refused(self, engine: str, code: str) -> None:
        """Nothing."""

    def waited(self, engine: str, seconds: Seconds) -> None:
        """Nothing."""

    def first_audio(self, engine: str, seconds: Seconds) -> None:
        """Nothing."""

    def ran_dry(self, engine: str, seconds: Seconds) -> None:
        """Nothing."""

    def ended(self, account: RequestSummary) -> None:
        """Nothing."""

    def worker_lost(self) -> None:
        """Nothing."""

    def looked_up(self, level: Literal["request", "sentence"], *, hit: bool) -> None:
        """Nothing."""
