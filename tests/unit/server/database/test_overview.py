"""What a database is and holds."""

from __future__ import annotations

from sqlalchemy import text
from tests.unit.server.database.rows import ROWS, fill

from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.database.overview import overview
from huisheng.server.tables import metadata


def test_rows_and_versions_are_told(database: Database) -> None:
    fill(database)

    found = overview(database)

    assert (found.revision, found.program_revision) == (migrating.head(), migrating.head())
    assert found.tables == dict.fromkeys(metadata().tables, ROWS)


def test_no_tables_and_a_newer_version_are_told(database: Database) -> None:
    migrating.downgrade(database, "base")
    assert overview(database).revision == ""

    migrating.upgrade(database)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert (overview(database).revision, overview(database).tables) == ("9999", {})


def test_the_password_is_not_told() -> None:
    database = Database("postgresql://me:secret@host/name")

    assert "secret" not in database.address
    assert "host/name" in database.address
    database.close()
