"""What all tests of the intake need."""

from __future__ import annotations

from pathlib import Path

import pytest

from huisheng.text.frontend import Frontend


@pytest.fixture(scope="session")
def frontend() -> Frontend:
    """With the dictionaries of the user's cache: compiling them takes seconds."""
    return Frontend(contextual=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For recordings."""
    path = tmp_path / "recordings"
    path.mkdir()
    return path
