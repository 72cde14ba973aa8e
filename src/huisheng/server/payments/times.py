"""Moments as payment services write them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def from_seconds(seconds: int) -> datetime:
    """Seconds since 1970.

    Raises:
        ValueError: no calendar has the moment.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("no moment") from error


def to_utc(moment: datetime) -> datetime:
    """A moment of another zone.

    Raises:
        ValueError: it is at the end of the calendar, and in UTC beyond it.
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no moment") from error
