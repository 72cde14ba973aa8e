"""Rows that are there once, whoever comes first."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from huisheng.server.database.models import TableBase


def insert_once(session: Session, model: type[TableBase], **values: object) -> bool:
    """Insert a row, unless one with the same primary or unique key is there or just comes to be.

    Args:
        session: of a unit of work that writes.
        model: of the table.
        values: of the row.

    Returns:
        whether this call has inserted it.
    """
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    result: Any = session.execute(insert(model).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount)
