"""The guide of operators: its commands, one after the other, on a server's data."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Final

import pytest

from huisheng.cli.main import main

GUIDE: Final = (Path(__file__).resolve().parents[2] / "docs/guides/administration.md").read_text(
    encoding="utf-8"
)
COMMANDS: Final = re.findall(r"^ *\$ (.+)$", GUIDE, re.MULTILINE)
ENDS: Final = {"mkdir": os.mkdir, "rm": shutil.rmtree}


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a line as a shell would: variables, a command, and a file for its input."""
    words = shlex.split(command.partition(" < ")[0])
    with monkeypatch.context() as environment:
        while "=" in words[0]:
            environment.setenv(*words.pop(0).split("="))
        if words[0] in ENDS:
            ENDS[words[0]](words[-1])
            return 0
        assert words[0] == "huisheng"
        environment.setattr("sys.stdin", io.StringIO("a long password\n"))
        return main(words[1:])


def test_every_command_of_the_guide_works_in_its_order(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "huisheng.db")  # which the server has made
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    monkeypatch.setenv("HUISHENG_PASSWORD_MEMORY", "32")

    assert [(command, run(command, monkeypatch)) for command in COMMANDS] == [(each, 0) for each in COMMANDS]

    assert len(COMMANDS) > 10
    assert capsys.readouterr().err.count("The books are right") == 1  # of the restore; the proof is an answer
    assert not (tmp_path / "drill").exists()
