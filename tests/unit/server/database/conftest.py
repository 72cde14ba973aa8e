"""Databases beside the one of a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from huisheng.server.database.database import Database

if TYPE_CHECKING:
    from tools.peers.postgres_pool import PostgresPool


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
def postgres_target(postgres_pool: PostgresPool) -> Iterator[Database]:
    """One at a server."""
    with postgres_pool.database() as address:
        database = Database(address)
        yield database
        database.close()
