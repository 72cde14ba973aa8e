"""`huisheng restore FILE`: a database of accounts and money as it was when it was backed up."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from huisheng.cli.extras import open_database, read_settings
from huisheng.cli.ledger import WRONG, print_proof


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="huisheng backup 写出的文件 a backup")
    parser.add_argument(
        "--replace", action="store_true", help="替换数据库中的全部数据 replace all that the database holds"
    )


def run(arguments: argparse.Namespace) -> int:
    """Restore all of the backup, or nothing; print the rows of each table, and whether the books are right:
    the exit status is 1 where they are not.

    Raises:
        UnsafeArchive: the backup is damaged.
        SetupError: it is of a newer version, servers run, the database holds data, or cannot be used.
        RefusedError: the database does not answer.
    """
    from huisheng.cli.progress import RowProgress

    with open_database(create=True) as database:
        from huisheng.server.restoring import restore
        from huisheng.server.usage.settlement_log import FOLDER

        logs, now = read_settings().home / FOLDER, datetime.now(UTC)
        with RowProgress("恢复 restore") as progress:
            restored = restore(
                database, arguments.file, logs, progress.report, now, replace=arguments.replace
            )
    for table in restored.manifest.tables:
        print(f"{table.name}\t{table.rows}")
    print(f"已恢复 {restored.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC 的备份。 Restored.", file=sys.stderr)
    print_proof(restored.proof, sys.stderr)
    return 0 if restored.proof.is_right else WRONG
