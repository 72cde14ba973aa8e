"""Units of work: whole or not at all, one after the other, with errors of our tree."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import SignInAttempts
from huisheng.server.database import database as module
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.database.errors import (
    DatabaseAddressError,
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
)
from huisheng.server.database.ids import new_id
from huisheng.server.database.models import TableBase
from huisheng.server.tables import APPEND_ONLY

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def add(session: Session, subject: str, failures: int = 0) -> None:
    session.add(SignInAttempts(subject=subject, failures=failures, last_failure_at=NOW, blocked_until=None))


def count(session: Session) -> int:
    return session.execute(text("SELECT count(*) FROM sign_in_attempts")).scalar_one()


async def test_a_unit_of_work_is_kept(database: Database) -> None:
    await database.write(lambda session: add(session, "a"))

    assert await database.read(count) == 1


async def test_a_unit_of_work_that_fails_leaves_nothing(database: Database) -> None:
    def fail(session: Session) -> None:
        add(session, "a")
        session.flush()
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(fail)

    assert await database.read(count) == 0


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises((DatabaseUnavailable, DBAPIError)):
        await database.read(lambda session: session.execute(text("DELETE FROM sign_in_attempts")))


async def test_units_of_work_that_read_and_write_do_not_overtake_each_other(database: Database) -> None:
    await database.write(lambda session: add(session, "a"))

    def increase(session: Session) -> None:
        row = session.get_one(SignInAttempts, "a", with_for_update=True)
        row.failures += 1

    await asyncio.gather(*(database.write(increase) for _ in range(50)))

    assert await database.read(lambda session: session.get_one(SignInAttempts, "a").failures) == 50


async def test_a_cancelled_caller_does_not_end_its_unit_of_work(database: Database) -> None:
    task = asyncio.create_task(database.write(lambda session: add(session, "a")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await database.write(lambda _: None)  # after the first, where there is one writer
    database.close()
    with database.reading() as session:
        assert count(session) == 1


def test_a_moment_keeps_its_instant_whatever_its_zone(database: Database) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=8)))
    with database.writing() as session:
        session.add(SignInAttempts(subject="a", failures=0, last_failure_at=east, blocked_until=None))

    with database.reading() as session:
        assert session.get_one(SignInAttempts, "a").last_failure_at == NOW


def test_rows_of_the_books_cannot_be_deleted(database: Database) -> None:
    row = (
        "INSERT INTO audit_event(id, at, actor, action, target, request_id, detail) "
        "VALUES (1, '2026-01-01', 'a', 'b', 'c', 'e', '{}')"
    )
    with database.writing() as session:
        session.execute(text(row))

    for change in ("DELETE FROM audit_event", "UPDATE audit_event SET action = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(text(change))


@pytest.mark.parametrize("model", APPEND_ONLY, ids=lambda model: model.__tablename__)
def test_every_table_of_the_books_has_its_trigger(database: Database, model: type[TableBase]) -> None:
    catalogue = "sqlite_master" if database.is_sqlite else "information_schema.triggers"
    names, kind = ("name", "tbl_name") if database.is_sqlite else ("trigger_name", "event_object_table")
    statement = f"SELECT {names} FROM {catalogue} WHERE {kind} = :table"  # noqa: S608 (ours)
    with database.reading() as session:
        found = session.execute(text(statement), {"table": model.__tablename__}).scalars()

    assert any(name.startswith(f"{model.__tablename__}_no_") for name in found)


def test_a_lock_that_is_held_for_too_long_is_told(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PRAGMAS", ("PRAGMA busy_timeout=1",))
    path = tmp_path / "huisheng.db"
    shutil.copyfile(sqlite_template, path)
    first, second = Database(f"sqlite:///{path}"), Database(f"sqlite:///{path}")

    with first.writing() as holder:
        add(holder, "a")
        holder.flush()
        with pytest.raises(DatabaseBusy), second.writing() as session:
            add(session, "b")

    first.close()
    second.close()


def test_a_full_disk_is_told_and_nothing_is_kept(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "huisheng.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")

    def fill(session: Session) -> None:
        session.execute(text("PRAGMA max_page_count = 1"))
        for number in range(2000):
            add(session, f"{number:0100}")
            session.flush()

    with pytest.raises(DatabaseFull), database.writing() as session:
        fill(session)

    with database.reading() as session:
        assert count(session) == 0
    database.close()


def test_a_database_that_is_gone_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/huisheng.db")

    with pytest.raises(DatabaseUnavailable), database.reading() as session:
        count(session)

    database.close()


@pytest.fixture
def lost_file(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Database, Path]]:
    """A database with a row, whose file was moved away while it was open."""
    path = tmp_path / "huisheng.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        add(session, "a")
    path.rename(tmp_path / "elsewhere.db")
    yield database, path
    database.close()


def test_nothing_is_read_or_written_while_the_file_is_gone_and_none_is_made(
    lost_file: tuple[Database, Path],
) -> None:
    database, path = lost_file
    with pytest.raises(DatabaseUnavailable), database.writing() as session:
        add(session, "b")
    with pytest.raises(DatabaseUnavailable), database.reading() as session:
        count(session)

    assert not path.exists()
    (path.parent / "elsewhere.db").rename(path)
    with database.reading() as session:
        assert count(session) == 1


def test_another_file_in_the_place_of_a_database_is_not_used(
    lost_file: tuple[Database, Path], sqlite_template: Path
) -> None:
    database, path = lost_file
    shutil.copyfile(sqlite_template, path)

    with pytest.raises(DatabaseUnavailable), database.reading() as session:
        count(session)


def test_a_new_file_is_for_its_owner_alone_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/huisheng.db")
    assert database.is_missing

    database.create()
    migrating.upgrade(database)

    assert not database.is_missing
    with database.reading() as session:
        assert count(session) == 0
        files = sorted((tmp_path / "new").iterdir())
        assert len(files) > 1
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    database.close()


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_told() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")

    with pytest.raises(DatabaseUnavailable), database.reading() as session:
        count(session)

    database.close()


def test_a_statement_that_is_wrong_stays_an_error_of_the_program(database: Database) -> None:
    with database.writing() as session:
        add(session, "a")

    with pytest.raises(IntegrityError), database.writing() as session:
        add(session, "a")


@pytest.mark.parametrize(
    "address", ["", "mysql://host/name", "sqlite://", "postgresql://host", "nonsense", "a:b@@"]
)
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(DatabaseAddressError):
        Database(address)


def test_identifiers_differ_name_their_kind_and_sort_by_time() -> None:
    made = [new_id("acc") for _ in range(1000)]

    assert len(set(made)) == 1000
    assert all(each.startswith("acc_") and len(each) == 24 for each in made)
    assert [each[:13] for each in made] == sorted(each[:13] for each in made)


async def test_the_log_is_copied_beside_the_requests(tmp_path: Path) -> None:
    path = tmp_path / "huisheng.db"
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    await database.write(lambda session: add(session, "a-subject-of-its-own"))
    assert b"a-subject-of-its-own" not in path.read_bytes()

    copying = asyncio.create_task(database.copy_log())
    async with asyncio.timeout(10):
        while b"a-subject-of-its-own" not in path.read_bytes():
            await asyncio.sleep(0)
    copying.cancel()
    database.close()
