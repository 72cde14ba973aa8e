"""`huisheng database upgrade|downgrade|show`: the tables of accounts and money."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Final

from huisheng.cli.commands import Action
from huisheng.cli.confirmation import confirm
from huisheng.cli.extras import open_database, read_settings

FAILED: Final = 1


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Declare nothing: it has actions alone."""


def run(_: argparse.Namespace) -> int:
    """Without an action: what `show` shows."""
    return _show(argparse.Namespace(json=False))


def _add_upgrade(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "revision", nargs="?", default="head", metavar="REVISION", help="默认最新 the newest by default"
    )


def _add_downgrade(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REVISION", help="base 为删除全部表 base drops all tables")
    parser.add_argument("--yes", action="store_true", help="跳过确认 do not ask")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON")


def _upgrade(arguments: argparse.Namespace) -> int:
    """Make the tables, or bring them forwards; print their version."""
    with open_database(create=True) as database:
        from huisheng.server.database import migrating

        migrating.upgrade(database, arguments.revision)
        print(migrating.current(database))
    return 0


def _downgrade(arguments: argparse.Namespace) -> int:
    """Bring the tables back, for an older version of the program; print their version."""
    with open_database() as database:
        from huisheng.server.database import migrating
        from huisheng.server.usage import instances
        from huisheng.server.usage.settlement_log import FOLDER

        question = f"把数据库退回版本 {arguments.revision}，丢弃之后的版本才有的表和列"
        if not arguments.yes and not confirm(question, "drop what newer versions have added"):
            return FAILED
        logs, now = read_settings().home / FOLDER, datetime.now(UTC)
        migrating.downgrade(
            database, arguments.revision, partial(instances.require_none, folder=logs, now=now)
        )
        print(migrating.current(database) or "base")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    """Where the database is, its version, and the rows of each table."""
    with open_database() as database:
        from huisheng.server.database.overview import overview

        described = overview(database)
    if arguments.json:
        print(json.dumps(asdict(described), ensure_ascii=False, indent=2))
        return 0
    print(f"地址 address\t{described.address}")
    print(f"表的版本 revision of the tables\t{described.revision or 'base'}")
    print(f"程序的版本 revision of the program\t{described.program_revision}")
    for table, rows in described.tables.items():
        print(f"{table}\t{rows}")
    return 0


ACTIONS: Final = {
    "upgrade": Action(_add_upgrade, _upgrade),
    "downgrade": Action(_add_downgrade, _downgrade),
    "show": Action(_add_json, _show),
}
