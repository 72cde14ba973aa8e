"""Work as a value, and its execution in steps that scheduling can interleave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.units import Seconds

T = TypeVar("T")

MIN_STEP: Final = 0.005
"""Seconds of work in a step, at least; a piece that takes less shares its step with those after it."""


class Piece(NamedTuple, Generic[T]):
    """A part of the result of some work.

    Attributes:
        value: of the kind that the work makes.
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
        """Check the request; the generator does the work, a window or a clause for each piece.

        Closing the generator stops the work.

        Raises:
            RequestError: it cannot be done.
        """
        ...


class StepIterator(Generic[T]):
    """A generator that may be advanced and closed from different threads, one at a time.

    Args:
        start: makes the generator, once.
        min_step: seconds of work in a step, at least.
    """

    def __init__(self, start: Callable[[], Generator[Piece[T]]], min_step: float = MIN_STEP) -> None:
        self._start = start
        self._generator: Generator[Piece[T]] | None = None
        self._min_step = min_step
        self._has_sound = False
        self._failure: Exception | None = None
        self._closed = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Make the generator now rather than with the first step; raises what that raises."""
        with self._lock:
            self._generator = self._generator or self._start()

    def advance(self) -> Step[T]:
        """The next pieces: one that took its time, with those before it that took none.

        What comes before the first sound is not held back for it; what comes before a failure is given first.
        After `close` nothing comes any more.
        """
        with self._lock:
            if self._closed:
                return Step((), last=True)
            if self._failure:
                raise self._failure
            began = time.perf_counter()
            pieces: list[Piece[T]] = []
            last = True
            try:
                self._generator = self._generator or self._start()
                for piece in self._generator:
                    pieces.append(piece)
                    self._has_sound = self._has_sound or piece.audio > 0.0
                    if not self._has_sound or time.perf_counter() - began >= self._min_step:
                        last = False
                        break
            except Exception as error:
                if not pieces:
                    raise
                self._failure, last = error, False
            return Step(tuple(pieces), last, Seconds(time.perf_counter() - began))

    def close(self) -> None:
        """Stop, once the step under way has ended."""
        with self._lock:
            self._closed = True
            if self._generator:
                self._generator.close()
