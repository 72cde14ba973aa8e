"""How an account stands: the plan in force, what is left in each meter, what may be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Account
from huisheng.server.accounts.standing import (
    GrantStanding,
    LimitStanding,
    LocalName,
    MeterStanding,
    PlanStanding,
    Standing,
)
from huisheng.server.billing.quotes import live_subscription
from huisheng.server.ledger import chart
from huisheng.server.ledger.service import balance
from huisheng.server.plans.catalogue import METERS, Catalogue, Meter, PlanLimits
from huisheng.server.usage.free_days import free_day
from huisheng.server.usage.grants import GrantBalance, live_grants
from huisheng.server.usage.reservations import combine_limits


class CatalogueStanding:
    """A `StandingSource` by what is sold.

    Args:
        catalogue: the plan file.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __call__(self, session: Session, account_id: str, now: datetime) -> Standing:
        """See `StandingSource`."""
        grants = live_grants(session.connection(), account_id, now)
        shown = [*self._unused_free_grants(session, account_id, grants, now), *map(_show, grants)]
        meters = dict.fromkeys(meter for meter, _ in shown)
        balances = [
            _meter(session, account_id, meter, [each for other, each in shown if other == meter])
            for meter in METERS
            if meter in meters
        ]
        limits = combine_limits(self._catalogue.free_at(now).limits, grants)
        return Standing(self._plan(session, account_id, now), balances, _limits(limits))

    def _unused_free_grants(
        self, session: Session, account_id: str, grants: Sequence[GrantBalance], now: datetime
    ) -> list[tuple[Meter, GrantStanding]]:
        """What is free today, where nothing of it was used yet: then it is not given yet."""
        if any(grant.source == "free" for grant in grants):
            return []
        zone = session.get_one(Account, account_id).zone
        return [
            (
                new.meter,
                GrantStanding(
                    id="",
                    source=new.source,
                    amount=new.amount,
                    remaining=new.amount,
                    starts_at=new.starts_at,
                    expires_at=new.ends_at,
                ),
            )
            for new in free_day(session.connection(), account_id, zone, now, self._catalogue)
        ]

    def _plan(self, session: Session, account_id: str, now: datetime) -> PlanStanding:
        """The subscription that goes on, else the free plan."""
        state = live_subscription(session, self._catalogue, account_id, now)
        if state is None:
            free = self._catalogue.products[0]
            name = LocalName(zh=free.name.zh, en=free.name.en)
            version = self._catalogue.free_at(now).id
            return PlanStanding(id=free.id, name=name, version=version, status="active")
        period = state.period_at(now)
        return PlanStanding(
            id=period.offer.product,
            name=LocalName(zh=period.offer.name.zh, en=period.offer.name.en),
            version=period.offer.terms.id,
            period_start=period.interval.start,
            period_end=period.interval.end,
            status=state.status_at(now, self._catalogue.renewal),
            cancel_at_period_end=state.cancel_at_period_end,
            next=state.next_product,
        )


def _show(grant: GrantBalance) -> tuple[Meter, GrantStanding]:
    return grant.meter, GrantStanding(
        id=grant.id,
        source=grant.source,
        amount=grant.amount,
        remaining=grant.remaining,
        starts_at=grant.starts_at,
        expires_at=grant.ends_at,
    )


def _meter(session: Session, account_id: str, meter: Meter, grants: Sequence[GrantStanding]) -> MeterStanding:
    return MeterStanding(
        meter=meter,
        remaining=sum(grant.remaining for grant in grants),
        reserved=balance(session, chart.reserved_account(account_id, meter)),
        grants=grants,
    )


def _limits(limits: PlanLimits) -> LimitStanding:
    return LimitStanding(
        concurrency=limits.concurrency,
        rate=limits.rate,
        text_limit=limits.text_limit or None,
        formats=limits.formats,
        voices=limits.voices,
    )
