"""The explanation of a reading."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from huisheng.errors import EmptyText, RequestError, TextTooLong
from huisheng.runtime.reading import Explanation
from huisheng.server.dependencies import SettingsDep, SynthesizerDep
from huisheng.server.errors import refusals

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
    if len(text) > settings.text_limit:
        raise TextTooLong(len(text), settings.text_limit)
    if not text.strip():
        raise EmptyText
    return synthesizer.explain(text, markup, lexicon)
