"""Tables of usage."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from huisheng.server.database.models import TableBase


class Grant(TableBase):
    """An allowance of an account in one meter.

    Attributes:
        key: names it, so that it is given once: `free:<account>:<day>`, `order:<order>`, …
        meter: `calls`, `characters` or `seconds`.
        source: `free`, `pack`, `subscription` or `gift`.
        reference: the order or period that it comes from.
        ends_at: it is used no more from then on; None for never.
        ledger_account_id: holds what is left of it.
    """

    __tablename__ = "usage_grant"
    __table_args__ = (Index(None, "account_id", "ends_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    meter: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    reference: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ledger_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))


class Reservation(TableBase):
    """An amount that is taken off grants while a request is under way.

    Attributes:
        instance: the server that works on it.
        lease_until: after that it belongs to a server that is gone.
    """

    __tablename__ = "reservation"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    meter: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    instance: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class ReservationEnd(TableBase):
    """How a reservation ended: exactly once. `outcome` is settled or released."""

    __tablename__ = "reservation_end"

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservation.id"), primary_key=True)
    outcome: Mapped[str]
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    at: Mapped[datetime]


class ServerInstance(TableBase):
    """A server process that may hold reservations; it is gone when its lease is over."""

    __tablename__ = "server_instance"

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]


class UsageRecord(TableBase):
    """An answered request.

    Attributes:
        day: in the account's zone.
        key_id: of the API key; None for a browser or an app.
        route: template of the address.
        milliseconds: of sound.
    """

    __tablename__ = "usage_record"
    __table_args__ = (Index(None, "account_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservation.id"), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    key_id: Mapped[str | None] = mapped_column(ForeignKey("api_key.id"))
    at: Mapped[datetime]
    day: Mapped[date]
    voice: Mapped[str]
    route: Mapped[str]
    characters: Mapped[int]
    milliseconds: Mapped[int] = mapped_column(BigInteger)
    meter: Mapped[str]
    charged: Mapped[int] = mapped_column(BigInteger)


class IdempotentRequest(TableBase):
    """A request with an `Idempotency-Key`, and its answer once there is one.

    Attributes:
        fingerprint: SHA-256 of method, address and body.
        instance: the server that works on it while there is no answer.
        body: the answer; None where it is too large to be kept, and is made again.
    """

    __tablename__ = "idempotent_request"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    instance: Mapped[str]
    reservation_id: Mapped[str | None]
    status: Mapped[int | None]
    headers: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
