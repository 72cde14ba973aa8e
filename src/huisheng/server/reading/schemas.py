"""What clients send to have a text explained."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from huisheng.server.speech.schemas import Fields, QueryFields


class ReadingRequest(Fields):
    """A text and how it is written."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"text": "银行行长在502室还书。"}], "required": ["text"]}
    )

    text: Annotated[str, Field(description="要朗读的文字。Text to read.")] = ""
    markup: Annotated[str, Field(description="auto、none、ssml 或 shorthand。")] = "auto"
    lexicon: Annotated[
        dict[str, str] | str, Field(description="用户词典，同合成的同名字段。As in the fields of synthesis.")
    ] = ""


class ReadingQuery(QueryFields):
    """The same in an address."""

    text: Annotated[str, Field(description="要朗读的文字。Text to read.", examples=["银行行长在502室"])] = ""
    markup: Annotated[str, Field(description="auto、none、ssml 或 shorthand。")] = "auto"
    lexicon: Annotated[str, Field(description="用户词典，每行一个词和读法。Lexicon, a word a line.")] = ""
