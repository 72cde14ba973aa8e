"""Moments at the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from huisheng.server.payments.times import from_seconds, to_utc


def test_seconds_are_a_moment_in_utc() -> None:
    assert from_seconds(1_775_001_570) == datetime(2026, 3, 31, 23, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [10**12, 10**30, -(10**30)])
def test_seconds_beyond_the_calendar_are_no_moment(seconds: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_seconds(seconds)


def test_a_moment_that_utc_does_not_have_is_none() -> None:
    with pytest.raises(ValueError, match="no moment"):
        to_utc(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))
