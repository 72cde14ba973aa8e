"""What clients send and get, field by field."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from huisheng.server.errors import UnknownField
from huisheng.types import Timing

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
        fields = cls.checked_names(cast("dict[str, Any]", data))
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def checked_names(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields whose values are read; of those that are not known none is refused."""
        return fields


class Fields(TolerantFields):
    """Fields of a request of ours: one that is not known is refused by its name."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def checked_names(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """The same fields.

        Raises:
            UnknownField: there is none of this name.
        """
        for name in fields:
            if name not in cls.model_fields:
                raise UnknownField(name, tuple(cls.model_fields))
        return fields


class QueryFields(Fields):
    """Fields in an address. Names that begin with `_` are never fields: browsers and statistics add them."""

    @classmethod
    def checked_names(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields without foreign additions. Raises as that of `Fields`."""
        own = {name: value for name, value in fields.items() if not name.startswith(FOREIGN_PREFIX)}
        return super().checked_names(own)


class SpeechRequest(Fields):
    """Text and how to say it. Only `text` is needed."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE], "required": ["text"]})

    text: Annotated[str, Field(description="要朗读的文字。Text to speak.")] = ""
    voice: Annotated[str, Field(description="音色，见 GET /api/voices；空为默认音色。Voice id.")] = ""
    emotion: Annotated[
        str, Field(description="情感，见 GET /api/emotions。Emotion or alias; auto by the words.")
    ] = "neutral"
    intensity: Annotated[float, Field(description="情感强度，0 到 2。Intensity, 0 to 2.")] = 1.0
    speed: Annotated[float, Field(description="语速，0.5 到 2。Speed, 0.5 to 2.")] = 1.0
    pitch: Annotated[float, Field(description="音高，−12 到 12 半音。Pitch in semitones, −12 to 12.")] = 0.0
    volume: Annotated[float, Field(description="音量，−20 到 20 分贝。Volume in dB, −20 to 20.")] = 0.0
    markup: Annotated[
        str, Field(description="标记：auto、none、ssml 或 shorthand。How the text is marked up.")
    ] = "auto"
    lexicon: Annotated[
        dict[str, str] | str,
        Field(
            description="词 → 拼音，或“=替换文字”；也可以是词典文件的内容。Word to pinyin, or = and an alias."
        ),
    ] = ""
    format: Annotated[str, Field(description="wav、mp3、opus、flac 或 pcm。Audio format.")] = "wav"
    sample_rate: Annotated[
        int | None,
        Field(
            description="采样率（Hz），空为音色的采样率。Sample rate in Hz; the voice's own when left out."
        ),
    ] = None


class SpeechQuery(QueryFields):
    """The same in an address."""

    text: Annotated[str, Field(description="要朗读的文字。Text to speak.")] = ""
    voice: str = ""
    emotion: str = "neutral"
    intensity: float = 1.0
    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0
    markup: str = "auto"
    lexicon: Annotated[str, Field(description="词典文件的内容。A lexicon, a word a line.")] = ""
    format: str = "mp3"
    sample_rate: int | None = None


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
                }
            ]
        }
    )

    status: Literal["success"] = "success"
    audio_url: str
    wav_url: str
    duration: Annotated[float, Field(description="秒。Seconds.")]
    sample_rate: int
    characters: int
    emotion: str
    voice: str
    format: str


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
    duration: float
    sample_rate: int
    characters: int
    emotion: str
    voice: str
    format: str


class StreamError(BaseModel):
    """The last line of a stream that failed."""

    type: Literal["error"] = "error"
    error: str
    code: str
