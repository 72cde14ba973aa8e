"""Tables of usage."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from huisheng.server.database.models import RowNumber, TableBase


class Grant(TableBase):
    """An allowance of an account in one meter.

    Attributes:
        key: names it, so that it is given once: `free:<person>:<day>`, `order:<order>`, …
        meter: `calls`, `characters` or `seconds`.
        amount: that was given.
        source: `free`, `pack`, `subscription` or `gift`.
        reference: the order or period that it comes from.
        price_version: of the plan file when it was bought; empty where it was not.
        limits: of what was bought, as JSON; empty where it brings none of its own.
        ends_at: it is used no more from then on; None for never.
        expired_at: since when what was left of it is expired.
        ledger_account_id: holds what is left of it.
    """

    __tablename__ = "usage_grant"
    __table_args__ = (
        Index(None, "account_id", "ends_at"),
        Index(
            "ix_usage_grant_unexpired",
            "ends_at",
            sqlite_where=text("expired_at IS NULL"),
            postgresql_where=text("expired_at IS NULL"),
        ),
        Index(None, "reference"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    meter: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    reference: Mapped[str]
    price_version: Mapped[str]
    limits: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ledger_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))


class Reservation(TableBase):
    """An amount that is taken from grants while a request is under way.

    Attributes:
        key_id: of the API key; None for a browser or an app.
        requests: 1; 0 for one that a request makes beside its first, as its text grows.
        idempotency_key: of the request; None without.
        instance: the server that works on it.
        is_open: there is no `ReservationEnd` yet.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        Index(None, "account_id", "created_at", "requests"),  # all that a rate is counted from
        Index(None, "key_id", "created_at", "requests"),
        Index(
            "ix_reservation_open",
            "account_id",
            "instance",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_reservation_idempotency_key",
            "account_id",
            "idempotency_key",
            sqlite_where=text("idempotency_key IS NOT NULL"),
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    key_id: Mapped[str | None] = mapped_column(ForeignKey("api_key.id"))
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    meter: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    requests: Mapped[int]
    idempotency_key: Mapped[str | None]
    instance: Mapped[str] = mapped_column(ForeignKey("server_instance.id"))
    created_at: Mapped[datetime]
    is_open: Mapped[bool]


class ReservationEnd(TableBase):
    """How a reservation ended: exactly once. `outcome` is settled or released."""

    __tablename__ = "reservation_end"

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservation.id"), primary_key=True)
    outcome: Mapped[str]
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    at: Mapped[datetime]


class ServerInstance(TableBase):
    """A server process that may hold reservations; it is taken for dead when its lease has expired."""

    __tablename__ = "server_instance"

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime] = mapped_column(index=True)


class UsageRecord(TableBase):
    """An answered request, or a further part of one.

    Attributes:
        day: in the account's zone.
        key_id: of the API key; None for a browser or an app.
        route: template of the address.
        requests: 1; 0 for a further part of a request that has a record.
        milliseconds: of sound.
        charged: in the unit of `meter`.
    """

    __tablename__ = "usage_record"
    __table_args__ = (Index(None, "account_id", "day"),)

    id: Mapped[RowNumber]
    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservation.id"), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    key_id: Mapped[str | None] = mapped_column(ForeignKey("api_key.id"))
    at: Mapped[datetime]
    day: Mapped[date]
    voice: Mapped[str]
    route: Mapped[str]
    requests: Mapped[int]
    characters: Mapped[int]
    milliseconds: Mapped[int] = mapped_column(BigInteger)
    meter: Mapped[str]
    charged: Mapped[int] = mapped_column(BigInteger)


class IdempotentRequest(TableBase):
    """A request with an `Idempotency-Key`, and its answer once there is one.

    Attributes:
        fingerprint: SHA-256 of method, address and body.
        instance: the server that works on it while there is no answer.
        status: of the answer; None while there is none.
        body: the answer; None where it is too large to be kept, and is made again.
    """

    __tablename__ = "idempotent_request"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    instance: Mapped[str] = mapped_column(ForeignKey("server_instance.id"))
    status: Mapped[int | None]
    headers: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
