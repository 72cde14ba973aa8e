"""How many requests of one caller there are in a while: moving windows, by the `limits` library."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

from limits import RateLimitItem, WindowStats
from limits import storage as storages
from limits.aio.storage import Storage as SharedStorage
from limits.aio.strategies import MovingWindowRateLimiter as SharedLimiter
from limits.errors import StorageError
from limits.strategies import MovingWindowRateLimiter

from huisheng.server.guard.errors import RateLimited
from huisheng.server.guard.policies import Policy, Standing
from huisheng.server.guard.settings import MEMORY

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


class LocalWindows:
    """In this process. The synchronous store never waits; the library's asynchronous one starts a thread for
    every caller that it knows, at every request.
    """

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(storages.MemoryStorage())

    async def look(self, quota: Quota) -> WindowStats:
        """As the Protocol says."""
        return self._limiter.get_window_stats(quota.item, *quota.identifiers)

    async def hit(self, quota: Quota) -> bool:
        """As the Protocol says."""
        return self._limiter.hit(quota.item, *quota.identifiers)


class SharedWindows:
    """In a Redis that several servers share; while it does not answer, each server counts for itself.

    Args:
        address: `redis://…`.
    """

    def __init__(self, address: str) -> None:
        store = storages.storage_from_string(
            f"async+{address}",
            implementation="redispy",
            wrap_exceptions=True,
            socket_timeout=_STORE_PATIENCE,
            socket_connect_timeout=_STORE_PATIENCE,
        )
        self._limiter = SharedLimiter(cast("SharedStorage", store))
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

    async def _standing(self, quota: Quota) -> Standing:
        found = await self._windows.look(quota)
        seconds = math.ceil(found.reset_time - time.time())
        return Standing(quota.policy, max(found.remaining, 0), max(seconds, 1))


def windows(storage: str) -> Windows:
    """The store that a setting names."""
    return LocalWindows() if storage == MEMORY else SharedWindows(storage)
