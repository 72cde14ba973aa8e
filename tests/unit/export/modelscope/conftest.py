"""What is unpacked goes into a store of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from huisheng.voice.store import HOME_VARIABLE


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"
