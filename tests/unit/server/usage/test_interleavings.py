"""Whatever happens in whatever order: books and balances are those of the rules, after every step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from tests.unit.server.usage.play import STEPS, run_play

from huisheng.server.database.database import Database


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One for all plays of a test: each has accounts and servers of its own."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path_factory.mktemp("plays") / "huisheng.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            address = f"sqlite:///{path}"
        else:
            address = stack.enter_context(request.getfixturevalue("postgres_pool").database())
        database = Database(address)
        stack.callback(database.close)
        yield database


@settings(max_examples=8)
@given(STEPS)
def test_books_agree_with_the_rules_after_every_step(
    shared_database: Database, steps: list[tuple[str, int]]
) -> None:
    run_play(shared_database, steps)
