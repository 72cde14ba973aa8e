"""Days and months of an account: they follow each other without gap or overlap, wherever clocks are moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huisheng.server.plans.calendar import (
    DEFAULT_ZONE,
    day_interval,
    local_day,
    monthly_period,
    parse_zone,
    period_start,
)
from huisheng.server.plans.errors import UnknownZone

ZONES = st.sampled_from(
    [
        DEFAULT_ZONE,
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",  # had no midnight on the first day of summer time
        "America/Havana",  # has two midnights on the last
        "America/St_Johns",  # moved its clocks at 0:01
        "Pacific/Apia",  # left out a day
        "Pacific/Kwajalein",
        "Australia/Lord_Howe",  # moves its clocks by half an hour
        "Asia/Kathmandu",
    ]
)
MOMENTS = st.datetimes(datetime(1985, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
DAYS = st.dates(date(1985, 1, 1), date(2060, 1, 1))


def hours(day: date, zone: str) -> float:
    return day_interval(day, parse_zone(zone)).length / timedelta(hours=1)


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    day = day_interval(date(2026, 11, 22), parse_zone(DEFAULT_ZONE))

    assert day.start == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert day.end == datetime(2026, 11, 22, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "length"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2018, 11, 4), "America/Sao_Paulo", 23),  # begins at 1:00
        (date(2025, 11, 2), "America/Havana", 25),  # 0:00 comes twice
        (date(2011, 12, 30), "Pacific/Apia", 0),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(1986, 5, 4), DEFAULT_ZONE, 23),  # China had summer time from 1986 to 1991
    ],
)
def test_a_day_is_as_long_as_its_clock_says(day: date, zone: str, length: float) -> None:
    assert hours(day, zone) == length


@given(DAYS, ZONES)
def test_days_tile(day: date, name: str) -> None:
    zone = parse_zone(name)

    assert day_interval(day, zone).end == day_interval(day + timedelta(days=1), zone).start
    assert day_interval(day, zone).length >= timedelta()


@given(MOMENTS, ZONES)
@example(datetime(2011, 12, 30, 10, tzinfo=UTC), "Pacific/Apia")
@example(datetime(2006, 10, 29, 2, 31, tzinfo=UTC), "America/St_Johns")  # 23:01 of the day before, again
def test_every_moment_lies_in_its_day(moment: datetime, name: str) -> None:
    zone = parse_zone(name)

    assert moment in day_interval(local_day(moment, zone), zone)


@pytest.mark.parametrize(
    ("year", "days"),
    [(2026, ["01-31", "02-28", "03-31", "04-30"]), (2028, ["01-31", "02-29", "03-31", "04-30"])],
)
def test_months_are_counted_from_the_anchor(year: int, days: list[str]) -> None:
    zone = parse_zone(DEFAULT_ZONE)
    anchor = datetime(year, 1, 31, 9, 30, tzinfo=zone)

    starts = [period_start(anchor, index, zone).astimezone(zone) for index in range(4)]

    assert [f"{start:%m-%d %H:%M}" for start in starts] == [f"{day} 09:30" for day in days]


def test_a_period_keeps_its_time_of_day_over_a_change_of_clocks() -> None:
    zone = parse_zone("Europe/Berlin")
    period = monthly_period(datetime(2026, 3, 10, 8, tzinfo=zone), 0, zone)

    assert period.end.astimezone(zone).hour == 8
    assert period.length == timedelta(days=31) - timedelta(hours=1)


@given(MOMENTS, ZONES)
def test_periods_tile(anchor: datetime, name: str) -> None:
    zone = parse_zone(name)
    periods = [monthly_period(anchor, index, zone) for index in range(30)]

    assert periods[0].start == anchor
    assert all(before.end == after.start for before, after in pairwise(periods))
    assert all(timedelta(days=27) < period.length < timedelta(days=33) for period in periods)


@given(MOMENTS, ZONES, st.integers(1, 48))
def test_a_period_begins_on_the_day_of_the_anchor_or_the_last_of_its_month(
    anchor: datetime, name: str, index: int
) -> None:
    zone = parse_zone(name)
    local = period_start(anchor, index, zone).astimezone(zone)
    months = (local.year - anchor.astimezone(zone).year) * 12 + local.month - anchor.astimezone(zone).month

    assert months == index
    assert local.day == anchor.astimezone(zone).day or (local + timedelta(days=1)).month != local.month


@pytest.mark.parametrize("name", ["", "Asia", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        parse_zone(name)
