"""Calls to the peers of payment methods: one time limit, few retries, answers of bounded size."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import InvalidSignature, NotificationError, PaymentPeerError

logger = logging.getLogger("huisheng.payments")

TIMEOUT: Final = 10.0
"""Seconds for a call and all its repetitions."""

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


@dataclass(frozen=True, slots=True)
class PeerResponse:
    """An answer, whole and decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether what was asked for was done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class PeerClient:
    """An HTTP client of one peer.

    Args:
        method: id of the payment method, for errors.
    """

    def __init__(self, method: str) -> None:
        self._method = method
        self._client = httpx.AsyncClient(timeout=None, follow_redirects=False)  # noqa: S113 - `request` has one

    async def request(
        self, verb: str, address: str, headers: Mapping[str, str], content: bytes = b""
    ) -> PeerResponse:
        """The peer's answer, below 500. Doing the same request twice must be the same as doing it once.

        Args:
            verb: of HTTP.
            address: whole, with its query.
            headers: besides those of every request.
            content: the body.

        Raises:
            PaymentPeerError: there is none in time, it is too large, or the peer fails.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                for pause in _PAUSES:
                    try:
                        return await self._send(verb, address, headers, content)
                    except PaymentPeerError:
                        await asyncio.sleep(pause)
                return await self._send(verb, address, headers, content)
        except TimeoutError as error:
            logger.warning("payment peer %s: no answer in time", self._method)
            raise PaymentPeerError(self._method) from error

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _send(
        self, verb: str, address: str, headers: Mapping[str, str], content: bytes
    ) -> PeerResponse:
        """One attempt.

        Raises:
            PaymentPeerError: as `request`.
        """
        try:
            async with self._client.stream(verb, address, headers=headers, content=content) as answer:
                body = await self._read(answer)
        except httpx.HTTPError as error:
            logger.warning("payment peer %s: %s", self._method, type(error).__name__)
            raise PaymentPeerError(self._method) from error
        if _is_failure(answer.status_code):
            logger.warning("payment peer %s: status %d", self._method, answer.status_code)
            raise PaymentPeerError(self._method)
        return PeerResponse(answer.status_code, answer.headers, body)

    async def _read(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > _LARGEST_ANSWER:
                raise PaymentPeerError(self._method)
        return bytes(body)


def status_of_failure(failure: HuishengError) -> HTTPStatus:
    """The status that a notification is answered with that was not dealt with; its sender sends it again."""
    if isinstance(failure, InvalidSignature):
        return HTTPStatus.UNAUTHORIZED
    if isinstance(failure, NotificationError):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.SERVICE_UNAVAILABLE


def _is_failure(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
