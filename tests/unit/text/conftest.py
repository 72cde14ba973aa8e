"""One front-end for all tests of it: its dictionaries are compiled into a folder of the test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from huisheng.text.frontend import Frontend


@pytest.fixture(scope="session")
def dictionaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dictionaries")


@pytest.fixture(scope="session")
def frontend(dictionaries: Path) -> Frontend:
    frontend = Frontend(dictionaries)
    frontend.load()
    return frontend
