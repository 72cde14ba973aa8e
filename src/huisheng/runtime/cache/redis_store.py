"""Values in a Redis that several servers share.

A call takes at most a tenth of a second, and none is made in a pause after a failure. An entry stays for its
time to live, or as long as the memory of Redis allows; what is evicted then is its operator's setting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from huisheng.errors import SetupError
from huisheng.runtime.cache.store import CircuitBreaker, seal, unseal
from huisheng.units import Seconds

if TYPE_CHECKING:
    from redis import Redis

_PREFIX: Final = "huisheng:cache:1:"
"""Prefix of every key: the program, and the version of the format."""
_FIRST_PAUSE, _LONGEST_PAUSE = Seconds(2.0), Seconds(60.0)
"""Pauses after a failure."""


class RedisStore:
    """Entries in Redis, each for a time. Nothing is asked before the first `get` or `put`.

    Args:
        url: redis://, rediss:// or unix://, as redis-py reads it.
        ttl: how long an entry is kept.
        timeout: for connecting, and for each answer.
        largest: bytes of a value; larger ones are not put.
        clock: times the pauses after a failure; seconds, never backwards.

    Raises:
        SetupError: the extra `redis` is not installed, or the address cannot be read.
    """

    def __init__(
        self,
        url: str,
        ttl: timedelta = timedelta(days=7),
        timeout: timedelta = timedelta(milliseconds=100),
        largest: int = 8 << 20,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = _connect(url, timeout.total_seconds())
        self._seconds = max(1, round(ttl.total_seconds()))
        self._largest = largest
        self._reading, self._writing = (
            CircuitBreaker(f"{doing} the cache in Redis", _FIRST_PAUSE, _LONGEST_PAUSE, clock)
            for doing in ("reading", "writing")
        )

    @property
    def failures(self) -> int:
        """Failures and timeouts of Redis."""
        return self._reading.failures + self._writing.failures

    def get(self, key: str) -> bytes | None:
        """The value of a key."""
        entry = self._reading.attempt(lambda: self._client.get(_PREFIX + key), *_expected_errors())
        return None if entry is None else unseal(key, cast("bytes", entry))

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, unless it is too large."""
        if len(value) <= self._largest:
            entry = seal(key, value) + value
            self._writing.attempt(
                lambda: self._client.set(_PREFIX + key, entry, ex=self._seconds), *_expected_errors()
            )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _connect(url: str, timeout: float) -> Redis:
    try:
        from redis import ConnectionPool, Redis  # noqa: PLC0415  installed where a cache is shared
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError as error:
        raise SetupError(
            "共享缓存需要 redis，请运行 pip install 'huisheng[redis]'，或去掉 HUISHENG_CACHE_REDIS。",
            "A shared cache needs redis: pip install 'huisheng[redis]', or unset HUISHENG_CACHE_REDIS.",
        ) from error
    try:
        pool = ConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] (its options have no types)
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
        )
    except ValueError as error:
        raise SetupError(
            "HUISHENG_CACHE_REDIS 无法识别，请写成 redis://主机:6379/0。",
            "HUISHENG_CACHE_REDIS cannot be read; write redis://HOST:6379/0.",
        ) from error
    return Redis.from_pool(pool)


def _expected_errors() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError  # noqa: PLC0415  as above

    return RedisError, OSError
