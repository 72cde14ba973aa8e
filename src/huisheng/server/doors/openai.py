"""OpenAI's speech API (`POST /v1/audio/speech` and what belongs to it), over our speech service."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import cache
from http import HTTPStatus
from importlib import resources
from itertools import islice
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from huisheng.audio.encoding import FORMATS, find_format
from huisheng.errors import Busy, EngineError, HuishengError, OutOfRange, RequestError, StorageError
from huisheng.runtime.options import BOUNDS, OPTIONS, format_bounds
from huisheng.server.dependencies import (
    ClientDep,
    RequestContextDep,
    RequiresJson,
    SpeechServiceDep,
    SynthesizerDep,
)
from huisheng.server.doors.door import Door
from huisheng.server.errors import (
    BodyTooLarge,
    ModelNotFound,
    PaymentRequired,
    Refusal,
    RefusalFormat,
    UnknownField,
    UnsupportedMediaType,
    nearest_name,
    parameter_of,
    public,
    quote_name,
    refusals,
    status_of,
)
from huisheng.server.guard.client import Client
from huisheng.server.speech import fields
from huisheng.server.speech.fields import with_options
from huisheng.server.speech.schemas import OptionFields, SpeechRequest, TolerantFields, warning_headers
from huisheng.server.speech.service import SpeechService
from huisheng.server.streaming import LiveResponse
from huisheng.types import MOST_NOTICES, Notice, VoiceInfo, distinct_notices

router = APIRouter(prefix="/v1", tags=["OpenAI 兼容 OpenAI-compatible"])

MODELS: Final = ("huisheng", "tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Names that are listed; all mean our one engine, and a request may carry any other."""

_CREATED: Final = 1_764_547_200
"""Required by the format: 1 December 2025."""

_ACCEPTED_SPEED: Final = (0.25, 4.0)
"""OpenAI's range; beyond ours it is clamped, and the answer says so."""

_BARE_RATE: Final = 24_000
"""Hz of `pcm`, which cannot tell its rate: the one that OpenAI's reference promises, so clients expect it."""

_SLIP: Final = 0.8
"""Likeness to a field's name from which on another name is a slip of the pen."""

_MOST_OTHERS: Final = 64
"""Fields of other protocols that are compared with ours, so that no request keeps the event loop busy."""

_INSUFFICIENT_QUOTA: Final = "insufficient_quota"

_CODES: Final = {"insufficient_balance": _INSUFFICIENT_QUOTA}
_STATUSES: Final = {HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST}
"""Our codes and statuses of refusals that have others here."""

_PARAMETERS: Final = {"text": "input", "format": "response_format"}
"""Our names of fields that have others here."""


class VoiceReference(BaseModel):
    """A voice by id, as newer clients send it."""

    id: str


@with_options("emotion", "intensity", "pitch", "volume")
class _OpenAIFields(TolerantFields, OptionFields):
    model: Annotated[str, Field(description="任意。Any name; there is one engine.")] = "tts-1"
    input: fields.Text = ""
    voice: Annotated[
        str | VoiceReference, Field(description="OpenAI 的名字或 /v1/audio/voices 中的 id。")
    ] = ""
    response_format: fields.Format = "mp3"
    speed: Annotated[
        float,
        fields.within(_ACCEPTED_SPEED),
        Field(
            description=f"语速（倍），{format_bounds(_ACCEPTED_SPEED)}；实际限制在 "
            f"{format_bounds(BOUNDS['speed'])}。A ratio, clamped."
        ),
    ] = 1.0
    stream_format: Annotated[
        Literal["audio", "sse"], Field(description="音频本身，或服务器发送事件。The audio itself, or events.")
    ] = "audio"


class OpenAISpeechRequest(_OpenAIFields):
    """OpenAI's fields, and ours that it lacks. Others are ignored, and the answer says so: clients send many
    of their own. One that is nearly the name of a field is a slip, and refused.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"model": "tts-1", "input": "你好，很高兴认识你！", "voice": "alloy", "emotion": "happy"}
            ],
            "required": ["input"],
        },
    )

    sample_rate: fields.SampleRate = None
    instructions: Annotated[
        str, Field(description="不起作用，情感请用 emotion。Without effect; use emotion.")
    ] = ""

    @classmethod
    def check_names(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The same fields.

        Raises:
            UnknownField: a name is nearly one of ours or OpenAI's.
        """
        others = (name for name in data if name not in cls.model_fields)
        for name in islice(others, _MOST_OTHERS):
            if nearest_name(name, cls.model_fields, _SLIP):
                raise UnknownField(name, tuple(cls.model_fields))
        return data


class Model(BaseModel):
    """An entry of the list of models."""

    id: str
    object: Literal["model"] = "model"
    created: int = _CREATED
    owned_by: str = "huisheng"


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: tuple[Model, ...]


class NamedVoice(BaseModel):
    """A voice: `id` for requests, `name` for people."""

    id: str
    name: str


class VoiceList(BaseModel):
    """All voices."""

    voices: tuple[NamedVoice, ...]


class ErrorDetail(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """OpenAI's shape of a refusal."""

    error: ErrorDetail


def _write_refusal(refusal: Refusal) -> tuple[HTTPStatus, dict[str, Any]]:
    """A refusal as OpenAI's clients parse it; fields of a wrong type are a 400 there."""
    status = _STATUSES.get(refusal.status, refusal.status)
    return status, _error_body(refusal.error).model_dump()


REFUSALS: Final = RefusalFormat("application/json", ErrorBody, _write_refusal, _STATUSES, _CODES)

DOOR: Final = Door("openai", router, "/v1/", REFUSALS)

_REFUSALS: Final = refusals(
    *(RequestError, BodyTooLarge, UnsupportedMediaType, EngineError, Busy, StorageError), written=REFUSALS
)


@router.post(
    "/audio/speech",
    summary="流式合成",
    response_class=StreamingResponse,
    responses={
        **_REFUSALS,
        200: {
            "content": {
                kind: {} for kind in (*(info.media_type for info in FORMATS.values()), "text/event-stream")
            }
        },
    },
    dependencies=[RequiresJson],
)
async def create_speech(
    request: OpenAISpeechRequest,
    speech: SpeechServiceDep,
    context: RequestContextDep,
) -> LiveResponse:
    """Speak and send the audio while it is made."""
    speed = clamp_speed(request.speed)
    synthesis = speech.resolve(_ours(request, speed, speech, context.client), context)
    audio = await speech.audio(synthesis, context)
    notices = distinct_notices((*_notices(request, speed), *synthesis.resolved.notices))
    headers = {**audio.headers(), **warning_headers(notices)}
    if speed != request.speed:
        headers["X-Huisheng-Speed-Clamped"] = f"{speed:g}"
    if request.stream_format == "sse":
        events = _sse(audio.parts, len(request.input))
        return LiveResponse(
            events, "text/event-stream", speech.stall, headers=headers, encode_error=_error_event
        )
    media_type = FORMATS[synthesis.audio_format].media_type
    return LiveResponse(audio.parts, media_type, speech.stall, headers=headers)


@router.get("/models", summary="模型列表")
async def list_models() -> ModelList:
    """All names that stand for our engine."""
    return ModelList(data=tuple(Model(id=name) for name in MODELS))


@router.get("/models/{model}", summary="一个模型", responses={404: {"model": ErrorBody}})
async def get_model(model: str) -> Model:
    """One of them."""
    if model not in MODELS:
        raise ModelNotFound
    return Model(id=model)


@router.get(
    "/audio/voices", summary="音色列表", responses={int(status_of(StorageError)): {"model": ErrorBody}}
)
async def list_voices(synthesizer: SynthesizerDep, client: ClientDep) -> VoiceList:
    """Our voices, as clients of this protocol ask for them."""
    voices = synthesizer.capabilities.without(client.hidden_voices).voices
    return VoiceList(voices=tuple(NamedVoice(id=voice.id, name=voice.name) for voice in voices))


def clamp_speed(speed: float) -> float:
    """The speed of ours that is nearest to one of OpenAI's.

    Raises:
        OutOfRange: OpenAI would not take it either.
    """
    slowest, fastest = _ACCEPTED_SPEED
    if not slowest <= speed <= fastest:
        raise OutOfRange("speed", speed, slowest, fastest)
    slowest, fastest = BOUNDS["speed"]
    return min(max(speed, slowest), fastest)


def our_voice(name: str, voices: Sequence[VoiceInfo], usual: Callable[[], VoiceInfo]) -> str:
    """The id of our voice that stands for one of OpenAI's; any other name stays as it is.

    Only speakers of the default voice's package stand in, so that importing a voice changes no other name.

    Args:
        name: as the client sent it.
        voices: all of ours.
        usual: finds the default one.

    Raises:
        SetupError: the default voice cannot speak.
    """
    if name not in _openai_voices() or any(voice.id == name for voice in voices):
        return name
    gender, position = _openai_voices()[name]
    package = _package(usual())
    own = [voice for voice in voices if _package(voice) == package]
    alike = [voice for voice in own if voice.gender == gender] or own
    return alike[position % len(alike)].id


def _package(voice: VoiceInfo) -> tuple[str, str]:
    """The same for all speakers of one package: its engine, and its name where they are several."""
    return voice.engine, voice.family


@cache
def _openai_voices() -> Mapping[str, tuple[str, int]]:
    """OpenAI's names → gender and position, from openai_voices.tsv."""
    table = resources.files("huisheng.server.doors").joinpath("openai_voices.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {name: (gender, int(position)) for name, gender, position in rows}


def _ours(request: OpenAISpeechRequest, speed: float, speech: SpeechService, client: Client) -> SpeechRequest:
    voice = request.voice if isinstance(request.voice, str) else request.voice.id
    usual_rate = _BARE_RATE if find_format(request.response_format) == "pcm" else None
    ours = {
        **request.model_dump(include=set(OPTIONS)),
        "text": request.input,
        "voice": our_voice(voice, speech.voices(client), lambda: speech.usual_voice(client)),
        "speed": speed,
        "format": request.response_format,
        "sample_rate": usual_rate if request.sample_rate is None else request.sample_rate,
    }
    return SpeechRequest.model_validate(ours)


def _notices(request: OpenAISpeechRequest, speed: float) -> Iterator[Notice]:
    """What this door does otherwise than a request asks."""
    if speed != request.speed:
        yield Notice(
            "speed_clamped",
            f"语速 {request.speed:g} 超出范围，已改为 {speed:g}。",
            f"A speed of {request.speed:g} is out of range; {speed:g} is used.",
        )
    unused = ["instructions"] if request.instructions else []
    for name in (*unused, *islice(request.model_extra or {}, MOST_NOTICES)):
        yield Notice(
            "field_ignored",
            f"参数 {quote_name(name)} 不起作用，已忽略。",
            f"The field {quote_name(name)} has no effect and is ignored.",
        )


def _error_body(error: HuishengError) -> ErrorBody:
    error, parameter = public(error), parameter_of(error)
    return ErrorBody(
        error=ErrorDetail(
            message=f"{error.message} {error.english}",
            type=_error_type(error),
            param=_PARAMETERS.get(parameter, parameter) if parameter else None,
            code=_CODES.get(error.code, error.code),
        )
    )


def _error_type(error: HuishengError) -> str:
    if isinstance(error, PaymentRequired):
        return _INSUFFICIENT_QUOTA
    if isinstance(error, RequestError):
        return "invalid_request_error"
    return "requests" if status_of(type(error)) == HTTPStatus.TOO_MANY_REQUESTS else "server_error"


async def _sse(parts: AsyncGenerator[bytes], characters: int) -> AsyncGenerator[bytes]:
    """Bytes as server-sent events. Tokens are characters here; sound costs none."""
    async with aclosing(parts):
        async for part in parts:
            if part:  # an encoder may hold nothing back, and an event without sound is none
                yield _delta(part)
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _error_event(error: HuishengError) -> bytes:
    return _event({"type": "error", **_error_body(error).model_dump()})


def _delta(part: bytes) -> bytes:
    return _event({"type": "speech.audio.delta", "audio": base64.b64encode(part).decode("ascii")})


def _event(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
