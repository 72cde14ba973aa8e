"""Admission and turns: who is let in, who makes the next step, and when to say no.

A request that is let in becomes a ticket. Its work is done in steps, each a window or a clause of speech,
and every step takes a turn in one of the slots. So a long text holds a slot for one step only, a reader who
is slow to take what was made holds none, and whoever leaves is gone with the step.

Turns go to interactive requests before those in the batch, then to whoever would run dry first: a listener
who began when the request came has heard everything at `arrived + heard`. Short of time, everybody's first
sound goes before anybody's second minute.

Beyond what can be served a caller is refused at once, and told when to come back: that is kinder than a queue
whose end nobody reaches. How long one would wait is foreseen from the speed that was measured.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any, Final, NamedTuple

from huisheng.errors import Busy, Draining, TooLate
from huisheng.runtime.forecast import Load, Turn, time_until_room
from huisheng.runtime.work.steps import Step
from huisheng.units import Seconds

_MEMORY: Final = 0.1
"""Share of the newest measurement in what is known of an engine's speed."""

_LONGEST_RETRY: Final = 60
"""Seconds that a refused caller is told to wait at most."""


class Priority(IntEnum):
    """Somebody waits for it, or it may take its time."""

    INTERACTIVE = 0
    BATCH = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """What is known of a request before anything is done for it.

    Attributes:
        engine: that is to speak.
        characters: of the text.
        priority: whose turn it is first.
        patience: the answer must begin so soon; None for whenever.
        streamed: whether it begins with the first sound; else with the last.
        ahead: sound of the same speech that the listener has yet to hear, made before.
        continued: whether it goes on with what was let in before, and is not turned away.
        counted: whether anybody is told of it.
    """

    engine: str
    characters: int
    priority: Priority = Priority.INTERACTIVE
    patience: Seconds | None = None
    streamed: bool = True
    ahead: Seconds = Seconds(0.0)
    continued: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken on.

    Attributes:
        queue: requests of one engine and priority beyond those that have a slot.
        wait: longest time that somebody interactive may be expected to wait for the first step.
    """

    queue: int
    wait: Seconds = Seconds(math.inf)


class Lane(NamedTuple):
    """What is admitted together: the requests for one engine, of one priority."""

    engine: str
    priority: Priority


@dataclass(slots=True)
class _Speed:
    """Of one engine, as it was measured; 0 before the first time."""

    step: float = 0.0
    character: float = 0.0
    factor: float = 0.0

    def learn(self, name: str, value: float) -> None:
        """Move towards a new measurement of `step`, `character` or `factor`."""
        known: float = getattr(self, name)
        setattr(self, name, known + _MEMORY * (value - known) if known else value)


@dataclass(slots=True, eq=False)
class Ticket:
    """A request that was let in.

    Attributes:
        demand: what it asks for.
        arrived: on the clock of the admission.
        heard: sound that was made for it so far.
        work: how long that took.
        site: where its steps are made.
    """

    demand: Demand
    arrived: float
    site: int
    heard: float = 0.0
    work: float = 0.0

    @property
    def urgency(self) -> tuple[Priority, float]:
        """Less goes first."""
        return self.demand.priority, self.arrived + self.demand.ahead + self.heard


@dataclass(slots=True)
class _Site:
    """Slots of one place, and who waits for them."""

    running: int = 0
    open: int = 0
    waiting: dict[Ticket, asyncio.Future[None]] = field(default_factory=dict[Ticket, asyncio.Future[None]])


class Admission:
    """Bounded work, in turns.

    Args:
        sites: places where steps are made.
        threads: steps of one site at the same time.
        limits: how much is taken on.
        ahead: steps that a site is handed while its threads are busy, so that none of them waits for the
            next one to come over.
        clock: seconds; it must never jump.
    """

    def __init__(
        self,
        sites: int,
        threads: int,
        limits: Limits,
        *,
        ahead: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sites = [_Site() for _ in range(sites)]
        self._threads = threads
        self._turns = threads + ahead
        self._limits = limits
        self._clock = clock
        self._open: set[Ticket] = set()
        self._lanes = Counter[Lane]()
        self._speeds: dict[str, _Speed] = {}
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def slots(self) -> int:
        """Steps at the same time."""
        return len(self._sites) * self._threads

    @property
    def running(self) -> int:
        """Steps under way."""
        return sum(min(site.running, self._threads) for site in self._sites)

    @property
    def waiting(self) -> int:
        """Requests that want a step now and have none under way."""
        return sum(len(site.waiting) + max(0, site.running - self._threads) for site in self._sites)

    @property
    def open(self) -> Counter[Lane]:
        """Requests that were let in and are not over."""
        return Counter(self._lanes)

    @property
    def draining(self) -> bool:
        """Whether nothing more is let in."""
        return self._draining

    def drain(self) -> None:
        """Let nothing more in; what was let in goes on."""
        self._draining = True

    async def idle(self) -> None:
        """Wait until nothing is open."""
        await self._idle.wait()

    @asynccontextmanager
    async def admit(self, demand: Demand) -> AsyncGenerator[Ticket]:
        """A ticket for the length of the block.

        Raises:
            Draining: the server is stopping.
            Busy: the lane is full, or the wait would be too long.
            TooLate: it would be longer than the caller has patience.
        """
        if not demand.continued:
            self._require_room(demand)
        site = min(range(len(self._sites)), key=lambda index: self._sites[index].open)
        ticket = Ticket(demand, self._clock(), site)
        lane = Lane(demand.engine, demand.priority)
        self._open.add(ticket)
        self._lanes[lane] += 1
        self._sites[site].open += 1
        self._idle.clear()
        try:
            yield ticket
        finally:
            self._open.discard(ticket)
            self._lanes[lane] -= 1
            self._sites[site].open -= 1
            if not self._open:
                self._idle.set()

    @asynccontextmanager
    async def turn(self, ticket: Ticket) -> AsyncGenerator[None]:
        """A turn for the length of the block, which makes one step.

        Raises:
            TooLate: the caller's patience is over before the turn comes.
        """
        site = self._sites[ticket.site]
        await self._granted(site, ticket)
        try:
            yield
        finally:
            self._release(site)

    def record(self, ticket: Ticket, step: Step[Any]) -> None:
        """A step was made for a ticket."""
        ticket.heard += step.audio
        ticket.work += step.work
        self._speed(ticket).learn("step", step.work)

    def complete(self, ticket: Ticket) -> None:
        """Learn from a ticket that ended well how long its engine takes."""
        speed = self._speed(ticket)
        speed.learn("character", ticket.work / max(1, ticket.demand.characters))
        if ticket.heard:
            speed.learn("factor", ticket.work / ticket.heard)

    def wait(self, priority: Priority = Priority.INTERACTIVE) -> Seconds:
        """How long somebody who came now would wait for the first step."""
        if self.running + self.waiting < self.slots:
            return Seconds(0.0)
        return self._wait([self._load(ticket) for ticket in self._open], Turn(priority, self._clock()))

    def _wait(self, loads: Sequence[Load], turn: Turn) -> Seconds:
        """How long somebody with such a turn waits for the first step where all slots are in use."""
        return Seconds(sum(load.ahead(turn) for load in loads) / self.slots)

    async def _granted(self, site: _Site, ticket: Ticket) -> None:
        """Wait for the turn; whoever gives up in the very moment of getting it passes it on."""
        first = all(ticket.urgency <= other.urgency for other in site.waiting)
        if first and site.running < self._reach(ticket):
            site.running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        site.waiting[ticket] = turn
        try:
            async with asyncio.timeout(self._left(ticket)):
                await turn
        except BaseException as error:
            if not site.waiting.pop(ticket, None):
                self._release(site)
            if isinstance(error, TimeoutError):
                raise TooLate(self._retry(ticket.demand, ticket)) from error
            raise

    def _release(self, site: _Site) -> None:
        """Give a turn back. It goes on when whoever had it has come to ask again, if that is at once."""
        site.running -= 1
        asyncio.get_running_loop().call_soon(self._grant, site)

    def _grant(self, site: _Site) -> None:
        while site.waiting:
            first = min(site.waiting, key=lambda ticket: ticket.urgency)
            if site.running >= self._reach(first):
                return
            site.running += 1
            turn = site.waiting.pop(first)
            if not turn.done():
                turn.set_result(None)

    def _reach(self, ticket: Ticket) -> int:
        """Turns that there are for a ticket: one whose patience counts waits here, where it is watched."""
        return self._turns if self._left(ticket) is None else self._threads

    def _left(self, ticket: Ticket) -> float | None:
        """Of a caller's patience; None for one who has all the time, or whose answer has begun."""
        patience = ticket.demand.patience
        if patience is None or (ticket.demand.streamed and ticket.heard):
            return None
        return max(0.0, ticket.arrived + patience - self._clock())

    def _require_room(self, demand: Demand) -> None:
        if self._draining:
            raise Draining
        wait = self.wait(demand.priority)
        lane = Lane(demand.engine, demand.priority)
        if self._lanes[lane] >= self.slots + self._limits.queue or wait > self._longest_wait(demand):
            raise Busy(self._retry(demand))
        if wait + self._needed(demand) > self._patience(demand):
            raise TooLate(self._retry(demand))

    def _longest_wait(self, demand: Demand) -> float:
        return self._limits.wait if demand.priority is Priority.INTERACTIVE else math.inf

    def _patience(self, demand: Demand) -> float:
        return math.inf if demand.patience is None else demand.patience

    def _needed(self, demand: Demand) -> float:
        """Seconds from the first step until the answer begins."""
        speed = self._speeds.get(demand.engine, _Speed())
        return speed.step if demand.streamed else speed.character * demand.characters

    def _load(self, ticket: Ticket) -> Load:
        """What is left to do for a ticket, by the speed that was measured."""
        demand, speed = ticket.demand, self._speed(ticket)
        left = max(0.0, speed.character * demand.characters - ticket.work)
        return Load(demand.engine, Turn(*ticket.urgency), left, speed.step, speed.factor)

    def _retry(self, demand: Demand, leaving: Ticket | None = None) -> int:
        """Whole seconds after which such a request is expected to be let in; `leaving` goes now."""
        loads = [self._load(ticket) for ticket in self._open if ticket is not leaving]
        seconds = time_until_room(loads, self.slots, partial(self._has_room, demand))
        return min(_LONGEST_RETRY, max(1, math.ceil(seconds)))

    def _has_room(self, demand: Demand, later: Seconds, loads: Sequence[Load]) -> bool:
        """Whether a request would be let in, so many seconds from now, with so much left to do."""
        turn = Turn(demand.priority, self._clock() + later)
        wait = self._wait(loads, turn) if len(loads) >= self.slots else Seconds(0.0)
        lane = Lane(demand.engine, demand.priority)
        held = sum(Lane(load.engine, Priority(load.turn.priority)) == lane for load in loads)
        return (
            held < self.slots + self._limits.queue
            and wait <= self._longest_wait(demand)
            and wait + self._needed(demand) <= self._patience(demand)
        )

    def _speed(self, ticket: Ticket) -> _Speed:
        return self._speeds.setdefault(ticket.demand.engine, _Speed())
