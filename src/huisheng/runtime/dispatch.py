"""The execution of work from admission to the last piece: in turns, and again where a worker died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, TypeVar

from huisheng.errors import EngineError, RefusedError, RequestError, WorkerLost
from huisheng.runtime.admission import Admission, AdmittedRequest, SchedulingRequest
from huisheng.runtime.observer import NullObserver, Observer, Outcome, RequestSummary
from huisheng.runtime.work.steps import Step, Work
from huisheng.runtime.workers.protocol import Workers, WorkHandle
from huisheng.units import Seconds

T = TypeVar("T")

AHEAD: Final = 1
"""Steps beyond those under way that a worker is given, so that none of its threads ever waits."""

_LONG_WAIT: Final = 0.25
"""Seconds; work that would wait longer for its first step is checked before that wait."""

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
        self.proven = False
        """Whether any work has brought sound yet."""
        self.observer = observer or NullObserver()

    async def run(self, work: Work[T], request: SchedulingRequest) -> AsyncGenerator[tuple[T, ...]]:
        """Do a piece of work, step by step; closing this frees the worker within one step.

        Raises:
            RequestError: it cannot be done.
            RefusedError: not now.
            EngineError: it failed.
        """
        observer = self.observer if request.counted else NullObserver()
        outcome: Outcome = "cancelled"
        try:
            async with self.admission.admit(request) as admitted:
                playback = _Playback(observer, admitted)
                try:
                    async with aclosing(self._steps(work, admitted)) as steps:
                        async for step in steps:
                            playback.add(step.audio)
                            yield tuple(piece.value for piece in step.pieces)
                    outcome = "ok"
                    self.admission.complete(admitted)
                except Exception as error:
                    outcome = "rejected" if isinstance(error, (RequestError, RefusedError)) else "failed"
                    raise
                finally:
                    audio, spent = Seconds(admitted.audio), Seconds(admitted.work)
                    observer.on_end(RequestSummary(request.engine, outcome, request.characters, audio, spent))
        except RefusedError as refusal:
            observer.on_refusal(request.engine, refusal.code)
            raise

    async def _steps(self, work: Work[T], admitted: AdmittedRequest) -> AsyncGenerator[Step[T]]:
        """The steps, each made in a turn of its own; the caller takes one while others have their turns.

        Where a worker dies before any sound was passed on, the work is done again, without the pieces that
        were passed on already: the same work brings the same pieces.
        """
        passed, has_sound = 0, False
        for attempt in range(1, _ATTEMPTS + 1):
            known, last = passed, False
            handle: WorkHandle[T] | None = None
            try:
                handle = await self.workers.submit(work, admitted.worker)
                if self.admission.wait(admitted.request.priority) > _LONG_WAIT:
                    await handle.begin()  # a caller that has to wait learns at once what is wrong
                while not last:
                    step = await self._advance(handle, admitted)
                    last = step.last
                    if known:
                        known, step = (
                            max(0, known - len(step.pieces)),
                            step._replace(pieces=step.pieces[known:]),
                        )
                    passed += len(step.pieces)
                    has_sound = has_sound or step.audio > 0.0
                    yield step
            except WorkerLost as error:
                if attempt == _ATTEMPTS or (has_sound and admitted.request.streamed):
                    raise EngineError from error
            else:
                return
            finally:
                if handle:
                    await handle.close()

    async def _advance(self, handle: WorkHandle[T], admitted: AdmittedRequest) -> Step[T]:
        """Make one step; the turn is given back when it has ended, also where the caller is cancelled."""
        async with self.admission.turn(admitted):
            try:
                step = await handle.advance()
            except asyncio.CancelledError:
                await handle.close()
                raise
            self.admission.record(admitted, step)
            self.proven = self.proven or step.audio > 0.0
            return step


class _Playback:
    """A listener who plays a request's sound from the first piece on, as the observer is told of it."""

    def __init__(self, observer: Observer, admitted: AdmittedRequest) -> None:
        self._observer = observer
        self._engine = admitted.request.engine
        self._admitted = admitted
        self._came = time.monotonic()
        self._runs_dry = 0.0
        self._waited = False

    def add(self, audio: Seconds) -> None:
        """A step was made, with so much sound in it."""
        now = time.monotonic()
        if not self._waited:
            self._waited = True
            self._observer.on_wait(self._engine, Seconds(now - self._came - self._admitted.work))
        if not audio:
            return
        if not self._runs_dry:
            self._observer.on_first_audio(self._engine, Seconds(now - self._came))
            self._runs_dry = now
        elif now > self._runs_dry:
            if self._admitted.request.streamed:
                self._observer.on_underrun(self._engine, Seconds(now - self._runs_dry))
            self._runs_dry = now
        self._runs_dry += audio
