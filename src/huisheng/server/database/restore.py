"""Restore a backup: all of it in one transaction, or nothing. What comes from outside is not trusted."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError

from huisheng.errors import StorageError, UnsafeArchive
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.database.errors import BackupTooNew, DatabaseNotEmpty
from huisheng.server.database.migrating import Step, do_nothing
from huisheng.server.database.portable import (
    FORMAT_VERSION,
    MANIFEST,
    BackupManifest,
    Report,
    codecs,
    decode_row,
    entry_name,
    insert_rows,
)

_LARGEST_MANIFEST: Final = 1 << 20
_LONGEST_LINE: Final = 64 << 20
"""Bytes; an answer that is kept to be replayed takes up to 12 MiB of base64."""
_BATCH_ROWS: Final = 500
_BATCH_BYTES: Final = 8 << 20
"""Rows and bytes in memory at one time, as far as one line does not hold more."""
_HARMLESS: Final = 1 << 30
"""Bytes that any backup may grow to."""
_RATIO: Final = 100
"""Bytes that a byte of a larger one may grow to; rows deflate to a tenth or less."""
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 1 << 0
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""What `zipfile` and the decoders raise for bytes that are no sound backup."""


def restore_backup(
    database: Database,
    path: Path,
    report: Report,
    *,
    replace: bool,
    before: Step = do_nothing,
    after: Step = do_nothing,
) -> BackupManifest:
    """Fill a database with a backup, and bring its tables to this version.

    Args:
        database: of the same kind as the one that was backed up, or of another.
        path: of the backup.
        report: is told of progress; every row counts twice.
        replace: whether what the database holds is dropped.
        before: is done first in the transaction, on the tables that are to be replaced, where there are any.
        after: is done last, on the tables that were restored.

    Raises:
        UnsafeArchive: the backup is damaged, or is none.
        BackupTooNew: a newer version of the program wrote it.
        DatabaseNotEmpty: the database holds rows that are not to be dropped.
        DatabaseTooNew: this program does not know the version of the database.
        DatabaseBusy, DatabaseFull, DatabaseUnavailable: the database refuses.
        StorageError: the backup cannot be read.
        Anything that `before` and `after` raise.
    """
    with _open(path) as archive:
        backup = _Backup(archive, path)
        backup.check(report)
        with migrating.transaction(database) as session:
            connection = session.connection()
            if migrating.require_known(connection):
                before(session)
            if not replace:
                _require_empty(connection)
            migrating.rebuild(connection, backup.manifest.revision)
            _load(backup, connection, report)
            if not database.is_sqlite:
                _advance_sequences(connection, backup.tables)
            migrating.finish(connection)
            after(session)
    return backup.manifest


class _Backup:
    """An archive whose manifest fits a version of the tables that this program knows.

    Raises:
        UnsafeArchive, BackupTooNew: see `restore_backup`.
    """

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self._path = path
        with _damage_in(path):
            self.manifest = _read_manifest(archive)
        if self.manifest.format_version > FORMAT_VERSION or not self._is_known():
            raise BackupTooNew(self.manifest.program)
        self.tables = migrating.tables_at(self.manifest.revision).sorted_tables
        self._held = {table.name: table for table in self.manifest.tables}
        with _damage_in(path):
            _require(self._columns_fit())
            _require_plain(archive, {MANIFEST, *map(entry_name, self._held)})
            _require(sum(table.size for table in self._held.values()) <= self._largest())

    def check(self, report: Report) -> None:
        """Read all of it, the first half of the work, so that damage is found before anything is changed."""
        done = 0
        for table in self.tables:
            for batch in self.batches(table):
                done += len(batch)
                report(table.name, done, 2 * self.manifest.rows)

    def batches(self, table: sa.Table) -> Iterator[list[dict[str, object]]]:
        """The rows of a table, in parts that fit into memory."""
        batch: list[dict[str, object]] = []
        size = 0
        for length, row in self._rows(table):
            batch.append(row)
            size += length
            if len(batch) == _BATCH_ROWS or size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _rows(self, table: sa.Table) -> Iterator[tuple[int, dict[str, object]]]:
        """Each row of a table with its bytes; they are those that the manifest tells of."""
        held, known = self._held[table.name], codecs(table)
        digest, size, rows = hashlib.sha256(), 0, 0
        with _damage_in(self._path), self._archive.open(entry_name(table.name)) as entry:
            while line := entry.readline(min(_LONGEST_LINE, held.size - size + 1)):
                size, rows = size + len(line), rows + 1
                _require(line.endswith(b"\n") and size <= held.size and rows <= held.rows)
                digest.update(line)
                yield len(line), decode_row(line, known)
            _require((size, rows, digest.hexdigest()) == (held.size, held.rows, held.sha256))

    def refusal(self) -> UnsafeArchive:
        """The error for an archive that is damaged."""
        return _refusal(self._path)

    def _is_known(self) -> bool:
        return self.manifest.revision in migrating.revisions()

    def _columns_fit(self) -> bool:
        expected = {table.name: tuple(table.columns.keys()) for table in self.tables}
        return expected == {name: table.columns for name, table in self._held.items()}

    def _largest(self) -> int:
        return max(_HARMLESS, _RATIO * self._path.stat().st_size)


@contextmanager
def _open(path: Path) -> Generator[zipfile.ZipFile]:
    try:
        with _damage_in(path):
            archive = zipfile.ZipFile(path)
    except OSError as error:
        raise StorageError(
            f"无法读取 {path}，请检查路径和权限。", f"Cannot read {path}: check the path and your rights."
        ) from error
    with archive:
        yield archive


@contextmanager
def _damage_in(path: Path) -> Generator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise _refusal(path) from error


def _refusal(path: Path) -> UnsafeArchive:
    return UnsafeArchive(path.name, "不是完整的备份", "it is no sound backup")


def _require(is_sound: bool) -> None:
    if not is_sound:
        raise ValueError("damaged")


def _require_plain(archive: zipfile.ZipFile, names: set[str]) -> None:
    """Every file that there must be, once, and nothing else."""
    entries = archive.infolist()
    _require(len(entries) == len(names) and {entry.filename for entry in entries} == names)
    _require(all(entry.compress_type in _METHODS and not entry.flag_bits & _ENCRYPTED for entry in entries))


def _read_manifest(archive: zipfile.ZipFile) -> BackupManifest:
    entry = archive.getinfo(MANIFEST)
    _require(entry.compress_type in _METHODS and entry.file_size <= _LARGEST_MANIFEST)
    with archive.open(entry) as file:
        return BackupManifest.model_validate_json(file.read(_LARGEST_MANIFEST))


def _require_empty(connection: sa.Connection) -> None:
    """
    Raises:
        DatabaseNotEmpty: a table has a row.
        DatabaseTooNew: the tables are of an unknown version.
    """
    revision = migrating.require_known(connection)
    for table in migrating.tables_at(revision).sorted_tables if revision else ():
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise DatabaseNotEmpty


def _load(backup: _Backup, connection: sa.Connection, report: Report) -> None:
    rows = backup.manifest.rows
    done = rows  # the first half was to check them
    for table in backup.tables:
        statement = insert_rows(table)
        for batch in backup.batches(table):
            try:
                connection.execute(statement, batch)
            except (IntegrityError, DataError) as error:  # rows that contradict each other, or do not fit
                raise backup.refusal() from error
            done += len(batch)
            report(table.name, done, 2 * rows)


def _advance_sequences(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    preparer = connection.dialect.identifier_preparer
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            last = sa.select(sa.func.max(column)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(preparer.format_table(table), column.name)
            connection.execute(
                sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None)))
            )
