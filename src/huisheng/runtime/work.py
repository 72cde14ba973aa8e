"""What a server asks of a synthesizer, as a value: it may be done in a thread here, or in another process."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.units import Seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """What one step of work brought.

    Attributes:
        value: for whoever asked.
        audio: how much sound there is in it.
    """

    value: T
    audio: Seconds = Seconds(0.0)


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """What was done in one turn.

    Attributes:
        pieces: in order; none where there was nothing left.
        last: whether the work is over.
    """

    pieces: tuple[Piece[T], ...]
    last: bool

    @property
    def audio(self) -> Seconds:
        """All sound in it."""
        return Seconds(sum(piece.audio for piece in self.pieces))


class Work(Protocol[T]):
    """Something to do with a synthesizer. It is pickled where the synthesizer lives in another process."""

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[T]]:
        """Understand what is asked; the generator does it, a window or a clause for each piece.

        Closing the generator stops the work.

        Raises:
            RequestError: it cannot be done.
        """
        ...
