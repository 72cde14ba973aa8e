"""Units of work: each is a function of a session, run in one transaction.

Rules and SQL are synchronous functions that the server runs in threads and the command line runs directly.
A unit may be run again after a deadlock, so it changes nothing but the database. Nothing is read lazily and
nobody else commits.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError, InvalidText
from huisheng.runtime.files import storage
from huisheng.server.database.errors import (
    DatabaseAddressError,
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
)
from huisheng.server.database.sqlite_file import SqliteFile

logger = logging.getLogger("huisheng.server")

T = TypeVar("T")

_BUSY_TIMEOUT: Final = 5.0
"""Seconds that a transaction waits for another before it is refused."""
_CONNECT_TIMEOUT: Final = 5
"""Seconds."""
_ATTEMPTS: Final = 3
"""Runs of a unit that meets deadlocks."""
_READERS: Final = 4
_POSTGRES_WRITERS: Final = 4
_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # an answer that says "paid" survives a power cut
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={int(_BUSY_TIMEOUT * 1000)}",
    "PRAGMA wal_autocheckpoint=10000",  # pages; a commit that copies the log waits for the disk
)
_CHECKPOINT_INTERVAL: Final = 10.0
"""Seconds between two copies of the log of SQLite into its file."""
_DURABLE: Final = "durable"
"""The option of a connection that tells whether a transaction must survive a power cut."""
_DEADLOCKS: Final = frozenset({"40001", "40P01"})
_LOCK_NOT_AVAILABLE: Final = frozenset({"55P03", "57014"})
_DISK_FULL: Final = "53100"
"""SQLSTATE (PostgreSQL, appendix A)."""


class Database:
    """One database.

    Args:
        address: `sqlite:///path` or `postgresql://user:password@host/name`.

    Raises:
        DatabaseAddressError: it is none of the two, or the driver is not installed.
    """

    def __init__(self, address: str) -> None:
        url = parse_address(address)
        self.address = url.render_as_string(hide_password=True)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._file = Path(url.database or "") if self.is_sqlite else None
        try:
            self._writer, self._reader = _sqlite_engines(url) if self.is_sqlite else _postgres_engines(url)
        except ImportError as error:
            raise DatabaseAddressError from error
        if self._file is not None:
            file = SqliteFile(self._file)
            file.watch(self._writer)
            file.watch(self._reader)
        writers = 1 if self.is_sqlite else _POSTGRES_WRITERS
        self._writing = ThreadPoolExecutor(writers, thread_name_prefix="database-write")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="database-read")

    @property
    def is_missing(self) -> bool:
        """Whether it is a file that is not there."""
        return self._file is not None and not self._file.exists()

    def create(self) -> None:
        """Make the file, if it is one and not there, readable by its owner alone: it holds secrets.

        Raises:
            StorageError: it cannot be made.
        """
        if self._file is not None:
            with storage(self._file):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.touch(mode=0o600)

    @property
    def engine(self) -> Engine:
        """For migrations and backups."""
        return self._writer

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a unit of work that changes nothing, in a thread. Raises as `writing`."""
        return await self._submit(self._reading, lambda: self._run(self.reading, work))

    async def write(self, work: Callable[[Session], T], *, durable: bool = True) -> T:
        """Run a unit of work, in a thread. It is finished also where the caller is cancelled. Arguments and
        errors as those of `writing`.
        """
        begin = partial(self.writing, durable=durable)
        return await self._submit(self._writing, lambda: self._run(begin, work))

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A session that changes nothing. Raises as `writing`."""
        with self._session(self._reader) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Generator[Connection]:
        """A connection that sees one moment of the database for as long as it is open, whatever others write
        meanwhile, and keeps nobody from writing. Raises as `writing`.
        """
        try:
            with self._reader.connect() as connection:
                if not self.is_sqlite:  # where every transaction is of one moment
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise translate(error) from error

    @contextmanager
    def writing(self, *, durable: bool = True) -> Generator[Session]:
        """A session whose changes are kept when the context ends without an error.

        Args:
            durable: whether they survive a power cut from then on. Others survive the death of any process,
                become durable with the next transaction that is, and need not wait for the disk.

        Raises:
            DatabaseBusy, DatabaseUnavailable: not now.
            DatabaseFull: there is no space.
        """
        with self._session(self._writer) as session:
            session.connection(execution_options={_DURABLE: durable})
            yield session

    async def copy_log(self) -> None:
        """Copy the write-ahead log of SQLite into its file every few seconds, beside what reads and writes,
        until cancelled. Without it, a commit does so now and then while everybody waits.
        """
        while self.is_sqlite:
            with suppress(HuishengError):
                await self.read(_copy_log)
            await asyncio.sleep(_CHECKPOINT_INTERVAL)

    def close(self) -> None:
        """Finish what runs and close all connections."""
        self._writing.shutdown()
        self._reading.shutdown()
        self._writer.dispose()
        self._reader.dispose()

    async def _submit(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        run = copy_context().run  # so that the thread knows the id of the request
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(pool, run, work))

    def _run(self, begin: Callable[[], Any], work: Callable[[Session], T]) -> T:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with begin() as session:
                    return work(session)
            except DatabaseBusy as error:
                if attempt == _ATTEMPTS or not _is_deadlock(error.__cause__):
                    raise
        raise AssertionError  # the last attempt returns or raises

    @contextmanager
    def _session(self, engine: Engine) -> Generator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except DBAPIError as error:
            raise translate(error) from error


def _copy_log(session: Session) -> None:
    session.connection().exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")


def parse_address(address: str) -> URL:
    """The address of a database, with our drivers.

    Raises:
        DatabaseAddressError: it is none.
    """
    try:
        url = make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise DatabaseAddressError from error
    if backend == "sqlite" and url.database:
        return url.set(drivername="sqlite")
    if backend == "postgresql" and url.database:
        return url.set(drivername="postgresql+psycopg")
    raise DatabaseAddressError


def translate(error: DBAPIError) -> HuishengError:
    """The error of our tree for one of a driver; anything else is a fault of ours, and is returned as
    `DatabaseUnavailable` only where the connection is at fault.

    Raises:
        DBAPIError: the statement is at fault.
    """
    original = error.orig
    state = getattr(original, "sqlstate", None)
    text = str(original)
    if state == _DISK_FULL or "disk is full" in text:
        return DatabaseFull()
    if "NUL (0x00)" in text:  # which PostgreSQL keeps in no text
        return InvalidText()
    if state in _DEADLOCKS | _LOCK_NOT_AVAILABLE or "database is locked" in text:
        return DatabaseBusy()
    is_statement = isinstance(original, sqlite3.IntegrityError) or (state or "")[:2] in {"23", "42", "22"}
    if is_statement or not (_is_connection_fault(error) or isinstance(original, sqlite3.Error)):
        raise error
    logger.error("the database cannot be used: %s", type(original).__name__)
    return DatabaseUnavailable()


def _is_connection_fault(error: DBAPIError) -> bool:
    name = type(error.orig).__name__
    return error.connection_invalidated or isinstance(error, InterfaceError) or name == "OperationalError"


def _is_deadlock(error: BaseException | None) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _DEADLOCKS


def _sqlite_engines(url: URL) -> tuple[Engine, Engine]:
    """One connection that writes, whose transactions lock at once, and some that read beside it."""
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": _BUSY_TIMEOUT}}
    writer = create_engine(url, **options)
    reader = create_engine(url, pool_size=_READERS, **options)
    for engine, begin in ((writer, _begin_writing), (reader, _begin_reading)):
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", begin)
    event.listen(reader, "connect", _forbid_writing)
    return writer, reader


def _configure_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin as we say, not as the driver guesses
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _forbid_writing(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Begin; whether the commit waits for the disk is a property of the connection, so it is set before."""
    durable = connection.get_execution_options().get(_DURABLE, True)
    if connection.info.get(_DURABLE, True) != durable:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.info[_DURABLE] = durable
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _relax_postgres(connection: Connection) -> None:
    if not connection.get_execution_options().get(_DURABLE, True):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def _postgres_engines(url: URL) -> tuple[Engine, Engine]:
    options = {
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": _CONNECT_TIMEOUT,
            "options": "-c lock_timeout=5000 -c timezone=UTC",
        },
    }
    writer = create_engine(url, pool_size=_POSTGRES_WRITERS, **options)
    reader = create_engine(url, pool_size=_READERS, **options).execution_options(postgresql_readonly=True)
    event.listen(writer, "begin", _relax_postgres)
    return writer, reader
