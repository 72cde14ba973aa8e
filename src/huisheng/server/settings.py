"""Everything an operator may set, read once: from arguments, else `HUISHENG_…` in the environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from huisheng.labels.aigc import SELF_HOSTED, check_producer
from huisheng.voice.store import home

_MEBIBYTE = 1 << 20


def _listed(origins: object) -> object:
    return [part.strip() for part in origins.split(",")] if isinstance(origins, str) else origins


def _expanded(path: Path | None) -> Path | None:
    return path and path.expanduser()


def _checked_producer(code: str) -> str:
    check_producer(code)
    return code


class Settings(BaseSettings):
    """Settings of one server.

    Attributes:
        host: address to listen on.
        port: TCP port, 0 for any free one.
        lazy: load the engine at the first request instead of at start.
        text_limit: characters that one request may hold.
        body_limit: bytes that one request body may hold.
        vocoder: package whose vocoder is used by the voices that it fits; empty for their own.
        models: models in memory at once; the one longest unused makes room.
        slots: syntheses at the same time.
        queue: requests that may wait for a slot.
        stall: how long a reader may leave a stream unread before it loses its slot.
        contexts: texts that one socket may have spoken at the same time.
        socket_idle: how long a socket may be silent before it is closed.
        home: our folder for data; produced files are kept in `audio` under it.
        audio_ttl: how long a produced file can be fetched.
        audio_limit: bytes that all produced files together may hold; the oldest go first.
        cors_origins: web origins that may call from a browser, with commas; the own page needs none.
        producer: code or name of the provider in the AIGC label.
        lexicon: file of words and their readings, read again when it changes.
        page: folder of the built page.
    """

    model_config = SettingsConfigDict(
        env_prefix="HUISHENG_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    lazy: bool = False
    text_limit: PositiveInt = 20_000
    body_limit: PositiveInt = 2 * _MEBIBYTE
    vocoder: str = ""
    models: PositiveInt = 4
    slots: PositiveInt = 2
    queue: Annotated[int, Field(ge=0)] = 32
    stall: timedelta = timedelta(minutes=1)
    contexts: PositiveInt = 8
    socket_idle: timedelta = timedelta(minutes=10)
    home: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=home)
    audio_ttl: timedelta = timedelta(hours=1)
    audio_limit: PositiveInt = 1024 * _MEBIBYTE
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    producer: Annotated[str, AfterValidator(_checked_producer)] = SELF_HOSTED
    lexicon: Annotated[Path | None, AfterValidator(_expanded)] = None
    page: Path = Path(__file__).parent / "page"

    @property
    def audio_folder(self) -> Path:
        """Where produced files are kept."""
        return self.home / "audio"
