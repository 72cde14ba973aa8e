"""What tests of accounts share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class FixedClock:
    """A clock that only moves when it is told to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> FixedClock:
    """Stands at `START`."""
    return FixedClock()
