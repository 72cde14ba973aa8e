"""Databases of a PostgreSQL that tests take in turn: to empty one takes a few milliseconds; a new one is 300
files, which are to be removed too.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final, cast

import psycopg
from tools.peers.postgres import execute

if TYPE_CHECKING:
    from typing import LiteralString

TEMPLATE: Final = "template"
"""The database that all are copies of."""

_SHAPE: Final = """
SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
    SELECT format('%s %s', relname, relkind) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s %s %s', attrelid::regclass, attname, atttypid, attnotnull)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', conrelid::regclass, conname)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT format('%s %s', tgenabled, count(*)) FROM pg_trigger GROUP BY tgenabled
    UNION ALL SELECT version_num FROM alembic_version
) AS parts(part)
"""
"""What tells databases apart whose tables are not the same."""

_LEAVERS: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
"""Ends what is still connected, and waits for that, five seconds at most."""

_TABLES: Final = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"


class PostgresPool:
    """Databases with our tables and without rows.

    Args:
        address: of the server, whose database `TEMPLATE` has the tables.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._numbers = count(1)
        self._free: list[str] = []
        with psycopg.connect(f"{address}{TEMPLATE}") as connection:
            self._shape = _shape(connection)
            self._cleaning = _cleaning(connection)

    @contextmanager
    def database(self) -> Generator[str]:
        """The address of an empty one; nobody uses it when the block ends."""
        name = self._free.pop() if self._free else self._create()
        with ExitStack() as after:
            after.callback(self._take_back, name)
            yield self._address + name

    def _create(self) -> str:
        name = f"test_{next(self._numbers)}"
        execute(self._address, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def _take_back(self, name: str) -> None:
        """Empty it; one whose tables are not what they were is removed."""
        if self._clean(name):
            self._free.append(name)
        else:
            execute(self._address, f"DROP DATABASE {name} WITH (FORCE)")

    def _clean(self, name: str) -> bool:
        try:
            with psycopg.connect(self._address + name) as connection:
                connection.execute(_LEAVERS)
                if _shape(connection) != self._shape:
                    return False
                connection.execute(cast("LiteralString", self._cleaning))
        except psycopg.errors.UndefinedTable:  # of the version
            return False
        return True


def _shape(connection: psycopg.Connection) -> str:
    row = connection.execute(cast("LiteralString", _SHAPE)).fetchone()
    return str(row and row[0])


def _cleaning(connection: psycopg.Connection) -> str:
    """Statements that remove all rows, also those that triggers protect, and number new ones from one."""
    statements = ["SET LOCAL session_replication_role = replica"]
    for name, kind in connection.execute(_TABLES).fetchall():
        if kind == "r" and name != "alembic_version":
            statements.append(f'DELETE FROM "{name}"')  # noqa: S608 (a name of ours)
        elif kind == "S":
            statements.append(f"SELECT setval('\"{name}\"', 1, false)")
    return "; ".join(statements)
