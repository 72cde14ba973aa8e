"""Days and months where an account lives, as intervals of UTC.

A day begins with the first moment of its date on the local clock: it lasts 23 or 25 hours where clocks are
moved, and days follow each other without gap or overlap. A month of a subscription is counted from an anchor,
never from the month before: 31 January, 28 February, 31 March.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from huisheng.server.plans.errors import UnknownZone

DEFAULT_ZONE: Final = "Asia/Shanghai"
"""The zone of accounts that name no other."""

_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to, not including, `end`; both aware, in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@lru_cache(maxsize=512)
def parse_zone(name: str) -> ZoneInfo:
    """The time zone of this name.

    Raises:
        UnknownZone: the IANA database has none.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:  # names such as "", "Asia" and "../etc"
        raise UnknownZone(name) from error


def day_interval(day: date, zone: ZoneInfo) -> Interval:
    """A local day; empty where the calendar of the zone left the day out (Apia, 30 December 2011)."""
    return Interval(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day whose interval holds a moment.

    Its date on the clock nearly always; not in the hour that a clock shows twice around midnight.
    """
    day = moment.astimezone(zone).date()
    while moment >= _midnight(day + timedelta(days=1), zone):
        day += timedelta(days=1)
    return day


def period_start(anchor: datetime, index: int, zone: ZoneInfo) -> datetime:
    """When a monthly period begins.

    Args:
        anchor: when the first one began.
        index: of the period, 0 for the first.
        zone: where months are counted.

    Returns:
        The anchor's day and time of day, `index` months later; the last day of a month that is too short.
    """
    if not index:
        return anchor.astimezone(UTC)
    local = anchor.astimezone(zone)
    years, month = divmod(local.month - 1 + index, _MONTHS)
    year, month = local.year + years, month + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day, fold=0).astimezone(UTC)


def monthly_period(anchor: datetime, index: int, zone: ZoneInfo) -> Interval:
    """A monthly period; it ends when the next one begins."""
    return Interval(period_start(anchor, index, zone), period_start(anchor, index + 1, zone))


def next_boundary(anchor: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first beginning of a monthly period that is later than a moment."""
    local, origin = after.astimezone(zone), anchor.astimezone(zone)
    index = max((local.year - origin.year) * _MONTHS + local.month - origin.month, 0)
    while period_start(anchor, index, zone) <= after:
        index += 1
    return period_start(anchor, index, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local date, also where no clock shows 0:00 or one shows it twice (fold 0)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
