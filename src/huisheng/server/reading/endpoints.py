"""The explanation of a reading."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Query

from huisheng.errors import Busy, EmptyText, EngineError, RequestError, TextTooLong
from huisheng.runtime.admission import Demand
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.reading import Explanation
from huisheng.server.dependencies import DispatchDep, RequiresJson, SettingsDep
from huisheng.server.errors import BodyTooLarge, MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.reading.schemas import ReadingRequest
from huisheng.server.reading.work import READER, Explained

router = APIRouter(prefix="/api", tags=["读音 Reading"])


@router.get("/read", summary="文本的读音及依据", responses=refusals(RequestError, EngineError, Busy))
async def explain_reading(
    dispatch: DispatchDep,
    settings: SettingsDep,
    text: Annotated[str, Query(description="要朗读的文字。Text to read.", examples=["银行行长在502室"])] = "",
    markup: Annotated[str, Query(description="auto、none、ssml 或 shorthand。")] = "auto",
    lexicon: Annotated[str, Query(description="用户词典，每行一个词和读音。Lexicon, a word a line.")] = "",
) -> Explanation:
    """Syllables with the grounds of each reading, what numbers and signs became, breaks, and the feeling."""
    request = ReadingRequest(text=text, markup=markup, lexicon=lexicon)
    return await _explained(request, dispatch, settings.text_limit)


@router.post(
    "/read",
    summary="同上，用于长文",
    responses=refusals(RequestError, BodyTooLarge, UnsupportedMediaType, MalformedFields, EngineError, Busy),
    dependencies=[RequiresJson],
)
async def explain_long_reading(
    request: ReadingRequest, dispatch: DispatchDep, settings: SettingsDep
) -> Explanation:
    """The same for texts that an address has no room for."""
    return await _explained(request, dispatch, settings.text_limit)


async def _explained(request: ReadingRequest, dispatch: Dispatch, limit: int) -> Explanation:
    if len(request.text) > limit:
        raise TextTooLong(len(request.text), limit)
    if not request.text.strip():
        raise EmptyText
    work = Explained(request.text, request.markup, request.lexicon)
    demand = Demand(READER, len(request.text), streamed=False)
    async with aclosing(dispatch.run(work, demand)) as told:
        (explanation,) = [piece async for pieces in told for piece in pieces]
        return explanation
