"""Plays: whatever may happen to charging, in whatever order, to a database and to the model of its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import pytest
from hypothesis import strategies as st
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session
from tests.unit.server.usage.accounts import NOW, add_account, catalogue
from tests.unit.server.usage.model import (
    AT_ONCE,
    FREE,
    KEPT,
    METERS,
    Model,
    ModelEnding,
    ModelGrant,
    ModelRequest,
    ModelReservation,
)

from huisheng.server.database.database import Database
from huisheng.server.database.ids import new_id
from huisheng.server.errors import IdempotencyInProgress, IdempotencyKeyReused
from huisheng.server.guard.errors import TooManyConcurrent
from huisheng.server.ledger import proof as ledger_proof
from huisheng.server.ledger.repository import ACCOUNTS, ENTRIES, JOURNALS
from huisheng.server.plans.catalogue import Meter, PlanLimits
from huisheng.server.speech.metering import KeptAnswer, RequestKey
from huisheng.server.usage import instances
from huisheng.server.usage.endings import ENDS, RECORDS, Ending, Outcome, end
from huisheng.server.usage.errors import InsufficientBalance
from huisheng.server.usage.grants import NewGrant, expire, find_grants, give, take_back
from huisheng.server.usage.idempotency import forget_expired, keep_answer, reserve_once
from huisheng.server.usage.limits import RESERVATIONS
from huisheng.server.usage.proof import CHECKS as USAGE_CHECKS
from huisheng.server.usage.reservations import NotReserved, Reserved, UsageRequest, reserve
from huisheng.server.usage.settlement_log import SettlementLog, read_endings

CHECKS: Final = (*ledger_proof.CHECKS, *USAGE_CHECKS)
PLANS: Final = catalogue(FREE, PlanLimits(concurrency=AT_ONCE))
GRACE: Final = timedelta(minutes=5)
"""Within which the proof lets what servers have left stay open."""

NAMES: Final = (
    *("give", "ask", "ask", "ask", "ask", "ask", "ask_again", "ask_again"),
    *("finish", "finish", "finish", "finish", "post", "post", "post", "keep"),
    *("crash", "lose", "stall", "recover", "abandon", "forsake", "come_back"),
    *("repeat", "repeat", "wait", "next_day", "expire", "revoke"),
)
STEPS: Final = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9999)), min_size=16, max_size=32)
"""What happens, and a number that says with what."""

T = TypeVar("T")


@dataclass(eq=False)
class PlayedServer:
    """A server process, as far as charging knows of it.

    Attributes:
        machine: its folder of settlement logs.
        requests: reservations that it works on.
        pending: endings that are not posted yet.
        unkept: keys of requests whose answers it has not kept yet.
        is_stalled: it lives, and does not say so.
    """

    id: str
    machine: Path
    log: SettlementLog
    requests: list[str] = field(default_factory=list[str])
    pending: list[Ending] = field(default_factory=list[Ending])
    unkept: list[str] = field(default_factory=list[str])
    is_stalled: bool = False


class Play:
    """Two accounts in two zones, and servers on two machines.

    Args:
        database: any, also one of earlier plays.
        folder: of this play alone.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.now = NOW
        self.machines = (folder / "one", folder / "two")
        self.accounts = (new_id("acc"), new_id("acc"))
        self.model = Model(dict(zip(self.accounts, (timedelta(hours=8), timedelta()), strict=True)))
        self.servers: list[PlayedServer] = []
        self.told: list[Ending] = []
        self.keys: list[tuple[str, str]] = []
        with database.writing() as session:
            for account, zone in zip(self.accounts, ("Asia/Shanghai", "UTC"), strict=True):
                add_account(session, account, zone)
        for machine in (*self.machines, self.machines[0]):
            self._start(machine)
        for number in (6, 93, 8):  # calls, calls for long, characters
            self.give(number)

    def run(self, name: str, number: int) -> None:
        """One thing happens; then the books must agree with the model."""
        getattr(self, name)(number)
        self.check()

    def give(self, number: int) -> None:
        """A pack; sometimes one that has been given already."""
        account, meter = self.accounts[number % 2], METERS[number // 2 % 3]
        amount = (1, 7, 25)[number // 6 % 3]
        ends = self.now + timedelta(hours=(1, 20, 60)[number // 18 % 3])
        key = f"pack:{account}:{number % 40}"
        known = next((grant for grant in self.model.grants if grant.key == key), None)
        with self.database.writing() as session:
            give(session, NewGrant(account, meter, amount, "pack", key, self.now, ends, key), self.now)
        if known is None:
            self.model.grants.append(ModelGrant(account, meter, amount, key, self.now, ends, amount))

    def ask(self, number: int) -> None:
        """A request without a key, or with a new one."""
        key = ""
        account = self.accounts[number // 3 % 2]
        if number % 3:
            key = f"key-{len(self.keys)}"
            self.keys.append((account, key))
        self._ask(number, account, key, "f")

    def ask_again(self, number: int) -> None:
        """A request that has a key is sent again; sometimes another is, under the key."""
        if self.keys:
            account, key = self.keys[-1 - number % min(len(self.keys), 3)]
            self._ask(number, account, key, "g" if number % 5 == 4 else "f")

    def _ask(self, number: int, account: str, key: str, fingerprint: str) -> None:
        server = _pick(self.servers, number)
        size = (1, 5, 11)[number // 6 % 3]
        asked = UsageRequest(account, "", "v", "mp3", size, size, size // 2 + 1, None, key)
        refusal = self._key_refusal(account, key, fingerprint)
        with self.database.writing() as session:
            if refusal:
                with pytest.raises(refusal):
                    self._reserve(session, asked, server, fingerprint)
                return
            found = self._reserve(session, asked, server, fingerprint)
        self._compare(asked, server, fingerprint, found)

    def _reserve(
        self, session: Session, asked: UsageRequest, server: PlayedServer, fingerprint: str
    ) -> Reserved | NotReserved | KeptAnswer | None:
        if not asked.idempotency_key:
            return reserve(session, asked, server.id, PLANS, self.now)
        key = RequestKey(asked.idempotency_key, fingerprint)
        return reserve_once(session, asked, server.id, PLANS, self.now, key)

    def _key_refusal(self, account: str, key: str, fingerprint: str) -> type[Exception] | None:
        request = self.model.requests.get((account, key))
        if request is None or request.at + KEPT <= self.now:
            return None
        if request.fingerprint != fingerprint:
            return IdempotencyKeyReused
        is_served = not request.is_answered and self.model.leases[request.server] > self.now
        return IdempotencyInProgress if is_served else None

    def _compare(
        self,
        asked: UsageRequest,
        server: PlayedServer,
        fingerprint: str,
        found: Reserved | NotReserved | KeptAnswer | None,
    ) -> None:
        """What the database has answered is what the model does."""
        model, account, key = self.model, asked.account_id, asked.idempotency_key
        request = model.requests.get((account, key))
        if request and request.at + KEPT <= self.now:
            request = None
        if request and request.body is not None:
            assert found == KeptAnswer(200, [], request.body)
            return
        is_charged = bool(request and request.is_answered)
        if key and not is_charged:
            is_charged = model.is_charged(account, key, self.now)
            lost = [
                name
                for name, each in model.reservations.items()
                if (each.account, each.key, each.outcome) == (account, key, None)
                and each.at > self.now - KEPT
            ]
            model.release(lost, self.now)
        if is_charged:
            assert found is None
        elif not self._compare_reservation(asked, server, found):
            return
        if key:
            begun = request.at if request else self.now
            model.requests[account, key] = ModelRequest(fingerprint, server.id, begun)
            server.unkept.append(key)

    def _compare_reservation(self, asked: UsageRequest, server: PlayedServer, found: object) -> bool:
        """Whether something was reserved."""
        model, account = self.model, asked.account_id
        model.give_free_day(account, self.now)
        costs: dict[Meter, int] = {"calls": 1, "characters": asked.characters, "seconds": asked.seconds}
        meter = model.choose(account, costs, self.now)
        if meter is None:
            assert isinstance(found, NotReserved)
            assert isinstance(found.error, InsufficientBalance)
            assert found.balances == model.balances(account, self.now)
            return False
        if model.running(account, self.now) >= AT_ONCE:
            assert isinstance(found, NotReserved)
            assert isinstance(found.error, TooManyConcurrent)
            return False
        assert isinstance(found, Reserved)
        amount = costs[meter]
        uses = model.reserve(account, meter, amount, self.now)
        left = model.balances(account, self.now)[meter]
        assert (found.meter, found.amount, found.remaining) == (meter, amount, left)
        model.reservations[found.id] = ModelReservation(
            account, meter, amount, uses, server.id, asked.idempotency_key, self.now
        )
        server.requests.append(found.id)
        return True

    def finish(self, number: int) -> None:
        """A request is answered or fails; its server has still to post it."""
        under_way = [(server, name) for server in self.servers for name in server.requests]
        if not under_way:
            return
        server, name = under_way[number % len(under_way)]
        server.requests.remove(name)
        each = self.model.reservations[name]
        outcome: Outcome = "released" if number % 3 == 2 else "settled"
        ending = Ending(
            name, each.account, outcome, self.now, self.now.date(), number % 13, number % 9 * 1000
        )
        if outcome == "settled":
            server.log.append(ending)
        server.pending.append(ending)
        self.told.append(ending)

    def post(self, number: int) -> None:
        """A server posts its oldest endings; sometimes it does not come to forget that it has."""
        server = _pick(self.servers, number)
        batch = server.pending[: number % 4 + 1]
        self._end(batch)
        if number % 5:
            del server.pending[: len(batch)]
            if not server.pending:
                server.log.truncate()

    def repeat(self, number: int) -> None:
        """Some ending is told of once more, the same or as the server has told of it after all."""
        if self.told:
            self._end([self.told[-1 - number % min(len(self.told), 4)]])

    def _end(self, batch: Sequence[Ending]) -> None:
        with self.database.writing() as session:
            end(session, batch, self.now)
        self._follow(batch)

    def _follow(self, batch: Sequence[Ending]) -> None:
        """The model does the same; ids of reservations that were made for late endings are the books'."""
        keys = {f"reserve:late:{ending.reservation_id}": ending.reservation_id for ending in batch}
        with self.database.reading() as session:
            rows = session.execute(_LATE, {"keys": list(keys)})
            late = {keys[key]: reference for key, reference in rows}
        told = [
            ModelEnding(each.reservation_id, each.outcome, each.characters, -(-each.milliseconds // 1000))
            for each in batch
        ]
        self.model.end(told, self.now, late)

    def keep(self, number: int) -> None:
        """A server keeps the answer of a request that it has answered; every third is too large."""
        answered = [
            (server, name, each)
            for server in self.servers
            for name, each in self.model.reservations.items()
            if each.key in server.unkept
            and any(told.reservation_id == name and told.outcome == "settled" for told in self.told)
        ]
        if not answered:
            return
        server, name, each = answered[number % len(answered)]
        body = None if number % 3 == 2 else name.encode()
        answer = None if body is None else KeptAnswer(200, [], body)
        with self.database.writing() as session:
            keep_answer(session, each.account, each.key, server.id, answer)
        server.unkept.remove(each.key)
        request = self.model.requests.get((each.account, each.key))
        if request and request.server == server.id:
            request.is_answered, request.body = True, body

    def crash(self, number: int) -> None:
        """A server is killed; another begins on its machine, which posts what it has left."""
        server = _pick(self.servers, number)
        server.log.close(done=False)
        self.servers.remove(server)
        if number % 2:
            self._recover(server.machine)
        self._start(server.machine)

    def lose(self, number: int) -> None:
        """A machine loses its power: the lines that servers have written there are gone."""
        machine = self.machines[number % 2]
        for server in [each for each in self.servers if each.machine == machine]:
            server.log.truncate()
            server.log.close(done=False)
            self.servers.remove(server)
            self._start(machine)

    def stall(self, number: int) -> None:
        """A server stops saying that it lives, or goes on."""
        server = _pick(self.servers, number)
        server.is_stalled = not server.is_stalled

    def recover(self, number: int) -> None:
        """A server looks for dead ones on its machine."""
        self._recover(self.machines[number % 2])

    def _recover(self, machine: Path) -> None:
        living = {server.id for server in self.servers}
        dead = [path for path in sorted(machine.glob("*.log")) if path.stem not in living]
        left = {path.stem: read_endings(path.read_bytes()) for path in dead}
        instances.recover(self.database, machine, self.now)
        for server, endings in left.items():
            self._follow(endings)
            self._retire(server)
            self.model.leases[server] = self.now

    def _retire(self, server: str) -> None:
        reservations = self.model.reservations.items()
        self.model.release([name for name, each in reservations if each.server == server], self.now)

    def abandon(self, number: int) -> None:
        """Servers release what those have open that are taken for dead."""
        with self.database.writing() as session:
            instances.release_abandoned(session, self.now)
            forget_expired(session, self.now)
        for server, lease in self.model.leases.items():
            if lease <= self.now:
                self._retire(server)
        for name in [name for name, each in self.model.requests.items() if each.at + KEPT <= self.now]:
            del self.model.requests[name]

    def wait(self, number: int) -> None:
        """Time goes by, and servers say that they live."""
        self._wait(timedelta(seconds=40) if number % 3 else timedelta(hours=number % 20))

    def next_day(self, number: int) -> None:
        """A request is sent again after a day: its key is new."""
        self._wait(KEPT)
        self.give(number)
        self.ask_again(number)

    def forsake(self, number: int) -> None:
        """A server that is at work is taken for dead: what it has open is released."""
        server = _pick([server for server in self.servers if server.requests] or self.servers, number)
        server.is_stalled = True
        self._wait(2 * instances.LEASE)
        self.abandon(number)

    def come_back(self, number: int) -> None:
        """A server that was taken for dead goes on: it answers, posts that twice, and keeps the answer."""
        self.forsake(number)
        if number % 2:
            self.ask_again(number // 2)
        self.finish(number)
        for _ in range(2):
            self.repeat(0)
        self.keep(number)

    def _wait(self, interval: timedelta) -> None:
        self.now += interval
        with self.database.writing() as session:
            for server in self.servers:
                if not server.is_stalled:
                    instances.renew(session, server.id, self.now)
                    self.model.leases[server.id] = self.now + instances.LEASE

    def expire(self, number: int) -> None:
        """What is left of grants that are over expires."""
        with self.database.writing() as session:
            expire(session, self.now, 10_000)
        for grant in self.model.grants:
            if grant.ends <= self.now and not grant.is_expired:
                grant.is_expired, grant.left = True, 0

    def revoke(self, number: int) -> None:
        """A refund takes a pack back, in part or what is left of it; then it is told of it again."""
        packs = [grant for grant in self.model.grants if not grant.is_free]
        grant = packs[number % len(packs)]
        amount = None if number % 3 == 0 else number % 5 + 1
        expected = grant.left if amount is None else min(amount, grant.left)
        fact = new_id("rev")
        for _ in range(2):
            with self.database.writing() as session:
                (found,) = [each for each in find_grants(session, grant.key) if each.key == grant.key]
                assert take_back(session, found.id, amount, fact, self.now) == expected
        grant.left -= expected
        if amount is None:
            grant.ends = min(grant.ends, self.now)

    def _start(self, machine: Path) -> None:
        server = new_id("srv")
        log = SettlementLog(machine, server)
        with self.database.writing() as session:
            instances.register(session, server, self.now)
        self.model.leases[server] = self.now + instances.LEASE
        self.servers.append(PlayedServer(server, machine, log))

    def check(self) -> None:
        """The books are as the model has them, and they are proved."""
        reservations = self.model.reservations
        with self.database.reading() as session:
            proof = ledger_proof.prove(session, self.now, CHECKS)
            units = session.execute(_BALANCES, {"owners": self.accounts}).all()
            rows = session.execute(_ENDS, {"owners": self.accounts}).all()
        expected = Counter[tuple[str, str, str]]()
        for each in reservations.values():
            kind, amount = ("reserved", each.amount) if each.outcome is None else ("used", each.charged)
            expected[each.account, kind, each.meter] += amount
        for grant in self.model.grants:
            expected[grant.account, "grant", grant.meter] += grant.left
        found = Counter({(row.owner, row.kind, row.unit): row.total for row in units})
        assert +found == +expected
        assert all(grant.left >= 0 for grant in self.model.grants)
        ends = {row.id: (row.outcome, row.charged or 0) for row in rows}
        assert ends == {name: (each.outcome, each.charged) for name, each in reservations.items()}
        mine = {fault.id for fault in proof.faults if fault.id in reservations}
        assert mine == self._find_abandoned()
        assert [fault for fault in proof.faults if "is gone" not in fault.detail] == []
        self._check_keys()

    def _find_abandoned(self) -> set[str]:
        """What is still open of servers that have been dead for a while."""
        return {
            name
            for name, each in self.model.reservations.items()
            if each.outcome is None and self.model.leases[each.server] <= self.now - GRACE
        }

    def _check_keys(self) -> None:
        """Under a key, one request a day is charged."""
        times = sorted(
            (each.account, each.key, each.at)
            for each in self.model.reservations.values()
            if each.key and each.outcome == "settled"
        )
        assert all(
            (account, key) != (other, after) or late - early >= KEPT
            for (account, key, early), (other, after, late) in pairwise(times)
        )

    def close(self) -> None:
        """Give files back, and leave nothing open: a proof names no more than a hundred faults."""
        for server in self.servers:
            server.log.close(done=True)
        with self.database.writing() as session:
            for server in self.model.leases:
                instances.retire(session, server, self.now)


def run_play(database: Database, steps: Sequence[tuple[str, int]]) -> None:
    """Run a play in a database, also one of earlier plays."""
    with TemporaryDirectory() as folder:
        play = Play(database, Path(folder))
        try:
            for name, number in steps:
                play.run(name, number)
        finally:
            play.close()


def _pick(things: Sequence[T], number: int) -> T:
    return things[number // 4 % len(things)]


_LATE: Final = select(JOURNALS.c.key, JOURNALS.c.reference).where(
    JOURNALS.c.key.in_(bindparam("keys", expanding=True))
)
_BALANCES: Final = (
    select(ACCOUNTS.c.owner, ACCOUNTS.c.kind, ACCOUNTS.c.unit, func.sum(ENTRIES.c.amount).label("total"))
    .join(ENTRIES, ENTRIES.c.ledger_account_id == ACCOUNTS.c.id)
    .where(ACCOUNTS.c.owner.in_(bindparam("owners", expanding=True)))
    .group_by(ACCOUNTS.c.owner, ACCOUNTS.c.kind, ACCOUNTS.c.unit)
)
_ENDS: Final = (
    select(RESERVATIONS.c.id, ENDS.c.outcome, RECORDS.c.charged)
    .outerjoin(ENDS, ENDS.c.reservation_id == RESERVATIONS.c.id)
    .outerjoin(RECORDS, RECORDS.c.reservation_id == RESERVATIONS.c.id)
    .where(RESERVATIONS.c.account_id.in_(bindparam("owners", expanding=True)))
)
