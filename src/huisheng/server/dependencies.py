"""What endpoints are given, by type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.errors import UnsupportedMediaType
from huisheng.server.readiness import Readiness
from huisheng.server.settings import Settings
from huisheng.server.speech.repository import AudioStore
from huisheng.server.speech.service import SpeechService


@dataclass(frozen=True, slots=True)
class Components:
    """The parts of one application, made once by `app.create_app`."""

    settings: Settings
    synthesizer: Synthesizer
    readiness: Readiness
    store: AudioStore
    speech: SpeechService


def media_type(request: Request) -> str:
    """The kind of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_json(kind: str) -> bool:
    """Whether a media type is JSON or built on it."""
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _components(request: Request) -> Components:
    return request.app.state.components


def _settings(request: Request) -> Settings:
    return _components(request).settings


def _synthesizer(request: Request) -> Synthesizer:
    return _components(request).synthesizer


def _readiness(request: Request) -> Readiness:
    return _components(request).readiness


def _store(request: Request) -> AudioStore:
    return _components(request).store


def _speech(request: Request) -> SpeechService:
    return _components(request).speech


def _require_json(request: Request) -> None:
    if not is_json(media_type(request)):
        raise UnsupportedMediaType("application/json")


RequiresJson = Depends(_require_json)
"""For `dependencies=` of an endpoint that takes JSON only."""

SettingsDep = Annotated[Settings, Depends(_settings)]
SynthesizerDep = Annotated[Synthesizer, Depends(_synthesizer)]
ReadinessDep = Annotated[Readiness, Depends(_readiness)]
AudioStoreDep = Annotated[AudioStore, Depends(_store)]
SpeechServiceDep = Annotated[SpeechService, Depends(_speech)]
