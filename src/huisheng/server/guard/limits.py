"""Rate limits and limits on concurrency, by address and by key. Rates are moving windows, by the `limits`
library.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from limits import RateLimitItem, WindowStats, parse_many
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter as SharedLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from huisheng.errors import SetupError
from huisheng.server.guard.addresses import subscriber
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import RateLimited, TooManyConcurrent
from huisheng.server.guard.policies import LimitStatus, QuotaPolicy
from huisheng.server.guard.settings import MEMORY, GuardSettings

if TYPE_CHECKING:
    from limits.aio.storage.redis.redispy import RedispyBridge

logger = logging.getLogger("huisheng.server")

_NAMESPACE: Final = "huisheng"
_STORE_TIMEOUT: Final = 1.0
"""Seconds that a shared store may take; a request must not wait for limits longer than that."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A rate, and the client whose requests it counts: `subject`, an address or the id of a key."""

    policy: QuotaPolicy
    item: RateLimitItem
    subject: str

    @property
    def identifiers(self) -> tuple[str, str, str]:
        """The key of its window in a store."""
        return _NAMESPACE, self.policy.name, self.subject


class RateStore(Protocol):
    """Counts requests."""

    async def stats(self, quota: Quota) -> WindowStats:
        """The requests that are left, and when there are more, in seconds since the epoch."""
        ...

    async def hit(self, quota: Quota) -> bool:
        """Count a request; False when there is nothing left."""
        ...

    async def aclose(self) -> None:
        """Give connections back."""
        ...


class _Closable(Protocol):
    async def aclose(self) -> None: ...


class LocalRateStore:
    """A `RateStore` in this process. The synchronous store never waits; the library's asynchronous one starts
    a thread for every client that it knows, at every request.
    """

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def stats(self, quota: Quota) -> WindowStats:
        """See `RateStore`."""
        return self._limiter.get_window_stats(quota.item, *quota.identifiers)

    async def hit(self, quota: Quota) -> bool:
        """See `RateStore`."""
        return self._limiter.hit(quota.item, *quota.identifiers)

    async def aclose(self) -> None:
        """There is nothing to give back."""


class RedisRateStore:
    """A `RateStore` that several servers share; while Redis does not answer, each server counts for itself.

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
                socket_timeout=_STORE_TIMEOUT,
                socket_connect_timeout=_STORE_TIMEOUT,
            )
        except (ConfigurationError, ValueError) as error:
            raise SetupError(
                "无法使用 HUISHENG_LIMITS_STORAGE，请检查地址，并安装 huisheng[redis]。",
                "HUISHENG_LIMITS_STORAGE cannot be used; check the address, and install huisheng[redis].",
            ) from error
        self._limiter = SharedLimiter(self._store)
        self._local = LocalRateStore()

    async def stats(self, quota: Quota) -> WindowStats:
        """See `RateStore`."""
        try:
            return await self._limiter.get_window_stats(quota.item, *quota.identifiers)
        except StorageError:
            logger.warning("the store of limits does not answer; counting in this process")
            return await self._local.stats(quota)

    async def hit(self, quota: Quota) -> bool:
        """See `RateStore`."""
        try:
            return await self._limiter.hit(quota.item, *quota.identifiers)
        except StorageError:
            return await self._local.hit(quota)

    async def aclose(self) -> None:
        """Close the connections."""
        client = cast("RedispyBridge", self._store.bridge).get_connection()
        await cast("_Closable", client).aclose()


class RateLimiter:
    """Takes requests off quotas.

    Args:
        store: counts them.
    """

    def __init__(self, store: RateStore) -> None:
        self._store = store

    async def take(self, quotas: Sequence[Quota]) -> tuple[LimitStatus, ...]:
        """Count a request under each quota; what is refused by one is not counted by the others.

        Raises:
            RateLimited: one has nothing left.
        """
        statuses = [await self._status(quota) for quota in quotas]
        if not all(status.remaining for status in statuses):
            raise RateLimited(statuses)
        for index, quota in enumerate(quotas):
            left = statuses[index].remaining - 1 if await self._store.hit(quota) else -1
            statuses[index] = LimitStatus(quota.policy, max(left, 0), statuses[index].reset)
            if left < 0:  # others came in between
                raise RateLimited(statuses)
        return tuple(statuses)

    async def aclose(self) -> None:
        """Give connections back."""
        await self._store.aclose()

    async def _status(self, quota: Quota) -> LimitStatus:
        stats = await self._store.stats(quota)
        seconds = math.ceil(stats.reset_time - time.time())
        return LimitStatus(quota.policy, max(stats.remaining, 0), max(seconds, 1))


class ConcurrencyClaim(NamedTuple):
    """A limit, and the client whose requests it counts: `subject`, an address or the id of a key."""

    policy: QuotaPolicy
    subject: str


class ConcurrencyLimiter:
    """Counts requests under way, in this process. Acquiring and releasing never wait, so they are atomic."""

    def __init__(self) -> None:
        self._running: Counter[ConcurrencyClaim] = Counter()

    @contextmanager
    def acquire(self, claims: Sequence[ConcurrencyClaim]) -> Generator[tuple[LimitStatus, ...]]:
        """Count a request under each claim, or under none, until the context ends.

        Raises:
            TooManyConcurrent: the limit of one is reached.
        """
        if any(self._running[claim] >= claim.policy.quota for claim in claims):
            raise TooManyConcurrent(self._statuses(claims))
        self._running.update(claims)
        try:
            yield self._statuses(claims)
        finally:
            self._running.subtract(claims)
            for claim in claims:
                if not self._running[claim]:
                    del self._running[claim]

    def __len__(self) -> int:
        """Claims that are held."""
        return self._running.total()

    def _statuses(self, claims: Sequence[ConcurrencyClaim]) -> tuple[LimitStatus, ...]:
        return tuple(LimitStatus(claim.policy, claim.policy.quota - self._running[claim]) for claim in claims)


class _LimitSet(NamedTuple):
    """The limits of an address, or those of a key."""

    rates: Sequence[tuple[QuotaPolicy, RateLimitItem]]
    concurrency: Sequence[QuotaPolicy]


class ClientLimits:
    """The rates and the concurrency that the settings allow to a client."""

    def __init__(self, settings: GuardSettings) -> None:
        self.concurrency = ConcurrencyLimiter()
        self._rates = RateLimiter(
            LocalRateStore() if settings.limits_storage == MEMORY else RedisRateStore(settings.limits_storage)
        )
        self._by_address = _limit_set("ip", settings.rate_per_ip, settings.concurrent_per_ip)
        self._by_key = _limit_set("key", settings.rate_per_key, settings.concurrent_per_key)
        self.exist = any((*self._by_address, *self._by_key))
        """Whether there are any."""

    async def acquire(self, client: Client, request: ExitStack) -> tuple[LimitStatus, ...]:
        """Count a request of a client, which lasts as long as `request`.

        Raises:
            TooManyConcurrent: too many of them run.
            RateLimited: there were too many of late.
        """
        subjects = (
            (self._by_address, subscriber(client.address)),
            (self._by_key, client.key_id or client.user_id),
        )
        claims = [
            ConcurrencyClaim(policy, subject) for limits, subject in subjects for policy in limits.concurrency
        ]
        quotas = [
            Quota(policy, item, subject) for limits, subject in subjects for policy, item in limits.rates
        ]
        running = request.enter_context(self.concurrency.acquire(claims))
        return *await self._rates.take(quotas), *running

    async def aclose(self) -> None:
        """Give connections back."""
        await self._rates.aclose()


def _limit_set(name: str, rate: str, concurrent: int) -> _LimitSet:
    items = parse_many(rate) if rate else []
    rates = [
        QuotaPolicy(
            name if len(items) == 1 else f"{name}-{item.get_expiry()}", item.amount, item.get_expiry()
        )
        for item in items
    ]
    concurrency = [QuotaPolicy(f"{name}-concurrent", concurrent)] if concurrent else []
    return _LimitSet(list(zip(rates, items, strict=True)), concurrency)
