"""Answers that are sent while they are made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from huisheng.errors import HuishengError
from huisheng.server.errors import STALLED, InternalError, count_failure, log_failure, status_of
from huisheng.server.speech.metering import break_off, find_charge, note_failure

_BROKEN_OFF: Final = "answer broken off"


class LiveResponse(StreamingResponse):
    """Sends each part as soon as it is made, and closes its source however it ends.

    The headers go out with the first part, so a refusal before it still becomes an answer of its own. After
    that a failure becomes the end of the stream where the format can tell of one; else the connection breaks
    off, since a clean end would pass a part off as the whole.

    Args:
        parts: what is sent, at least one; owned by this response from here on.
        media_type: of the whole.
        stall: how long the reader may leave a part unread.
        headers: further headers.
        encode_error: writes a failure in the format of the stream; None for formats that cannot tell.
    """

    def __init__(
        self,
        parts: AsyncGenerator[bytes],
        media_type: str,
        stall: timedelta,
        *,
        headers: Mapping[str, str] | None = None,
        encode_error: Callable[[HuishengError], bytes] | None = None,
    ) -> None:
        super().__init__(parts, headers=headers, media_type=media_type)
        self._parts = parts
        self._stall = stall.total_seconds()
        self._encode_error = encode_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Send the answer."""
        async with aclosing(self._parts) as parts:
            first = await anext(parts)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            try:
                await self._send(send, first)
                async for part in parts:
                    await self._send(send, part)
            except HuishengError as error:
                note_failure(scope)
                break_off(find_charge(scope), error)
                log_failure(_BROKEN_OFF, error)
                if status_of(type(error)) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    count_failure(scope, error.code)
                if not await self._send_error(send, error):
                    return
            except TimeoutError as error:
                if charge := find_charge(scope):
                    charge.abandon()
                log_failure(_BROKEN_OFF, error)
                count_failure(scope, STALLED)
                return
            except Exception:
                note_failure(scope)
                if charge := find_charge(scope):
                    charge.cancel()
                await self._send_error(send, InternalError())
                raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_error(self, send: Send, error: HuishengError) -> bool:
        """Send a failure where the format can tell of one; whether it can."""
        if self._encode_error is None:
            return False
        await self._send(send, self._encode_error(error))
        return True

    async def _send(self, send: Send, part: bytes) -> None:
        message: Message = {"type": "http.response.body", "body": part, "more_body": True}
        async with asyncio.timeout(self._stall):
            await send(message)
