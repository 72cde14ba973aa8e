"""Tables of the books. Rows of journals and entries are never changed; triggers refuse it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from huisheng.server.database.models import RowNumber, TableBase


class LedgerAccount(TableBase):
    """An account of the books, between which amounts move.

    Attributes:
        owner: the account whose it is; empty for the server's own.
        kind: of the chart (`ledger.chart`).
        unit: `calls`, `characters`, `seconds` or `fen`.
        detail: tells those of one kind apart: a grant, a method of payment; empty where there is one.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("owner", "kind", "unit", "detail"),)

    id: Mapped[RowNumber]
    owner: Mapped[str]
    kind: Mapped[str]
    unit: Mapped[str]
    detail: Mapped[str]


class Journal(TableBase):
    """A fact.

    Attributes:
        key: names the fact: the same fact is entered once.
        operation: issue, reserve, settle, release, expire, revoke, payment, refund or adjust.
        reference: what it is about: a reservation, an order, a refund.
        price_version: of the plan file, where money is concerned.
    """

    __tablename__ = "journal"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: Mapped[RowNumber]
    key: Mapped[str] = mapped_column(unique=True)
    operation: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    reference: Mapped[str]
    price_version: Mapped[str | None]
    at: Mapped[datetime]


class Entry(TableBase):
    """A part of a journal; the amounts of a journal sum to zero in each unit."""

    __tablename__ = "entry"
    __table_args__ = (
        Index(None, "ledger_account_id", "id", "amount"),
        CheckConstraint("amount <> 0", name="amount"),
    )

    id: Mapped[RowNumber]
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), index=True)
    ledger_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)


class BalanceForward(TableBase):
    """The sum of the entries of a ledger account up to one of them, so that a balance adds up few rows."""

    __tablename__ = "balance_forward"

    ledger_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    balance: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
