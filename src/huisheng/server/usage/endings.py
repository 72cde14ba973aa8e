"""Settling and releasing reservations: many in one transaction, each exactly once.

Ending a reservation again the same way changes nothing, so what is not known to be in the books may be posted
once more. A server that was taken for dead may come back and tell that a request was answered whose
reservation has been released: it is charged then by a reservation of its own, once, as far as the balance
goes. Where the client has sent the request again under the same `Idempotency-Key`, that one is charged in its
place, or has been.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

from sqlalchemy import Connection, Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from huisheng.server.ledger import chart, repository
from huisheng.server.ledger.chart import AccountName
from huisheng.server.ledger.repository import ENTRIES, AnyRow, Fact, NewEntry
from huisheng.server.usage.errors import InsufficientBalance
from huisheng.server.usage.grants import GRANTS, live_grants
from huisheng.server.usage.limits import RESERVATIONS
from huisheng.server.usage.models import IdempotentRequest, ReservationEnd, UsageRecord
from huisheng.server.usage.reservations import NewReservation, choose_grants, enter

ENDS: Final = cast("Table", ReservationEnd.__table__)
RECORDS: Final = cast("Table", UsageRecord.__table__)
REQUESTS: Final = cast("Table", IdempotentRequest.__table__)

Outcome: TypeAlias = Literal["settled", "released"]

_SECOND: Final = 1000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reservation is to end.

    Attributes:
        reservation_id: which.
        account_id: whose.
        outcome: settled, or released; only where it is settled does the rest count.
        at: when.
        day: of the usage, in the account's zone.
        characters: that were spoken.
        milliseconds: of sound.
        voice: id.
        route: template of the address.
    """

    reservation_id: str
    account_id: str
    outcome: Outcome
    at: datetime
    day: date = date.min
    characters: int = 0
    milliseconds: int = 0
    voice: str = ""
    route: str = ""


@dataclass(slots=True)
class Posted:
    """What came of some endings.

    Attributes:
        charged: units by meter.
        settled: reservations.
        released: reservations.
        uncollected: answers of servers that were taken for dead, that no balance covers any more.
        unknown: reservations that are not in the books, which were restored from an earlier backup.
    """

    charged: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    settled: int = 0
    released: int = 0
    uncollected: int = 0
    unknown: int = 0


class _Part(NamedTuple):
    """An amount on a ledger account."""

    ledger_account_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class _Due:
    """A reservation that ends now.

    Attributes:
        charged: in the unit of its meter; 0 where it is released.
        beyond: of it, what is taken from grants beside what was reserved.
    """

    reservation: AnyRow
    ending: Ending
    charged: int
    beyond: tuple[_Part, ...] = ()

    @property
    def back(self) -> int:
        """What goes back to its grants."""
        return max(self.reservation.amount - self.charged, 0)

    def ledger_account(self, kind: Literal["reserved", "used"]) -> AccountName:
        """An account of its account in its meter."""
        return AccountName(kind, self.reservation.meter, self.reservation.account_id)


def end(session: Session, endings: Sequence[Ending], now: datetime) -> Posted:
    """End reservations; those that are unknown or have ended that way are left out.

    Args:
        session: of a unit of work that writes.
        endings: each reservation once.
        now: the time.
    """
    connection = session.connection()
    repository.lock_accounts(connection, {ending.account_id for ending in endings})
    posted = Posted()
    by_id = {ending.reservation_id: ending for ending in endings}
    rows = {row.id: row for row in _find(connection, by_id)}
    posted.unknown = len(by_id) - len(rows)
    for row in [row for row in rows.values() if row.outcome == "released"]:
        ending = by_id[row.id]
        late = _find_late(connection, row, now, posted) if ending.outcome == "settled" else ""
        if late:
            by_id[late] = replace(ending, reservation_id=late)
            rows |= {found.id: found for found in _find(connection, {late})}
    open_rows = [row for row in rows.values() if row.outcome is None]
    if open_rows:
        due = _cover_overruns(connection, [_due(row, by_id[row.id]) for row in open_rows], now)
        _enter(connection, due, now)
        _free_keys(connection, due)
        _count(due, posted)
    return posted


def _find(connection: Connection, ids: Iterable[str]) -> list[AnyRow]:
    """Reservations, each with its outcome, None where it is open."""
    return list(connection.execute(_FIND, {"ids": list(ids)}))


def _due(reservation: AnyRow, ending: Ending) -> _Due:
    if ending.outcome == "released":
        return _Due(reservation, ending, 0)
    match reservation.meter:
        case "characters":
            charged = min(max(ending.characters, 1), reservation.amount)
        case "seconds":
            charged = max(math.ceil(ending.milliseconds / _SECOND), 1)
        case _:
            charged = reservation.amount
    return _Due(reservation, ending, charged)


def _cover_overruns(connection: Connection, due: Sequence[_Due], now: datetime) -> list[_Due]:
    """The same, where sound that was longer than expected takes the rest from grants, as far as they go."""
    balances: dict[tuple[str, str], dict[int, int]] = {}
    covered: list[_Due] = []
    for each in due:
        reservation, missing = each.reservation, each.charged - each.reservation.amount
        if missing <= 0:
            covered.append(each)
            continue
        name = reservation.account_id, reservation.meter
        if name not in balances:
            grants = live_grants(connection, reservation.account_id, now)
            balances[name] = {
                grant.ledger_account_id: grant.remaining for grant in grants if grant.meter == name[1]
            }
        beyond = tuple(_deduct(balances[name], missing))
        charged = reservation.amount + sum(part.amount for part in beyond)
        covered.append(replace(each, charged=charged, beyond=beyond))
    return covered


def _deduct(balances: dict[int, int], amount: int) -> Iterator[_Part]:
    """Deduct an amount from ledger accounts in their order, as far as they go.

    Args:
        balances: ledger accounts → units left; what is deducted is taken off.
        amount: units.
    """
    for number, left in balances.items():
        deducted = min(left, amount)
        if deducted > 0:
            balances[number] -= deducted
            amount -= deducted
            yield _Part(number, deducted)


def _enter(connection: Connection, due: Sequence[_Due], now: datetime) -> None:
    """Enter how reservations end into the books and into the records of usage."""
    ids = repository.open_ledger_accounts(
        connection, {each.ledger_account(kind) for each in due for kind in ("reserved", "used")}
    )
    facts = [_fact(each) for each in due]
    journals = repository.add_journals(connection, facts)
    uses = _find_uses(connection, [each for each in due if each.back])
    entries: list[NewEntry] = []
    for each, journal_id in zip(due, journals, strict=True):
        parts = (
            _Part(ids[each.ledger_account("reserved")], -each.reservation.amount),
            _Part(ids[each.ledger_account("used")], each.charged),
            *(_Part(part.ledger_account_id, -part.amount) for part in each.beyond),
            *_give_back(each.back, uses[each.reservation.journal_id]),
        )
        entries += [NewEntry(journal_id, *part) for part in parts if part.amount]
    repository.add_entries(connection, entries)
    pairs = list(zip(due, journals, strict=True))
    connection.execute(_ADD_ENDS, [_end_row(each, journal_id, now) for each, journal_id in pairs])
    if records := [_record_row(each) for each in due if each.charged]:
        connection.execute(_ADD_RECORDS, records)
    connection.execute(_CLOSE, {"ids": [each.reservation.id for each in due]})


def _find_uses(connection: Connection, due: Sequence[_Due]) -> Mapping[int, list[_Part]]:
    """Journals of reservations → what each took from which ledger accounts, in the order in which it took.

    What was taken from a grant that has expired since goes where everything goes that nobody used in time.
    """
    uses = defaultdict[int, list[_Part]](list)
    if not due:
        return uses
    rows = connection.execute(_USES, {"ids": [each.reservation.journal_id for each in due]}).all()
    accounts = {row.meter: chart.expired_account(row.meter) for row in rows if row.expired_at is not None}
    expired = repository.open_ledger_accounts(connection, set(accounts.values())) if accounts else {}
    for row in rows:
        is_over = row.expired_at is not None
        number = expired[accounts[row.meter]] if is_over else row.ledger_account_id
        uses[row.journal_id].append(_Part(number, -row.amount))
    return uses


def _give_back(amount: int, uses: Sequence[_Part]) -> Iterator[_Part]:
    """What goes back to where it was taken; what was taken last goes back first."""
    for number, taken in reversed(uses):
        given = min(taken, amount)
        amount -= given
        yield _Part(number, given)


def _free_keys(connection: Connection, due: Sequence[_Due]) -> None:
    """Requests that were released have no answer: whatever is sent under their `Idempotency-Key` is new."""
    released = [each.reservation for each in due if not each.charged and each.reservation.idempotency_key]
    for row in released:
        values = {"account_id": row.account_id, "key": row.idempotency_key, "instance": row.instance}
        connection.execute(_FREE_KEY, values)


def _find_late(connection: Connection, reservation: AnyRow, now: datetime, posted: Posted) -> str:
    """What is settled in place of a reservation that was released before its server told that the request
    was answered: the same request, sent again and still under way, or else a new reservation.

    Returns:
        its id; empty where the request has been charged, or nothing covers it.
    """
    if reservation.idempotency_key:
        values = {"account_id": reservation.account_id, "key": reservation.idempotency_key}
        same = connection.execute(_SAME_REQUEST, values | {"id": reservation.id}).all()
        if any(row.outcome == "settled" for row in same):
            return ""
        if same:
            return same[0].id
    key = f"reserve:late:{reservation.id}"
    if repository.find_journal(connection, key):
        return ""
    grants = live_grants(connection, reservation.account_id, now)
    try:
        uses = choose_grants(grants, {reservation.meter: reservation.amount})
    except InsufficientBalance:
        posted.uncollected += 1
        return ""
    new = NewReservation(
        key,
        reservation.account_id,
        reservation.key_id,
        reservation.idempotency_key,
        reservation.requests,
        reservation.instance,
        now,
    )
    return enter(connection, uses, new)


def _count(due: Sequence[_Due], posted: Posted) -> None:
    for each in due:
        if each.charged:
            posted.settled += 1
            posted.charged[each.reservation.meter] += each.charged
        else:
            posted.released += 1


def _fact(due: _Due) -> Fact:
    reservation = due.reservation
    operation = "settle" if due.charged else "release"
    return Fact(f"end:{reservation.id}", operation, due.ending.at, reservation.account_id, reservation.id)


def _end_row(due: _Due, journal_id: int, now: datetime) -> dict[str, Any]:
    outcome: Outcome = "settled" if due.charged else "released"
    return {
        "reservation_id": due.reservation.id,
        "outcome": outcome,
        "journal_id": journal_id,
        "at": now,
    }


def _record_row(due: _Due) -> dict[str, Any]:
    reservation, ending = due.reservation, due.ending
    return {
        "reservation_id": reservation.id,
        "account_id": reservation.account_id,
        "key_id": reservation.key_id,
        "at": ending.at,
        "day": ending.day,
        "voice": ending.voice,
        "route": ending.route,
        "requests": reservation.requests,
        "characters": ending.characters,
        "milliseconds": ending.milliseconds,
        "meter": reservation.meter,
        "charged": due.charged,
    }


_FIND: Final = (
    select(RESERVATIONS, ENDS.c.outcome)
    .outerjoin(ENDS, ENDS.c.reservation_id == RESERVATIONS.c.id)
    .where(RESERVATIONS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(RESERVATIONS.c.created_at, RESERVATIONS.c.id)
)
_USES: Final = (
    select(
        *(ENTRIES.c.journal_id, ENTRIES.c.ledger_account_id, ENTRIES.c.amount),
        *(GRANTS.c.meter, GRANTS.c.expired_at),
    )
    .join(GRANTS, GRANTS.c.ledger_account_id == ENTRIES.c.ledger_account_id)
    .where(ENTRIES.c.journal_id.in_(bindparam("ids", expanding=True)))
    .order_by(ENTRIES.c.id)
)
_SAME_REQUEST: Final = (
    select(RESERVATIONS.c.id, ENDS.c.outcome)
    .outerjoin(ENDS, ENDS.c.reservation_id == RESERVATIONS.c.id)
    .where(
        RESERVATIONS.c.account_id == bindparam("account_id"),
        RESERVATIONS.c.idempotency_key == bindparam("key"),
        RESERVATIONS.c.id != bindparam("id"),
        or_(ENDS.c.outcome.is_(None), ENDS.c.outcome == "settled"),
    )
)
_FREE_KEY: Final = delete(REQUESTS).where(
    REQUESTS.c.account_id == bindparam("account_id"),
    REQUESTS.c.key == bindparam("key"),
    REQUESTS.c.instance == bindparam("instance"),
    REQUESTS.c.status.is_(None),
)
_CLOSE: Final = (
    update(RESERVATIONS).where(RESERVATIONS.c.id.in_(bindparam("ids", expanding=True))).values(is_open=False)
)
_ADD_ENDS: Final = insert(ENDS)
_ADD_RECORDS: Final = insert(RECORDS)
