"""`huisheng license`: from a new key to an installed licence, as an issuer and a customer type it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huisheng.cli import extras
from huisheng.cli import main as cli
from huisheng.licensing.installation import Installation
from huisheng.voice.store import HOME_VARIABLE

TODAY = datetime.now(UTC).date()
NEXT_YEAR = str(TODAY + timedelta(days=365))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder with a key and a home of our own."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["license", "issue", "--new-key", "key"]) == 0
    return tmp_path


def issue(*others: str) -> int:
    needed = ("--key", "key", "--customer", "示例公司", "--out", "licence.txt")
    return cli.main(["license", "issue", *needed, *(others or ("--to", NEXT_YEAR))])


def test_a_licence_is_issued_verified_installed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert issue("--to", NEXT_YEAR, "--seats", "7", "--feature", "accounts", "--feature", "payments") == 0
    assert cli.main(["license", "verify", "licence.txt", "--key", "key.pub"]) == 0
    assert "客户 customer\t示例公司\n" in capsys.readouterr().out
    assert cli.main(["license", "install", "licence.txt", "--key", "key.pub"]) == 0
    capsys.readouterr()

    assert cli.main(["license", "show", "--json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["days_left"], shown["license"]["seats"]) == ("valid", 365, 7)
    assert shown["license"]["features"] == ["accounts", "payments"]


def test_without_an_action_the_installed_licence_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["license"]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "状态 state\t未安装 none"


def test_a_licence_goes_to_standard_output_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    arguments = ["--key", "key", "--customer", "示例公司", "--to", NEXT_YEAR]

    assert cli.main(["license", "issue", *arguments]) == 0

    assert capsys.readouterr().out.startswith("-----BEGIN HUISHENG LICENSE-----\n")


def test_the_days_that_are_left_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    issue("--to", str(TODAY + timedelta(days=20)))
    assert cli.main(["license", "install", "licence.txt", "--key", "key.pub"]) == 0

    printed = capsys.readouterr()
    assert "剩余天数 days left\t20\n" in printed.out
    assert "还有 20 天到期" in printed.err


def test_a_licence_that_is_over_fails(capsys: pytest.CaptureFixture[str]) -> None:
    issue("--from", "2020-01-01", "--to", "2020-12-31")
    assert cli.main(["license", "install", "licence.txt", "--key", "key.pub"]) == 1

    assert "宽限期已过" in capsys.readouterr().err
    assert cli.main(["license", "show", "--json"]) == 1


def test_an_altered_file_is_refused_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issue()
    written = (folder / "licence.txt").read_text(encoding="utf-8")
    (folder / "licence.txt").write_text(written.replace("seats = 1", "seats = 9"), encoding="utf-8")

    for action in ("verify", "install"):
        assert cli.main(["license", action, "licence.txt", "--key", "key.pub"]) == 1
        assert "签名与内容不符" in capsys.readouterr().err
    assert not Installation.at(folder / "home").folder.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("issue",),
        ("issue", "--key", "key", "--customer", "a"),
        ("issue", "--key", "key", "--customer", "a", "--to", "tomorrow"),
        ("issue", "--key", "key", "--customer", "a", "--to", "2027-01-01", "--seats", "many"),
    ],
)
def test_what_cannot_be_issued_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["license", *arguments])

    assert left.value.code == 2


@pytest.mark.parametrize(
    "arguments", [("--to", "2000-01-01"), ("--to", NEXT_YEAR, "--seats", "0"), ("--to", "9999-01-01")]
)
def test_terms_that_cannot_be_are_refused(
    folder: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(*arguments) == 1

    assert "错误：许可证或密钥不能使用" in capsys.readouterr().err
    assert not (folder / "licence.txt").exists()


def test_without_what_signs_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "SIGNATURES", ("no_such_module",))

    assert cli.main(["license", "show"]) == 1

    assert "pip install 'huisheng[accounts]'" in capsys.readouterr().err
