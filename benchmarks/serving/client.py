"""A user: one request after another, and when each piece of the answers arrived.

Plain sockets and threads: client and server share the cores, and an event loop would take five times as much
of them.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias

from benchmarks.serving.answers import Malformed, body_of, read_head
from benchmarks.serving.endpoints import Endpoint
from benchmarks.serving.player import Piece
from benchmarks.serving.sound import NotSound, WaveReader

HOST: Final = "127.0.0.1"
TIMEOUT: Final = 30.0
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


class Client:
    """Keeps its connection for as long as the server does.

    Args:
        endpoint: the server that is asked.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def ask(self, text: str, due: float | None = None, timeout: float = TIMEOUT) -> Outcome:
        """Send a text and read the answer to its end.

        Args:
            text: to be spoken.
            due: `time.perf_counter()` of the moment from which it is timed; now when None.
            timeout: seconds after that moment when the user gives up.
        """
        due = time.perf_counter() if due is None else due
        answer = _Answer(due, due + timeout)
        try:
            self._exchange(text, answer)
        except (OSError, Malformed, NotSound):
            self._leave()
            return Outcome("failed", time.perf_counter() - due, tuple(answer.pieces))
        if not answer.keeps:
            self._leave()
        return Outcome(answer.ending, time.perf_counter() - due, tuple(answer.pieces))

    def _exchange(self, text: str, answer: _Answer) -> None:
        if self._connection is None:
            self._connection = socket.create_connection(
                (HOST, self._endpoint.port), answer.remaining_timeout()
            )
        self._connection.settimeout(answer.remaining_timeout())
        self._connection.sendall(self._endpoint.request(text))
        answer.read(self._connection)

    def _leave(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


@dataclass(slots=True)
class _Answer:
    """What has arrived so far.

    Attributes:
        due: `time.perf_counter()` from which it is timed.
        until: when the user gives up.
        status: of HTTP.
        pieces: of sound.
        keeps: whether the server keeps the connection.
    """

    due: float
    until: float
    status: int = 0
    pieces: list[Piece] = field(default_factory=list[Piece])
    keeps: bool = False

    @property
    def ending(self) -> Ending:
        """The ending of an answer that has come to its end."""
        if self.status in _REFUSALS:
            return "refused"
        return "done" if self.status == HTTPStatus.OK and self.pieces else "failed"

    def remaining_timeout(self) -> float:
        """Timeout in seconds.

        Raises:
            TimeoutError: it is over.
        """
        left = self.until - time.perf_counter()
        if left <= 0.0:
            raise TimeoutError
        return left

    def read(self, connection: socket.socket) -> None:
        """To the end.

        Raises:
            Malformed, NotSound: it is no sound, or not all of it.
            OSError: it broke off or took too long.
        """
        head_bytes = b""
        while b"\r\n\r\n" not in head_bytes:
            head_bytes += self._more(connection)
        lines, _, data = head_bytes.partition(b"\r\n\r\n")
        head = read_head(lines)
        self.status = head.status
        body, wave = body_of(head), WaveReader()
        while True:
            content = body.decode(data)
            if head.status == HTTPStatus.OK and (sound := wave.decode(content)):
                self.pieces.append(Piece(time.perf_counter() - self.due, sound))
            if body.ended:
                break
            if not (data := self._next(connection)):
                body.close()
                return
        self.keeps = head.headers.get("connection", "").lower() != "close"

    def _next(self, connection: socket.socket) -> bytes:
        """What has arrived; nothing at the end of the connection."""
        connection.settimeout(self.remaining_timeout())
        return connection.recv(_AT_ONCE)

    def _more(self, connection: socket.socket) -> bytes:
        if data := self._next(connection):
            return data
        raise Malformed("no head")
