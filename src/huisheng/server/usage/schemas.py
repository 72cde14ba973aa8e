"""Usage as clients read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

Group: TypeAlias = Literal["day", "key", "voice"]
"""What usage is added up by."""


class AccountUsageTotals(BaseModel):
    """Answered requests, characters that were spoken, seconds of sound."""

    calls: int
    characters: int
    seconds: float


class AccountUsageRow(AccountUsageTotals):
    """Usage of a day, of a key (null for browsers and apps), or of a voice."""

    day: date | None = None
    key_id: str | None = None
    key_name: str | None = None
    voice: str | None = None


class AccountUsage(BaseModel):
    """Usage of an account from one day to another, both included, in its zone."""

    zone: str
    first: Annotated[date, Field(serialization_alias="from")]
    last: Annotated[date, Field(serialization_alias="to")]
    group: Group
    rows: Sequence[AccountUsageRow]
    totals: AccountUsageTotals
