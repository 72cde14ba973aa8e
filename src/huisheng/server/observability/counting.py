"""Every request is counted once, at one place."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from huisheng.server.errors import FAILURE_SINK, translated
from huisheng.server.observability.metrics import Exchange, Metrics
from huisheng.units import Seconds

DOORS: Final[Mapping[str, str]] = {
    "/v1/": "openai",
    "/tts": "own",
    "/synthesize": "own",
    "/api/": "own",
    "/audio/": "own",
    "/healthz": "system",
    "/readyz": "system",
    "/metrics": "system",
}
"""Beginning of a route → the door that it belongs to."""

ELSEWHERE: Final = "other"
"""The door of the page, its files and addresses that do not exist."""

_SOCKET: Final = "WEBSOCKET"
"""Counted as the method of what opens a WebSocket."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_SWITCHED: Final = 101
"""What the handshake of a WebSocket is answered with (RFC 6455, 4.2.2)."""

_REFUSED: Final = 403
"""What servers answer where the handshake is closed instead of accepted."""

_CLIENT_GONE: Final = 499
"""Counted where no answer began, as the access log does."""


class Counting:
    """Counts requests over HTTP, and WebSockets by their handshake.

    The route is its template, and an unknown method is `OTHER`: who sends much nonsense makes no new series.

    Args:
        app: what is counted.
        metrics: that count.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        count = _Count(scope, send, self._metrics)
        sinks = scope.setdefault("state", {})
        sinks[FAILURE_SINK] = count.failed
        begun = time.perf_counter()
        try:
            await self._app(scope, receive, count.send)
        except WebSocketDisconnect:
            raise  # whoever sat at the other end left, which is no error
        except Exception as error:
            count.broke(error)
            raise
        finally:
            # What is reported after this has been counted here already.
            del sinks[FAILURE_SINK]
            count.end(Seconds(time.perf_counter() - begun))


class _Count:
    """What is known of one request."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self._scope = scope
        self._send = send
        self._metrics = metrics
        self._method = _method(scope)
        self._status = _CLIENT_GONE
        self._open = False

    async def send(self, message: Message) -> None:
        """Send, noting how the request is answered."""
        kind = message["type"]
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self._status = message["status"]
        elif kind == "websocket.accept":
            self._accept()
        elif kind == "websocket.close":
            self._status = _REFUSED
        await self._send(message)

    def _accept(self) -> None:
        self._status = _SWITCHED
        self._open = True
        self._metrics.socket_opened()
        self._answered()

    def failed(self, code: str) -> None:
        """An answer failed. Probes do not count: they are told "not yet" by a 503, which is no error."""
        if self._place()[0] != "system":
            self._metrics.erred(code)

    def broke(self, error: Exception) -> None:
        """Nobody below knew what to do with an error."""
        self.failed(translated(error).code)
        if not self._open:
            self._status = 500

    def end(self, seconds: Seconds) -> None:
        """The request is over. How long a WebSocket was open tells nothing about speed."""
        if self._open:
            self._metrics.socket_closed()
            return
        self._answered()
        if self._method != _SOCKET:
            self._metrics.took(*self._place(), seconds)

    def _answered(self) -> None:
        self._metrics.answered(Exchange(*self._place(), self._method, self._status))

    def _place(self) -> tuple[str, str]:
        """Door and route; both are known once the router has seen the request."""
        route = getattr(self._scope.get("route"), "path", "-")
        return door_of(route), route


def _method(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return _SOCKET
    return scope["method"] if scope["method"] in _METHODS else "OTHER"


@cache
def door_of(route: str) -> str:
    """The door that a route belongs to; kept, since there are as many templates as endpoints."""
    return next((door for beginning, door in DOORS.items() if route.startswith(beginning)), ELSEWHERE)
