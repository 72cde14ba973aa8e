"""Restoring the database of accounts: only where no server uses it, and with the books proved afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from huisheng.server import books
from huisheng.server.database.database import Database
from huisheng.server.database.portable import BackupManifest, Report
from huisheng.server.database.restore import restore_backup
from huisheng.server.ledger.proof import LedgerProof
from huisheng.server.usage import instances


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes:
        manifest: what the backup holds.
        proof: of the books that came with it.
    """

    manifest: BackupManifest
    proof: LedgerProof


def restore(
    database: Database, path: Path, settlements: Path, report: Report, now: datetime, *, replace: bool
) -> Restored:
    """Restore a backup, release what the servers of its moment had open, and prove the books.

    What was reserved at the moment of the backup is not charged, unless a settlement log of this machine
    tells that it was answered: the next server posts that.

    Args:
        database: of the same kind as the one that was backed up, or of another.
        path: of the backup.
        settlements: the folder of the settlement logs of this machine.
        report: is told of progress.
        now: the time.
        replace: whether what the database holds is dropped.

    Raises:
        ServersRunning: servers use the database.
        Anything that `restore_backup` raises. Nothing has changed then.
    """
    manifest = restore_backup(
        database,
        path,
        report,
        replace=replace,
        before=partial(instances.require_none, folder=settlements, now=now),
        after=partial(instances.retire_all, now=now),
    )
    with database.reading() as session:
        return Restored(manifest, books.prove(session, now))
