"""What there is to choose from, as clients get it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from huisheng.audio.encoding import AudioFormat
from huisheng.types import EmotionName


class Voice(BaseModel):
    """A voice as a person chooses it."""

    id: str
    name: str
    name_en: str
    description: str
    description_en: str
    gender: Literal["female", "male", "unknown"]
    languages: tuple[str, ...]
    engine: str
    sample_rate: Annotated[int, Field(description="音色的采样率（Hz）。Of the voice itself, in Hz.")]
    emotions: Annotated[
        tuple[EmotionName, ...], Field(description="音色支持的情感。Emotions that this voice shows.")
    ]
    family: Annotated[
        str, Field(description="family 相同的音色可以混合，空为不支持。Voices of one family can be mixed.")
    ]


class Voices(BaseModel):
    """All voices and the id of the default one."""

    voices: tuple[Voice, ...]
    default: str


class EmotionStyle(BaseModel):
    """An emotion as a person chooses it."""

    id: EmotionName
    name: str
    name_en: str
    description: str
    description_en: str


class EmotionAlias(BaseModel):
    """What another name stands for: an emotion at a share of the intensity asked for."""

    emotion: EmotionName
    intensity: float


class Range(BaseModel):
    """Where a number may lie."""

    min: float
    max: float
    default: float


class Emotions(BaseModel):
    """All emotions, and the ranges and limits of a request."""

    emotions: tuple[EmotionStyle, ...]
    aliases: dict[str, EmotionAlias]
    intensity: Range
    speed: Range
    pitch: Range
    volume: Range
    limit: Annotated[int, Field(description="一次请求的字数上限。Characters of one request.")]
    spoken_limit: Annotated[
        int,
        Field(description="读出的字数上限，数字、替换文字和词典展开后计算。Characters that are said."),
    ]
    speech_limit: Annotated[
        float, Field(description="语音时长上限，含停顿（秒）。Seconds of speech, pauses included.")
    ]
    answer_limit: Annotated[int, Field(description="音频字节数上限。Bytes of audio of one request.")]
    formats: tuple[AudioFormat, ...]
    sample_rates: tuple[int, ...]
