"""Rows that are there once, whoever comes first."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from huisheng.server.database.models import TableBase


def insert_unless_present(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An `INSERT` that leaves out rows whose primary or unique key is taken; where another transaction is
    about to take it, it waits for that.

    Args:
        connection: to the database; the two kinds write this in their own ways.
        table: that is inserted into.
    """
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def insert_once(session: Session, model: type[TableBase], **values: object) -> bool:
    """Insert a row, unless one with the same primary or unique key is there or just comes to be.

    Args:
        session: of a unit of work that writes.
        model: of the table.
        values: of the row.

    Returns:
        whether this call has inserted it.
    """
    statement = insert_unless_present(session.connection(), cast("Table", model.__table__))
    result: Any = session.execute(statement.values(**values))
    return bool(result.rowcount)
