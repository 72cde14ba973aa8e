"""Settings of the guard: environment variables `HUISHENG_…`, all of them optional."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Self

from limits import parse_many
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from huisheng.errors import SetupError
from huisheng.server.guard.addresses import Network

MEMORY: Final = "memory"

_SHORTEST_KEY: Final = 16
_KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]+")
"""What a header can hold and a list with commas can part."""
_NAME: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE)
_FACTORY: Final = re.compile(r"[\w.]+:\w+")
_STORES: Final = ("redis://", "rediss://", "redis+unix://")


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _check_key(key: SecretStr) -> SecretStr:
    written = key.get_secret_value()
    if len(written) < _SHORTEST_KEY or not _KEY.fullmatch(written):
        raise SetupError(
            f"HUISHENG_API_KEYS 中的密钥至少要有 {_SHORTEST_KEY} 个字符，只能用 ASCII 字母、数字和符号；"
            "可以用 openssl rand -hex 24 生成。",
            f"A key in HUISHENG_API_KEYS needs at least {_SHORTEST_KEY} characters of visible ASCII; "
            "make one with `openssl rand -hex 24`.",
        )
    return key


def _parse_network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value, strict=False)
    except ValueError as error:
        raise SetupError(
            f"“{value}”不是 IP 地址或网段，请写成 192.168.1.20 或 192.168.1.0/24。",
            f"{value!r} is no IP address or network; write 192.168.1.20 or 192.168.1.0/24.",
        ) from error


def _check_proxy(network: Network) -> Network:
    if not network.prefixlen:
        raise SetupError(
            f"HUISHENG_TRUSTED_PROXIES 不能是 {network}，否则任何人都可以伪造地址；请填写代理的地址。",
            f"HUISHENG_TRUSTED_PROXIES cannot be {network}, or anybody could forge an address; "
            "write the proxy's own.",
        )
    return network


def _check_host(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SetupError(
            f"HUISHENG_HOSTS 中的“{name}”不是主机名，请写成 tts.example.com，不带协议和端口。",
            f"{name!r} in HUISHENG_HOSTS is no host name; write tts.example.com, without scheme and port.",
        )
    return name


def _check_rate(written: str) -> str:
    try:
        quotas = [limit.amount for limit in parse_many(written)] if written else [1]
    except ValueError as error:
        raise _invalid_rate(written) from error
    if not all(quotas):
        raise _invalid_rate(written)
    return written


def _invalid_rate(written: str) -> SetupError:
    return SetupError(
        f"“{written}”不是频率，请写成 60/minute，多个限制用分号分隔：10/second; 1000/day。",
        f"{written!r} is no rate; write 60/minute, several with semicolons: 10/second; 1000/day.",
    )


def _check_storage(address: str) -> str:
    if address != MEMORY and not address.startswith(_STORES):
        raise SetupError(
            "HUISHENG_LIMITS_STORAGE 应为 memory 或 redis://主机:端口/库。",
            "HUISHENG_LIMITS_STORAGE must be memory or redis://host:port/database.",
        )
    return address


def _check_factory(name: str) -> str:
    if name and not _FACTORY.fullmatch(name):
        raise SetupError(
            f"HUISHENG_WORD_FILTER 的“{name}”应写成 package.module:factory。",
            f"HUISHENG_WORD_FILTER is {name!r}; write package.module:factory.",
        )
    return name


def _expand(path: Path | None) -> Path | None:
    return path and path.expanduser()


_File = Annotated[Path | None, AfterValidator(_expand)]
_Networks = BeforeValidator(_split)
_Parsed = BeforeValidator(_parse_network)


class GuardSettings(BaseSettings):
    """Who may use one server, how much, and for what. Lists are written with commas.

    Attributes:
        api_keys: keys, one of which a request must carry; empty for none needed.
        allowed_ips: addresses and networks that may use the server; empty for all.
        trusted_proxies: addresses and networks whose `X-Forwarded-For` and `-Proto` are believed.
        hosts: names that `Host` may have; see `addresses.Hosts` for what holds without any.
        rate_per_ip: requests of one address in a while, as `60/minute`; empty for any number.
        rate_per_key: the same for one key.
        concurrent_per_ip: requests of one address at once; 0 for any number.
        concurrent_per_key: the same for one key.
        connections_per_ip: connections of one address at once, from their opening on; trusted proxies have
            as many as they like. Half of all connections at most.
        limits_storage: where rates are counted: `memory`, or a Redis that several servers share.
        words: file of words that are not spoken, one a line, read again when it changes.
        word_filter: makes a filter of one's own, `package.module:factory`.
        audit: file that each refused text leaves a line in.
        log_text: whether texts are logged.
    """

    model_config = SettingsConfigDict(
        env_prefix="HUISHENG_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    api_keys: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(_check_key)], ...], NoDecode, BeforeValidator(_split)
    ] = ()
    allowed_ips: Annotated[tuple[Annotated[Network, _Parsed], ...], NoDecode, _Networks] = ()
    trusted_proxies: Annotated[
        tuple[Annotated[Network, _Parsed, AfterValidator(_check_proxy)], ...], NoDecode, _Networks
    ] = ()
    hosts: Annotated[
        tuple[Annotated[str, AfterValidator(_check_host)], ...], NoDecode, BeforeValidator(_split)
    ] = ()
    rate_per_ip: Annotated[str, AfterValidator(_check_rate)] = ""
    rate_per_key: Annotated[str, AfterValidator(_check_rate)] = ""
    concurrent_per_ip: NonNegativeInt = 0
    concurrent_per_key: NonNegativeInt = 0
    connections_per_ip: PositiveInt = 1024
    limits_storage: Annotated[str, Field(repr=False), AfterValidator(_check_storage)] = MEMORY
    words: _File = None
    word_filter: Annotated[str, AfterValidator(_check_factory)] = ""
    audit: _File = None
    log_text: bool = False

    @property
    def checks_texts(self) -> bool:
        """Whether texts are logged or filtered before they are spoken."""
        return bool(self.log_text or self.words or self.word_filter)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        for is_contradictory, message, english in (
            (
                (self.rate_per_key or self.concurrent_per_key) and not self.api_keys,
                "设置了每个密钥的限制，但没有密钥，请同时设置 HUISHENG_API_KEYS。",
                "There are limits per key but no keys; set HUISHENG_API_KEYS too.",
            ),
            (
                self.limits_storage != MEMORY and not (self.rate_per_ip or self.rate_per_key),
                "设置了 HUISHENG_LIMITS_STORAGE，但没有频率限制，请设置 HUISHENG_RATE_PER_IP 等。",
                "HUISHENG_LIMITS_STORAGE is set but no rate; set HUISHENG_RATE_PER_IP or …_PER_KEY.",
            ),
            (
                self.words and self.word_filter,
                "HUISHENG_WORDS 与 HUISHENG_WORD_FILTER 只能设置一个。",
                "Set either HUISHENG_WORDS or HUISHENG_WORD_FILTER, not both.",
            ),
            (
                self.audit and not (self.words or self.word_filter),
                "设置了 HUISHENG_AUDIT，但没有文本过滤，请设置 HUISHENG_WORDS 或 HUISHENG_WORD_FILTER。",
                "HUISHENG_AUDIT is set but no filter; set HUISHENG_WORDS or HUISHENG_WORD_FILTER.",
            ),
        ):
            if is_contradictory:
                raise SetupError(message, english)
        return self
