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

    def on_refusal(self, engine: str, code: str) -> None:
        """A request was turned away before anything was done for it; `code` of the error."""
        ...

    def on_wait(self, engine: str, seconds: Seconds) -> None:
        """A request got its first slot, so long after it came."""
        ...

    def on_first_audio(self, engine: str, seconds: Seconds) -> None:
        """The first sound of a request was made, so long after it came."""
        ...

    def on_underrun(self, engine: str, seconds: Seconds) -> None:
        """A listener who played a stream from its first sound on heard a gap of so long."""
        ...

    def on_end(self, summary: RequestSummary) -> None:
        """An admitted request is over."""
        ...

    def on_worker_lost(self) -> None:
        """A worker died and is being replaced."""
        ...

    def on_cache_lookup(self, *, hit: bool) -> None:
        """A whole response was looked for in the cache."""
        ...


class NullObserver:
    """Counts nothing."""

    def on_refusal(self, engine: str, code: str) -> None:
        """Nothing."""

    def on_wait(self, engine: str, seconds: Seconds) -> None:
        """Nothing."""

    def on_first_audio(self, engine: str, seconds: Seconds) -> None:
        """Nothing."""

    def on_underrun(self, engine: str, seconds: Seconds) -> None:
        """Nothing."""

    def on_end(self, summary: RequestSummary) -> None:
        """Nothing."""

    def on_worker_lost(self) -> None:
        """Nothing."""

    def on_cache_lookup(self, *, hit: bool) -> None:
        """Nothing."""
