"""What workers are made of in tests: a silent engine, and work that tells of itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from huisheng.errors import EmptyText, VoiceMissing
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import MIN_STEP, Piece
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.units import Seconds


class LightFrontend(Frontend):
    """Leaves its dictionaries until they are needed."""

    def load(self) -> None:
        """Nothing yet."""


class AbsentEngine(SilentEngine):
    """Has no model."""

    def load(self) -> None:
        """In vain."""
        raise VoiceMissing("没有音色。", "No voice.")


def silent() -> Synthesizer:
    return Synthesizer(SilentEngine(), LightFrontend())


def absent() -> Synthesizer:
    return Synthesizer(AbsentEngine(), LightFrontend())


@dataclass(frozen=True)
class Count:
    """Numbers from 0, a tenth of a second of sound in each, none in the first.

    Attributes:
        numbers: how many.
        diary: file that is told of every step and of the end.
        fatal: number before which the worker dies, where `once` is not there yet.
        stuck: number before which the worker hangs.
        once: file that is made before dying.
    """

    numbers: int
    diary: Path | None = None
    fatal: int = -1
    stuck: int = -1
    once: Path | None = None

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[int]]:
        """Begin the work."""
        return self._counting()

    def _counting(self) -> Generator[Piece[int]]:
        try:
            for number in range(self.numbers):
                self._perhaps_die(number)
                self._note(str(number))
                time.sleep(MIN_STEP)  # as work does, so that each number is a step
                yield Piece(number, Seconds(0.1 if number else 0.0))
        finally:
            self._note("closed")

    def _perhaps_die(self, number: int) -> None:
        if number == self.stuck:
            time.sleep(600)
        if number != self.fatal or (self.once and self.once.exists()):
            return
        if self.once:
            self.once.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, text: str) -> None:
        if self.diary:
            with self.diary.open("a") as file:
                print(text, file=file)


@dataclass(frozen=True)
class Whoami:
    """The number of the worker's process."""

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[int]]:
        """Begin the work."""
        yield Piece(os.getpid())


@dataclass(frozen=True)
class Refused:
    """Cannot be begun."""

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[int]]:
        """Begin the work."""
        raise EmptyText


@dataclass(frozen=True)
class Broken:
    """Fails in an unforeseen way.

    Attributes:
        word: what the failure says.
    """

    word: str = ""

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[int]]:
        """Begin the work."""
        yield Piece(0)
        raise ZeroDivisionError(self.word)
