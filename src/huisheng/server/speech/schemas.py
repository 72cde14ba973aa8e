"""What clients send and get, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from huisheng.audio.encoding import AudioFormat
from huisheng.runtime.options import OPTIONS, SynthesisOptions
from huisheng.server.errors import UnknownField
from huisheng.server.speech import fields
from huisheng.server.speech.fields import with_options
from huisheng.types import Notice, Timing

FOREIGN_PREFIX: Final = "_"
"""Begins the names in an address that are no fields: caches are passed by with `_=…`."""

_EXAMPLE: JsonDict = {"text": "你好，很高兴认识你！", "emotion": "happy", "intensity": 1.2}


class TolerantFields(BaseModel):
    """Fields of a request, where null means "left out", as many clients send it."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:  # noqa: ANN401 (whatever JSON holds)
        if not isinstance(data, dict):
            return data
        known = cls.check_names(cast("dict[str, Any]", data))
        return {name: value for name, value in known.items() if value is not None}

    @classmethod
    def check_names(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The fields whose values are read; of those that are not known none is refused."""
        return data


class Fields(TolerantFields):
    """Fields of a request of ours: one that is not known is refused by its name."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def check_names(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The same fields.

        Raises:
            UnknownField: there is none of this name.
        """
        for name in data:
            if name not in cls.model_fields:
                raise UnknownField(name, tuple(cls.model_fields))
        return data


class QueryFields(Fields):
    """Fields in an address. Names that begin with `_` are never fields: browsers and statistics add them."""

    @classmethod
    def check_names(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The fields without foreign additions. Raises as that of `Fields`."""
        own = {name: value for name, value in data.items() if not name.startswith(FOREIGN_PREFIX)}
        return super().check_names(own)


class OptionFields(BaseModel):
    """A request that has options of a synthesis among its fields, put there by `fields.with_options`."""

    def options(self) -> SynthesisOptions:
        """The options that are among the fields.

        Raises:
            LexiconError, OutOfRange: as `SynthesisOptions`.
        """
        names = OPTIONS.keys() & type(self).model_fields.keys()
        return SynthesisOptions.parse({name: getattr(self, name) for name in names})

    def option(self, name: str) -> Any:  # noqa: ANN401 (each option has its type)
        """The value of one option."""
        return getattr(self, name)


@with_options()
class _SpeechFields(Fields, OptionFields):
    text: fields.Text = ""


class SpeechRequest(_SpeechFields):
    """Text and how to say it. Only `text` is needed."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE], "required": ["text"]})

    format: fields.Format = "wav"
    sample_rate: fields.SampleRate = None


class SpeechQuery(QueryFields, SpeechRequest):
    """The same in an address."""

    lexicon: fields.LexiconFileText = ""
    format: fields.Format = "mp3"


class Warned(BaseModel):
    """Something that is done otherwise than the request asks."""

    code: Annotated[str, Field(description="给程序用。For programs.", examples=["voice_substituted"])]
    message: str
    message_en: str

    @classmethod
    def of(cls, notices: Iterable[Notice]) -> tuple[Warned, ...]:
        """Notices as an answer tells them."""
        return tuple(
            cls(code=notice.code, message=notice.message, message_en=notice.english) for notice in notices
        )


Warnings: TypeAlias = Annotated[
    tuple[Warned, ...],
    Field(
        description="未完全按请求处理之处，通常为空。What is done otherwise than was asked, usually nothing."
    ),
]

WARNING_HEADER: Final = "X-Huisheng-Warning"
"""Tells the same where the body of an answer is sound."""


def warning_headers(notices: Sequence[Notice]) -> dict[str, str]:
    """Notices as a header, a list of tokens with a parameter (RFC 9651); none where there are none.

    `voice_substituted;detail="Voice …"`. The text is English: header fields hold ASCII.
    """
    listed = ", ".join(f'{notice.code};detail="{_quote(notice.english)}"' for notice in notices)
    return {WARNING_HEADER: listed} if listed else {}


def _quote(text: str) -> str:
    """The inside of a string (RFC 9651, 3.3.3)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


class SpeechResult(BaseModel):
    """A finished file: `audio_url` in the format asked for, `wav_url` the same as WAV."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "success",
                    "audio_url": "/audio/pX3vKq9Rk0mJ1dYw2ZbA7g.mp3",
                    "wav_url": "/audio/8sT0uVbQm4nE6xHc1LrY5w.wav",
                    "duration": 2.35,
                    "sample_rate": 24000,
                    "characters": 10,
                    "emotion": "happy",
                    "voice": "tinglan",
                    "format": "mp3",
                    "warnings": [],
                }
            ]
        }
    )

    status: Literal["success"] = "success"
    audio_url: str
    wav_url: str
    duration: Annotated[float, Field(description="秒。Seconds.")]
    sample_rate: Annotated[int, Field(description="Hz。")]
    characters: Annotated[int, Field(description="原文字数。Characters of the text.")]
    emotion: str
    voice: str
    format: AudioFormat
    warnings: Warnings = ()


class TimingLine(BaseModel):
    """Characters from `start` up to `end` of the text are heard from `time` to `time_end`, in seconds."""

    start: int
    end: int
    time: float
    time_end: float

    @classmethod
    def of(cls, timing: Timing) -> TimingLine:
        """A timing, to a tenth of a millisecond."""
        begins, ends = round(timing.start, 4), round(timing.end, 4)
        return cls(start=timing.span.start, end=timing.span.end, time=begins, time_end=ends)


class StreamStart(BaseModel):
    """The first line of a stream."""

    type: Literal["start"] = "start"
    sample_rate: Annotated[int, Field(description="流中 PCM 的采样率。Rate of the PCM in the stream.")]
    characters: int
    aigc: Annotated[str, Field(description="人工智能生成内容标识。AIGC label.")]
    warnings: Warnings = ()


class StreamAudio(BaseModel):
    """A piece of sound: base64 of 16-bit little-endian mono PCM."""

    type: Literal["audio"] = "audio"
    audio: str
    timings: tuple[TimingLine, ...]
    spoken_until: int


class StreamDone(BaseModel):
    """The last line of a stream that went well."""

    type: Literal["done"] = "done"
    audio_url: str
    duration: Annotated[float, Field(description="秒。Seconds.")]
    sample_rate: Annotated[int, Field(description="Hz。")]
    characters: Annotated[int, Field(description="原文字数。Characters of the text.")]
    emotion: str
    voice: str
    format: AudioFormat
    warnings: Warnings = ()


class StreamError(BaseModel):
    """The last line of a stream that failed."""

    type: Literal["error"] = "error"
    error: str
    code: str
