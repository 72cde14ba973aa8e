"""The explanation of a reading."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from huisheng.errors import EmptyText, RequestError, TextTooLong
from huisheng.runtime.reading import Explanation
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.dependencies import RequiresJson, SettingsDep, SynthesizerDep
from huisheng.server.errors import refusals
from huisheng.server.reading.schemas import ReadingRequest

router = APIRouter(prefix="/api", tags=["读法 Reading"])


@router.get("/read", summary="一段文字将怎样读，以及为什么", responses=refusals(RequestError))
def explain_reading(
    synthesizer: SynthesizerDep,
    settings: SettingsDep,
    text: Annotated[str, Query(description="要朗读的文字。Text to read.", examples=["银行行长在502室"])] = "",
    markup: Annotated[str, Query(description="auto、none、ssml 或 shorthand。")] = "auto",
    lexicon: Annotated[str, Query(description="用户词典，每行一个词和读法。Lexicon, a word a line.")] = "",
) -> Explanation:
    """Syllables with the grounds of each reading, what numbers and signs became, breaks, and the feeling."""
    return _explained(
        ReadingRequest(text=text, markup=markup, lexicon=lexicon), synthesizer, settings.text_limit
    )


@router.post(
    "/read",
    summary="同上，用于长文",
    responses=refusals(RequestError),
    dependencies=[RequiresJson],
)
def explain_long_reading(
    request: ReadingRequest, synthesizer: SynthesizerDep, settings: SettingsDep
) -> Explanation:
    """The same for texts that an address has no room for."""
    return _explained(request, synthesizer, settings.text_limit)


def _explained(request: ReadingRequest, synthesizer: Synthesizer, limit: int) -> Explanation:
    if len(request.text) > limit:
        raise TextTooLong(len(request.text), limit)
    if not request.text.strip():
        raise EmptyText
    return synthesizer.explain(request.text, request.markup, request.lexicon)
