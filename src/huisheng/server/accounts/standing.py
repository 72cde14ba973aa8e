"""How an account stands: its plan, what is left, what it may do at once. Features after this one know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel
from sqlalchemy.orm import Session


class LocalName(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class PlanStanding(BaseModel):
    """The plan in force; `next` is the one of the next period, null where that is the same."""

    id: str
    name: LocalName
    version: str
    period_start: datetime | None = None
    period_end: datetime | None = None
    status: str
    cancel_at_period_end: bool = False
    next: str | None = None


class GrantStanding(BaseModel):
    """What is left of an allowance."""

    id: str
    source: str
    amount: int
    remaining: int
    starts_at: datetime
    expires_at: datetime | None = None


class MeterStanding(BaseModel):
    """What is left in one meter, and what running requests have taken of it."""

    meter: str
    remaining: int
    reserved: int
    grants: Sequence[GrantStanding] = ()


class LimitStanding(BaseModel):
    """What the plan allows; null for as much as the server does, 0 for any number."""

    concurrency: int
    rate: str
    text_limit: int | None = None
    formats: Sequence[str] | None = None
    voices: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """All of it; None where nothing keeps it."""

    plan: PlanStanding | None = None
    balances: Sequence[MeterStanding] = ()
    limits: LimitStanding | None = None


class StandingSource(Protocol):
    """Knows how accounts stand."""

    def __call__(self, session: Session, account_id: str, now: datetime) -> Standing:
        """How one stands; a unit of work that changes nothing."""
        ...


def know_nothing(session: Session, account_id: str, now: datetime) -> Standing:  # noqa: ARG001 (a Protocol)
    """A `StandingSource` for a server that charges nothing."""
    return Standing()
