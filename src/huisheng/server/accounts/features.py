"""What other features keep of an account, for its export and its deletion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.database.models import TableBase

_ROWS: Final = 500
"""Rows in memory at one time."""


class AccountFeature(Protocol):
    """A feature that keeps something of accounts."""

    name: str
    """The key of its part of an export."""

    def export(self, session: Session, account_id: str) -> Iterable[Mapping[str, Any]]:
        """All that it holds of an account, row after row, as JSON can hold it."""
        ...

    def objections(self, session: Session, account_id: str, now: datetime) -> Iterable[HuishengError]:
        """Why an account cannot be deleted now: a subscription renews, money is owed."""
        ...

    def erase(self, session: Session, account_id: str, now: datetime) -> None:
        """Erase what names a person; the books keep the account's id."""
        ...


class TableFeature:
    """An `AccountFeature` for rows that name an account and no person: exported whole, kept for the books.

    Args:
        name: the key of its part of an export.
        model: of a table with a column `account_id`.
    """

    def __init__(self, name: str, model: type[TableBase]) -> None:
        self.name = name
        self._table: Any = model.__table__

    def export(self, session: Session, account_id: str) -> Iterator[Mapping[str, Any]]:
        """See `AccountFeature`."""
        query = select(self._table).where(self._table.c.account_id == account_id)
        for row in session.execute(query.execution_options(yield_per=_ROWS)).mappings():
            yield dict(row)

    def objections(self, session: Session, account_id: str, now: datetime) -> tuple[HuishengError, ...]:  # noqa: ARG002 (a Protocol)
        """There are none."""
        return ()

    def erase(self, session: Session, account_id: str, now: datetime) -> None:
        """There is nothing to erase."""
