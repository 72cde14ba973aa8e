"""What endpoints depend on, by type.

All are coroutines, though none waits for anything: the framework calls a function in a thread of its own, and
every request would pay for that five times over, the refused ones too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from huisheng.errors import OutOfRange
from huisheng.runtime.admission import Priority
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.cache.cache import Cache
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.memory import MemoryPool
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.errors import FieldInAddress, RepeatedField, UnsupportedMediaType
from huisheng.server.guard.client import Client
from huisheng.server.observability.metrics import Metrics
from huisheng.server.readiness import Readiness
from huisheng.server.settings import Settings
from huisheng.server.speech.metering import find_metered
from huisheng.server.speech.schemas import FOREIGN_PREFIX
from huisheng.server.speech.service import RequestContext, SpeechService
from huisheng.units import Seconds

if TYPE_CHECKING:
    from huisheng.server.business import Business


@dataclass(frozen=True, slots=True)
class Components:
    """The parts of one application, made once by `app.create_app`."""

    settings: Settings
    synthesizer: Synthesizer
    dispatch: Dispatch
    readiness: Readiness
    store: AudioStore
    memory: Cache
    speech: SpeechService
    metrics: Metrics | None
    contexts: MemoryPool
    business: Business | None = None


def media_type(request: Request) -> str:
    """The kind of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_json(kind: str) -> bool:
    """Whether a media type is JSON or built on it."""
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


DEADLINE: Final = "X-Huisheng-Deadline"
"""Seconds in which the answer must begin."""
_LONGEST_DEADLINE: Final = 3600.0
_LEAST_URGENT: Final = re.compile(r"(?:^|,)\s*u\s*=\s*([4-7])\s*(?:,|;|$)")
"""Urgencies below the usual 3 (RFC 9218, 4.1)."""


async def _request_context(request: Request) -> RequestContext:
    """The client, and the priority and deadline that the headers ask for.

    Raises:
        OutOfRange: the deadline is no number of seconds, or none that makes sense.
    """
    metered = find_metered(request.scope)
    if metered:
        metered.route = request.scope["route"].path
    in_background = _LEAST_URGENT.search(request.headers.get("priority", ""))
    priority = Priority.BATCH if in_background else Priority.INTERACTIVE
    asked = request.headers.get(DEADLINE)
    if asked is None:
        return RequestContext(request.state.client, priority, metered=metered)
    try:
        seconds = float(asked)
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds <= _LONGEST_DEADLINE:
        raise OutOfRange(DEADLINE, seconds, 0.0, _LONGEST_DEADLINE)
    return RequestContext(request.state.client, priority, Seconds(seconds), metered=metered)


async def _client(request: Request) -> Client:
    return request.state.client


async def _settings(request: Request) -> Settings:
    return request.app.state.components.settings


async def _synthesizer(request: Request) -> Synthesizer:
    return request.app.state.components.synthesizer


async def _dispatch(request: Request) -> Dispatch:
    return request.app.state.components.dispatch


async def _readiness(request: Request) -> Readiness:
    return request.app.state.components.readiness


async def _store(request: Request) -> AudioStore:
    return request.app.state.components.store


async def _speech(request: Request) -> SpeechService:
    return request.app.state.components.speech


async def _require_json(request: Request) -> None:
    if not is_json(media_type(request)):
        raise UnsupportedMediaType("application/json")


RequiresJson = Depends(_require_json)
"""For `dependencies=` of an endpoint that takes JSON only."""


def unique_fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names and values of a form or a query.

    Raises:
        RepeatedField: a name comes twice.
    """
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise RepeatedField(name)
        fields[name] = value
    return fields


async def _require_single_fields(request: Request) -> None:
    unique_fields(request.query_params.multi_items())


SingleFields = Depends(_require_single_fields)
"""For `dependencies=` of an endpoint that reads fields from its address: each comes once."""


async def _require_bare_address(request: Request) -> None:
    for name in request.query_params:
        if not name.startswith(FOREIGN_PREFIX):
            raise FieldInAddress(name)


BareAddress = Depends(_require_bare_address)
"""For `dependencies=` of an endpoint that reads its fields from the body alone."""

ClientDep = Annotated[Client, Depends(_client)]
SettingsDep = Annotated[Settings, Depends(_settings)]
SynthesizerDep = Annotated[Synthesizer, Depends(_synthesizer)]
DispatchDep = Annotated[Dispatch, Depends(_dispatch)]
ReadinessDep = Annotated[Readiness, Depends(_readiness)]
AudioStoreDep = Annotated[AudioStore, Depends(_store)]
RequestContextDep = Annotated[RequestContext, Depends(_request_context)]
SpeechServiceDep = Annotated[SpeechService, Depends(_speech)]
