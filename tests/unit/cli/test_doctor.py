"""`huisheng doctor`: what it finds, and what it says about it."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
from tests.unit.engines.toy_packages import damage, publish_toy

from huisheng.cli.doctor import CheckResult, examine
from huisheng.cli.main import main
from huisheng.voice.builtin import BUILTIN


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path) -> Path:
    """A user's folder without packages, and a program that came with one."""
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path / "home"))
    publish_toy(program, BUILTIN, engine="sambert")
    return tmp_path / "home"


def result(name: str, port: int = 0, host: str = "") -> CheckResult:
    return next(result for result in examine(host, port) if result.name == name)


@pytest.mark.parametrize("name", ["python", "packages", "memory", "storage"])
def test_what_is_well_has_no_remedy(name: str) -> None:
    assert result(name).ok


def test_the_built_in_voice_is_enough_to_be_well() -> None:
    assert (result("voice").ok, result("voice").found) == (True, "builtin 10, sambert, 1 speakers")


def test_without_the_built_in_voice_the_remedy_is_to_install_the_program_anew(
    home: Path, program: Path
) -> None:
    publish_toy(home / "voices", "sound", engine="sambert")
    shutil.rmtree(program / BUILTIN)

    voice = result("voice")
    assert (voice.ok, voice.essential) == (False, True)
    assert "重新安装绘声" in voice.remedy


def test_a_damaged_built_in_voice_is_essential_though_another_is_sound(home: Path, program: Path) -> None:
    damage(program / BUILTIN)
    publish_toy(home / "voices", "sound", engine="sambert")

    builtin, sound = (found for found in examine() if found.name == "voice")
    assert (builtin.ok, builtin.essential, sound.ok) == (False, True, True)


def test_every_package_is_listed_and_a_damaged_one_of_the_user_is_not_essential(home: Path) -> None:
    publish_toy(home / "voices", "sound", engine="sambert")
    damage(publish_toy(home / "voices", "damaged", engine="sambert"))

    _, damaged, sound = (found for found in examine() if found.name == "voice")
    assert (damaged.ok, damaged.essential, sound.ok) == (False, False, True)
    assert "damaged" in damaged.remedy


def test_a_package_of_an_engine_that_this_version_lacks_is_no_voice(home: Path) -> None:
    publish_toy(home / "voices", "later", engine="tomorrow")

    _, voice = (found for found in examine() if found.name == "voice")
    assert (voice.ok, voice.essential) == (False, False)
    assert "tomorrow" in voice.remedy


def test_a_home_that_cannot_be_written_is_found(home: Path) -> None:
    home.write_bytes(b"a file where the folder should be")

    assert not result("storage").ok


def test_a_port_in_use_is_reported_and_not_essential() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = result("port", server.getsockname()[1])

    assert (port.ok, port.essential) == (False, False)


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 70_000), ("192.0.2.1", 8000), ("nowhere.invalid", 80)]
)
def test_an_address_that_cannot_be_listened_on_is_not_called_in_use(host: str, port: int) -> None:
    found = result("port", port, host)

    assert not found.ok
    assert "检查地址" in found.remedy


def test_a_producer_that_cannot_stand_in_a_label_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_PRODUCER", "某公司")

    assert result("settings").found == "HUISHENG_PRODUCER"


def test_a_setting_of_accounts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_MAIL", "mail.example.com")

    assert result("settings").found == "HUISHENG_MAIL"


def test_without_accounts_nothing_is_said_of_them() -> None:
    assert not {found.name for found in examine()} & {"accounts", "operator", "signup", "mail"}


def test_before_the_first_start_with_accounts_it_is_told_what_is_open_and_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("HUISHENG_ACCOUNTS", "on")
    notes = {found.name: found for found in examine() if not found.essential}

    assert "注册开放" in notes["signup"].found
    assert "huisheng accounts operator" in notes["operator"].remedy
    assert [notes[name].ok for name in ("mail", "payments")] == [False, False]
    assert not (home / "huisheng.db").exists()


def test_an_operator_in_the_database_is_found(
    monkeypatch: pytest.MonkeyPatch, home: Path, sqlite_template: Path
) -> None:
    monkeypatch.setenv("HUISHENG_ACCOUNTS", "on")
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "huisheng.db")
    main(["accounts", "operator", "wang@example.com"])

    assert result("operator").ok


def test_a_plan_file_with_which_the_server_does_not_start_is_essential(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUISHENG_ACCOUNTS", "on")
    monkeypatch.setenv("HUISHENG_PLANS", str(tmp_path / "none.toml"))

    found = result("accounts")
    assert (found.found, found.essential, found.ok) == ("plan_file", True, False)


def test_a_page_that_is_not_built_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUISHENG_PAGE", str(tmp_path))

    assert "make setup" in result("page").remedy


def test_a_setting_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_PORT", "eight")

    assert result("settings").found == "HUISHENG_PORT"


def test_something_essential_missing_makes_status_1(program: Path) -> None:
    damage(program / BUILTIN)

    assert main(["doctor"]) == 1


@pytest.mark.voice
def test_kokoro_that_is_installed_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUISHENG_HOME")

    assert any(found.ok for found in examine() if found.found.startswith("kokoro "))


def test_people_get_a_remedy_below_what_was_found(capsys: pytest.CaptureFixture[str], program: Path) -> None:
    damage(program / BUILTIN)
    main(["doctor"])

    lines = capsys.readouterr().out.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("✗ voice"))
    assert lines[row + 1].startswith("  → ")


def test_programs_get_the_same_as_json(capsys: pytest.CaptureFixture[str], program: Path) -> None:
    damage(program / BUILTIN)
    main(["doctor", "--json"])

    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["python"]["ok"] is True
    assert rows["voice"]["ok"] is False
