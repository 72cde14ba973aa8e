"""The version of the tables: where they are, and how they get forwards and back (Alembic)."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import MetaData, create_engine, text

from huisheng.server.database.errors import DatabaseOutdated, DatabaseTooNew, UnknownRevision

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from huisheng.server.database.database import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6875_6973_6865_6E67
"""The advisory lock of PostgreSQL under which only one server migrates at a time."""


Step: TypeAlias = "Callable[[Session], None]"
"""A part of a transaction."""


def do_nothing(_: Session) -> None:
    """A step without content."""


def head() -> str:
    """The newest version that this program knows."""
    return _scripts().get_current_head() or ""


def revisions() -> tuple[str, ...]:
    """All versions that this program knows, the oldest first."""
    return tuple(script.revision for script in reversed(list(_scripts().walk_revisions())))


def current(database: Database) -> str:
    """The version of the tables; empty where there are none."""
    with database.reading() as session:
        return revision_of(session.connection())


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables forwards.

    Raises:
        DatabaseTooNew: they are of a version that this program does not know.
        UnknownRevision: there is no such version, or it is not ahead of the tables.
    """
    with transaction(database) as session:
        connection = session.connection()
        require_known(connection)
        with _translate_revision(revision):
            command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str, before: Step = do_nothing) -> None:
    """Bring the tables back to a version, `base` for none.

    Args:
        database: whose.
        revision: the version.
        before: is done first, in the same transaction; what it raises leaves everything as it is.

    Raises:
        DatabaseTooNew: they are of a version that this program does not know.
        UnknownRevision: there is no such version, or it is not behind the tables.
    """
    with transaction(database) as session:
        connection = session.connection()
        require_known(connection)
        before(session)
        with _translate_revision(revision):
            command.downgrade(_config(connection), revision)


def rebuild(connection: Connection, revision: str) -> None:
    """Drop all tables with their rows, and make those of a version that this program knows.

    Raises:
        DatabaseTooNew: they are of a version that it does not know.
    """
    require_known(connection)
    command.downgrade(_config(connection), "base")
    command.upgrade(_config(connection), revision)


def finish(connection: Connection) -> None:
    """Bring tables that were rebuilt to the newest version."""
    command.upgrade(_config(connection), "head")


@cache
def tables_at(revision: str) -> MetaData:
    """The tables of a version that this program knows, as SQLite describes them."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)
        tables = MetaData()
        tables.reflect(connection)
    engine.dispose()
    tables.remove(tables.tables["alembic_version"])
    return tables


def require_current(database: Database) -> None:
    """Refuse tables of another version.

    Raises:
        DatabaseOutdated: they are older, or there are none.
        DatabaseTooNew: they are newer.
    """
    with database.reading() as session:
        found = require_known(session.connection())
    if found != head():
        raise DatabaseOutdated


def revision_of(connection: Connection) -> str:
    """The version of the tables; empty where there are none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def require_known(connection: Connection) -> str:
    """The version of the tables; empty where there are none.

    Raises:
        DatabaseTooNew: this program does not know it.
    """
    found = revision_of(connection)
    if found and found not in revisions():
        raise DatabaseTooNew(found)
    return found


@contextmanager
def transaction(database: Database) -> Generator[Session]:
    """One transaction in which tables may change; on PostgreSQL, one at a time. Raises as
    `Database.writing`.
    """
    with database.writing() as session:
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield session


@contextmanager
def _translate_revision(revision: str) -> Generator[None]:
    try:
        yield
    except CommandError as error:
        raise UnknownRevision(revision, revisions()) from error


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_SCRIPTS))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
