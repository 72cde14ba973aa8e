"""The time, which rules are given and never read themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Tells the time, aware, in UTC."""


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
