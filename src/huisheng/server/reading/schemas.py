"""What clients send to have a text explained."""

from __future__ import annotations

from pydantic import ConfigDict

from huisheng.server.speech import fields
from huisheng.server.speech.schemas import Fields, QueryFields


class ReadingRequest(Fields):
    """A text and how it is written."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"text": "银行行长在502室还书。"}], "required": ["text"]}
    )

    text: fields.Text = ""
    markup: fields.MarkupField = "auto"
    lexicon: fields.Lexicon = ""


class ReadingQuery(QueryFields):
    """The same in an address."""

    text: fields.Text = ""
    markup: fields.MarkupField = "auto"
    lexicon: fields.LexiconFileText = ""
