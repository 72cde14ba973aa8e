"""Admission control and scheduling: which requests are admitted, which makes the next step, which is refused.

The work of an admitted request is done in steps, each a window or a clause of speech, and every step takes a
turn in one of the slots. So a long text holds a slot for one step only, a slow reader holds none, and a
request that is cancelled gives its slot back with the step under way.

Turns go to interactive requests before batch ones, then to the request whose listener would run dry first:
a listener who began when the request arrived has heard everything at `arrived + audio`. So the first sound
of every request goes before the second minute of any.

Requests beyond what can be served are refused at once, with the time after which to come back. How long one
would wait is predicted from the speed that was measured.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any, Final, NamedTuple

from huisheng.errors import Busy, Draining, TooLate
from huisheng.runtime.forecast import Load, Urgency, time_until_room
from huisheng.runtime.work.steps import Step
from huisheng.units import Seconds

_MEMORY: Final = 0.1
"""Share of the newest measurement in what is known of an engine's speed."""

_LONGEST_RETRY: Final = 60
"""Seconds of `Retry-After`, at most."""


class Priority(IntEnum):
    """A person waits for the answer, or it may take its time."""

    INTERACTIVE = 0
    BATCH = 1


@dataclass(frozen=True, slots=True)
class SchedulingRequest:
    """What is known of a request before anything is done for it.

    Attributes:
        engine: that is to speak.
        characters: of the text.
        priority: requests of a lower value get their turns first.
        deadline: seconds in which the answer must begin; None for no limit.
        streamed: whether it begins with the first sound; else with the last.
        ahead: sound of the same speech that the listener has yet to hear, made before.
        continued: whether it goes on with an admitted request, and so is not refused.
        counted: whether the observer is told of it.
    """

    engine: str
    characters: int
    priority: Priority = Priority.INTERACTIVE
    deadline: Seconds | None = None
    streamed: bool = True
    ahead: Seconds = Seconds(0.0)
    continued: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How much is taken on.

    Attributes:
        queue: requests of one engine and priority beyond those that have a slot.
        wait: longest time that an interactive request may be expected to wait for its first step.
    """

    queue: int
    wait: Seconds = Seconds(math.inf)


class QueueKey(NamedTuple):
    """What shares a limit: the requests for one engine, of one priority."""

    engine: str
    priority: Priority


@dataclass(slots=True)
class _Speed:
    """Measured seconds of one engine: for a step, a character, a second of sound; 0 before the first."""

    step: float = 0.0
    character: float = 0.0
    factor: float = 0.0

    def learn(self, name: str, value: float) -> None:
        """Move towards a new measurement of `step`, `character` or `factor`."""
        known: float = getattr(self, name)
        setattr(self, name, known + _MEMORY * (value - known) if known else value)


@dataclass(slots=True, eq=False)
class AdmittedRequest:
    """A request that was admitted.

    Attributes:
        request: what is known of it.
        arrived: on the clock of the admission.
        worker: number of the worker that makes its steps.
        speed: of its engine.
        audio: sound that was made for it so far.
        work: how long that took.
    """

    request: SchedulingRequest
    arrived: float
    worker: int
    speed: _Speed
    audio: float = 0.0
    work: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """That of its next step."""
        return Urgency(self.request.priority, self.arrived + self.request.ahead + self.audio)


@dataclass(slots=True)
class _WorkerQueue:
    """Turns of one worker in use, and the requests that wait for one."""

    running: int = 0
    open: int = 0
    waiting: dict[AdmittedRequest, asyncio.Future[None]] = field(
        default_factory=dict[AdmittedRequest, asyncio.Future[None]]
    )


class Admission:
    """Admits requests, and gives each step its turn.

    Args:
        workers: how many make steps.
        threads: steps of one worker at the same time.
        limits: how much is taken on.
        ahead: steps that a worker is handed while its threads are busy, so that none of them waits for the
            next one to arrive.
        clock: seconds; it must never jump.

    Attributes:
        slots: steps at the same time.
    """

    def __init__(
        self,
        workers: int,
        threads: int,
        limits: AdmissionLimits,
        *,
        ahead: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots: Final = workers * threads
        self._workers = [_WorkerQueue() for _ in range(workers)]
        self._threads = threads
        self._turns = threads + ahead
        self._limits = limits
        self._clock = clock
        self._open: set[AdmittedRequest] = set()
        self._admitted = Counter[QueueKey]()
        self._speeds = defaultdict[str, _Speed](_Speed)
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> int:
        """Steps under way."""
        return sum(min(queue.running, self._threads) for queue in self._workers)

    @property
    def waiting(self) -> int:
        """Requests that want a step now and have none under way."""
        return sum(len(queue.waiting) + max(0, queue.running - self._threads) for queue in self._workers)

    @property
    def open(self) -> Counter[QueueKey]:
        """Admitted requests that are not over."""
        return Counter(self._admitted)

    @property
    def draining(self) -> bool:
        """Whether no request is admitted any more."""
        return self._draining

    def drain(self) -> None:
        """Admit nothing more; what was admitted goes on."""
        self._draining = True

    async def idle(self) -> None:
        """Wait until no request is open."""
        await self._idle.wait()

    @asynccontextmanager
    async def admit(self, request: SchedulingRequest) -> AsyncGenerator[AdmittedRequest]:
        """Admit a request for the length of the block.

        Raises:
            Draining: the server is stopping.
            Busy: the lane is full, or the wait would be too long.
            TooLate: the answer would not begin before the deadline.
        """
        if not request.continued:
            self._require_room(request)
        worker = min(range(len(self._workers)), key=lambda index: self._workers[index].open)
        admitted = AdmittedRequest(request, self._clock(), worker, self._speeds[request.engine])
        key = QueueKey(request.engine, request.priority)
        self._open.add(admitted)
        self._admitted[key] += 1
        self._workers[worker].open += 1
        self._idle.clear()
        try:
            yield admitted
        finally:
            self._open.discard(admitted)
            self._admitted[key] -= 1
            self._workers[worker].open -= 1
            if not self._open:
                self._idle.set()

    @asynccontextmanager
    async def turn(self, admitted: AdmittedRequest) -> AsyncGenerator[None]:
        """A turn for the length of the block, which makes one step.

        Raises:
            TooLate: the deadline passes before the turn comes.
        """
        queue = self._workers[admitted.worker]
        first = all(admitted.urgency <= other.urgency for other in queue.waiting)
        if first and queue.running < self._turns_for(admitted):
            queue.running += 1
        else:
            await self._wait_for_turn(queue, admitted)
        try:
            yield
        finally:
            self._release(queue)

    def record(self, admitted: AdmittedRequest, step: Step[Any]) -> None:
        """A step of a request was made."""
        admitted.audio += step.audio
        admitted.work += step.work
        admitted.speed.learn("step", step.work)

    def complete(self, admitted: AdmittedRequest) -> None:
        """Learn from a request that ended well how long its engine takes."""
        admitted.speed.learn("character", admitted.work / max(1, admitted.request.characters))
        if admitted.audio:
            admitted.speed.learn("factor", admitted.work / admitted.audio)

    def wait(self, priority: Priority = Priority.INTERACTIVE) -> Seconds:
        """How long a request that came now would wait for its first step."""
        if sum(queue.running + len(queue.waiting) for queue in self._workers) < self.slots:
            return Seconds(0.0)
        return self._wait([self._load(admitted) for admitted in self._open], Urgency(priority, self._clock()))

    def _wait(self, loads: Sequence[Load], urgency: Urgency) -> Seconds:
        """How long a request of such an urgency waits for its first step where all slots are in use."""
        return Seconds(sum(load.ahead(urgency) for load in loads) / self.slots)

    async def _wait_for_turn(self, queue: _WorkerQueue, admitted: AdmittedRequest) -> None:
        """Wait until a turn is granted; one that comes just as the wait is given up goes to the next request.

        Raises:
            TooLate: the deadline passes first.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting[admitted] = turn
        try:
            async with asyncio.timeout(self._time_left(admitted)):
                await turn
        except BaseException as error:
            if not queue.waiting.pop(admitted, None):
                self._release(queue)
            if isinstance(error, TimeoutError):
                raise TooLate(self._retry(admitted.request, admitted)) from error
            raise

    def _release(self, queue: _WorkerQueue) -> None:
        """Give a turn back. It is granted in the next round of the loop: its holder may ask for it too."""
        queue.running -= 1
        if queue.waiting:
            asyncio.get_running_loop().call_soon(self._grant, queue)

    def _grant(self, queue: _WorkerQueue) -> None:
        while queue.waiting:
            first = min(queue.waiting, key=lambda admitted: admitted.urgency)
            if queue.running >= self._turns_for(first):
                return
            queue.running += 1
            turn = queue.waiting.pop(first)
            if not turn.done():
                turn.set_result(None)

    def _turns_for(self, admitted: AdmittedRequest) -> int:
        """Turns that there are for a request: one whose deadline counts waits here, where it is watched."""
        return self._turns if self._time_left(admitted) is None else self._threads

    def _time_left(self, admitted: AdmittedRequest) -> float | None:
        """Seconds until the deadline; None where there is none, or the answer has begun."""
        deadline = admitted.request.deadline
        if deadline is None or (admitted.request.streamed and admitted.audio):
            return None
        return max(0.0, admitted.arrived + deadline - self._clock())

    def _require_room(self, request: SchedulingRequest) -> None:
        if self._draining:
            raise Draining
        key = QueueKey(request.engine, request.priority)
        if refusal := self._find_refusal(request, self._admitted[key], self.wait(request.priority)):
            raise refusal(self._retry(request))

    def _find_refusal(
        self, request: SchedulingRequest, held: int, wait: float
    ) -> type[Busy] | type[TooLate] | None:
        """Why a request cannot be admitted; None where it can.

        Args:
            request: to be admitted.
            held: admitted requests for the same engine, of the same priority.
            wait: seconds that it would wait for its first step.
        """
        longest = self._limits.wait if request.priority is Priority.INTERACTIVE else math.inf
        if held >= self.slots + self._limits.queue or wait > longest:
            return Busy
        if request.deadline is None:
            return None
        speed = self._speeds[request.engine]
        until_answer = speed.step if request.streamed else speed.character * request.characters
        return TooLate if wait + until_answer > request.deadline else None

    def _load(self, admitted: AdmittedRequest) -> Load:
        """What is left to do for a request, by the speed that was measured."""
        request, speed = admitted.request, admitted.speed
        left = max(0.0, speed.character * request.characters - admitted.work)
        return Load(request.engine, admitted.urgency, left, speed.step, speed.factor)

    def _retry(self, request: SchedulingRequest, leaving: AdmittedRequest | None = None) -> int:
        """Whole seconds after which such a request is expected to be admitted; `leaving` ends now."""
        loads = [self._load(admitted) for admitted in self._open if admitted is not leaving]
        seconds = time_until_room(loads, self.slots, partial(self._has_room, request))
        return min(_LONGEST_RETRY, max(1, math.ceil(seconds)))

    def _has_room(self, request: SchedulingRequest, later: Seconds, loads: Sequence[Load]) -> bool:
        """Whether a request would be admitted, so many seconds from now, with so much left to do."""
        urgency = Urgency(request.priority, self._clock() + later)
        wait = self._wait(loads, urgency) if len(loads) >= self.slots else Seconds(0.0)
        key = QueueKey(request.engine, request.priority)
        held = sum(QueueKey(load.engine, Priority(load.urgency.priority)) == key for load in loads)
        return self._find_refusal(request, held, wait) is None
