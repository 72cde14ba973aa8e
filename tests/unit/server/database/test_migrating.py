"""Migrations: forwards and back, and what the tables are held to."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, inspect, select, text
from tests.unit.server.database.rows import NOW, fill, quiet

from huisheng.server.database import migrating
from huisheng.server.database.backup import write_backup
from huisheng.server.database.database import Database
from huisheng.server.database.errors import DatabaseOutdated, DatabaseTooNew, UnknownRevision
from huisheng.server.ledger.models import BalanceForward, Entry, Journal, LedgerAccount
from huisheng.server.tables import metadata


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    with database.writing() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        differences = compare_metadata(context, metadata())

    assert differences == []


def test_the_books_have_room_for_more_rows_than_32_bits_count(database: Database) -> None:
    """Entries, and what points to them, beyond 2³¹."""
    last = 1 << 31
    with database.writing() as session:
        account = LedgerAccount(id=last, owner="", kind="cash", unit="fen", detail="")
        journal = Journal(id=last, key="a", operation="payment", account_id=None, reference="", at=NOW)
        session.add_all([account, journal])
        session.flush()
        session.add(Entry(id=last, journal_id=last, ledger_account_id=last, amount=1))
        session.flush()
        session.add(BalanceForward(ledger_account_id=last, entry_id=last, balance=1, at=NOW))

    with database.reading() as session:
        assert session.scalars(select(BalanceForward.entry_id)).all() == [last]


def test_every_table_that_numbers_its_rows_does_so_with_64_bits() -> None:
    numbered = [table for table in metadata().sorted_tables if table.autoincrement_column is not None]

    assert {"entry", "journal", "audit_event", "usage_record"} <= {table.name for table in numbered}
    assert [table.name for table in numbered if not isinstance(table.c.id.type, BigInteger)] == []


def test_back_to_nothing_and_forwards_again(database: Database) -> None:
    migrating.downgrade(database, "base")

    with database.reading() as session:
        assert set(inspect(session.connection()).get_table_names()) <= {"alembic_version"}

    migrating.upgrade(database)
    migrating.require_current(database)


def test_tables_that_are_missing_are_told(database: Database) -> None:
    migrating.downgrade(database, "base")

    with pytest.raises(DatabaseOutdated):
        migrating.require_current(database)


@pytest.mark.parametrize("question", [migrating.require_current, migrating.upgrade])
def test_tables_of_a_newer_version_are_left_alone(database: Database, question: type) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseTooNew):
        question(database)


def summary(database: Database, path: Path) -> dict[str, tuple[int, str]]:
    """Rows of each table, and their SHA-256."""
    with path.open("wb") as file:
        manifest = write_backup(database, file, NOW, quiet)
    return {table.name: (table.rows, table.sha256) for table in manifest.tables}


@pytest.mark.parametrize("revision", migrating.revisions())
def test_back_to_any_version_and_forwards_again_keeps_the_rows_of_its_tables(
    database: Database, tmp_path: Path, revision: str
) -> None:
    fill(database)
    before = summary(database, tmp_path / "before.zip")

    migrating.downgrade(database, revision)
    assert migrating.current(database) == revision
    kept = migrating.tables_at(revision).tables
    migrating.upgrade(database)

    after = summary(database, tmp_path / "after.zip")
    assert kept
    assert {name: after[name][0] for name in kept} == {name: before[name][0] for name in kept}


def test_back_to_nothing_with_rows_in_every_table(database: Database) -> None:
    fill(database)
    beside_tables = {
        True: "SELECT name FROM sqlite_master WHERE type <> 'table' AND name NOT LIKE 'sqlite%'",
        False: "SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'public'",
    }

    migrating.downgrade(database, "base")

    with database.reading() as session:
        assert set(inspect(session.connection()).get_table_names()) <= {"alembic_version"}
        assert session.scalars(text(beside_tables[database.is_sqlite])).all() == []


@pytest.mark.parametrize("move", [migrating.upgrade, migrating.downgrade])
def test_a_version_that_there_is_not_is_told(database: Database, move: type) -> None:
    with pytest.raises(UnknownRevision, match="9999"):
        move(database, "9999")

    migrating.require_current(database)
