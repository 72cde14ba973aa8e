"""Backups: whole, of one moment, for either kind of database; damaged and hostile ones change nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import zipfile
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from tests.unit.server.database.rows import NOW, ROWS, fill, quiet

from huisheng.errors import StorageError, UnsafeArchive
from huisheng.server.accounts.models import AuditEvent
from huisheng.server.database import migrating
from huisheng.server.database import restore as module
from huisheng.server.database.backup import write_backup
from huisheng.server.database.database import Database
from huisheng.server.database.errors import (
    BackupTooNew,
    DatabaseMissing,
    DatabaseNotEmpty,
    DatabaseTooNew,
)
from huisheng.server.database.portable import BackupManifest
from huisheng.server.database.restore import restore_backup
from huisheng.server.ledger.models import Entry, Journal, LedgerAccount
from huisheng.server.tables import metadata

Change = Callable[[dict[str, bytes]], None]


def back_up(database: Database, path: Path) -> BackupManifest:
    with path.open("wb") as file:
        return write_backup(database, file, NOW, quiet)


def restore(database: Database, path: Path, *, replace: bool = False) -> BackupManifest:
    return restore_backup(database, path, quiet, replace=replace)


def contents(path: Path) -> dict[str, list[bytes]]:
    """Lines of every table, whatever their order."""
    with zipfile.ZipFile(path) as archive:
        return {
            name: sorted(archive.read(name).splitlines())
            for name in archive.namelist()
            if name.startswith("tables/")
        }


def state(database: Database, path: Path) -> dict[str, list[bytes]]:
    """All rows of a database."""
    back_up(database, path)
    return contents(path)


def rows_of(path: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        manifest = BackupManifest.model_validate_json(archive.read("manifest.json"))
        columns = next(each.columns for each in manifest.tables if each.name == table)
        lines = archive.read(f"tables/{table}.jsonl").splitlines()
    return [dict(zip(columns, json.loads(line), strict=True)) for line in lines]


@pytest.fixture
def full_database(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def backup(full_database: Database, tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    back_up(full_database, path)
    return path


@pytest.fixture(scope="module")
def finished_backup(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portable")
    shutil.copyfile(sqlite_template, folder / "source.db")
    database = Database(f"sqlite:///{folder}/source.db")
    fill(database)
    back_up(database, folder / "backup.zip")
    database.close()
    return folder / "backup.zip"


@pytest.fixture
def portable(finished_backup: Path, tmp_path: Path) -> Path:
    """A backup that a test may change."""
    return shutil.copyfile(finished_backup, tmp_path / "backup.zip")


def test_the_manifest_tells_what_is_in_the_file(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        manifest = BackupManifest.model_validate_json(archive.read("manifest.json"))

    assert (manifest.revision, manifest.made_at) == (migrating.head(), NOW)
    assert {table.name: table.rows for table in manifest.tables} == dict.fromkeys(metadata().tables, ROWS)


def test_every_row_comes_back_in_a_database_of_either_kind(
    backup: Path, target: Database, tmp_path: Path
) -> None:
    restore(target, backup)

    assert state(target, tmp_path / "again.zip") == contents(backup)


def test_new_rows_are_numbered_after_those_that_came_back(backup: Path, target: Database) -> None:
    restore(target, backup)

    with target.writing() as session:
        account = LedgerAccount(owner="a", kind="b", unit="c", detail="d")
        session.add(account)
        session.flush()

    assert account.id == ROWS + 1


def test_the_first_row_of_a_table_that_came_back_empty_is_number_one(
    database: Database, target: Database, tmp_path: Path
) -> None:
    back_up(database, tmp_path / "empty.zip")
    restore(target, tmp_path / "empty.zip")

    with target.writing() as session:
        account = LedgerAccount(owner="a", kind="b", unit="c", detail="d")
        session.add(account)
        session.flush()

    assert account.id == 1


def test_the_books_are_append_only_after_a_restore(backup: Path, target: Database) -> None:
    restore(target, backup)

    with pytest.raises(DBAPIError, match="append-only"), target.writing() as session:
        session.execute(sa.delete(AuditEvent))


def write_transaction(database: Database, account: LedgerAccount, number: int) -> None:
    """A journal, two entries and an event that belong together."""
    with database.writing() as session:
        name = f"{number}"
        journal = Journal(key=name, operation="", account_id=None, reference="", price_version=None, at=NOW)
        session.add(journal)
        session.flush()
        for amount in (number, -number):
            session.add(Entry(journal_id=journal.id, ledger_account_id=account.id, amount=amount))
        event = dict.fromkeys(("actor", "action", "request_id"), "")
        session.add(AuditEvent(at=NOW, target=name, detail={}, **event))


def test_a_backup_is_of_one_moment_while_others_write(database: Database, tmp_path: Path) -> None:
    """A backup that holds a part of a transaction shows."""
    ended, written = threading.Event(), threading.Semaphore(0)
    account = LedgerAccount(owner="", kind="cash", unit="fen", detail="")
    with database.writing() as session:
        session.add(account)

    def write() -> None:
        for number in count(1):
            write_transaction(database, account, number)
            written.release()
            if ended.is_set():
                return

    def wait_for_writing(_: str, __: int, ___: int) -> None:
        """For two transactions: the first may have begun before."""
        for _turn in range(2):
            written.acquire()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(700):  # so many that a table is read in several parts
            written.acquire()
        with (tmp_path / "backup.zip").open("wb") as file:
            write_backup(database, file, NOW, wait_for_writing)
    finally:
        ended.set()
        writer.join()

    journals = {row["id"]: row["key"] for row in rows_of(tmp_path / "backup.zip", "journal")}
    entries = rows_of(tmp_path / "backup.zip", "entry")
    sums = Counter[int]()
    for entry in entries:
        sums[entry["journal_id"]] += entry["amount"]
    assert len(journals) >= 700
    assert sums == dict.fromkeys(journals, 0)
    assert Counter(entry["journal_id"] for entry in entries) == dict.fromkeys(journals, 2)
    assert [row["target"] for row in rows_of(tmp_path / "backup.zip", "audit_event")] == [*journals.values()]
    with database.reading() as session:
        made = session.execute(sa.select(sa.func.count()).select_from(Journal)).scalar_one()
    assert made > len(journals)


def test_progress_ends_with_all_rows(full_database: Database, tmp_path: Path, target: Database) -> None:
    told: list[tuple[str, int, int]] = []

    def tell(table: str, done: int, total: int) -> None:
        told.append((table, done, total))

    with (tmp_path / "backup.zip").open("wb") as file:
        write_backup(full_database, file, NOW, tell)
    rows = ROWS * len(metadata().tables)
    assert told[-1][1:] == (rows, rows)

    restore_backup(target, tmp_path / "backup.zip", tell, replace=False)
    assert told[-1][1:] == (2 * rows, 2 * rows)
    assert [done for _, done, _ in told[-2 * len(metadata().tables) :]] == list(
        range(ROWS, 2 * rows + 1, ROWS)
    )


def test_a_database_without_tables_cannot_be_backed_up(database: Database, tmp_path: Path) -> None:
    migrating.downgrade(database, "base")

    with pytest.raises(DatabaseMissing):
        back_up(database, tmp_path / "backup.zip")


def test_a_database_of_a_newer_version_cannot_be_backed_up(database: Database, tmp_path: Path) -> None:
    set_revision(database, "9999")

    with pytest.raises(DatabaseTooNew):
        back_up(database, tmp_path / "backup.zip")


def set_revision(database: Database, revision: str) -> None:
    with database.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_what_a_database_holds_is_not_replaced_without_asking(portable: Path, target: Database) -> None:
    with target.writing() as session:
        session.add(LedgerAccount(owner="mine", kind="b", unit="c", detail="d"))

    with pytest.raises(DatabaseNotEmpty):
        restore(target, portable)

    with target.reading() as session:
        assert session.execute(sa.select(LedgerAccount.owner)).scalars().all() == ["mine"]


def test_what_a_database_holds_is_replaced_when_asked(
    portable: Path, target: Database, tmp_path: Path
) -> None:
    fill(target)
    with target.writing() as session:
        session.add(LedgerAccount(owner="mine", kind="b", unit="c", detail="d"))

    restore(target, portable, replace=True)

    assert state(target, tmp_path / "again.zip") == contents(portable)


def test_a_database_without_tables_can_be_restored_into(
    portable: Path, target: Database, tmp_path: Path
) -> None:
    migrating.downgrade(target, "base")

    restore(target, portable)

    assert state(target, tmp_path / "again.zip") == contents(portable)


@pytest.mark.parametrize("replace", [False, True])
def test_a_database_of_a_newer_version_is_left_alone(
    portable: Path, target: Database, *, replace: bool
) -> None:
    set_revision(target, "9999")

    with pytest.raises(DatabaseTooNew):
        restore(target, portable, replace=replace)


def rewrite(path: Path, change: Change, **options: Any) -> None:  # noqa: ANN401 (zipfile's)
    """Change the files of a backup."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def rewrite_manifest(path: Path, **changed: object) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | changed).encode()

    rewrite(path, change)


def rewrite_table(path: Path, table: str, content: bytes, rows: int) -> None:
    """Another content of a table, with a manifest that fits it."""

    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        held = next(each for each in manifest["tables"] if each["name"] == table)
        held |= {"rows": rows, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        files |= {"manifest.json": json.dumps(manifest).encode(), f"tables/{table}.jsonl": content}

    rewrite(path, change, compression=zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize("changed", [{"format_version": 2}, {"revision": "9999", "program": "9.9.9"}])
def test_a_backup_of_a_newer_version_is_told(
    portable: Path, file_target: Database, changed: dict[str, object]
) -> None:
    rewrite_manifest(portable, **changed)

    with pytest.raises(BackupTooNew):
        restore(file_target, portable)


def drop_table(files: dict[str, bytes]) -> None:
    del files["tables/user.jsonl"]


def add_file(files: dict[str, bytes]) -> None:
    files["../../etc/passwd"] = b"root"


def drop_row(files: dict[str, bytes]) -> None:
    files["tables/user.jsonl"] = files["tables/user.jsonl"].partition(b"\n")[2]


def change_row(files: dict[str, bytes]) -> None:
    files["tables/entry.jsonl"] = files["tables/entry.jsonl"].replace(b"1", b"2", 1)


def cut_row(files: dict[str, bytes]) -> None:
    files["tables/user.jsonl"] = files["tables/user.jsonl"][:-1]


def drop_manifest(files: dict[str, bytes]) -> None:
    del files["manifest.json"]


def inflate_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] += b" " * (2 << 20)


def confuse_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = b"{}"


def rename_table(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"user"', b'"sqlite_master"')
    files["tables/sqlite_master.jsonl"] = files.pop("tables/user.jsonl")


def rename_column(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"password_hash"', b'"id; DROP TABLE user"')


CHANGES: list[Change] = [
    *(drop_table, add_file, drop_row, change_row, cut_row, drop_manifest),
    *(inflate_manifest, confuse_manifest, rename_table, rename_column),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_damaged_backup_is_refused_and_nothing_is_changed(
    portable: Path, file_target: Database, tmp_path: Path, change: Change
) -> None:
    before = state(file_target, tmp_path / "before.zip")
    rewrite(portable, change)

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable, replace=True)

    assert state(file_target, tmp_path / "after.zip") == before


def encode_secret(**changed: object) -> bytes:
    """A row of the table `secret`."""
    row: dict[str, object] = {"id": 1, "purpose": "a", "version": 1, "value": "eA=="}
    return json.dumps([*(row | changed).values(), "2026-01-01T00:00:00"]).encode() + b"\n"


def test_rows_that_contradict_each_other_are_refused_and_nothing_is_changed(
    portable: Path, target: Database, tmp_path: Path
) -> None:
    fill(target)
    before = state(target, tmp_path / "before.zip")
    rewrite_table(portable, "secret", encode_secret(id=3) + encode_secret(id=4), 2)

    with pytest.raises(UnsafeArchive):
        restore(target, portable, replace=True)

    assert state(target, tmp_path / "after.zip") == before
    with pytest.raises(DBAPIError, match="append-only"), target.writing() as session:
        session.execute(sa.delete(AuditEvent))


@pytest.mark.parametrize("line", [b"nonsense\n", encode_secret(id="1; DROP TABLE user")])
def test_rows_that_are_none_are_refused(portable: Path, file_target: Database, line: bytes) -> None:
    rewrite_table(portable, "secret", line, 1)

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable)


@pytest.mark.slow
def test_a_text_that_only_the_other_kind_of_database_can_hold_is_refused(
    portable: Path, postgres_target: Database
) -> None:
    rewrite_table(portable, "secret", encode_secret(purpose="\0"), 1)

    with pytest.raises(UnsafeArchive):
        restore(postgres_target, portable)


def test_rows_without_what_they_refer_to_are_refused(portable: Path, file_target: Database) -> None:
    rewrite_table(portable, "user", b"", 0)

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable)


def test_a_row_without_end_is_refused_before_it_is_in_memory(
    portable: Path, file_target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_LINE", 1 << 10)
    rewrite_table(portable, "secret", encode_secret(purpose="a" * (1 << 12)), 1)

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable)


def test_a_backup_that_unpacks_to_suspiciously_much_is_refused(
    portable: Path, file_target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HARMLESS", 1 << 20)
    many = b"".join(encode_secret(id=number, version=number) for number in range(40_000))
    rewrite_table(portable, "secret", many, 40_000)
    monkeypatch.setattr(module, "_RATIO", 2)

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable)


@pytest.mark.parametrize("cut", [0, 10, 1000, -1])
def test_a_file_that_is_cut_off_is_refused(portable: Path, file_target: Database, cut: int) -> None:
    portable.write_bytes(portable.read_bytes()[:cut])

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable)


def test_an_encrypted_file_is_refused(portable: Path, file_target: Database) -> None:
    content = bytearray(portable.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    portable.write_bytes(bytes(content))

    with pytest.raises(UnsafeArchive):
        restore(file_target, portable)


def test_a_file_that_is_not_there_is_told(file_target: Database, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        restore(file_target, tmp_path / "nowhere.zip")
