"""The messages of a socket on which text arrives and speech goes out, field by field."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from huisheng.errors import HuishengError
from huisheng.server.errors import parameter_of, public, translate
from huisheng.server.speech import fields
from huisheng.server.speech.fields import with_options
from huisheng.server.speech.schemas import Fields, OptionFields, SpeechRequest, TimingLine, Warnings

ContextName: TypeAlias = Annotated[str, Field(max_length=64)]
"""The name of a text among those of a socket; empty where there is only one."""

Instant: TypeAlias = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
"""Seconds from the first sample of a context."""

Idle: TypeAlias = Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)]
"""Seconds."""


@with_options(markup="none")
class _StartFields(Fields, OptionFields):
    type: Literal["start"] = "start"
    context: ContextName = ""


class Start(_StartFields):
    """Begins a context, and says how its text is spoken."""

    format: fields.Format = "pcm"
    sample_rate: fields.SampleRate = None
    audio: Literal["base64", "binary"] = "base64"
    eager: bool = False
    idle: Idle = 0.3

    def request(self) -> SpeechRequest:
        """The same as a request, without a text."""
        return SpeechRequest(**self.model_dump(include=set(SpeechRequest.model_fields)))


class Text(Fields):
    """The next piece of a text."""

    type: Literal["text"] = "text"
    context: ContextName = ""
    text: str


class Flush(Fields):
    """Asks for what has come to be spoken now, as if the text ended here."""

    type: Literal["flush"] = "flush"
    context: ContextName = ""


class Finish(Fields):
    """Says that no more text comes."""

    type: Literal["finish"] = "finish"
    context: ContextName = ""


class Cancel(Fields):
    """Ends a context at once. `played`: how much of it the listener has heard."""

    type: Literal["cancel"] = "cancel"
    context: ContextName = ""
    played: Instant | None = None


class Played(Fields):
    """Reports how much of a context the listener has heard."""

    type: Literal["played"] = "played"
    context: ContextName = ""
    seconds: Instant


Request: TypeAlias = Start | Text | Flush | Finish | Cancel | Played
"""A message of a client."""


_CONTEXT: Final = 256 << 10
"""Bytes that a context takes: its encoder, and the text that waits."""

_ENTRY: Final = 256
"""Bytes that an entry of a lexicon takes beside its characters."""

_CHARACTER: Final = 4
"""Bytes of a character at most."""


def memory_of(start: Start) -> int:
    """Bytes of memory that a context takes at most, about."""
    lexicon: dict[str, str] | str = start.option("lexicon")
    if isinstance(lexicon, str):
        return _CONTEXT + _CHARACTER * len(lexicon)
    characters = sum(len(word) + len(reading) for word, reading in lexicon.items())
    return _CONTEXT + _ENTRY * len(lexicon) + _CHARACTER * characters


class ContextStarted(BaseModel):
    """A context has begun: `sample_rate` and `format` of its audio, its AIGC label, and what of its start is
    done otherwise than was asked.
    """

    type: Literal["started"] = "started"
    context: str
    sample_rate: int
    format: str
    aigc: str
    warnings: Warnings = ()


class AudioMessage(BaseModel):
    """The next piece of a context's audio: base64 in `audio`, or the next binary frame, of `bytes` bytes."""

    type: Literal["audio"] = "audio"
    context: str
    audio: str | None = None
    bytes: int | None = None
    timings: tuple[TimingLine, ...]
    spoken_until: int


class Flushed(BaseModel):
    """All that had come before a flush has been sent."""

    type: Literal["flushed"] = "flushed"
    context: str


class Done(BaseModel):
    """A context has been spoken to its end: characters of its text, seconds of its audio, and what was done
    otherwise than its start and its text ask. Where there are accounts, `charged` and `remaining` tell what
    it cost and what is left, as `calls=1`.
    """

    type: Literal["done"] = "done"
    context: str
    characters: int
    duration: float
    warnings: Warnings = ()
    charged: str | None = None
    remaining: str | None = None


class Cancelled(BaseModel):
    """A context has ended early: the places in its text up to which audio was sent, and was heard."""

    type: Literal["cancelled"] = "cancelled"
    context: str
    sent_until: int
    heard_until: int | None


class Error(BaseModel):
    """A refusal or a failure; with `context` it is that of a context, which is over by it, unless the message
    that was refused had no place there (`context_in_use`, `unknown_context`).
    """

    type: Literal["error"] = "error"
    context: str | None = None
    code: str
    error: str
    detail: str
    parameter: str | None = None

    @classmethod
    def from_error(cls, error: HuishengError, context: str | None = None) -> Error:
        """The message for an error."""
        error = public(error)
        return cls(
            context=context,
            code=error.code,
            error=error.message,
            detail=error.english,
            parameter=parameter_of(error),
        )


Answer: TypeAlias = ContextStarted | AudioMessage | Flushed | Done | Cancelled | Error
"""A message of the server."""

_REQUESTS: Final = TypeAdapter[Request](Annotated[Request, Field(discriminator="type")])


def parse_message(frame: str) -> Request:
    """The message in a text frame.

    Raises:
        RequestError: it is no JSON, or no message of ours.
    """
    try:
        return _REQUESTS.validate_json(frame)
    except ValidationError as error:
        # A place begins with the kind of message, but where the kind itself is wrong.
        faults = [
            {**fault, "loc": fault["loc"][1:] or ("type",)} for fault in error.errors(include_url=False)
        ]
        raise translate(RequestValidationError(faults)) from None
