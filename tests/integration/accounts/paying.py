"""Servers with accounts, and accounts with keys and something to spend."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import func, select
from tests.integration.server.conftest import Running, running_server
from tests.reliability.serving import until
from tests.unit.server.usage.accounts import add_account, add_key

from huisheng.engines.protocol import Engine
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.accounts.api_keys import make_key
from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.service import balance
from huisheng.server.plans.catalogue import Meter, PlanLimits
from huisheng.server.settings import Settings
from huisheng.server.usage.grants import NewGrant, give
from huisheng.server.usage.models import Reservation, UsageRecord
from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.text.frontend import Frontend

UNLIMITED = PlanLimits()

KNOWN = replace(SILENT_VOICE, digest="of nothing but silence")
"""A voice whose answers can be kept."""


@dataclass(frozen=True)
class Customer:
    """An account, its key, and its books.

    Attributes:
        database: of the server.
        id: of the account.
        key: a program's.
    """

    database: Database
    id: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def units_used(self, meter: Meter = "calls") -> int:
        """What was charged."""
        with self.database.reading() as session:
            return balance(session, chart.used_account(self.id, meter))

    def units_reserved(self, meter: Meter = "calls") -> int:
        """What requests under way hold."""
        with self.database.reading() as session:
            return balance(session, chart.reserved_account(self.id, meter))

    def settle(self) -> None:
        """Wait until nothing is open any more."""
        until(lambda: self.count_open() == 0)

    def count_open(self) -> int:
        """Reservations that have not ended."""
        statement = select(func.count()).where(Reservation.account_id == self.id, Reservation.is_open)
        with self.database.reading() as session:
            return session.execute(statement).scalar_one()

    def records(self) -> list[UsageRecord]:
        """What was answered, oldest first."""
        statement = select(UsageRecord).where(UsageRecord.account_id == self.id).order_by(UsageRecord.id)
        with self.database.reading() as session:
            return list(session.scalars(statement))


def open_customer(
    database: Database,
    amount: int = 100,
    *,
    name: str = "acc_a",
    meter: Meter = "calls",
    limits: PlanLimits = UNLIMITED,
) -> Customer:
    """An account with so many units, and nothing free: its free day is a second, which no request fits in."""
    key, now = make_key(), datetime.now(UTC)
    with database.writing() as session:
        add_account(session, name)
        add_key(session, f"key_{name}", name, key_hash=hashlib.sha256(key.encode()).hexdigest())
        begin, ends = now - timedelta(hours=1), now + timedelta(days=1)
        give(session, NewGrant(name, "seconds", 1, "free", f"free:{name}", begin, ends), begin)
        if amount:
            new = NewGrant(name, meter, amount, "pack", f"pack:{name}", begin, ends, "pack", "v1", limits)
            give(session, new, begin)
    return Customer(database, name, key)


@contextmanager
def paid_server(
    home: Path, database_address: str, frontend: Frontend, engine: Engine | None = None, **chosen: object
) -> Generator[Running]:
    """A server in a thread of this process, with accounts."""
    settings = Settings.model_validate(
        {
            "home": home,
            "page": home / "page",
            "accounts": True,
            "database": database_address,
            "account_settings": {"signup": "open", "public_url": "http://localhost", "password_memory": 32},
        }
        | chosen
    )
    with running_server(Synthesizer(engine or SilentEngine(voice=KNOWN), frontend), settings) as running:
        yield running


def speak(client: httpx.Client, customer: Customer, text: str = "你好。", **more: str) -> httpx.Response:
    """An answer of `/api/tts`."""
    return client.post("/api/tts", json={"text": text}, headers=customer.headers | more)
