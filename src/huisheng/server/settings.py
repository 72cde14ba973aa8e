"""Everything an operator may set, read once: from arguments, else `HUISHENG_…` in the environment, else from
what `huisheng doctor --tune` found best for the machine.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from huisheng.labels.aigc import SELF_HOSTED, check_producer
from huisheng.runtime.budget import Budget
from huisheng.runtime.cache.cache import CacheConfig
from huisheng.runtime.logging import LogFormat
from huisheng.runtime.workers.processes import SUPPORTED
from huisheng.server.accounts.settings import AccountSettings, SignupRule
from huisheng.server.guard.addresses import is_loopback
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.payments.settings import PaymentSettings
from huisheng.units import Seconds
from huisheng.voice.store import home

TUNING: Final = "tuning.toml"
"""In our folder for data: what `huisheng doctor --tune` wrote."""

_MEBIBYTE = 1 << 20


def _split(origins: object) -> object:
    return [part.strip() for part in origins.split(",")] if isinstance(origins, str) else origins


def _expand_user(path: Path | None) -> Path | None:
    return path and path.expanduser()


def _validate_producer(code: str) -> str:
    check_producer(code)
    return code


_Duration = Annotated[timedelta, Field(gt=timedelta())]


class Settings(BaseSettings):
    """Settings of one server.

    Attributes:
        host: address to listen on.
        port: TCP port, 0 for any free one.
        lazy: load the engine at the first request instead of at start.
        text_limit: characters that one request may hold.
        spoken_limit: characters that may be said for one request, once numbers, aliases and lexicons are
            written out; 0 for twice `text_limit`.
        speech_limit: length of the speech of one request, pauses included.
        answer_limit: bytes of audio that may be made for one request.
        body_limit: bytes that one request body may hold.
        vocoder: package whose vocoder is used by the voices that it fits; empty for their own.
        models: models in memory at once; the one longest unused makes room.
        workers: processes that speak; 0 for threads of the server itself.
        slots: steps of synthesis at the same time in each.
        threads: that may work on one utterance while there is no other; 0 for what suits each engine.
        batch: utterances of one voice whose steps are made together, where it makes frame after frame.
        queue: requests of one engine that may wait for a slot.
        longest_wait: time that a request may be expected to wait for a slot; refused where that is longer.
        step_limit: time after which a step is given up and its process killed.
        drain: time that requests get to end when the server is told to stop.
        stall: how long a reader may leave a stream unread before it loses its slot.
        contexts: texts that one socket may have spoken at the same time.
        socket_idle: how long a socket may be silent before it is closed.
        head_timeout: time for the head of a request, from the opening of the connection or the first byte
            after the last answer.
        body_timeout: time without a byte of a request's body.
        body_rate: bytes a second that a body must come at; it may be late by `body_timeout`.
        keep_alive: how long a connection is kept between two requests. Longer than clients and proxies keep
            theirs, which is 60 s or less: else one is closed in the moment in which it is used again.
        connections: at once, as far as half of the file descriptors suffice.
        home: our folder for data; produced files are kept in `audio` under it.
        audio_ttl: how long a produced file can be fetched.
        audio_limit: bytes that all produced files together may hold; the oldest go first.
        cache_limit: bytes of sound that is kept to be said again, 0 for none; the longest unused goes first.
        cache_redis: address of a Redis that shares it with other servers; empty for none.
        cache_shared: whether one account may be served what was made for another.
        cors_origins: web origins that may call from a browser, with commas; the own page needs none.
        producer: code or name of the provider in the AIGC label.
        lexicon: file of words and their readings, read again when it changes.
        page: folder of the built page.
        metrics: whether `/metrics` is there.
        log_format: lines for people, or JSON for programs.
        guard: who may use the server, how much, and for what.
        accounts: whether there are accounts, plans and payments; off for a server of one user.
        database: address of their database; empty for a file in `home`.
        account_settings: how people come to an account.
        plans: file of plans and prices; the packaged one without.
        payment: how customers can pay.
        document_font: TrueType font for Chinese in receipts and invoices; an installed one without.
    """

    model_config = SettingsConfigDict(
        env_prefix="HUISHENG_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    lazy: bool = False
    text_limit: PositiveInt = 20_000
    spoken_limit: Annotated[int, Field(ge=0)] = 0
    speech_limit: timedelta = timedelta(hours=4)
    answer_limit: PositiveInt = 1024 * _MEBIBYTE
    body_limit: PositiveInt = 2 * _MEBIBYTE
    vocoder: str = ""
    models: PositiveInt = 4
    workers: Annotated[int, Field(ge=0, le=64)] = 1 if SUPPORTED else 0
    slots: PositiveInt = 2
    threads: Annotated[int, Field(ge=0, le=64)] = 0
    batch: Annotated[int, Field(ge=1, le=64)] = 1
    queue: Annotated[int, Field(ge=0)] = 32
    longest_wait: timedelta = timedelta(seconds=10)
    step_limit: timedelta = timedelta(minutes=2)
    drain: timedelta = timedelta(seconds=55)
    stall: timedelta = timedelta(minutes=1)
    contexts: PositiveInt = 8
    socket_idle: timedelta = timedelta(minutes=10)
    head_timeout: _Duration = timedelta(seconds=10)
    body_timeout: _Duration = timedelta(seconds=20)
    body_rate: PositiveInt = 1024
    keep_alive: _Duration = timedelta(seconds=75)
    connections: PositiveInt = 4096
    home: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=home)
    audio_ttl: timedelta = timedelta(hours=1)
    audio_limit: PositiveInt = 4096 * _MEBIBYTE
    cache_limit: Annotated[int, Field(ge=0)] = 1024 * _MEBIBYTE
    cache_redis: SecretStr = SecretStr("")
    cache_shared: bool = True
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = ()
    producer: Annotated[str, AfterValidator(_validate_producer)] = SELF_HOSTED
    lexicon: Annotated[Path | None, AfterValidator(_expand_user)] = None
    page: Path = Path(__file__).parent / "page"
    metrics: bool = True
    log_format: LogFormat = "text"
    guard: GuardSettings = Field(default_factory=GuardSettings)
    accounts: bool = False
    database: SecretStr = SecretStr("")
    account_settings: AccountSettings = Field(default_factory=AccountSettings)
    plans: Annotated[Path | None, AfterValidator(_expand_user)] = None
    payment: PaymentSettings = Field(default_factory=PaymentSettings)
    document_font: Annotated[Path | None, AfterValidator(_expand_user)] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is found best for the machine comes last."""
        folder = Path(init_settings().get("home") or home())
        tuned = TomlConfigSettingsSource(settings_cls, folder.expanduser() / TUNING)
        return init_settings, env_settings, dotenv_settings, file_secret_settings, tuned

    @property
    def audio_folder(self) -> Path:
        """Where produced files are kept."""
        return self.home / "audio"

    @property
    def database_address(self) -> str:
        """Where accounts and their books are kept."""
        return self.database.get_secret_value() or f"sqlite:///{self.home / 'huisheng.db'}"

    @property
    def is_private(self) -> bool:
        """Whether nobody but this machine reaches the server: it listens on loopback, and goes by no public
        address, behind no proxy and by no other name.
        """
        is_known = self.account_settings.public_url or self.guard.trusted_proxies or self.guard.hosts
        return is_loopback(self.host) and not is_known

    @property
    def signup_rule(self) -> SignupRule:
        """Who may sign up, where accounts are on. Raises as `AccountSettings.choose_signup_rule`."""
        return self.account_settings.choose_signup_rule(is_private=self.is_private)

    @property
    def budget(self) -> Budget:
        """What one request may cost."""
        spoken = self.spoken_limit or 2 * self.text_limit
        return Budget(spoken, Seconds(self.speech_limit.total_seconds()), self.answer_limit)

    @property
    def remembers(self) -> bool:
        """Whether anything is kept to be said again."""
        return bool(self.cache_limit or self.cache_redis.get_secret_value())

    @property
    def memory(self) -> CacheConfig:
        """Where sound is kept to be said again."""
        return CacheConfig(self.home / "cache", self.cache_limit, self.cache_redis.get_secret_value())
