"""What clients send to have a text explained."""

from __future__ import annotations

from pydantic import ConfigDict

from huisheng.server.speech import fields
from huisheng.server.speech.fields import with_options
from huisheng.server.speech.schemas import Fields, OptionFields, QueryFields


@with_options("markup", "lexicon")
class _ReadingFields(Fields, OptionFields):
    text: fields.Text = ""


class ReadingRequest(_ReadingFields):
    """A text and how it is written."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"text": "银行行长在502室还书。"}], "required": ["text"]}
    )


class ReadingQuery(QueryFields, ReadingRequest):
    """The same in an address."""

    lexicon: fields.LexiconFileText = ""
