"""The rules of charging in plain Python, which a database and its books must agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from huisheng.server.plans.catalogue import Meter
from huisheng.server.usage.endings import Outcome

KEPT: Final = timedelta(hours=24)
"""How long a key belongs to its request."""

FREE: Final = 2
"""Calls of a free day."""

AT_ONCE: Final = 4
"""Requests of an account that may be under way."""

METERS: Final[tuple[Meter, ...]] = ("calls", "characters", "seconds")


@dataclass(eq=False)
class ModelGrant:
    """A grant and what is left of it."""

    account: str
    meter: Meter
    amount: int
    key: str
    starts: datetime
    ends: datetime
    left: int = 0
    is_free: bool = False
    is_expired: bool = False

    def is_live(self, now: datetime) -> bool:
        return self.starts <= now < self.ends


@dataclass(eq=False)
class ModelReservation:
    """A reservation, what it took from which grants, and how it ended."""

    account: str
    meter: Meter
    amount: int
    uses: list[tuple[ModelGrant, int]]
    server: str
    key: str
    at: datetime
    outcome: Outcome | None = None
    charged: int = 0


@dataclass
class ModelRequest:
    """Whose a key is."""

    fingerprint: str
    server: str
    at: datetime
    is_answered: bool = False
    body: bytes | None = None


@dataclass(frozen=True)
class ModelEnding:
    """How a reservation is told to have ended."""

    reservation: str
    outcome: Outcome
    characters: int = 0
    seconds: int = 0


@dataclass
class Model:
    """Accounts, and everything that has been posted.

    Attributes:
        offsets: account → of its zone, from UTC.
        leases: server → until when it is taken for living.
        requests: account and key → the request that has it.
        late: reservations that have been charged after their release.
    """

    offsets: dict[str, timedelta]
    leases: dict[str, datetime] = field(default_factory=dict[str, datetime])
    grants: list[ModelGrant] = field(default_factory=list[ModelGrant])
    reservations: dict[str, ModelReservation] = field(default_factory=dict[str, ModelReservation])
    requests: dict[tuple[str, str], ModelRequest] = field(default_factory=dict[tuple[str, str], ModelRequest])
    late: set[str] = field(default_factory=set[str])

    def live(self, account: str, now: datetime) -> list[ModelGrant]:
        """Grants in the order in which they are used."""
        mine = [grant for grant in self.grants if grant.account == account and grant.is_live(now)]
        return sorted(mine, key=lambda grant: (grant.ends, grant.starts, grant.key))

    def balances(self, account: str, now: datetime) -> Counter[str]:
        totals = Counter[str]()
        for grant in self.live(account, now):
            totals[grant.meter] += grant.left
        return totals

    def give_free_day(self, account: str, now: datetime) -> None:
        """A day begins at midnight of the account's zone."""
        if any(grant.is_free for grant in self.live(account, now)):
            return
        offset = self.offsets[account]
        day: date = (now + offset).date()
        begin = datetime.combine(day, time(), now.tzinfo) - offset
        key = f"free:{account}:{day.isoformat()}:calls"
        ends = begin + timedelta(days=1)
        self.grants.append(ModelGrant(account, "calls", FREE, key, begin, ends, FREE, is_free=True))

    def choose(self, account: str, costs: dict[Meter, int], now: datetime) -> Meter | None:
        """The meter that a request is charged in; None where nothing covers it."""
        totals = self.balances(account, now)
        for grant in self.live(account, now):
            if grant.left and totals[grant.meter] >= costs.get(grant.meter, 1 << 60):
                return grant.meter
        return None

    def running(self, account: str, now: datetime) -> int:
        return sum(
            each.account == account and each.outcome is None and self.leases[each.server] > now
            for each in self.reservations.values()
        )

    def reserve(self, account: str, meter: Meter, amount: int, now: datetime) -> list[tuple[ModelGrant, int]]:
        """Take units from grants, as far as they go."""
        uses: list[tuple[ModelGrant, int]] = []
        for grant in self.live(account, now):
            taken = min(grant.left, amount) if grant.meter == meter else 0
            if taken:
                grant.left -= taken
                amount -= taken
                uses.append((grant, taken))
        return uses

    def is_charged(self, account: str, key: str, now: datetime) -> bool:
        """Whether a request under a key has been charged within a day."""
        return any(
            (each.account, each.key, each.outcome) == (account, key, "settled") and each.at > now - KEPT
            for each in self.reservations.values()
        )

    def release(self, names: Iterable[str], now: datetime) -> None:
        """Release those that are open."""
        self.end([ModelEnding(name, "released") for name in names], now, {})

    def end(self, endings: Sequence[ModelEnding], now: datetime, late: Mapping[str, str]) -> None:
        """Post endings; `late` has the ids of reservations that they make for others that were released."""
        told = {ending.reservation: ending for ending in endings}
        due = sorted(told, key=lambda name: (self.reservations[name].at, name))
        for name in list(due):
            if self.reservations[name].outcome == "released" and told[name].outcome == "settled":
                charged = self._find_late(name, now, late)
                told[charged] = told[name]
                due += [charged] if charged and charged not in due else []
        still_open = [name for name in due if self.reservations[name].outcome is None]
        for name in still_open:
            self._charge(self.reservations[name], told[name], now)
        for name in still_open:
            self._close(self.reservations[name], told[name].outcome)

    def _find_late(self, name: str, now: datetime, late: Mapping[str, str]) -> str:
        """What is charged for an answer that is told of after its release; empty for nothing."""
        lost = self.reservations[name]
        same = {
            other: each.outcome
            for other, each in self.reservations.items()
            if lost.key and each is not lost and (each.account, each.key) == (lost.account, lost.key)
        }
        if "settled" in same.values():
            return ""
        if still_open := [other for other, outcome in same.items() if outcome is None]:
            return still_open[0]
        if name in self.late or self.balances(lost.account, now)[lost.meter] < lost.amount:
            return ""
        self.late.add(name)
        uses = self.reserve(lost.account, lost.meter, lost.amount, now)
        self.reservations[late[name]] = replace(lost, uses=uses, at=now, outcome=None)
        return late[name]

    def _charge(self, each: ModelReservation, ending: ModelEnding, now: datetime) -> None:
        match each.meter if ending.outcome == "settled" else None:
            case None:
                pass
            case "calls":
                each.charged = each.amount
            case "characters":
                each.charged = min(max(ending.characters, 1), each.amount)
            case "seconds":
                each.charged = max(ending.seconds, 1)
                beyond = max(each.charged - each.amount, 0)
                paid = sum(taken for _, taken in self.reserve(each.account, each.meter, beyond, now))
                each.charged -= beyond - paid

    def _close(self, each: ModelReservation, outcome: Outcome) -> None:
        each.outcome = outcome
        back = max(each.amount - each.charged, 0)
        for grant, taken in reversed(each.uses):
            given = min(taken, back)
            back -= given
            if not grant.is_expired:
                grant.left += given
        name = each.account, each.key
        request = self.requests.get(name)
        if outcome == "released" and request and request.server == each.server and not request.is_answered:
            del self.requests[name]
