"""An account to measure with, and what its books say afterwards: straight from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from huisheng.server.accounts.api_keys import make_key, shown_prefix
from huisheng.server.accounts.models import ApiKey
from huisheng.server.accounts.people import add_user, own_account
from huisheng.server.accounts.tokens import hash_token
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.database.ids import new_id
from huisheng.server.plans.catalogue import PlanLimits
from huisheng.server.usage.grants import NewGrant, give
from huisheng.server.usage.models import Reservation, ReservationEnd

DATABASE: Final = "huisheng.db"
"""In the server's folder."""
_ROOM: Final = PlanLimits(concurrency=1000, rate="1000000/minute")
_TERM: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Customer:
    """An account with calls, and a key to it."""

    account: str
    key: str


def open_database(home: Path) -> Database:
    """The database of a server, with its tables."""
    database = Database(f"sqlite:///{home / DATABASE}")
    migrating.upgrade(database)
    return database


def add_customer(database: Database, name: str, calls: int) -> Customer:
    """A new account that may make so many calls, as fast as it likes, beside its free ones.

    Args:
        database: of the server.
        name: of the customer; unique.
        calls: that it gets.
    """
    now = datetime.now(UTC)
    key = make_key()
    with database.writing() as session:
        user = add_user(session, f"{name}@example.com", now, is_verified=True)
        account = own_account(session, user.id).id
        session.add(
            ApiKey(
                id=new_id("key"),
                account_id=account,
                created_by=user.id,
                name=name,
                prefix=shown_prefix(key),
                key_hash=hash_token(key),
                scopes=["speech"],
                addresses=[],
                rate="",
                concurrency=0,
                created_at=now,
            )
        )
        session.flush()
        give(session, NewGrant(account, "calls", calls, "gift", name, now, now + _TERM, limits=_ROOM), now)
    return Customer(account, key)


def count_charges(database: Database, account: str) -> int:
    """Requests that an account was charged for."""
    settled = (
        select(func.count())
        .select_from(ReservationEnd)
        .join(Reservation, Reservation.id == ReservationEnd.reservation_id)
        .where(Reservation.account_id == account, ReservationEnd.outcome == "settled")
    )
    with database.reading() as session:
        return session.execute(settled).scalar_one()
