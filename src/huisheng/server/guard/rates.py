"""How many requests of one caller there are in a while: moving windows, by the `limits` library."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

from limits import RateLimitItem, WindowStats
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter as SharedLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from huisheng.errors import SetupError
from huisheng.server.guard.errors import RateLimited
from huisheng.server.guard.policies import Policy, Standing
from huisheng.server.guard.settings import MEMORY

if TYPE_CHECKING:
    from limits.aio.storage.redis.redispy import RedispyBridge

logger = logging.getLogger("huisheng.server")

_NAMESPACE: Final = "huisheng"
_STORE_PATIENCE: Final = 1.0
"""Seconds that a shared store may take; a request must not wait for limits longer than that."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A rate, and whose requests it counts."""

    policy: Policy
    item: RateLimitItem
    subject: str

    @property
    def identifiers(self) -> tuple[str, str, str]:
        """Of its window in a store."""
        return _NAMESPACE, self.policy.name, self.subject


class Windows(Protocol):
    """Where requests are counted."""

    async def look(self, quota: Quota) -> WindowStats:
        """What is left, and when there is more, in seconds since the epoch."""
        ...

    async def hit(self, quota: Quota) -> bool:
        """Count a request; False when there is nothing left."""
        ...

    async def aclose(self) -> None:
        """Give connections back."""
        ...


class _Closable(Protocol):
    async def aclose(self) -> None: ...


class LocalWindows:
    """In this process. The synchronous store never waits; the library's asynchronous one starts a thread for
    every caller that it knows, at every request.
    """

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def look(self, quota: Quota) -> WindowStats:
        """As the Protocol says."""
        return self._limiter.get_window_stats(quota.item, *quota.identifiers)

    async def hit(self, quota: Quota) -> bool:
        """As the Protocol says."""
        return self._limiter.hit(quota.item, *quota.identifiers)

    async def aclose(self) -> None:
        """There is nothing to give back."""


class SharedWindows:
    """In a Redis that several servers share; while it does not answer, each server counts for itself.

    Args:
        address: `redis://…`.

    Raises:
        SetupError: the client of Redis is not installed.
    """

    def __init__(self, address: str) -> None:
        try:
            self._store = RedisStorage(
                f"async+{address}",
                implementation="redispy",
                wrap_exceptions=True,
                socket_timeout=_STORE_PATIENCE,
                socket_connect_timeout=_STORE_PATIENCE,
            )
        except (ConfigurationError, ValueError) as error:
            raise SetupError(
                "无法使用 HUISHENG_LIMITS_STORAGE，请检查地址，并安装 huisheng[redis]。",
                "HUISHENG_LIMITS_STORAGE cannot be used; check the address, and install huisheng[redis].",
            ) from error
        self._limiter = SharedLimiter(self._store)
        self._local = LocalWindows()

    async def look(self, quota: Quota) -> WindowStats:
        """As the Protocol says."""
        try:
            return await self._limiter.get_window_stats(quota.item, *quota.identifiers)
        except StorageError:
            logger.warning("the store of limits does not answer; counting in this process")
            return await self._local.look(quota)

    async def hit(self, quota: Quota) -> bool:
        """As the Protocol says."""
        try:
            return await self._limiter.hit(quota.item, *quota.identifiers)
        except StorageError:
            return await self._local.hit(quota)

    async def aclose(self) -> None:
        """Close the connections."""
        client = cast("RedispyBridge", self._store.bridge).get_connection()
        await cast("_Closable", client).aclose()


class Rates:
    """Takes requests off quotas.

    Args:
        windows: where they are counted.
    """

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    async def take(self, quotas: Sequence[Quota]) -> tuple[Standing, ...]:
        """Count a request under each quota; what is refused by one is not counted by the others.

        Raises:
            RateLimited: one has nothing left.
        """
        standings = [await self._standing(quota) for quota in quotas]
        if not all(standing.remaining for standing in standings):
            raise RateLimited(standings)
        for place, quota in enumerate(quotas):
            left = standings[place].remaining - 1 if await self._windows.hit(quota) else -1
            standings[place] = Standing(quota.policy, max(left, 0), standings[place].reset)
            if left < 0:  # others came in between
                raise RateLimited(standings)
        return tuple(standings)

    async def aclose(self) -> None:
        """Give connections back."""
        await self._windows.aclose()

    async def _standing(self, quota: Quota) -> Standing:
        found = await self._windows.look(quota)
        seconds = math.ceil(found.reset_time - time.time())
        return Standing(quota.policy, max(found.remaining, 0), max(seconds, 1))


def windows(storage: str) -> Windows:
    """The store that a setting names."""
    return LocalWindows() if storage == MEMORY else SharedWindows(storage)
