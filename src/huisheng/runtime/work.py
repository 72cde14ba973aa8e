"""What a server asks of a synthesizer, as a value: it may be done in a thread here, or in another process."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

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


class End(Enum):
    """Told apart from every piece by the type checker."""

    END = "end"


Step: TypeAlias = Piece[T] | Literal[End.END]
"""What advancing brings: a piece, or the end."""


class Work(Protocol[T]):
    """Something to do with a synthesizer. It is pickled where the synthesizer lives in another process."""

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[T]]:
        """Understand what is asked; the generator does it, a window or a clause in each step.

        Closing the generator stops the work.

        Raises:
            RequestError: it cannot be done.
        """
        ...
