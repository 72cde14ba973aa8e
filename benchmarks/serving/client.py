"""One request, and when each piece of its answer arrived."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from benchmarks.serving.answers import Malformed, body_of, read_head
from benchmarks.serving.player import Piece
from benchmarks.serving.sound import NotSound, WaveReader
from benchmarks.serving.targets import Target

HOST: Final = "127.0.0.1"
PATIENCE: Final = 30.0
"""Seconds that a user waits for the end of an answer."""

Ending: TypeAlias = Literal["done", "refused", "failed"]

_REFUSALS: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_AT_ONCE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    Attributes:
        ending: whether all of it came, it was told to come back later, or neither.
        total: seconds from the moment at which it was due to the end.
        pieces: of sound.
    """

    ending: Ending
    total: float
    pieces: tuple[Piece, ...] = ()

    @property
    def first(self) -> float:
        """Seconds until the first sound of a request that was done."""
        return self.pieces[0].moment

    @property
    def sound(self) -> float:
        """Seconds of it."""
        return sum(piece.sound for piece in self.pieces)


@dataclass(slots=True)
class _Answer:
    """What has arrived so far."""

    due: float
    status: int = 0
    pieces: list[Piece] = field(default_factory=list[Piece])

    async def read(self, reader: asyncio.StreamReader) -> None:
        """To the end.

        Raises:
            Malformed, NotSound: it is no sound, or not all of it.
            asyncio.IncompleteReadError: it broke off before the headers were there.
        """
        head = read_head(await reader.readuntil(b"\r\n\r\n"))
        self.status = head.status
        if head.status != HTTPStatus.OK:
            return
        body, wave = body_of(head), WaveReader()
        while not body.ended and (data := await reader.read(_AT_ONCE)):
            if sound := wave.decode(body.decode(data)):
                self.pieces.append(Piece(time.perf_counter() - self.due, sound))
        body.close()


async def ask(target: Target, text: str, due: float | None = None, patience: float = PATIENCE) -> Outcome:
    """Send a text and read the answer to its end.

    Args:
        target: who is asked.
        text: to be spoken.
        due: `time.perf_counter()` of the moment from which it is timed; now when None.
        patience: seconds after that moment when the user gives up.
    """
    answer = _Answer(time.perf_counter() if due is None else due)
    try:
        async with asyncio.timeout(answer.due + patience - time.perf_counter()):
            await _exchange(target, text, answer)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, Malformed, NotSound):
        return Outcome("failed", time.perf_counter() - answer.due, tuple(answer.pieces))
    return Outcome(_ending(answer), time.perf_counter() - answer.due, tuple(answer.pieces))


async def _exchange(target: Target, text: str, answer: _Answer) -> None:
    reader, writer = await asyncio.open_connection(HOST, target.port)
    try:
        writer.write(target.request(text))
        await answer.read(reader)
    finally:
        writer.close()


def _ending(answer: _Answer) -> Ending:
    if answer.status in _REFUSALS:
        return "refused"
    return "done" if answer.status == HTTPStatus.OK and answer.pieces else "failed"
