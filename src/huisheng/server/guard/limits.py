"""All limits of one caller: rates and places, by address and by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import NamedTuple

from limits import RateLimitItem, parse_many

from huisheng.server.guard.addresses import subscriber
from huisheng.server.guard.caller import Caller
from huisheng.server.guard.places import Claim, Places
from huisheng.server.guard.policies import Policy, Standing
from huisheng.server.guard.rates import Quota, Rates, windows
from huisheng.server.guard.settings import GuardSettings


class _Side(NamedTuple):
    """The limits of one side of a caller."""

    rates: tuple[tuple[Policy, RateLimitItem], ...]
    places: tuple[Policy, ...]


class Limits:
    """Lets a caller in as often, and as many times at once, as the settings say."""

    def __init__(self, settings: GuardSettings) -> None:
        self.places = Places()
        self._rates = Rates(windows(settings.limits_storage))
        self._sides = {
            "ip": _side("ip", settings.rate_per_ip, settings.concurrent_per_ip),
            "key": _side("key", settings.rate_per_key, settings.concurrent_per_key),
        }

    async def enter(self, caller: Caller, stay: ExitStack) -> tuple[Standing, ...]:
        """Count a request of a caller, which lasts as long as `stay`.

        Raises:
            TooManyConcurrent: too many of them run.
            RateLimited: there were too many of late.
        """
        subjects = {"ip": subscriber(caller.address), "key": caller.key_id}
        held = stay.enter_context(self.places.taken(tuple(self._claims(subjects))))
        return *await self._rates.take(tuple(self._quotas(subjects))), *held

    async def aclose(self) -> None:
        """Give connections back."""
        await self._rates.aclose()

    def _claims(self, subjects: Mapping[str, str]) -> Iterable[Claim]:
        for side, limits in self._sides.items():
            yield from (Claim(policy, subjects[side]) for policy in limits.places)

    def _quotas(self, subjects: Mapping[str, str]) -> Iterable[Quota]:
        for side, limits in self._sides.items():
            yield from (Quota(policy, item, subjects[side]) for policy, item in limits.rates)


def _side(name: str, rate: str, concurrent: int) -> _Side:
    items = parse_many(rate) if rate else []
    names = [name] if len(items) == 1 else [f"{name}-{item.get_expiry()}" for item in items]
    return _Side(
        tuple(
            (Policy(told, item.amount, item.get_expiry()), item)
            for told, item in zip(names, items, strict=True)
        ),
        (Policy(f"{name}-concurrent", concurrent),) if concurrent else (),
    )
