"""HTTP/1.1 as uvicorn speaks it, with time limits, bounds, and our own answer to what is no HTTP.

h11 takes half a millisecond more for a request than the parser in C that uvicorn knows too. It bounds what
it reads before a request is whole, refuses what the standard refuses, and finishes an answer before it looks
at what comes behind its request.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any, Final, cast

import h11
from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from huisheng.errors import HuishengError, RefusedError
from huisheng.runtime.memory import Holding, MemoryPool
from huisheng.server.connections import Connections, Reason
from huisheng.server.errors import MalformedRequest, RequestTimeout, problem_response
from huisheng.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a client may take to send a request.

    Attributes:
        head: seconds from the opening of a connection, or from the first byte after an answer, until the
            head is complete.
        body: seconds without a byte of the body, or by which it may be late at `rate`.
        rate: bytes a second that a body must come at. What comes faster makes up for a delay before it,
            never for one after it.
    """

    head: float
    body: float
    rate: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Timeouts:
        """The timeouts of the settings."""
        return cls(
            settings.head_timeout.total_seconds(), settings.body_timeout.total_seconds(), settings.body_rate
        )


class _Phase(Enum):
    """The part of an exchange that a connection is in."""

    HEAD = auto()
    """It waits for its first request, or for the rest of a head."""
    BODY = auto()
    """A head is complete, its body is not."""
    ANSWER = auto()
    """A request is complete, its answer is not."""
    IDLE = auto()
    """An answer is complete, and nothing has come since."""


class Protocol(H11Protocol):
    """One connection.

    Args:
        config: of uvicorn.
        server_state: of uvicorn, shared by all connections.
        app_state: of the application.
        _loop: the event loop it runs on.
        connections: all connections of the server.
        timeouts: for its client.
        messages: memory of the messages of all WebSockets.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
        timeouts: Timeouts,
        messages: MemoryPool,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.ws_protocol_class = cast(
            "type[asyncio.Protocol]", partial(WebSocketProtocol, on_close=self._leave, messages=messages)
        )
        self._registry = connections
        self._timeouts = timeouts
        self._phase: _Phase | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_websocket = False
        self._body_end = 0.0  # when the time for the body is over, on the clock of the loop

    @property
    def address(self) -> str:
        """The address of the peer."""
        return self.client[0] if self.client else ""

    @property
    def is_flushed(self) -> bool:
        """Whether everything that was written has left the process."""
        return not self.transport.get_write_buffer_size()

    def close(self) -> None:
        """Close the connection without an answer."""
        self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; refuse it where there are too many."""
        super().connection_made(transport)
        try:
            self._registry.add(self)
        except RefusedError as error:
            self._refuse(error)
            return
        self._update_phase()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The client sent something."""
        allowed = self._timeouts
        self._body_end = min(self._body_end + len(data) / allowed.rate, self.loop.time() + allowed.body)
        super().data_received(data)
        self._update_phase()

    def on_response_complete(self) -> None:
        """An answer is complete."""
        super().on_response_complete()
        self._update_phase()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over; it counts until the WebSocket is closed."""
        self._enter(_Phase.ANSWER)
        self._is_websocket = True
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's words)
        """Refuse what cannot be read, where no answer has begun, and end the connection."""
        self._refuse(MalformedRequest())

    def _refuse(self, error: HuishengError) -> None:
        """Answer with an error, where no answer has begun, and end the connection."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            answer = problem_response(error, secrets.token_hex(16))
            headers = [*answer.raw_headers, (b"connection", b"close")]
            for event in (
                h11.Response(status_code=answer.status_code, headers=headers),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _update_phase(self) -> None:
        """Find the phase of the connection after an event, and enter it where it is another."""
        if self._is_websocket or self.transport.is_closing():
            return
        if self.conn.their_state is h11.SEND_BODY:
            phase = _Phase.BODY
        elif self.conn.their_state is not h11.IDLE:
            phase = _Phase.ANSWER
        else:
            has_answered = self.cycle is not None  # pyright: ignore[reportUnnecessaryComparison] (None at first)
            is_idle = has_answered and not self.conn.trailing_data[0]
            phase = _Phase.IDLE if is_idle else _Phase.HEAD
        if phase is not self._phase:
            self._enter(phase)

    def _enter(self, phase: _Phase) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if phase in {_Phase.BODY, _Phase.ANSWER}:
            self._registry.mark_busy(self)
        elif self._phase in {_Phase.BODY, _Phase.ANSWER}:
            self._registry.mark_waiting(self)
        self._phase = phase
        if phase is _Phase.HEAD:
            self._timer = self.loop.call_later(self._timeouts.head, self._time_out_head)
        elif phase is _Phase.BODY:
            self._start_body_timer()
        elif phase is _Phase.IDLE and self.timeout_keep_alive_task is None:
            # uvicorn sets no time for a connection whose request ended after its answer.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _time_out_head(self) -> None:
        """The time for a head is over. Browsers open connections in advance: one without a byte holds no
        request, and is closed without a word.
        """
        if not self.conn.trailing_data[0]:
            self.transport.close()
            return
        self._registry.report(Reason.HEAD_TIMEOUT)
        self._refuse(RequestTimeout())

    def _start_body_timer(self) -> None:
        """Count the time for the body from now on."""
        self._body_end = self.loop.time() + self._timeouts.body
        self._timer = self.loop.call_later(self._timeouts.body, self._check_body)

    def _check_body(self) -> None:
        """Whether the time for a body is over; while we read nothing it does not count."""
        if self.flow.read_paused:
            self._start_body_timer()
            return
        left = self._body_end - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._check_body)
            return
        self._registry.report(Reason.BODY_TIMEOUT)
        self._refuse(RequestTimeout())
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _leave(self) -> None:
        """The connection counts no longer."""
        if self._timer is not None:
            self._timer.cancel()
        self._registry.remove(self)


_UNCOUNTED: Final = 32_768
"""Bytes that each WebSocket may have sent beside the shared memory, so that short messages always come."""

_FRAGMENT: Final = 64
"""Bytes that a fragment of a message takes beside its content."""

_MAX_FRAGMENTS: Final = 1_024
"""Fragments of one message."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A connection that has become a WebSocket.

    Args:
        config: of uvicorn.
        server_state: of uvicorn, shared by all connections.
        app_state: of the application.
        on_close: called when the connection is closed.
        messages: memory of messages that are incomplete, not yet received by the application, or still
            handled by it, and of the last frame, which the parser keeps until the next. A connection that
            needs more than there is is closed.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        on_close: Callable[[], None],
        messages: MemoryPool,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._on_close = on_close
        self._memory = Holding(messages, _UNCOUNTED)
        self._last_frame = 0
        self._is_waiting = False
        """Whether the application waits for a message, and handles none."""

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._on_close()
        self._memory.resize(0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The client sent something."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if len(self.frames) > _MAX_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG)
            return
        is_idle = self._is_waiting and self.queue.empty()
        if not self._memory.resize(self._held_bytes() if is_idle else self._memory.size + len(data)):
            self._fail(CloseCode.TRY_AGAIN_LATER)

    async def receive(self) -> ASGIReceiveEvent:
        """The next message; those before it are done with."""
        if self.queue.empty() and not self.disconnected:
            self._memory.resize(self._held_bytes())
        self._is_waiting = True
        try:
            return await super().receive()
        finally:
            self._is_waiting = False

    def handle_text(self, event: Frame) -> None:
        """A message, or its beginning."""
        self._last_frame = len(event.data)
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """A message, or its beginning."""
        self._last_frame = len(event.data)
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """A further part of a message."""
        self._last_frame = len(event.data)
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """The client asks whether we are there."""
        self._last_frame = 0
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """The client is there."""
        self._last_frame = 0
        super().handle_pong(event)

    def _held_bytes(self) -> int:
        """Bytes that are held while the application handles nothing."""
        fragments = sum(_FRAGMENT + len(frame) for frame in self.frames)
        return self._last_frame + len(self.conn.reader.buffer) + fragments

    def _fail(self, code: CloseCode) -> None:
        """Close the connection, with a close frame where the handshake is complete."""
        if self.handshake_complete:
            self.conn.fail(code)
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
