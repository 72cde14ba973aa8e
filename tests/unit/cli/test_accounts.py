"""`huisheng accounts`, on a database in a file."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from huisheng.cli.main import main
from huisheng.server.accounts.models import User
from huisheng.server.accounts.repository import find_user
from huisheng.server.database.database import Database

EMAIL = "operator@example.com"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty database."""
    shutil.copyfile(sqlite_template, tmp_path / "huisheng.db")
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    monkeypatch.setenv("HUISHENG_PASSWORD_MEMORY", "32")
    monkeypatch.setenv("HUISHENG_PASSWORD_PASSES", "1")
    return tmp_path


def find(home: Path) -> User:
    database = Database(f"sqlite:///{home}/huisheng.db")
    with database.reading() as session:
        user = find_user(session, EMAIL)
    database.close()
    assert user is not None
    return user


def list_accounts(capsys: Captured) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["accounts", "list", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_somebody_without_an_account_becomes_an_operator_and_is_one_no_longer(home: Path) -> None:
    assert main(["accounts", "operator", EMAIL.upper()]) == 0
    assert find(home).is_operator

    assert main(["accounts", "operator", EMAIL, "--dismiss"]) == 0
    assert not find(home).is_operator


def test_an_ordinary_account_is_added_once(home: Path, capsys: Captured) -> None:
    assert main(["accounts", "add", EMAIL]) == 0
    assert [row["id"] for row in list_accounts(capsys)] != []
    assert not find(home).is_operator

    assert main(["accounts", "add", EMAIL.upper()]) == 1
    assert "已有账户" in capsys.readouterr().err


def test_a_password_is_read_from_a_pipe(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["accounts", "operator", EMAIL]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))

    assert main(["accounts", "password", EMAIL]) == 0

    assert (find(home).password_hash or "").startswith("$argon2id$")


def test_a_weak_password_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["accounts", "operator", EMAIL]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

    assert main(["accounts", "password", EMAIL]) == 1

    assert find(home).password_hash is None


def test_an_account_is_suspended_and_resumed_by_its_owners_address(capsys: Captured) -> None:
    assert main(["accounts", "operator", EMAIL]) == 0

    assert main(["accounts", "suspend", EMAIL, "--reason", "abuse"]) == 0
    assert [row["status"] for row in list_accounts(capsys)] == ["suspended"]

    assert main(["accounts", "resume", EMAIL, "--reason", "mended"]) == 0
    assert [row["status"] for row in list_accounts(capsys)] == ["active"]


def test_calls_are_given(capsys: Captured) -> None:
    assert main(["accounts", "operator", EMAIL]) == 0

    assert main(["accounts", "grant", EMAIL, "5", "--days", "3", "--reason", "gift"]) == 0

    assert capsys.readouterr().out.startswith("grt_")


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_nothing_cannot_be_given(amount: str, capsys: Captured) -> None:
    assert main(["accounts", "operator", EMAIL]) == 0

    assert main(["accounts", "grant", "--reason", "gift", "--", EMAIL, amount]) == 1

    assert "大于 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["suspend", "nobody@example.com", "--reason", "x"], ["password", "nobody@example.com"]]
)
def test_an_account_that_does_not_exist_is_told(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))

    assert main(["accounts", *arguments]) == 1

    assert "错误" in capsys.readouterr().err


def test_what_is_no_address_is_told(capsys: Captured) -> None:
    assert main(["accounts", "operator", "nonsense"]) == 1

    assert "nonsense" in capsys.readouterr().err


def voices(capsys: Captured) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["accounts", "voice", "list", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def change_voice(*arguments: str) -> int:
    return main(["accounts", "voice", *arguments, "--reason", "test"])


def test_a_voice_is_given_taken_back_and_published(capsys: Captured) -> None:
    assert main(["accounts", "add", EMAIL]) == 0
    account = list_accounts(capsys)[0]["id"]

    assert change_voice("grant", "tinglan", EMAIL) == 0
    assert voices(capsys) == [{"voice": "tinglan", "accounts": [account]}]
    assert change_voice("revoke", "tinglan", account) == 0
    assert voices(capsys) == [{"voice": "tinglan", "accounts": []}]
    assert change_voice("publish", "tinglan") == 0
    assert voices(capsys) == []


def test_a_voice_that_is_to_come_can_be_hidden_and_is_told_of(capsys: Captured) -> None:
    assert change_voice("hide", "to-come") == 0

    told = capsys.readouterr()
    assert "not installed" in told.err
    assert told.out == "to-come\n"
    assert voices(capsys) == [{"voice": "to-come", "accounts": []}]


def test_a_voice_that_an_account_does_not_own_cannot_be_taken(capsys: Captured) -> None:
    assert main(["accounts", "add", EMAIL]) == 0

    assert change_voice("revoke", "tinglan", EMAIL) != 0
    assert "does not own" in capsys.readouterr().err
