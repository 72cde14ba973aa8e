"""Rows that may be there already."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_unless_present(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An `INSERT` that leaves out rows whose key is taken; where others are about to take it, it waits for
    them.

    Args:
        connection: to the database; the two kinds write this in their own ways.
        table: that is inserted into.
    """
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
