"""The HTTP half of charging: ends the charge of a request as its answer ends.

It stands around the part that cancels the work when a client leaves, so that it sees both: what is received,
and what is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.server.guard.middleware import LIMITS
from huisheng.server.speech.metering import CHARGED_HEADER, METERED, REMAINING_HEADER, MeteredRequest

CLAIM: Final = "claim"
"""In the state of a request with an `Idempotency-Key`, its `Claim`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that is served under a key; `is_paid` where it was charged before, and is made again."""

    key: str
    is_paid: bool = False


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
        claim: Claim = scope["state"].get(CLAIM, _NO_CLAIM)
        limits = scope["state"][LIMITS]
        metered = MeteredRequest("", limits, idempotency_key=claim.key, is_paid=claim.is_paid)
        scope["state"][METERED] = metered
        exchange = _Exchange(metered, receive, send)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            exchange.end()


_NO_CLAIM: Final = Claim("")


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
        if charge is None:
            pass
        elif message["type"] == "http.response.start":
            self._is_good = 200 <= message["status"] < 300
            if self._is_good:
                message.setdefault("headers", [])
                headers = {CHARGED_HEADER: charge.charged, REMAINING_HEADER: charge.remaining}
                MutableHeaders(scope=message).update(headers)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
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
