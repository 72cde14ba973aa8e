"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent again is served once.

A good answer is kept for a day and replayed byte for byte. One that is too large to be kept, or whose server
died, is made again without a charge where it has been charged. A request that is refused or fails leaves its
key free.

A request takes its key in the transaction that reserves what it costs (`reserve_once`), and gives it back in
the one that releases that (`usage.endings`). The middleware stands around charging, so that it knows how a
charge has ended; it keeps answers and replays them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.errors import HuishengError
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
from huisheng.server.ledger.repository import AnyRow
from huisheng.server.plans.catalogue import Catalogue
from huisheng.server.speech.metering import KeptAnswer, RequestKey, find_metered
from huisheng.server.usage.endings import ENDS, REQUESTS, Ending, end
from huisheng.server.usage.limits import RESERVATIONS
from huisheng.server.usage.middleware import REQUEST_KEY
from huisheng.server.usage.reservations import INSTANCES, NotReserved, Reserved, UsageRequest, reserve

logger = logging.getLogger("huisheng.server")

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
LARGEST: Final = 8 << 20
"""Bytes of an answer that is kept."""
_KEPT: Final = timedelta(hours=24)
_RETRY: Final = 1.0
"""Seconds until an answer is kept again that could not be."""
_KEY: Final = re.compile(r"[!-~]{1,255}")
PATHS: Final = frozenset({"/tts", "/synthesize", "/api/tts", "/api/speech/stream", "/v1/audio/speech"})
"""Whose POST requests may have a key."""


def reserve_once(
    session: Session,
    asked: UsageRequest,
    instance: str,
    catalogue: Catalogue,
    now: datetime,
    request_key: RequestKey,
) -> Reserved | NotReserved | KeptAnswer | None:
    """Reserve what a request costs that has a key, unless it has been answered or charged before. The key is
    its own from then on.

    Args:
        session: of a unit of work that writes.
        asked: what it is about to use.
        instance: the server that works on it.
        catalogue: what is free.
        now: the time.
        request_key: the request's.

    Returns:
        as `reserve`; or the answer that it had before; or None where it was charged and is made again.

    Raises:
        IdempotencyKeyReused: another request has the key.
        IdempotencyInProgress: the same one is being served.
        Denied: as `reserve`.
    """
    connection = session.connection()
    repository.lock_accounts(connection, {asked.account_id})
    name = {"account_id": asked.account_id, "key": request_key.key}
    row = _find_request(connection, name, request_key.fingerprint, now)
    if row and row.body is not None:
        return KeptAnswer(row.status, [(each, value) for each, value in json.loads(row.headers)], row.body)
    reserved = None
    if not (row and row.status) and not _is_charged(session, name, now):
        reserved = reserve(session, asked, instance, catalogue, now)
        if isinstance(reserved, NotReserved):
            return reserved
    begun: datetime = row.created_at if row else now  # made again without a charge it lasts no longer
    values = {"fingerprint": request_key.fingerprint, "instance": instance}
    connection.execute(_DELETE, name)
    connection.execute(insert(REQUESTS), {**name, **values, "created_at": begun, "expires_at": begun + _KEPT})
    return reserved


def keep_answer(
    session: Session, account_id: str, key: str, instance: str, answer: KeptAnswer | None
) -> None:
    """Keep the answer of a request that was charged, or that it has none that can be kept."""
    values = {"status": 200, "headers": "[]", "body": None}
    if answer:
        values = {"status": answer.status, "headers": json.dumps(answer.headers), "body": answer.body}
    mine = (REQUESTS.c.account_id == account_id, REQUESTS.c.key == key, REQUESTS.c.instance == instance)
    session.connection().execute(update(REQUESTS).where(*mine).values(values))


def forget_expired(session: Session, now: datetime) -> None:
    """Delete answers that were kept long enough."""
    session.connection().execute(delete(REQUESTS).where(REQUESTS.c.expires_at <= now))


def _find_request(
    connection: Connection, name: Mapping[str, str], fingerprint: str, now: datetime
) -> AnyRow | None:
    """The same request as it was sent before; None where the key is free. Raises as `reserve_once`."""
    row = connection.execute(_FIND, name).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if row.status is None and row.lease_until > now:
        raise IdempotencyInProgress
    return row


def _is_charged(session: Session, name: Mapping[str, str], now: datetime) -> bool:
    """Whether a request has been charged; what it has open is released, since its server is dead."""
    rows = session.connection().execute(_RESERVATIONS, {**name, "since": now - _KEPT})
    outcomes = {row.id: row.outcome for row in rows}
    lost = [number for number, outcome in outcomes.items() if outcome is None]
    end(session, [Ending(number, name["account_id"], "released", now) for number in lost], now)
    return "settled" in outcomes.values()


_MINE: Final = (
    REQUESTS.c.account_id == bindparam("account_id"),
    REQUESTS.c.key == bindparam("key"),
)
_FIND: Final = (
    select(REQUESTS, INSTANCES.c.lease_until)
    .join(INSTANCES, INSTANCES.c.id == REQUESTS.c.instance)
    .where(*_MINE)
)
_DELETE: Final = delete(REQUESTS).where(*_MINE)
_RESERVATIONS: Final = (
    select(RESERVATIONS.c.id, ENDS.c.outcome)
    .outerjoin(ENDS, ENDS.c.reservation_id == RESERVATIONS.c.id)
    .where(
        RESERVATIONS.c.account_id == bindparam("account_id"),
        RESERVATIONS.c.idempotency_key == bindparam("key"),
        RESERVATIONS.c.created_at > bindparam("since"),
    )
)


class IdempotencyMiddleware:
    """Serves each request under a key once.

    Args:
        app: handles the request.
        database: with the keys.
        instance: this server.
        answers: writes refusals.
        limit: bytes of a body.
        paths: whose POST requests may have a key.
    """

    def __init__(
        self,
        app: ASGIApp,
        database: Database,
        instance: str,
        answers: Answers,
        limit: int,
        paths: frozenset[str] = PATHS,
    ) -> None:
        self._app = app
        self._database = database
        self._instance = instance
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
        except HuishengError as error:
            await self._answers.response(error, scope)(scope, receive, send)
            return
        scope["state"][REQUEST_KEY] = RequestKey(key, _fingerprint(scope, body))
        await self._serve(client.account_id, key, scope, _Body(body, receive).receive, send)

    async def _serve(self, account_id: str, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        recording = _Recording(scope, send)
        try:
            await self._app(scope, receive, recording.send)
        finally:
            metered = find_metered(scope)
            if metered and (metered.is_paid or (metered.charge and metered.charge.is_charged)):
                await self._keep(account_id, key, None if metered.has_failed else recording.answer)
        if metered and metered.kept_answer:
            await _replay(metered.kept_answer, send)

    async def _keep(self, account_id: str, key: str, answer: KeptAnswer | None) -> None:
        """Keep an answer that has been sent. Until that succeeds, its key is in use."""
        work = partial(keep_answer, account_id=account_id, key=key, instance=self._instance, answer=answer)
        while True:
            try:
                return await self._database.write(work, durable=False)
            except HuishengError as error:
                logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
            await asyncio.sleep(_RETRY)


@dataclass(slots=True)
class _Recording:
    """Passes an answer on, and keeps it where it is good and not too large. Nothing is passed on of a request
    that had its answer before.
    """

    _scope: Scope
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
        metered = find_metered(self._scope)
        if metered and metered.kept_answer:
            return
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
