"""`huisheng database`, `backup` and `restore`, on a database in a file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.server.database.rows import ROWS, fill
from tests.unit.server.usage.accounts import add_account, give_units

from huisheng.cli.main import main
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.tables import metadata
from huisheng.server.usage import instances

Captured = pytest.CaptureFixture[str]

INTERRUPTED = """
import signal, sys
from huisheng.cli.main import main

def watch(frame, event, _):
    if event == "call" and frame.f_code.co_name == sys.argv[1]:
        sys.setprofile(None)
        signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
sys.setprofile(watch)
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def full_database(home: Path) -> Path:
    """The file of a database with rows in every table."""
    database = Database(f"sqlite:///{home}/huisheng.db")
    database.create()
    migrating.upgrade(database)
    fill(database)
    database.close()
    return home / "huisheng.db"


@pytest.fixture
def books(home: Path) -> Path:
    """The file of a database with an account that has ten calls."""
    database = Database(f"sqlite:///{home}/huisheng.db")
    database.create()
    migrating.upgrade(database)
    with database.writing() as session:
        add_account(session)
        give_units(session, 10)
    database.close()
    return home / "huisheng.db"


def show(capsys: Captured) -> dict[str, object]:
    capsys.readouterr()
    assert main(["database", "show", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_upgrade_makes_the_tables_and_tells_their_version(capsys: Captured) -> None:
    assert main(["database", "upgrade"]) == 0
    assert capsys.readouterr().out == f"{migrating.head()}\n"

    assert show(capsys)["revision"] == migrating.head()


def test_show_is_a_line_for_each_table(capsys: Captured, full_database: Path) -> None:
    assert main(["database", "show"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert f"地址 address\tsqlite:///{full_database}" in lines
    assert f"entry\t{ROWS}" in lines


@pytest.mark.parametrize(
    "command", [["database", "show"], ["database"], ["backup", "b"], ["database", "downgrade", "base"]]
)
def test_without_a_database_nothing_is_made(capsys: Captured, home: Path, command: list[str]) -> None:
    assert main(command) == 1

    assert "huisheng database upgrade" in capsys.readouterr().err
    assert not home.exists()


def test_downgrade_asks_first(capsys: Captured, full_database: Path) -> None:
    assert main(["database", "downgrade", "base"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert show(capsys)["revision"] == migrating.head()

    assert main(["database", "downgrade", "base", "--yes"]) == 0
    assert capsys.readouterr().out == "base\n"
    assert show(capsys)["revision"] == ""


def test_a_backup_is_for_its_owner_alone_and_can_be_restored_elsewhere(
    capsys: Captured, full_database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main(["backup", "one.zip"]) == 0
    assert capsys.readouterr().out == "one.zip\n"
    assert Path("one.zip").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"home", "one.zip"}

    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "new"))
    assert main(["restore", "one.zip"]) == 1  # for what these rows tell, as a ledger
    assert f"entry\t{ROWS}" in capsys.readouterr().out.splitlines()
    assert show(capsys)["tables"] == dict.fromkeys(metadata().tables, ROWS)


def test_a_restore_over_rows_needs_replace_and_tells_that_the_books_are_right(
    capsys: Captured, books: Path
) -> None:
    assert main(["backup", "one.zip"]) == 0

    assert main(["restore", "one.zip"]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(["restore", "one.zip", "--replace"]) == 0
    assert "The books are right: 1 journals, 2 entries" in capsys.readouterr().err


def test_a_restore_tells_what_is_wrong_in_the_books(capsys: Captured, full_database: Path) -> None:
    assert main(["backup", "one.zip"]) == 0

    assert main(["restore", "one.zip", "--replace"]) == 1

    told = capsys.readouterr()
    assert f"entry\t{ROWS}" in told.out.splitlines()
    assert "faults." in told.err


@pytest.mark.parametrize("command", [["restore", "one.zip", "--replace"], ["database", "downgrade", "base"]])
def test_a_database_that_a_server_uses_is_not_changed_as_a_whole(
    capsys: Captured, books: Path, command: list[str]
) -> None:
    assert main(["backup", "one.zip"]) == 0
    database = Database(f"sqlite:///{books}")
    with database.writing() as session:
        instances.register(session, "srv_one", datetime.now(UTC))
    database.close()
    before = show(capsys)

    assert main([*command, *(["--yes"] if "downgrade" in command else [])]) == 1

    assert "Servers that use the database: 1." in capsys.readouterr().err
    assert show(capsys) == before


def test_a_later_backup_takes_the_place_of_an_earlier_one(full_database: Path) -> None:
    Path("one.zip").write_text("earlier")

    assert main(["backup", "one.zip"]) == 0

    assert zipfile.is_zipfile("one.zip")
    assert Path("one.zip").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target", ["nowhere/one.zip", "home"])
def test_a_backup_that_cannot_be_written_is_told(capsys: Captured, full_database: Path, target: str) -> None:
    assert main(["backup", target]) == 1

    assert target in capsys.readouterr().err


def test_a_setting_that_is_wrong_is_told(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_DATABASE", "mysql://me:secret@host/name")

    assert main(["database", "show"]) == 1

    told = capsys.readouterr().err
    assert "HUISHENG_DATABASE" in told
    assert "secret" not in told


def interrupt(function: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, with Ctrl-C when a function is called."""
    command = [sys.executable, "-c", INTERRUPTED, function, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("function", ["write_backup", "encode_row", "_sync"])
def test_an_interrupted_backup_leaves_what_was_there(
    full_database: Path, tmp_path: Path, function: str
) -> None:
    Path("one.zip").write_text("earlier")

    done = interrupt(function, "backup", "one.zip")

    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "已中断。 Interrupted.\n")
    assert Path("one.zip").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "one.zip"]


@pytest.mark.slow
@pytest.mark.parametrize("function", ["restore_backup", "rebuild", "insert_rows", "finish"])
def test_an_interrupted_restore_changes_nothing(capsys: Captured, full_database: Path, function: str) -> None:
    assert main(["backup", "one.zip"]) == 0
    database = Database(f"sqlite:///{full_database}")
    with database.writing() as session:
        session.execute(metadata().tables["sign_in_attempts"].delete())
    database.close()
    before = show(capsys)

    done = interrupt(function, "restore", "one.zip", "--replace")

    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "已中断。 Interrupted.\n")
    assert show(capsys) == before
