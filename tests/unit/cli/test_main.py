"""What the shell is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import huisheng
from huisheng.cli.main import main


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    return tmp_path


def test_a_command_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sing"])

    assert left.value.code == 2
    assert "sing" in capsys.readouterr().err


def test_no_command_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as left:
        main([])

    assert left.value.code == 2


def test_an_error_of_ours_is_one_line_in_each_language_and_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["voices", "verify", "kokoro"])

    chinese, english = capsys.readouterr().err.splitlines()
    assert status == 1
    assert chinese.startswith("错误：尚未安装语音包 kokoro")
    assert english.startswith("error: Voice package kokoro is not installed")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])

    assert left.value.code == 0
    assert {"voices", "doctor"} <= set(capsys.readouterr().out.split())


def test_the_version_is_that_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])

    assert left.value.code == 0
    assert capsys.readouterr().out == f"huisheng {huisheng.__version__}\n"


CODE = "import sys; from huisheng.cli.main import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize("argument", ["doctor", "--help"])
def test_a_reader_that_goes_away_ends_it_without_a_word(
    monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-c", CODE, argument]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        words = process.stderr.read()

    assert words == b""
    assert process.returncode == 1


def test_a_console_that_lacks_a_character_gets_an_escape() -> None:
    command = [sys.executable, "-X", "utf8=0", "-c", CODE, "doctor"]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False
    )

    assert b"python" in ended.stdout
    assert b"Traceback" not in ended.stderr
