"""The state of a licence by the day, and what it allows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.licensing.conftest import terms

from huisheng.errors import LicenseError
from huisheng.licensing.clock import ClockState
from huisheng.licensing.license import GRACE, License
from huisheng.licensing.status import LicenseStatus, judge
from huisheng.licensing.usage import compare_usage

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
YEAR = terms(KEY)
DAMAGED = LicenseError("license_altered", "改过", "altered")

moments = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))


def at(month: int, day: int, year: int = 2026, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def status(
    now: datetime,
    found: License | LicenseError | None = YEAR,
    clock: ClockState | None = None,
    *,
    required: bool = True,
) -> LicenseStatus:
    return judge(found, clock, now, required=required)


@pytest.mark.parametrize(
    ("now", "state", "is_allowed"),
    [
        (at(1, 1, hour=8), "valid", True),
        (at(10, 31), "valid", True),
        (at(11, 1), "expiring", True),
        (at(12, 31), "expiring", True),
        (at(1, 1, 2027, hour=11), "expiring", True),
        (at(1, 1, 2027, hour=12), "grace", True),
        (at(1, 31, 2027, hour=11), "grace", True),
        (at(1, 31, 2027, hour=12), "expired", False),
        (at(1, 1, 2150), "expired", False),
    ],
)
def test_a_licence_is_warned_of_and_has_grace_before_it_stops(
    now: datetime, state: str, is_allowed: bool
) -> None:
    found = status(now)

    assert (found.state, found.allows("accounts", now)) == (state, is_allowed)


def test_a_licence_that_begins_later_waits() -> None:
    later = terms(KEY, term_from=date(2026, 6, 1))
    found = status(at(5, 31, hour=9), later)

    assert (found.state, found.allows("accounts", at(5, 31, hour=9))) == ("not_yet_valid", False)
    assert found.allows("accounts", at(5, 31, hour=10)), "a day begins at UTC+14"


@pytest.mark.parametrize(
    ("now", "left", "warning"),
    [
        (at(10, 31), 61, None),
        (at(11, 1), 60, 60),
        (at(12, 1), 30, 30),
        (at(12, 17), 14, 14),
        (at(12, 24), 7, 7),
        (at(12, 29), 2, 7),
        (at(12, 30), 1, 1),
        (at(12, 31), 0, 1),
        (at(1, 9, 2027), 0, 1),
    ],
)
def test_warnings_become_more_urgent(now: datetime, left: int, warning: int | None) -> None:
    found = status(now)

    assert (found.days_left, found.warning) == (left, warning)


def test_a_warning_says_how_many_days_are_left() -> None:
    (notice,) = status(at(12, 1)).messages

    assert "还有 30 天" in notice.message
    assert "in 30 days" in notice.english


def test_grace_says_how_many_days_it_has() -> None:
    found = status(at(1, 10, 2027))

    assert found.grace_days_left == 21
    assert "宽限期还有 21 天" in found.messages[0].message


def test_a_feature_that_is_not_part_of_it_is_not_allowed() -> None:
    now = at(6, 1)

    assert status(now).allows("payments", now)
    assert not status(now).allows("voices", now)
    assert status(now, terms(KEY, features=("all",))).allows("voices", now)


@given(st.sampled_from([YEAR, DAMAGED, None]), moments, st.none() | moments, moments)
def test_a_distribution_that_ships_no_key_restricts_nothing(
    found: License | LicenseError | None, now: datetime, latest: datetime | None, later: datetime
) -> None:
    clock = ClockState(latest) if latest else None

    assert status(now, found, clock, required=False).allows("anything", later)


@given(moments, moments, moments)
def test_setting_the_clock_back_allows_nothing_more(seen: datetime, now: datetime, earlier: datetime) -> None:
    honest = status(max(seen, now), YEAR, ClockState(max(seen, now)))
    back = status(min(earlier, now), YEAR, ClockState(max(seen, now)))

    assert back.allows("accounts", earlier) <= honest.allows("accounts", max(seen, now, earlier))


def test_a_clock_set_back_is_said_and_stops_nothing_by_itself() -> None:
    now = at(3, 1)
    found = status(now, clock=ClockState(at(6, 1)))

    assert (found.state, found.allows("accounts", now)) == ("clock_set_back", True)
    assert found.messages[0].code == "clock_set_back"


def test_a_clock_before_the_day_of_issue_is_set_back_without_any_memory() -> None:
    assert status(at(1, 1, 2020)).state == "clock_set_back"


def test_a_clock_set_back_by_a_day_is_drift() -> None:
    assert status(at(6, 1), clock=ClockState(at(6, 2))).state == "valid"


def test_a_term_that_was_seen_to_end_stays_over() -> None:
    now = at(6, 1)
    found = status(now, clock=ClockState(at(3, 1, 2027)))

    assert (found.state, found.allows("accounts", now)) == ("expired", False)


@pytest.mark.parametrize(("found", "state"), [(None, "none"), (DAMAGED, "tampered")])
def test_a_licence_that_was_good_and_is_lost_has_grace_too(found: LicenseError | None, state: str) -> None:
    good = at(6, 1)
    lost = status(good, found, ClockState(good, good))

    assert lost.state == state
    assert lost.allows("accounts", good + GRACE - timedelta(seconds=1))
    assert not lost.allows("accounts", good + GRACE)
    assert lost.messages[-1].code == "license_lost"


def test_without_a_licence_more_than_free_use_needs_one() -> None:
    found = status(at(6, 1), None)

    assert not found.allows("accounts", at(6, 1))
    assert found.messages[0].code == "license_needed"
    assert status(at(6, 1), None, required=False).messages == ()


def test_upkeep_that_is_over_is_said_and_stops_nothing() -> None:
    now = at(6, 1)
    found = status(now, terms(KEY, upkeep_until=date(2026, 5, 31)))

    assert (found.state, found.allows("accounts", now)) == ("valid", True)
    assert [notice.code for notice in found.messages] == ["upkeep_over"]


@given(moments, st.sampled_from([YEAR, DAMAGED, None]), st.none() | moments, st.booleans())
def test_every_message_can_be_logged_anywhere(
    now: datetime, found: License | LicenseError | None, latest: datetime | None, required: bool
) -> None:
    clock = ClockState(latest, latest) if latest else None

    assert all(notice.english.isascii() for notice in status(now, found, clock, required=required).messages)


@pytest.mark.parametrize(
    ("seats", "nodes", "codes"),
    [
        (5, 2, []),
        (6, 2, ["seats_exceeded"]),
        (0, 3, ["nodes_exceeded"]),
        (9, 9, ["seats_exceeded", "nodes_exceeded"]),
    ],
)
def test_more_seats_or_nodes_than_granted_are_said(seats: int, nodes: int, codes: list[str]) -> None:
    found = compare_usage(YEAR, seats, nodes)

    assert [notice.code for notice in found.messages] == codes
    assert found.is_within == (not codes)
