"""What a server asks of a synthesizer, as a value: it may be done in a thread here, or in another process."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, NamedTuple, Protocol, TypeVar

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.units import Seconds

T = TypeVar("T")


class Piece(NamedTuple, Generic[T]):
    """What one step of work brought.

    Attributes:
        value: for whoever asked.
        audio: how much sound there is in it.
    """

    value: T
    audio: Seconds = Seconds(0.0)


class Step(NamedTuple, Generic[T]):
    """What was done in one turn.

    Attributes:
        pieces: in order; none where there was nothing left.
        last: whether the work is over.
        work: how long it took.
    """

    pieces: tuple[Piece[T], ...]
    last: bool
    work: Seconds = Seconds(0.0)

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
