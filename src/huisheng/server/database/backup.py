"""Write a backup: the whole database at one moment, while servers go on writing to it."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import datetime
from typing import IO, BinaryIO, Final

import sqlalchemy as sa

from huisheng import __version__
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.database.errors import DatabaseMissing
from huisheng.server.database.overview import count_rows
from huisheng.server.database.portable import (
    MANIFEST,
    BackupManifest,
    BackupTable,
    Report,
    codecs,
    encode_row,
    entry_name,
    has_bytes,
    select_rows,
)

_ROWS: Final = 500
"""Rows in memory at one time."""
_LARGE_ROWS: Final = 4
"""The same, where a row may hold an answer of megabytes."""


def write_backup(database: Database, file: BinaryIO, now: datetime, report: Report) -> BackupManifest:
    """Write the rows of every table, as they are at one moment.

    Args:
        database: of any version that this program knows; others may write to it.
        file: empty, and open for writing.
        now: the moment.
        report: is told of progress.

    Raises:
        DatabaseMissing: it has no tables.
        DatabaseTooNew: this program does not know its version.
        DatabaseUnavailable: it does not answer.
        OSError: the file cannot be written.
    """
    with database.snapshot() as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        revision = migrating.require_known(connection)
        if not revision:
            raise DatabaseMissing
        writer = _Writer(connection, archive, migrating.tables_at(revision).sorted_tables, report)
        manifest = BackupManifest(
            program=__version__, revision=revision, made_at=now, tables=tuple(writer.write())
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
    return manifest


class _Writer:
    """Writes tables into an archive, one after the other."""

    def __init__(
        self, connection: sa.Connection, archive: zipfile.ZipFile, tables: list[sa.Table], report: Report
    ) -> None:
        self._connection = connection
        self._archive = archive
        self._tables = tables
        self._report = report
        self._total = sum(count_rows(connection, table) for table in tables)
        self._done = 0

    def write(self) -> list[BackupTable]:
        """All tables; what was written."""
        return [self._write_table(table) for table in self._tables]

    def _write_table(self, table: sa.Table) -> BackupTable:
        before = self._done
        with self._archive.open(entry_name(table.name), "w", force_zip64=True) as entry:
            size, digest = self._write_rows(table, entry)
        columns = tuple(table.columns.keys())
        rows = self._done - before
        return BackupTable(name=table.name, columns=columns, rows=rows, size=size, sha256=digest)

    def _write_rows(self, table: sa.Table, entry: IO[bytes]) -> tuple[int, str]:
        """Write the rows of a table; their bytes and SHA-256."""
        digest, size, written = hashlib.sha256(), 0, tuple(codecs(table).values())
        batch = _LARGE_ROWS if has_bytes(table) else _ROWS
        rows = self._connection.execute(select_rows(table), execution_options={"yield_per": batch})
        for part in rows.partitions():
            lines = b"".join(encode_row(row, written) for row in part)
            entry.write(lines)
            digest.update(lines)
            size += len(lines)
            self._done += len(part)
            self._report(table.name, self._done, self._total)
        return size, digest.hexdigest()
