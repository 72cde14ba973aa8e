"""Reserving before a request is served.

    reserve  ──▶  open  ──▶  settled    the request was answered in full, or left after its first sound
                       └──▶  released   everything else

The one transaction that a request waits for: it checks again whether account and key are valid, takes what
the request costs from grants, and enters that into the books. How it ends is `usage.endings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    and_,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.accounts.models import Account, ApiKey
from huisheng.server.database.ids import new_id
from huisheng.server.errors import PaymentRequired
from huisheng.server.guard.errors import AccountSuspended, LimitError, Unauthorized
from huisheng.server.guard.policies import LimitStatus
from huisheng.server.ledger import chart, repository
from huisheng.server.ledger.repository import AnyRow, Fact, NewEntry
from huisheng.server.plans.calendar import local_day, parse_zone
from huisheng.server.plans.catalogue import Catalogue, Meter, PlanLimits
from huisheng.server.usage import limits
from huisheng.server.usage.errors import (
    FormatNotInPlan,
    InsufficientBalance,
    TextNotInPlan,
    VoiceNotInPlan,
)
from huisheng.server.usage.free_days import PERSONAL, give_free_day
from huisheng.server.usage.grants import GrantBalance, live_grants
from huisheng.server.usage.limits import RESERVATIONS, Allowed
from huisheng.server.usage.models import ServerInstance

_ACCOUNTS: Final = cast("Table", Account.__table__)
_KEYS: Final = cast("Table", ApiKey.__table__)
_PLENTY: Final = 20
"""Requests like the last that an account has to have left."""
INSTANCES: Final = cast("Table", ServerInstance.__table__)


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """What a request is about to use.

    Attributes:
        account_id: whose it is.
        key_id: of the API key; empty for a browser or an app.
        voice: id.
        audio_format: of the answer.
        length: characters of the whole text, as far as it is known.
        characters: those that this reservation is for.
        seconds: of sound, at most.
        meter: that the request is charged in by its first reservation; None for the first.
        idempotency_key: of the request; empty without.
    """

    account_id: str
    key_id: str
    voice: str
    audio_format: str
    length: int
    characters: int
    seconds: int
    meter: Meter | None = None
    idempotency_key: str = ""

    @property
    def is_first(self) -> bool:
        """Whether it is the first reservation of a request, which limits count."""
        return self.meter is None

    @property
    def costs(self) -> Mapping[str, int]:
        """Meters that it may be charged in → what it costs."""
        costs: dict[str, int] = {"calls": 1, "characters": self.characters, "seconds": self.seconds}
        return costs if self.meter is None else {self.meter: costs[self.meter]}


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation.

    Attributes:
        id: of the reservation.
        meter: what is charged.
        amount: how much of it, at most.
        remaining: units of the meter that the account has left.
        day: in the account's zone.
        statuses: of all limits, this request counted.
        text_limit: characters that the text of the request may come to; 0 for any number.
    """

    id: str
    meter: Meter
    amount: int
    remaining: int
    day: date
    statuses: tuple[LimitStatus, ...]
    text_limit: int = 0

    @property
    def leaves_plenty(self) -> bool:
        """Whether the next request of the account is unlikely to be refused."""
        is_free = all(status.remaining > 1 for status in self.statuses)
        return is_free and self.remaining >= _PLENTY * self.amount


@dataclass(frozen=True, slots=True)
class NotReserved:
    """A request that is refused, and what its client is told of the account.

    Attributes:
        error: why.
        balances: meters that the request could be charged in → units left.
        statuses: of all limits.
    """

    error: HuishengError
    balances: Mapping[str, int]
    statuses: tuple[LimitStatus, ...]


@dataclass(frozen=True, slots=True)
class NewReservation:
    """A reservation to be entered.

    Attributes:
        key: of the fact; by its id where it is empty.
        account_id: whose it is.
        key_id: of the API key; None for a browser or an app.
        idempotency_key: of the request; None without.
        requests: 1; 0 for one beside the first of a request.
        instance: the server that works on it.
        at: when it is made.
    """

    key: str
    account_id: str
    key_id: str | None
    idempotency_key: str | None
    requests: int
    instance: str
    at: datetime


class GrantUse(NamedTuple):
    """Units that are taken from a grant."""

    grant: GrantBalance
    amount: int


def reserve(
    session: Session, asked: UsageRequest, instance: str, catalogue: Catalogue, now: datetime
) -> Reserved | NotReserved:
    """Reserve what a request costs. What refuses it for now or for its price is returned, not raised, since
    it changes nothing and its client is told more than an error holds.

    Args:
        session: of a unit of work that writes.
        asked: what it is about to use.
        instance: the server that works on it.
        catalogue: what is free.
        now: the time.

    Returns:
        the reservation; or the refusal: nothing that is left covers the request (`InsufficientBalance`), the
        plan does not include it (`NotInPlan`), or a limit of the plan or of the key is reached
        (`TooManyConcurrent`, `RateLimited`).

    Raises:
        Unauthorized: the key is revoked or over, or the account is gone.
        AccountSuspended: nothing is spoken for the account.
    """
    connection = session.connection()
    repository.lock_accounts(connection, {asked.account_id})
    standing = _find_standing(connection, asked, now)
    grants = live_grants(connection, asked.account_id, now)
    is_free_due = standing.kind == PERSONAL and not any(grant.source == "free" for grant in grants)
    if is_free_due and give_free_day(session, asked.account_id, standing.zone, now, catalogue):
        grants = live_grants(connection, asked.account_id, now)
    free = catalogue.free_at(now)
    plan = combine_limits(free.limits, grants)
    zone = standing.zone if standing.kind == PERSONAL and free.allowances else ""
    statuses = limits.measure(connection, _limits(standing, plan, asked), now) if asked.is_first else ()
    try:
        uses = choose_grants(grants, asked.costs, zone)  # first: who has no units is told that, not to wait
        limits.check(statuses)
        _require_in_plan(asked, plan)
    except (PaymentRequired, LimitError) as error:
        return NotReserved(error, _sum_balances(grants, asked.costs), statuses)
    reservation_id = enter(connection, uses, _reservation(asked, instance, now))
    meter, amount = uses[0].grant.meter, sum(each.amount for each in uses)
    left = _sum_balances(grants, asked.costs)[meter] - amount
    day = local_day(now, parse_zone(standing.zone))
    return Reserved(reservation_id, meter, amount, left, day, limits.count(statuses), plan.text_limit)


def choose_grants(grants: Sequence[GrantBalance], costs: Mapping[str, int], zone: str = "") -> list[GrantUse]:
    """The grants that pay for a request: of one meter, that of the first grant whose meter's total suffices.

    Args:
        grants: in the order in which they are used.
        costs: meters that may be used → units, above zero.
        zone: at whose midnight something is free again; empty where nothing is.

    Raises:
        InsufficientBalance: none suffices.
    """
    totals = _sum_balances(grants, costs)
    meters = (grant.meter for grant in grants if grant.remaining > 0 and grant.meter in costs)
    meter = next((meter for meter in meters if totals[meter] >= costs[meter]), None)
    if meter is None:
        raise InsufficientBalance(zone)
    uses: list[GrantUse] = []
    missing = costs[meter]
    for grant in grants:
        if missing and grant.meter == meter and grant.remaining > 0:
            uses.append(GrantUse(grant, min(grant.remaining, missing)))
            missing -= uses[-1].amount
    return uses


def _sum_balances(grants: Sequence[GrantBalance], meters: Collection[str]) -> Mapping[str, int]:
    """Meters that a request may be charged in → units left. Where no grant has any of them: no calls."""
    totals = Counter[str]()
    for grant in grants:
        if grant.meter in meters:
            totals[grant.meter] += grant.remaining
    return totals or dict.fromkeys(meters if len(meters) == 1 else ("calls",), 0)


def enter(connection: Connection, uses: Sequence[GrantUse], new: NewReservation) -> str:
    """Enter a reservation into the books; its id.

    Args:
        connection: of a unit of work that holds the account.
        uses: what it consists of, in one meter.
        new: whose it is.
    """
    reservation_id = new_id("res")
    meter, amount = uses[0].grant.meter, sum(each.amount for each in uses)
    fact = Fact(new.key or f"reserve:{reservation_id}", "reserve", new.at, new.account_id, reservation_id)
    journal_id = repository.add_journals(connection, [fact])[0]
    reserved = uses[0].grant.reserved_id or _open_reserved(connection, new.account_id, meter)
    entries = [NewEntry(journal_id, each.grant.ledger_account_id, -each.amount) for each in uses]
    repository.add_entries(connection, [*entries, NewEntry(journal_id, reserved, amount)])
    values = {
        "id": reservation_id,
        "account_id": new.account_id,
        "key_id": new.key_id,
        "journal_id": journal_id,
        "meter": meter,
        "amount": amount,
        "requests": new.requests,
        "idempotency_key": new.idempotency_key,
        "instance": new.instance,
        "created_at": new.at,
        "is_open": True,
    }
    connection.execute(_ADD, values)
    balances = {each.grant.ledger_account_id: each.grant.balance for each in uses}
    repository.bring_forward(connection, balances, new.at)
    return reservation_id


def _open_reserved(connection: Connection, account_id: str, meter: Meter) -> int:
    account = chart.reserved_account(account_id, meter)
    return repository.open_ledger_accounts(connection, {account})[account]


def combine_limits(free: PlanLimits, grants: Sequence[GrantBalance]) -> PlanLimits:
    """What an account may use: what is free, and what it has bought that goes on or has something left."""
    combined = free
    for grant in grants:
        if grant.limits and (grant.remaining > 0 or grant.source == "subscription"):
            combined = combined.union(grant.limits)
    return combined


def _reservation(asked: UsageRequest, instance: str, now: datetime) -> NewReservation:
    return NewReservation(
        "",
        asked.account_id,
        asked.key_id or None,
        asked.idempotency_key or None,
        int(asked.is_first),
        instance,
        now,
    )


def _find_standing(connection: Connection, asked: UsageRequest, now: datetime) -> AnyRow:
    """The account and the key as they are now, and their requests that are under way.

    Raises:
        Unauthorized, AccountSuspended: they are not valid any more.
    """
    values = {"account_id": asked.account_id, "key_id": asked.key_id, "now": now}
    standing = connection.execute(_STANDING, values).one_or_none()
    if standing is None or standing.erased_at is not None:
        raise Unauthorized(given=True)
    if standing.suspended_at is not None:
        raise AccountSuspended
    if asked.key_id and (
        standing.key_id is None
        or standing.revoked_at is not None
        or (standing.expires_at is not None and standing.expires_at <= now)
    ):
        raise Unauthorized(given=True)
    return standing


def _limits(standing: AnyRow, plan: PlanLimits, asked: UsageRequest) -> list[Allowed]:
    allowed = [Allowed("account", asked.account_id, plan.rate, plan.concurrency, standing.running)]
    if asked.key_id:
        key = Allowed("api-key", asked.key_id, standing.rate, standing.concurrency, standing.key_running)
        allowed.append(key)
    return allowed


def _require_in_plan(asked: UsageRequest, plan: PlanLimits) -> None:
    """Refuse what a plan does not include.

    Raises:
        NotInPlan: it does not.
    """
    if plan.text_limit and asked.length > plan.text_limit:
        raise TextNotInPlan(asked.length, plan.text_limit)
    if plan.formats is not None and asked.audio_format not in plan.formats:
        raise FormatNotInPlan(asked.audio_format, plan.formats)
    if plan.voices is not None and asked.voice not in plan.voices:
        raise VoiceNotInPlan(asked.voice, plan.voices)


def _running(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Counts the requests of an account that are under way on servers that live."""
    return (
        select(func.count())
        .select_from(RESERVATIONS.join(INSTANCES, INSTANCES.c.id == RESERVATIONS.c.instance))
        .where(
            RESERVATIONS.c.account_id == bindparam("account_id"),
            RESERVATIONS.c.is_open,
            RESERVATIONS.c.requests > 0,
            INSTANCES.c.lease_until > bindparam("now"),
            *conditions,
        )
        .scalar_subquery()
    )


_STANDING: Final = (
    select(
        *(_ACCOUNTS.c.kind, _ACCOUNTS.c.zone, _ACCOUNTS.c.suspended_at, _ACCOUNTS.c.erased_at),
        *(_KEYS.c.id.label("key_id"), _KEYS.c.revoked_at, _KEYS.c.expires_at),
        *(_KEYS.c.rate, _KEYS.c.concurrency),
        _running().label("running"),
        _running(RESERVATIONS.c.key_id == bindparam("key_id")).label("key_running"),
    )
    .select_from(
        _ACCOUNTS.outerjoin(
            _KEYS, and_(_KEYS.c.id == bindparam("key_id"), _KEYS.c.account_id == _ACCOUNTS.c.id)
        )
    )
    .where(_ACCOUNTS.c.id == bindparam("account_id"))
)
_ADD: Final = insert(RESERVATIONS)
