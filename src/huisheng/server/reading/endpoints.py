"""The explanation of a reading."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Query

from huisheng.errors import Busy, EmptyText, EngineError, RequestError, StorageError, TextTooLong
from huisheng.runtime.admission import SchedulingRequest
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.reading import Explanation
from huisheng.runtime.work.reading import READER, ExplainReading
from huisheng.server.dependencies import (
    BareAddress,
    ClientDep,
    DispatchDep,
    RequiresJson,
    SettingsDep,
    SingleFields,
)
from huisheng.server.errors import BodyTooLarge, MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.reading.schemas import ReadingQuery, ReadingRequest
from huisheng.server.settings import Settings

router = APIRouter(prefix="/api", tags=["读音 Reading"])


@router.get(
    "/read",
    summary="文本的读音及依据",
    responses=refusals(RequestError, EngineError, Busy, StorageError),
    dependencies=[SingleFields],
)
async def explain_reading(
    query: Annotated[ReadingQuery, Query()], dispatch: DispatchDep, settings: SettingsDep, client: ClientDep
) -> Explanation:
    """Syllables with the grounds of each reading, what numbers and signs became, breaks, and the emotion."""
    return await _explain(query, dispatch, settings, client.hidden_voices)


@router.post(
    "/read",
    summary="同上，用于长文",
    responses=refusals(
        RequestError, BodyTooLarge, UnsupportedMediaType, MalformedFields, EngineError, Busy, StorageError
    ),
    dependencies=[RequiresJson, BareAddress],
)
async def explain_long_reading(
    request: ReadingRequest, dispatch: DispatchDep, settings: SettingsDep, client: ClientDep
) -> Explanation:
    """The same for texts that an address has no room for."""
    return await _explain(request, dispatch, settings, client.hidden_voices)


async def _explain(
    request: ReadingRequest, dispatch: Dispatch, settings: Settings, hidden: frozenset[str]
) -> Explanation:
    if len(request.text) > settings.text_limit:
        raise TextTooLong(len(request.text), settings.text_limit)
    if not request.text.strip():
        raise EmptyText
    work = ExplainReading(request.text, request.options(), settings.budget, hidden)
    scheduling = SchedulingRequest(READER, len(request.text), streamed=False)
    async with aclosing(dispatch.run(work, scheduling)) as steps:
        (explanation,) = [piece async for pieces in steps for piece in pieces]
        return explanation
