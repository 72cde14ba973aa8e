"""Work from its asking to its last piece: admitted, in turns, begun anew where a worker died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, TypeVar

from huisheng.errors import EngineError, RefusedError, RequestError, WorkerLost
from huisheng.runtime.admission import Admission, Demand, Ticket
from huisheng.runtime.observer import Account, Nobody, Observer, Outcome
from huisheng.runtime.work.steps import Piece, Step, Work
from huisheng.runtime.workers.protocol import Course, Workers
from huisheng.units import Seconds

T = TypeVar("T")

AHEAD: Final = 1
"""Steps beyond those under way that a place of work is given, so that none of its threads ever waits."""

_LONG: Final = 0.25
"""Seconds; whoever waits longer than this wants to know before whether he waits for nothing."""

_ATTEMPTS: Final = 2


class Dispatch:
    """The one way to the workers.

    Args:
        workers: do the work.
        admission: whose slots are those of the workers.
        observer: is told what happens.
    """

    def __init__(self, workers: Workers, admission: Admission, observer: Observer | None = None) -> None:
        self.workers = workers
        self.admission = admission
        self._remembered = (0, 0)
        self.proven = False
        """Whether any work has brought sound yet."""
        self.observer = observer or Nobody()

    async def run(self, work: Work[T], demand: Demand) -> AsyncGenerator[tuple[T, ...]]:
        """Do a piece of work, step by step; a reader who leaves frees the worker within one.

        Raises:
            RequestError: it cannot be done.
            RefusedError: not now.
            EngineError: it failed.
        """
        observer = self.observer if demand.counted else Nobody()
        try:
            async with (
                self.admission.admit(demand) as ticket,
                aclosing(self._recorded(work, ticket, observer)) as steps,
            ):
                async for pieces in steps:
                    yield tuple(piece.value for piece in pieces)
        except RefusedError as refusal:
            observer.refused(demand.engine, refusal.code)
            raise

    async def _recorded(
        self, work: Work[T], ticket: Ticket, observer: Observer
    ) -> AsyncGenerator[tuple[Piece[T], ...]]:
        """What each step brought, and an account of all at the end."""
        outcome: Outcome = "cancelled"
        listener = _Listener(observer, ticket.demand.engine, ticket)
        try:
            async with aclosing(self._attempts(work, ticket)) as steps:
                async for pieces in steps:
                    listener.hear(Seconds(sum(piece.audio for piece in pieces)))
                    yield pieces
            outcome = "ok"
            self.admission.complete(ticket)
        except Exception as error:
            outcome = "rejected" if isinstance(error, (RequestError, RefusedError)) else "failed"
            raise
        finally:
            demand = ticket.demand
            audio, spent = Seconds(ticket.heard), Seconds(ticket.work)
            observer.ended(Account(demand.engine, outcome, demand.characters, audio, spent))
            self._tell_remembered()

    def _tell_remembered(self) -> None:
        """What the workers looked up since the last time."""
        hits, misses = self.workers.remembered
        for hit, count in ((True, hits - self._remembered[0]), (False, misses - self._remembered[1])):
            for _ in range(count):
                self.observer.looked_up("sentence", hit=hit)
        self._remembered = hits, misses

    async def _attempts(self, work: Work[T], ticket: Ticket) -> AsyncGenerator[tuple[Piece[T], ...]]:
        """What one attempt brings; or another, where a worker died before anything was heard.

        What the first told is not told again: the same work brings the same pieces.
        """
        told, heard = 0, False
        for attempt in range(1, _ATTEMPTS + 1):
            known = told
            try:
                async with aclosing(self._steps(work, ticket)) as steps:
                    async for step in steps:
                        new = step.pieces[known:]
                        known = max(0, known - len(step.pieces))
                        told += len(new)
                        heard = heard or step.audio > 0.0
                        yield new
            except WorkerLost as error:
                if attempt == _ATTEMPTS or (heard and ticket.demand.streamed):
                    raise EngineError from error
            else:
                return

    async def _steps(self, work: Work[T], ticket: Ticket) -> AsyncGenerator[Step[T]]:
        """Each step in a turn of its own; the reader takes what it brought while others have theirs."""
        course = await self.workers.course(work, ticket.site)
        last = False
        try:
            if self.admission.wait(ticket.demand.priority) > _LONG:
                await course.begin()  # whoever has to wait learns at once what is wrong
            while not last:
                step = await self._step(course, ticket)
                self.proven = self.proven or step.audio > 0.0
                last = step.last
                yield step
        finally:
            await course.close()

    async def _step(self, course: Course[T], ticket: Ticket) -> Step[T]:
        """One step; the turn is given back when it has ended, also for a reader who has left."""
        async with self.admission.turn(ticket):
            try:
                step = await course.advance()
            except asyncio.CancelledError:
                await course.close()
                raise
            self.admission.record(ticket, step)
            return step


class _Listener:
    """Who plays a request's sound from the first piece on, as the observer is told of it."""

    def __init__(self, observer: Observer, engine: str, ticket: Ticket) -> None:
        self._observer = observer
        self._engine = engine
        self._ticket = ticket
        self._came = time.monotonic()
        self._runs_dry = 0.0
        self._waited = False

    def hear(self, audio: Seconds) -> None:
        """More is there, with so much sound in it."""
        now = time.monotonic()
        if not self._waited:
            self._waited = True
            self._observer.waited(self._engine, Seconds(now - self._came - self._ticket.work))
        if not audio:
            return
        if not self._runs_dry:
            self._observer.first_audio(self._engine, Seconds(now - self._came))
            self._runs_dry = now
        elif now > self._runs_dry:
            if self._ticket.demand.streamed:
                self._observer.ran_dry(self._engine, Seconds(now - self._runs_dry))
            self._runs_dry = now
        self._runs_dry += audio
