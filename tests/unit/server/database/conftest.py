"""Databases beside the one of a test."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from huisheng.server.database.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def target(request: pytest.FixtureRequest) -> Database:
    """An empty database with our tables, of either kind."""
    return request.getfixturevalue("file_target" if request.param == "sqlite" else "postgres_target")


@pytest.fixture
def file_target(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """One in a file."""
    shutil.copyfile(sqlite_template, tmp_path / "target.db")
    database = Database(f"sqlite:///{tmp_path}/target.db")
    yield database
    database.close()


@pytest.fixture
def postgres_target(postgres_server: str) -> Iterator[Database]:
    """One at a server."""
    from tools.peers.postgres import execute

    name = f"target_{secrets.token_hex(6)}"
    execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE template")
    database = Database(postgres_server + name)
    yield database
    database.close()
