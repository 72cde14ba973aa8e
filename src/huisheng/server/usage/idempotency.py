"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent again is served once.

A good answer is kept for a day and replayed byte for byte. One that is too large to be kept, or whose server
died, is made again without a charge where it has been charged. A request that is refused or fails leaves its
key free. This stands around charging, so that it knows how a charge has ended.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, cast

from sqlalchemy import ColumnElement, Table, delete, insert, select, update
from sqlalchemy.orm import Session
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.errors import HuishengError
from huisheng.server.clock import Clock
from huisheng.server.database.database import Database
from huisheng.server.errors import (
    Answers,
    BodyTooLarge,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
)
from huisheng.server.guard.client import Client
from huisheng.server.ledger import repository
from huisheng.server.speech.metering import METERED, MeteredRequest
from huisheng.server.usage.endings import ENDS, Ending, end
from huisheng.server.usage.limits import RESERVATIONS
from huisheng.server.usage.middleware import CLAIM, Claim
from huisheng.server.usage.models import IdempotentRequest
from huisheng.server.usage.reservations import INSTANCES

REQUESTS: Final = cast("Table", IdempotentRequest.__table__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
LARGEST: Final = 8 << 20
"""Bytes of an answer that is kept."""
_KEPT: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[!-~]{1,255}")
PATHS: Final = frozenset({"/tts", "/synthesize", "/api/tts", "/api/speech/stream", "/v1/audio/speech"})
"""Whose POST requests may have a key."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that is replayed."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request under a key.

    Attributes:
        account_id: whose it is.
        key: that the client has chosen.
        fingerprint: SHA-256 of method, address and body.
        instance: the server that works on it.
    """

    account_id: str
    key: str
    fingerprint: str
    instance: str


def begin(session: Session, request: KeyedRequest, now: datetime) -> KeptAnswer | Claim:
    """Begin a request, or find its answer.

    Raises:
        IdempotencyKeyReused: another request has the key.
        IdempotencyInProgress: the same one is being served.
    """
    connection = session.connection()
    repository.lock_accounts(connection, {request.account_id})
    mine = (REQUESTS.c.account_id == request.account_id, REQUESTS.c.key == request.key)
    row = connection.execute(select(REQUESTS).where(*mine)).one_or_none()
    if row is None or row.expires_at <= now:
        connection.execute(delete(REQUESTS).where(*mine))
        connection.execute(insert(REQUESTS), _row(request, now))
        return Claim(request.key)
    if row.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused
    if row.status is not None and row.body is not None:
        return KeptAnswer(row.status, [(name, value) for name, value in json.loads(row.headers)], row.body)
    if row.status is None:
        lease = select(INSTANCES.c.lease_until).where(INSTANCES.c.id == row.instance)
        if connection.execute(lease).scalar_one() > now:
            raise IdempotencyInProgress
    connection.execute(update(REQUESTS).where(*mine).values(instance=request.instance, status=None))
    return Claim(request.key, is_paid=_is_paid(session, request, row.created_at, now))


def finish(session: Session, request: KeyedRequest, answer: KeptAnswer | None) -> None:
    """Keep the answer of a request that was charged, or that it has none that can be kept."""
    values = {"status": 200, "headers": "[]", "body": None}
    if answer:
        values = {"status": answer.status, "headers": json.dumps(answer.headers), "body": answer.body}
    session.connection().execute(update(REQUESTS).where(*_mine(request)).values(values))


def forget(session: Session, request: KeyedRequest) -> None:
    """A request was refused or failed: its key is free."""
    session.connection().execute(delete(REQUESTS).where(*_mine(request)))


def forget_expired(session: Session, now: datetime) -> None:
    """Delete answers that were kept long enough."""
    session.connection().execute(delete(REQUESTS).where(REQUESTS.c.expires_at <= now))


def _mine(request: KeyedRequest) -> tuple[ColumnElement[bool], ...]:
    columns = REQUESTS.c
    return (
        columns.account_id == request.account_id,
        columns.key == request.key,
        columns.instance == request.instance,
    )


def _is_paid(session: Session, request: KeyedRequest, since: datetime, now: datetime) -> bool:
    """Whether a request has been charged; what it has open is released, since its server is gone."""
    rows = session.connection().execute(
        select(RESERVATIONS.c.id, ENDS.c.outcome)
        .outerjoin(ENDS, ENDS.c.reservation_id == RESERVATIONS.c.id)
        .where(
            RESERVATIONS.c.account_id == request.account_id,
            RESERVATIONS.c.idempotency_key == request.key,
            RESERVATIONS.c.created_at >= since,
        )
    )
    outcomes = {row.id: row.outcome for row in rows}
    still_open = [number for number, outcome in outcomes.items() if outcome is None]
    end(session, [Ending(number, request.account_id, "released", now) for number in still_open], now)
    return "settled" in outcomes.values()


def _row(request: KeyedRequest, now: datetime) -> dict[str, object]:
    return {
        "account_id": request.account_id,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "instance": request.instance,
        "created_at": now,
        "expires_at": now + _KEPT,
    }


class IdempotencyMiddleware:
    """Serves each request under a key once.

    Args:
        app: handles the request.
        database: with the keys.
        instance: this server.
        clock: tells the time.
        answers: writes refusals.
        limit: bytes of a body.
        paths: whose POST requests may have a key.
    """

    def __init__(
        self,
        app: ASGIApp,
        database: Database,
        instance: str,
        clock: Clock,
        answers: Answers,
        limit: int,
        paths: frozenset[str] = PATHS,
    ) -> None:
        self._app = app
        self._database = database
        self._instance = instance
        self._clock = clock
        self._answers = answers
        self._limit = limit
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        client: Client = scope["state"]["client"]
        key = Headers(scope=scope).get(HEADER)
        if key is None or not client.account_id:
            await self._app(scope, receive, send)
            return
        try:
            if not _KEY.fullmatch(key):
                raise InvalidIdempotencyKey
            body = await _read(receive, self._limit)
            if body is None:
                return
            request = KeyedRequest(client.account_id, key, _fingerprint(scope, body), self._instance)
            begun = await self._database.write(partial(begin, request=request, now=self._clock()))
        except HuishengError as error:
            await self._answers.response(error, scope)(scope, receive, send)
            return
        if isinstance(begun, KeptAnswer):
            await _replay(begun, send)
            return
        scope["state"][CLAIM] = begun
        await self._serve(request, begun, scope, _Body(body, receive).receive, send)

    async def _serve(
        self, request: KeyedRequest, claim: Claim, scope: Scope, receive: Receive, send: Send
    ) -> None:
        recording = _Recording(send)
        try:
            await self._app(scope, receive, recording.send)
        finally:
            metered: MeteredRequest | None = scope["state"].get(METERED)
            is_charged = claim.is_paid or bool(metered and metered.charge and metered.charge.is_charged)
            work = partial(forget, request=request)
            if recording.is_complete or is_charged:
                work = partial(finish, request=request, answer=recording.answer)
            await self._database.write(work, durable=False)


@dataclass(slots=True)
class _Recording:
    """Passes an answer on, and keeps it where it is good and not too large."""

    _send: Send
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    parts: list[bytes] | None = field(default_factory=list[bytes])
    size: int = 0
    has_ended: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the answer is good and was sent to its end."""
        return self.has_ended and 200 <= self.status < 300

    @property
    def answer(self) -> KeptAnswer | None:
        """What is kept; None where it is not complete, or too large."""
        if not self.is_complete or self.parts is None:
            return None
        return KeptAnswer(self.status, self.headers, b"".join(self.parts))

    async def send(self, message: Message) -> None:
        """Send and keep."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", [])
            self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            if self.size > LARGEST:
                self.parts = None
            if self.parts is not None:
                self.parts.append(bytes(message.get("body", b"")))
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.has_ended = True


@dataclass(slots=True)
class _Body:
    """A body that was read already, and then what the client sends."""

    content: bytes | None
    _receive: Receive

    async def receive(self) -> Message:
        """The next message."""
        if self.content is None:
            return await self._receive()
        message: Message = {"type": "http.request", "body": self.content, "more_body": False}
        self.content = None
        return message


async def _read(receive: Receive, limit: int) -> bytes | None:
    """A body; None where the client leaves before it is whole.

    Raises:
        BodyTooLarge: it is.
    """
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLarge(limit)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _replay(answer: KeptAnswer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": headers}
    MutableHeaders(scope=start)[REPLAYED] = "true"
    await send(start)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _fingerprint(scope: Scope, body: bytes) -> str:
    digest = hashlib.sha256(f"{scope['method']} {scope['path']}?".encode())
    digest.update(scope["query_string"] + b"\n" + body)
    return digest.hexdigest()
