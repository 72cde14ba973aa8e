"""The guide to licences, followed from its first command to its last."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final, get_args

import pytest

from huisheng.cli import main as cli
from huisheng.licensing.status import WARNINGS, LicenseState
from huisheng.voice.store import HOME_VARIABLE

GUIDE: Final = (Path(__file__).resolve().parents[2] / "docs/guides/license.md").read_text(encoding="utf-8")


def test_its_commands_issue_and_install_a_licence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```shell\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]

    assert [cli.main(shlex.split(command)[1:]) for command in commands] == [0] * 5
    assert capsys.readouterr().out.count("状态 state\t有效 valid\n") == 2


def test_every_state_is_described() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", GUIDE.partition("| `state` |")[2], re.MULTILINE)

    assert set(rows) == set(get_args(LicenseState))


def test_the_days_of_warnings_are_those_of_the_program() -> None:
    assert f"剩余 {'、'.join(map(str, WARNINGS))} 天时提醒" in GUIDE
