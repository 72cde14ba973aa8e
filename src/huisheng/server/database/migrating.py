"""The version of the tables: where they are, and how they get forwards and back (Alembic)."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from huisheng.server.database.errors import DatabaseOutdated, DatabaseTooNew

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

    from huisheng.server.database.database import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6875_6973_6865_6E67
"""The advisory lock of PostgreSQL under which only one server migrates at a time."""


def head() -> str:
    """The newest version that this program knows."""
    return _scripts().get_current_head() or ""


def current(database: Database) -> str:
    """The version of the tables; empty where there are none."""
    with _connection(database) as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables forwards.

    Raises:
        DatabaseTooNew: they are of a version that this program does not know.
    """
    with _connection(database) as connection:
        _require_known(connection)
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Bring the tables back to a version, `base` for none.

    Raises:
        DatabaseTooNew: they are of a version that this program does not know.
    """
    with _connection(database) as connection:
        _require_known(connection)
        command.downgrade(_config(connection), revision)


def require_current(database: Database) -> None:
    """Refuse tables of another version.

    Raises:
        DatabaseOutdated: they are older, or there are none.
        DatabaseTooNew: they are newer.
    """
    with _connection(database) as connection:
        found = _require_known(connection)
    if found != head():
        raise DatabaseOutdated


def _require_known(connection: Connection) -> str:
    found = MigrationContext.configure(connection).get_current_revision() or ""
    try:
        if found:
            _scripts().get_revision(found)
    except CommandError as error:
        raise DatabaseTooNew(found) from error
    return found


@contextmanager
def _connection(database: Database) -> Generator[Connection]:
    with database.writing() as session:
        connection = session.connection()
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_SCRIPTS))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
