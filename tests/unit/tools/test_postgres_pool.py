"""Databases that tests take in turn: what one leaves, the next does not find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from typing import LiteralString

    from tools.peers.postgres_pool import PostgresPool

pytestmark = pytest.mark.slow

EVENT = (
    "INSERT INTO audit_event(at, actor, action, target, request_id, detail) "
    "VALUES ('2026-01-01', 'a', 'b', 'c', 'e', '{}') RETURNING id"
)


def execute(address: str, statement: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_rows_are_gone_and_numbered_from_one_again(postgres_pool: PostgresPool) -> None:
    with postgres_pool.database() as first:
        execute(first, EVENT)

    with postgres_pool.database() as second:
        assert second == first
        assert execute(second, "SELECT * FROM audit_event") == []
        assert execute(second, EVENT) == [(1,)]


def test_two_at_a_time_are_two(postgres_pool: PostgresPool) -> None:
    with postgres_pool.database() as first, postgres_pool.database() as second:
        assert first != second


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE mail",
        "ALTER TABLE mail ADD COLUMN more integer",
        "CREATE TABLE more (id integer)",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '9999'",
        "DROP TABLE alembic_version",
    ],
)
def test_one_whose_tables_were_changed_is_not_used_again(
    postgres_pool: PostgresPool, change: LiteralString
) -> None:
    with postgres_pool.database() as changed:
        execute(changed, change)

    with postgres_pool.database() as fresh:
        assert fresh != changed


def test_a_connection_that_was_left_open_is_ended(postgres_pool: PostgresPool) -> None:
    with postgres_pool.database() as first:
        connection = psycopg.connect(first)
        connection.execute(EVENT)

    with pytest.raises(psycopg.OperationalError):
        connection.commit()
    connection.close()
