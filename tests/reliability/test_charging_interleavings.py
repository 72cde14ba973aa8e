"""Whatever happens to charging in whatever order, at length: `tests/unit/server/usage` has a short form."""

from __future__ import annotations

from hypothesis import given, settings
from tests.unit.server.usage.play import STEPS, run_play

from huisheng.server.database.database import Database


def test_books_agree_with_the_rules_after_every_step(database: Database, thorough: bool) -> None:
    @settings(max_examples=250 if thorough else 3)
    @given(STEPS)
    def play(steps: list[tuple[str, int]]) -> None:
        run_play(database, steps)

    play()
