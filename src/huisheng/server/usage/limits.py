"""What plans and keys allow of requests, over all servers of a database: at once, and in a while.

What is open and what was reserved of late is read in the transaction that reserves, so no two servers can
both take the last place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

from limits import parse_many
from sqlalchemy import CompoundSelect, Connection, Table, bindparam, func, literal, select, union_all

from huisheng.server.guard.errors import RateLimited, TooManyConcurrent
from huisheng.server.guard.policies import LimitStatus, QuotaPolicy
from huisheng.server.ledger.repository import AnyRow
from huisheng.server.usage.models import Reservation

RESERVATIONS: Final = cast("Table", Reservation.__table__)

Subject: TypeAlias = Literal["account", "api-key"]
"""Whose requests a limit counts; begins the names of its policies."""

_COLUMNS: Final = {"account": RESERVATIONS.c.account_id, "api-key": RESERVATIONS.c.key_id}


class Allowed(NamedTuple):
    """The limits of one subject.

    Attributes:
        subject: the kind of it.
        id: of the account or the key.
        rate: as `60/minute`; several with semicolons; empty for any.
        concurrency: requests at once; 0 for any number.
        running: its requests that are under way.
    """

    subject: Subject
    id: str
    rate: str
    concurrency: int
    running: int


def measure(connection: Connection, limits: Sequence[Allowed], now: datetime) -> tuple[LimitStatus, ...]:
    """What is left of every limit before a request."""
    concurrent = (_concurrency(each) for each in limits if each.concurrency)
    return (*_rates(connection, limits, now), *concurrent)


def check(statuses: Sequence[LimitStatus]) -> None:
    """Refuse a request for which a limit has nothing left.

    Args:
        statuses: before the request.

    Raises:
        TooManyConcurrent: as many are under way as may be.
        RateLimited: there were as many of late as may be.
    """
    used_up = [status.policy for status in statuses if not status.remaining]
    if any(policy.window is None for policy in used_up):
        raise TooManyConcurrent(statuses)
    if used_up:
        raise RateLimited(statuses)


def count(statuses: Sequence[LimitStatus]) -> tuple[LimitStatus, ...]:
    """What is left of limits once one more request is under way."""
    return tuple(LimitStatus(each.policy, each.remaining - 1, each.reset) for each in statuses)


def _concurrency(allowed: Allowed) -> LimitStatus:
    policy = QuotaPolicy(f"{allowed.subject}-concurrent", allowed.concurrency)
    return LimitStatus(policy, max(allowed.concurrency - allowed.running, 0))


def _rates(connection: Connection, limits: Sequence[Allowed], now: datetime) -> list[LimitStatus]:
    quotas = [(each, policy) for each in limits for policy in _policies(each.subject, each.rate)]
    if not quotas:
        return []
    values: dict[str, object] = {}
    for index, (each, policy) in enumerate(quotas):
        values[f"id{index}"] = each.id
        values[f"since{index}"] = now - timedelta(seconds=policy.window or 0)
    statement = _statement(tuple(each.subject for each, _ in quotas))
    rows: list[AnyRow] = sorted(connection.execute(statement, values))
    return [
        _rate(policy, requests, oldest, now)
        for (_, policy), (_, requests, oldest) in zip(quotas, rows, strict=True)
    ]


def _rate(policy: QuotaPolicy, requests: int, oldest: datetime | None, now: datetime) -> LimitStatus:
    window = policy.window or 0
    reset = window if oldest is None else math.ceil(window - (now - oldest).total_seconds())
    return LimitStatus(policy, max(policy.quota - requests, 0), max(reset, 1))


@lru_cache(maxsize=256)
def _policies(subject: Subject, rate: str) -> tuple[QuotaPolicy, ...]:
    items = parse_many(rate) if rate else []
    return tuple(
        QuotaPolicy(
            subject if len(items) == 1 else f"{subject}-{item.get_expiry()}", item.amount, item.get_expiry()
        )
        for item in items
    )


@lru_cache(maxsize=64)
def _statement(subjects: tuple[Subject, ...]) -> CompoundSelect[int, int, Any]:
    """A row for each subject: its index, its requests since a moment, the time of the first of them."""
    return union_all(
        *(
            select(literal(index), func.count(), func.min(RESERVATIONS.c.created_at)).where(
                _COLUMNS[subject] == bindparam(f"id{index}"),
                RESERVATIONS.c.created_at > bindparam(f"since{index}"),
                RESERVATIONS.c.requests > 0,
            )
            for index, subject in enumerate(subjects)
        )
    )
