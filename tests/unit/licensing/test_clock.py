"""What is remembered of time never goes backwards, and is never trusted where it is damaged."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.licensing.clock import ClockState, is_set_back, read_clock, write_clock

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = b"secret"

moments = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))


@given(moments, st.lists(st.tuples(moments, st.booleans())))
def test_the_clock_never_goes_back(first: datetime, observations: list[tuple[datetime, bool]]) -> None:
    state = ClockState(first)
    for now, is_verified in observations:
        later = state.advance(now, is_verified=is_verified)
        assert later.latest >= max(state.latest, now)
        assert later.verified is None or state.verified is None or later.verified >= state.verified
        state = later


@given(moments, st.none() | moments)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, latest: datetime, verified: datetime | None
) -> None:
    path = tmp_path_factory.getbasetemp() / "clock.json"
    write_clock(path, ClockState(latest, verified), SECRET)

    assert read_clock(path, SECRET) == ClockState(latest, verified)


@given(st.data())
def test_any_altered_byte_is_found_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "altered.json"
    state = ClockState(NOW, NOW)
    write_clock(path, state, SECRET)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)

    assert read_clock(path, SECRET) in (None, state)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[" * 16_000,
        b"[]",
        b"null",
        b'{"latest": 1, "verified": null, "mac": ""}',
        b'{"latest": "2026-01-01", "verified": null, "mac": ""}',
        b'{"latest": "0001-01-01T00:00:00+14:00", "verified": null, "mac": ""}',
        b'{"latest": "9999-12-31T00:00:00-14:00", "verified": null, "mac": ""}',
        b" " * 20_000,
    ],
)
def test_a_damaged_file_is_no_memory(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(content)

    assert read_clock(path, SECRET) is None


def test_a_time_that_somebody_wrote_by_hand_is_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    write_clock(path, ClockState(NOW), SECRET)
    written = json.loads(path.read_text())
    path.write_text(json.dumps(written | {"latest": "2025-01-01T00:00:00+00:00"}))

    assert read_clock(path, SECRET) is None


def test_the_memory_of_another_issuer_is_none(tmp_path: Path) -> None:
    write_clock(tmp_path / "clock.json", ClockState(NOW), b"other")

    assert read_clock(tmp_path / "clock.json", SECRET) is None


def test_the_first_good_licence_is_written_at_once() -> None:
    assert ClockState(NOW).is_behind(ClockState(NOW, NOW))
    assert not ClockState(NOW).is_behind(ClockState(NOW))


@pytest.mark.parametrize(
    ("back", "counts"),
    [(timedelta(), False), (timedelta(days=1), False), (timedelta(days=1, seconds=1), True)],
)
def test_a_day_of_drift_does_not_count(back: timedelta, counts: bool) -> None:
    assert is_set_back(NOW - back, NOW) == counts
