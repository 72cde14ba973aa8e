"""Calls to the peers of payment methods: one time limit, few retries, answers of bounded size."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import InvalidSignature, NotificationError, PaymentPeerError

logger = logging.getLogger("huisheng.payments")

TIMEOUT: Final = 10.0
"""Seconds to connect, and for each read and write."""

_PAUSES: Final = (0.1, 0.5)
"""Seconds before each further attempt."""
_LARGEST_ANSWER: Final = 1 << 20
"""Bytes; the longest that any of them sends is a chain of certificates of some kilobytes."""


class PeerMessage(BaseModel):
    """A part of a message from outside; what else it holds is left, and errors never quote it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_Message = TypeVar("_Message", bound=PeerMessage)


def parse_answer(model: type[_Message], body: bytes | str, method: str) -> _Message:
    """An answer of a peer.

    Raises:
        PaymentPeerError: it is of another shape.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise PaymentPeerError(method) from error


class PeerClient:
    """An HTTP client of one peer.

    Args:
        method: id of the payment method, for errors.
        address: of the peer, without a path.
    """

    def __init__(self, method: str, address: str) -> None:
        self._method = method
        self._client = httpx.AsyncClient(base_url=address, timeout=TIMEOUT, follow_redirects=False)

    async def request(
        self,
        verb: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        *,
        repeatable: bool = True,
    ) -> httpx.Response:
        """The peer's answer, below 500.

        Args:
            verb: of HTTP.
            path: with its query; an address of another host where it is absolute.
            headers: besides those of every request.
            content: the body.
            repeatable: whether doing it twice is the same as doing it once.

        Raises:
            PaymentPeerError: there is none, it is too large, or the peer fails.
        """
        for pause in (*_PAUSES, None) if repeatable else (None,):
            try:
                answer = await self._send(verb, path, headers, content)
            except httpx.HTTPError as error:
                logger.warning("payment peer %s: %s", self._method, type(error).__name__)
                if pause is None:
                    raise PaymentPeerError(self._method) from error
            else:
                if not _is_failure(answer.status_code):
                    return answer
                logger.warning("payment peer %s: status %d", self._method, answer.status_code)
            if pause is not None:
                await asyncio.sleep(pause)
        raise PaymentPeerError(self._method)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _send(self, verb: str, path: str, headers: Mapping[str, str], content: bytes) -> httpx.Response:
        async with self._client.stream(verb, path, headers=dict(headers), content=content) as answer:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST_ANSWER:
                    raise PaymentPeerError(self._method)
        return httpx.Response(
            answer.status_code, headers=_without_encoding(answer.headers), content=bytes(body)
        )


def status_of_failure(failure: HuishengError) -> HTTPStatus:
    """The status that a notification is answered with that was not dealt with; its sender sends it again."""
    if isinstance(failure, InvalidSignature):
        return HTTPStatus.UNAUTHORIZED
    if isinstance(failure, NotificationError):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.SERVICE_UNAVAILABLE


def _is_failure(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS


def _without_encoding(headers: httpx.Headers) -> httpx.Headers:
    """The headers of a body that is decoded already."""
    kept = httpx.Headers(headers)
    for name in ("content-encoding", "content-length", "transfer-encoding"):
        kept.pop(name, None)
    return kept
