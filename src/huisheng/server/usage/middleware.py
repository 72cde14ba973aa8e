"""The HTTP half of charging: ends the charge of a request as its answer ends.

It stands around the part that cancels the work when a client leaves, so that it sees both: what is received,
and what is sent.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.server.guard.middleware import LIMITS
from huisheng.server.speech.metering import CHARGED_HEADER, METERED, REMAINING_HEADER, MeteredRequest

REQUEST_KEY: Final = "request_key"
"""In the state of a request with an `Idempotency-Key`, its `RequestKey`."""


class ChargingMiddleware:
    """Gives each HTTP request that is limited a `MeteredRequest`, and ends its charge.

    Args:
        app: handles the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["state"]["client"].account_id:
            await self._app(scope, receive, send)
            return
        state = scope["state"]
        metered = state[METERED] = MeteredRequest("", state[LIMITS], state.get(REQUEST_KEY))
        exchange = _Exchange(metered, receive, send)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            exchange.end()


class _Exchange:
    """A request, what it is answered with, and how that ends."""

    def __init__(self, metered: MeteredRequest, receive: Receive, send: Send) -> None:
        self._metered = metered
        self._receive = receive
        self._send = send
        self._is_good = False
        """Whether the answer that has begun is one that is charged."""
        self._has_left = False

    async def receive(self) -> Message:
        """The next message; that the client has left is noted."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._has_left = True
        return message

    async def send(self, message: Message) -> None:
        """Send; before the last bytes of a good answer go out, its charge is complete."""
        charge = self._metered.charge
        if message["type"] == "http.response.start":
            self._is_good = 200 <= message["status"] < 300
            message.setdefault("headers", [])
            MutableHeaders(scope=message).update(self._headers())
        elif charge and not message.get("more_body", False):
            charge.complete() if self._is_good else charge.cancel()
        await self._send(message)

    def end(self) -> None:
        """The request is over, in whatever way; an answer that was complete stays charged."""
        charge = self._metered.charge
        if charge is None:
            return
        if self._has_left:
            charge.abandon()
        else:
            charge.cancel()

    def _headers(self) -> dict[str, str]:
        """What a good answer costs and leaves, or what was left where the request was refused."""
        if charge := self._metered.charge:
            headers = {CHARGED_HEADER: charge.charged, REMAINING_HEADER: charge.remaining}
            return headers if self._is_good else {}
        return {REMAINING_HEADER: self._metered.remaining} if self._metered.remaining else {}
