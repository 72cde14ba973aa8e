"""What a database is and holds, for the person who runs it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from huisheng.server.database import migrating
from huisheng.server.database.database import Database


@dataclass(frozen=True, slots=True)
class DatabaseOverview:
    """A database at one moment.

    Attributes:
        address: without the password.
        revision: of the tables; empty where there are none.
        program_revision: that this program needs.
        tables: name → rows; empty where this program does not know the revision.
    """

    address: str
    revision: str
    program_revision: str
    tables: dict[str, int]


def overview(database: Database) -> DatabaseOverview:
    """Look at a database of any version. Raises as `Database.writing`."""
    with database.snapshot() as connection:
        revision = migrating.revision_of(connection)
        known = migrating.tables_at(revision).sorted_tables if revision in migrating.revisions() else ()
        rows = {table.name: count_rows(connection, table) for table in known}
    return DatabaseOverview(database.address, revision, migrating.head(), rows)


def count_rows(connection: sa.Connection, table: sa.Table) -> int:
    """Rows of a table."""
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
