"""Speech over our own addresses: whole files, streams, and the files afterwards."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.staticfiles import NotModifiedResponse
from starlette.types import Receive, Scope, Send

from huisheng.audio.encoding import FORMATS
from huisheng.errors import AudioNotFound, Busy, EngineError, HuishengError, RequestError, StorageError
from huisheng.runtime.audio_store.store import StoredAudio
from huisheng.runtime.work.speech import Event, SpeechPiece, SynthesisFinished, SynthesisStarted
from huisheng.server.dependencies import (
    AudioStoreDep,
    BareAddress,
    RequestContextDep,
    RequiresJson,
    SingleFields,
    SpeechServiceDep,
)
from huisheng.server.errors import (
    BodyTooLarge,
    MalformedFields,
    UnsupportedMediaType,
    component,
    public,
    refusals,
)
from huisheng.server.speech.bodies import FORMS_AND_JSON, SubmissionDep
from huisheng.server.speech.metering import find_charge
from huisheng.server.speech.schemas import (
    SpeechQuery,
    SpeechRequest,
    SpeechResult,
    StreamAudio,
    StreamDone,
    StreamError,
    StreamStart,
    TimingLine,
    Warned,
    warning_headers,
)
from huisheng.server.speech.service import SpeechService
from huisheng.server.streaming import LiveResponse

router = APIRouter(tags=["语音合成 Speech"])

_REFUSALS = refusals(
    RequestError, BodyTooLarge, UnsupportedMediaType, MalformedFields, EngineError, Busy, StorageError
)
_LINES = {"oneOf": [component(line) for line in (StreamStart, StreamAudio, StreamDone, StreamError)]}
_AUDIO: dict[str, dict[str, str]] = {info.media_type: {} for info in FORMATS.values()}
_MEDIA_TYPES = {info.suffix: info.media_type for info in FORMATS.values()}


@router.post(
    "/tts",
    summary="合成语音：表单返回音频，JSON 返回下载地址",
    responses={**_REFUSALS, 200: {"model": SpeechResult, "content": _AUDIO}},
    openapi_extra=FORMS_AND_JSON,
    dependencies=[BareAddress],
)
async def speak(
    submission: SubmissionDep, speech: SpeechServiceDep, store: AudioStoreDep, context: RequestContextDep
) -> Response:
    """Speak. A form is answered with the audio as a download, JSON with addresses of the files."""
    finished = await speech.record(speech.resolve(submission.request, context), context)
    if submission.is_form:
        answer = _download(store.find(finished.names[finished.request.audio_format]), speech)
        answer.headers.update(warning_headers(finished.request.resolved.notices))
        return answer
    return JSONResponse(_result(finished).model_dump())


@router.post(
    "/synthesize",
    summary="合成语音：返回下载地址",
    responses=_REFUSALS,
    openapi_extra=FORMS_AND_JSON,
    dependencies=[BareAddress],
)
@router.post(
    "/api/tts",
    summary="合成语音：返回下载地址",
    responses=_REFUSALS,
    openapi_extra=FORMS_AND_JSON,
    dependencies=[BareAddress],
)
async def create_speech(
    submission: SubmissionDep, speech: SpeechServiceDep, context: RequestContextDep
) -> SpeechResult:
    """Speak to the end, then answer with addresses of the files, whatever kind of body came."""
    return _result(await speech.record(speech.resolve(submission.request, context), context))


@router.get(
    "/api/speech",
    summary="流式合成：GET 直接返回音频",
    response_class=StreamingResponse,
    responses={**_REFUSALS, 200: {"content": _AUDIO}, 304: {"description": "与 If-None-Match 相同"}},
    dependencies=[SingleFields],
)
async def fetch_speech(
    query: Annotated[SpeechQuery, Query()],
    request: Request,
    speech: SpeechServiceDep,
    context: RequestContextDep,
) -> Response:
    """Speak and send the audio while it is made. What has not changed since is not sent again."""
    synthesis = speech.resolve(query, context)
    audio = await speech.audio(synthesis, context)
    headers = {**audio.headers(), **warning_headers(synthesis.resolved.notices)}
    if audio.name and headers["ETag"] in _tags(request):
        await audio.parts.aclose()
        return NotModifiedResponse(Headers(headers))
    media_type = FORMATS[synthesis.audio_format].media_type
    return LiveResponse(audio.parts, media_type, speech.stall, headers=headers)


@router.post(
    "/api/speech/stream",
    summary="流式合成：每行一个 JSON",
    response_class=StreamingResponse,
    responses={**_REFUSALS, 200: {"content": {"application/x-ndjson": {"schema": _LINES}}}},
    dependencies=[RequiresJson, BareAddress],
)
async def stream_speech(
    request: SpeechRequest, speech: SpeechServiceDep, context: RequestContextDep
) -> LiveResponse:
    """Speak and send each piece at once: PCM, when each word is heard, at last the address of the file."""
    lines = _lines(speech.events(speech.resolve(request, context), context))
    return LiveResponse(lines, "application/x-ndjson", speech.stall, encode_error=_error_line)


@router.head("/audio/{name}", include_in_schema=False)
@router.get(
    "/audio/{name}",
    summary="播放或下载生成的音频",
    response_class=FileResponse,
    responses={**refusals(AudioNotFound, MalformedFields, StorageError), 200: {"content": _AUDIO}},
)
async def fetch_audio(
    name: str,
    request: Request,
    speech: SpeechServiceDep,
    store: AudioStoreDep,
    download: Annotated[bool, Query(description="作为附件下载。As an attachment.")] = False,
) -> Response:
    """A produced file, whole or in part (`Range`), until its time is over."""
    audio = store.find(name)
    response = _download(audio, speech) if download else _file(audio, speech)
    if response.headers["etag"] not in _tags(request):
        return response
    audio.close()
    return NotModifiedResponse(response.headers)


def _tags(request: Request) -> list[str]:
    """Versions of an answer that the client has (RFC 9110, 13.1.2)."""
    return [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]


class _AudioResponse(FileResponse):
    """Sends a file, which stays until it is sent."""

    def __init__(self, audio: StoredAudio, filename: str | None, headers: Mapping[str, str]) -> None:
        super().__init__(
            audio.path,
            media_type=_MEDIA_TYPES[audio.path.suffix],
            filename=filename,
            stat_result=audio.status,
            headers=headers,
        )
        self._audio = audio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if charge := find_charge(scope):
            charge.note_sound()
        with self._audio:
            await super().__call__(scope, receive, send)


def _file(audio: StoredAudio, speech: SpeechService, filename: str | None = None) -> FileResponse:
    headers = {"Cache-Control": "private, no-cache"}
    if audio.path.suffix == FORMATS["pcm"].suffix:  # bare samples have no room for the label
        headers["X-AIGC"] = speech.label(produce_id=audio.path.stem)
    return _AudioResponse(audio, filename, headers)


def _download(audio: StoredAudio, speech: SpeechService) -> FileResponse:
    return _file(audio, speech, f"huisheng{audio.path.suffix}")


def _result(finished: SynthesisFinished) -> SpeechResult:
    done = _make_done(finished).model_dump(exclude={"type"})
    return SpeechResult(wav_url=_url(finished.names["wav"]), **done)


def _make_done(finished: SynthesisFinished) -> StreamDone:
    request = finished.request
    return StreamDone(
        audio_url=_url(finished.names[request.audio_format]),
        duration=round(finished.duration, 3),
        sample_rate=finished.sample_rate,
        characters=len(request.text),
        emotion="auto" if request.options.is_auto else request.resolved.options.emotion.label,
        voice=request.resolved.voice.id,
        format=request.audio_format,
        warnings=Warned.of(request.resolved.notices),
    )


def _url(name: str) -> str:
    return f"/audio/{name}"


async def _lines(events: AsyncGenerator[Event]) -> AsyncGenerator[bytes]:
    """Events as lines of JSON."""
    async with aclosing(events):
        async for event in events:
            yield _line(event)


def _error_line(error: HuishengError) -> bytes:
    return _json_line(StreamError(error=public(error).message, code=error.code))


def _line(event: Event) -> bytes:
    match event:
        case SynthesisStarted(request, sample_rate, label):
            warnings = Warned.of(request.resolved.notices)
            start = StreamStart(
                sample_rate=sample_rate, characters=len(request.text), aigc=label, warnings=warnings
            )
            return _json_line(start)
        case SpeechPiece(pcm, timings, spoken_until):
            audio = base64.b64encode(pcm).decode("ascii")
            lines = tuple(map(TimingLine.of, timings))
            return _json_line(StreamAudio(audio=audio, timings=lines, spoken_until=spoken_until))
        case SynthesisFinished():
            return _json_line(_make_done(event))


def _json_line(line: BaseModel) -> bytes:
    return line.model_dump_json().encode("utf-8") + b"\n"
