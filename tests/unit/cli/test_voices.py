"""`huisheng voices` without an action."""

from __future__ import annotations

from pathlib import Path

import pytest

from huisheng.cli.main import main
from huisheng.engines import make_engine


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))


def test_without_an_action_every_voice_is_a_line_that_begins_with_its_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["voices"]) == 0

    ids = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert ids == [voice.id for voice in make_engine().capabilities.voices]


def test_an_action_that_does_not_exist_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as left:
        main(["voices", "sing"])

    assert left.value.code == 2
