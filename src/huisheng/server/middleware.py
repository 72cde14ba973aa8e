"""What happens around every request: its id, its size, its end, and that it is counted once."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from huisheng.errors import Busy
from huisheng.runtime.memory import Holding, MemoryPool
from huisheng.runtime.request import request_id
from huisheng.server.errors import FAILURE_SINK, BodyTooLarge, translate
from huisheng.server.observability.metrics import Metrics
from huisheng.units import Seconds

access = logging.getLogger("huisheng.access")

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Ids of clients that are harmless in headers and logs; other requests get a new one."""

_CLIENT_GONE: Final = 499
"""Logged and counted where no answer began, as nginx does."""

_REFUSED: Final = 403
"""What servers answer where the handshake of a WebSocket is closed instead of accepted."""

ANSWER_STARTS: Final = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
"""Types of the messages with which an answer begins."""

_HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob: data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Sent unless the answer says otherwise."""

_WEBSOCKET: Final = "WEBSOCKET"
"""Logged and counted as the method of what opens a WebSocket."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_SYSTEM_ROUTES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Their 503 says "not yet" to probes, which is no error."""


class RequestMiddleware:
    """Gives each request an id, sends the security headers, writes the access log and counts.

    Log and metrics hold the route's template, never the path or query as sent, which may hold a user's text.
    A WebSocket is counted by its handshake.

    Args:
        app: handles the request.
        metrics: count; None where nothing is counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics | None = None) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or one WebSocket from its opening to its end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        # Never reset: the task is the request's own, and the server below logs what this raises.
        sent = Headers(scope=scope).get("x-request-id", "")
        request_id.set(sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(16))
        exchange = _Exchange(scope, send, self._metrics)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:
            exchange.fail(error)
            raise
        finally:
            exchange.end()


class _Exchange:
    """A request and what it is answered with."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics | None) -> None:
        self._scope = scope
        self._send = send
        self._metrics = metrics
        self._is_websocket = scope["type"] == "websocket"
        self._status: int = _CLIENT_GONE
        self._is_accepted = self._is_refused = False  # the handshake of a WebSocket
        self._begun = time.perf_counter()
        if metrics:
            scope.setdefault("state", {})[FAILURE_SINK] = self._count_failure

    async def send(self, message: Message) -> None:
        """Send, noting how the request is answered."""
        kind = message["type"]
        if kind in ANSWER_STARTS:
            self._status = message.get("status", HTTPStatus.SWITCHING_PROTOCOLS)
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = request_id.get()
            for header, value in _HEADERS.items():
                headers.setdefault(header, value)
            if kind == "websocket.accept":
                self._is_accepted = True
                if self._metrics:
                    self._metrics.add_websocket()
                    self._metrics.count_request(self._route, _WEBSOCKET, self._status)
        elif kind == "websocket.close":
            self._is_refused = not self._is_accepted
        await self._send(message)

    def fail(self, error: Exception) -> None:
        """The application raised an error; that the client of a WebSocket left is none."""
        self._status = HTTPStatus.INTERNAL_SERVER_ERROR
        if not isinstance(error, WebSocketDisconnect):
            self._count_failure(translate(error).code)

    def end(self) -> None:
        """The request is over. The duration of a WebSocket is no measure of speed."""
        seconds = Seconds(time.perf_counter() - self._begun)
        route = self._route
        method: str = _WEBSOCKET if self._is_websocket else self._scope["method"]
        fields = {
            "method": method,
            "route": route,
            "status": self._status,
            "milliseconds": round(seconds * 1000, 1),
        }
        access.info("%s %s %d %.0f ms %s", *fields.values(), request_id.get(), extra=fields)
        if self._metrics is None:
            return
        del self._scope["state"][FAILURE_SINK]  # what is reported after this has been counted already
        if self._is_accepted:
            self._metrics.remove_websocket()
        elif self._is_websocket:
            status = _REFUSED if self._is_refused and self._status == _CLIENT_GONE else self._status
            self._metrics.count_request(route, _WEBSOCKET, status)
        else:
            known = method if method in _METHODS else "OTHER"
            self._metrics.count_request(route, known, self._status, seconds)

    @property
    def _route(self) -> str:
        """The template of the route, known once the router has seen the request."""
        return getattr(self._scope.get("route"), "path", "-")

    def _count_failure(self, code: str) -> None:
        if self._metrics and self._route not in _SYSTEM_ROUTES:
            self._metrics.count_error(code)


_READ_BEYOND: Final = 16 << 20
"""Bytes over the limit that are read before a refusal."""

_UNCOUNTED: Final = 32 << 10
"""Bytes that each body may have beside the shared memory: the usual text fits in."""

_RETRY_AFTER: Final = 1
"""Seconds after which there may be memory for a body."""


class ReceiveMiddleware:
    """Bounds the body of a request, and cancels the work when the client leaves.

    Frameworks notice a departure only while a stream is sent; a long synthesis that answers at its end would
    go on unheard. Messages pass through a queue of one, so a large body is read at the handler's pace.

    A connection that is closed over unread bytes is reset, and the client never sees why. So a body over the
    limit is read and dropped before it is refused, unless it is by far too long. All bodies in memory share a
    pool, since many connections may send theirs at one time; short ones find room beside it.

    Args:
        app: handles the request.
        limit: bytes of a body.
        pool: bytes of all bodies of requests that are not answered yet.
    """

    def __init__(self, app: ASGIApp, limit: int, pool: MemoryPool) -> None:
        self._app = app
        self._limit = limit
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = _ClientStream(scope, receive, send, self._limit, Holding(self._pool, _UNCOUNTED))
        watcher = asyncio.create_task(client.watch())
        try:
            await self._app(scope, client.receive, client.send)
        except asyncio.CancelledError:
            if not client.has_left or client.handler.uncancel():
                raise
        finally:
            client.memory.resize(0)
            watcher.cancel()


class _ClientStream:
    """The messages between a client and the handler of its request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int, memory: Holding) -> None:
        handler = asyncio.current_task()
        assert handler is not None  # noqa: S101 (a coroutine always runs in a task)
        self.handler = handler
        self.memory = memory
        self.has_left = False
        self._is_answered = False
        self._inbox = asyncio.Queue[Message](maxsize=1)
        self._receive = receive
        self._send = send
        self._limit = limit
        self._read = 0
        declared = Headers(scope=scope).get("content-length", "")
        self._is_far_too_long = declared.isdecimal() and int(declared) > limit + _READ_BEYOND

    async def watch(self) -> None:
        """Pass messages on until the client leaves; before the answer is complete that ends the handler."""
        while (message := await self._receive())["type"] != "http.disconnect":
            await self._inbox.put(message)
        if not self._is_answered:
            self.has_left = True
            self.handler.cancel()

    async def send(self, message: Message) -> None:
        """Send, noting when the answer is complete."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_answered = True
        await self._send(message)

    async def receive(self) -> Message:
        """The next message.

        Raises:
            BodyTooLarge: there is too much of the body.
            Busy: there is no memory for it now.
        """
        if self._is_far_too_long:
            raise BodyTooLarge(self._limit)
        while True:
            message = await self._inbox.get()
            self._read += len(message.get("body", b""))
            if self._read <= self._limit:
                break
            if not message.get("more_body", False) or self._read > self._limit + _READ_BEYOND:
                raise BodyTooLarge(self._limit)
        if not self.memory.resize(self._read):
            raise Busy(_RETRY_AFTER)
        return message
