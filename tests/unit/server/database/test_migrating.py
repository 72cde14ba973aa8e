"""Migrations: forwards and back, and what the tables are held to."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.database.errors import DatabaseOutdated, DatabaseTooNew
from huisheng.server.tables import metadata


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    with database.writing() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        differences = compare_metadata(context, metadata())

    assert differences == []


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
