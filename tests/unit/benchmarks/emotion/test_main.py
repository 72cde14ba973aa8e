from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.emotion.__main__ import main
from tests.unit.engines.parallel import tiny_parallel


def test_a_package_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--package", "no/such"]) == 1
    assert "such" in capsys.readouterr().err


def test_a_voice_that_the_package_lacks_is_told_before_anything_is_spoken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--package", "silent", "--voices", "tinglan"]) == 1
    assert "tinglan" in capsys.readouterr().err


def test_any_package_can_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_parallel.package().directory
    monkeypatch.chdir(tmp_path)

    arguments = ["--package", str(folder), "--voices", "lan", "--emotions", "sad", "--sentences", "1"]
    assert main([*arguments, "--fast", "--jobs", "1", "--write", "page.md"]) == 0

    page = Path("page.md").read_text(encoding="utf-8")
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "音色：lan。" in page
    assert "--voices lan --emotions sad" in page
    assert list(found["medians"]) == ["sad"]
    assert len(Path("build/emotion/takes.jsonl").read_text(encoding="ascii").splitlines()) == 2
