"""What happens around every request: its identity, its size, its end."""

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

from huisheng.errors import Busy
from huisheng.runtime.memory import Holding, MemoryPool
from huisheng.runtime.request import request_id
from huisheng.server.errors import BodyTooLarge

access = logging.getLogger("huisheng.access")

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

_CLIENT_GONE: Final = 499
"""Logged where no answer began, as nginx does."""

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


class RequestIdMiddleware:
    """Names each request, sends the security headers and writes the access log.

    The log holds the route's template, never the path or query as sent: both may hold a user's text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or one WebSocket from its opening to its end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        name = _request_id(scope)
        # Never taken back: the task is the request's own, and the server below logs what this raises.
        request_id.set(name)
        status = _CLIENT_GONE
        begun = time.perf_counter()

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] in ANSWER_STARTS:
                status = message.get("status", HTTPStatus.SWITCHING_PROTOCOLS)
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = name
                for header, value in _HEADERS.items():
                    headers.setdefault(header, value)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception:
            status = 500
            raise
        finally:
            told = {
                "method": scope.get("method", "WEBSOCKET"),
                "route": getattr(scope.get("route"), "path", "-"),
                "status": status,
                "milliseconds": round((time.perf_counter() - begun) * 1000, 1),
            }
            access.info("%s %s %d %.0f ms %s", *told.values(), name, extra=told)


class DisconnectWatch:
    """Cancels the work of a request when its client leaves, wherever the work stands.

    Frameworks notice a departure only while a stream is sent; a long synthesis that answers at its end would
    go on for nobody. Messages pass through a queue of one, so a large body is read at the handler's pace.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(receive, send)
        watcher = asyncio.create_task(visit.watch())
        try:
            await self._app(scope, visit.inbox.get, visit.send)
        except asyncio.CancelledError:
            if not visit.abandoned or visit.handler.uncancel():
                raise
        finally:
            watcher.cancel()


class _Visit:
    """One request between its client and its handler."""

    def __init__(self, receive: Receive, send: Send) -> None:
        handler = asyncio.current_task()
        assert handler is not None  # noqa: S101 (a coroutine always runs in a task)
        self.handler = handler
        self.inbox = asyncio.Queue[Message](maxsize=1)
        self.abandoned = False
        self._answered = False
        self._receive = receive
        self._send = send

    async def watch(self) -> None:
        """Pass messages on until the client leaves; before the answer is complete that ends the handler."""
        while (message := await self._receive())["type"] != "http.disconnect":
            await self.inbox.put(message)
        if not self._answered:
            self.abandoned = True
            self.handler.cancel()

    async def send(self, message: Message) -> None:
        """Send, noting when the answer is complete."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answered = True
        await self._send(message)


_PATIENCE: Final = 16 << 20
"""Bytes over the limit that are read before a refusal."""

_UNCOUNTED: Final = 32 << 10
"""Bytes that each body may have beside the shared memory: the usual text fits in."""

_SOON: Final = 1
"""Seconds after which there may be memory for a body."""


class BodyLimit:
    """Refuses a body over `limit` bytes, and reads on a little before it says so.

    A connection that is closed over unread bytes is reset, and the client never sees why. So what is too
    much is read and dropped, unless it is by far too much. All bodies that are in memory share a pool, since
    many connections may send theirs at one time; short ones find room beside it.

    Args:
        app: is given what remains.
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
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limit + _PATIENCE:
            await self._app(scope, self._refuse, send)
            return
        body = _Body(receive, self._limit, self._pool)
        try:
            await self._app(scope, body.receive, send)
        finally:
            body.forget()

    async def _refuse(self) -> Message:
        raise BodyTooLarge(self._limit)


class _Body:
    """The body of one request while it comes."""

    def __init__(self, receive: Receive, limit: int, pool: MemoryPool) -> None:
        self._receive = receive
        self._limit = limit
        self._memory = Holding(pool, _UNCOUNTED)
        self._read = 0

    async def receive(self) -> Message:
        """The next message.

        Raises:
            BodyTooLarge: there is too much of it.
            Busy: there is no memory for it now.
        """
        message = await self._next()
        while self._read > self._limit:
            if not message.get("more_body", False) or self._read > self._limit + _PATIENCE:
                raise BodyTooLarge(self._limit)
            message = await self._next()
        if not self._memory.resize(self._read):
            raise Busy(_SOON)
        return message

    def forget(self) -> None:
        """The request is answered."""
        self._memory.resize(0)

    async def _next(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        return message


def _request_id(scope: Scope) -> str:
    """The caller's `X-Request-Id` where it is harmless, else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
