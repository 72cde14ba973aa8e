"""Accounts, keys, plans and grants for tests of usage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account, ApiKey, User
from huisheng.server.plans.catalogue import (
    Allowance,
    Catalogue,
    LocalizedText,
    Meter,
    PlanLimits,
    PriceVersion,
    Product,
    RenewalRules,
)
from huisheng.server.usage.grants import NewGrant, give
from huisheng.server.usage.models import ServerInstance
from huisheng.server.usage.reservations import NotReserved, Reserved, UsageRequest, reserve

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""20:00 in Shanghai."""

DAY: Final = timedelta(days=1)
SERVER: Final = "srv_one"


def catalogue(free: int = 0, limits: PlanLimits | None = None) -> Catalogue:
    """Plans of which only the free one matters: so many calls a day."""
    allowances = (Allowance("calls", free),) if free else ()
    version = PriceVersion(
        date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), 0, allowances, 0, limits or PlanLimits(), ""
    )
    words = LocalizedText("", "")
    plan = Product("free", "free", words, words, (version,))
    return Catalogue("Asia/Shanghai", RenewalRules((), 0, ()), (plan,))


NOTHING_FREE: Final = catalogue()


def add_account(session: Session, account_id: str = "acc_a", zone: str = "Asia/Shanghai") -> str:
    """An account without anything."""
    session.add(
        Account(
            id=account_id,
            name=account_id,
            kind="personal",
            zone=zone,
            plan="free",
            flags=[],
            created_at=NOW,
            suspended_at=None,
            suspension_reason=None,
            erased_at=None,
        )
    )
    session.flush()
    return account_id


def add_key(session: Session, key_id: str = "key_a", account_id: str = "acc_a", **columns: object) -> str:
    """A key of an account, whose owner is made with it."""
    session.add(
        User(
            id=f"usr_{key_id}",
            email=None,
            email_verified_at=None,
            password_hash=None,
            name="",
            locale="zh",
            is_operator=False,
            credential_epoch=0,
            created_at=NOW,
            erased_at=None,
        )
    )
    session.flush()
    usual = {
        "name": key_id,
        "prefix": "hs_",
        "key_hash": key_id,
        "scopes": ["speech"],
        "addresses": [],
        "rate": "",
        "concurrency": 0,
        "created_at": NOW,
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": None,
    }
    session.add(ApiKey(id=key_id, account_id=account_id, created_by=f"usr_{key_id}", **(usual | columns)))
    session.flush()
    return key_id


def add_server(session: Session, instance: str = SERVER, lease: timedelta = DAY) -> str:
    """A server that lives for so long."""
    session.add(ServerInstance(id=instance, started_at=NOW, lease_until=NOW + lease))
    session.flush()
    return instance


def give_units(
    session: Session,
    amount: int,
    *,
    account_id: str = "acc_a",
    meter: Meter = "calls",
    key: str = "pack",
    lasts: timedelta | None = DAY,
    limits: PlanLimits | None = None,
) -> str:
    """A pack that was bought an hour ago; the id of its grant."""
    begin = NOW - timedelta(hours=1)
    ends = None if lasts is None else NOW + lasts
    new = NewGrant(account_id, meter, amount, "pack", f"{key}:{account_id}", begin, ends, key, "v1", limits)
    return give(session, new, begin)


def make_reservation(
    session: Session,
    asked: UsageRequest | None = None,
    plans: Catalogue = NOTHING_FREE,
    now: datetime = NOW,
    instance: str = SERVER,
) -> Reserved:
    """A reservation; a refusal is raised."""
    outcome = reserve(session, asked or request(), instance, plans, now)
    if isinstance(outcome, NotReserved):
        raise outcome.error
    return outcome


def request(
    account_id: str = "acc_a",
    key_id: str = "",
    characters: int = 20,
    *,
    seconds: int = 10,
    meter: Meter | None = None,
    idempotency_key: str = "",
) -> UsageRequest:
    """Twenty characters as MP3, ten seconds at most."""
    return UsageRequest(
        account_id, key_id, "tinglan", "mp3", characters, characters, seconds, meter, idempotency_key
    )
