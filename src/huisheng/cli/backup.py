"""`huisheng backup FILE`: the whole database of accounts and money in one file, while servers work."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli import interrupts
from huisheng.cli.extras import open_database

if TYPE_CHECKING:
    from typing import BinaryIO

_PRIVATE: Final = 0o600
"""It holds hashes of passwords and the secrets that tokens are signed with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="写入的文件 the file to write")


def run(arguments: argparse.Namespace) -> int:
    """Write the backup beside the file, and give it its name when it is whole; print the name.

    Raises:
        StorageError: the file cannot be written.
        SetupError: there is no database, or it cannot be used.
        RefusedError: the database does not answer.
    """
    from huisheng.cli.progress import RowProgress
    from huisheng.runtime.files import draft, storage

    path: Path = arguments.file
    with open_database() as database, draft(path) as made:
        from huisheng.server.database.backup import write_backup

        with storage(path), RowProgress("备份 backup") as progress:
            made.part.chmod(_PRIVATE)
            write_backup(database, made.file, datetime.now(UTC), progress.report)
            _sync(made.file)
        interrupts.commit()
        made.publish()
    print(path)
    return 0


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
