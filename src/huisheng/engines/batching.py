"""Calls of several threads that are made together: what one of them reads, all of them have read.

It stands among the engines, which may not import the runtime: only they know what may be made together.

No thread is added. A call that comes while nothing runs, runs; one that comes meanwhile waits, and the one
that has waited longest runs next, with all that came in time. So no call waits for company, and batches grow
with the number of utterances.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from huisheng.forking import survive_forks

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Success(Generic[Made]):
    """What came of a call."""

    made: Made


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why nothing came of it."""

    error: Exception


_Outcome: TypeAlias = _Success[Made] | _Failure


@dataclass(slots=True, eq=False)
class _Call(Generic[Given, Made]):
    """What one thread asked for; its outcome goes back by this object, never by its place in a batch."""

    bucket: Hashable
    given: Given
    outcome: _Outcome[Made] | None = None


class Batcher(Generic[Given, Made]):
    """Makes what threads ask for, one batch at a time.

    Args:
        run: makes as many as it is given, in the same order. No row may depend on another.
        most: rows of a batch.
    """

    def __init__(self, run: Callable[[Sequence[Given]], Sequence[Made]], most: int) -> None:
        self._run = run
        self._most = most
        self.renew()
        survive_forks(self)

    def renew(self) -> None:
        """Nothing runs and nothing waits."""
        self._changed = threading.Condition()
        self._waiting: list[_Call[Given, Made]] = []
        self._running = False

    @property
    def waiting(self) -> int:
        """Calls that are in no batch yet."""
        with self._changed:
            return len(self._waiting)

    def __call__(self, bucket: Hashable, given: Given) -> Made:
        """What is made of one row, by whichever thread.

        Args:
            bucket: only calls of the same may be made together.
            given: the row.

        Raises:
            Exception: whatever `run` raises for this row alone.
        """
        call = _Call[Given, Made](bucket, given)
        with self._queue(call):
            while (outcome := call.outcome) is None:
                self._make(self._batch(call))
        if isinstance(outcome, _Failure):
            raise outcome.error
        return outcome.made

    @contextmanager
    def _queue(self, call: _Call[Given, Made]) -> Generator[None]:
        """A block in which a call waits to be made; interrupted, it leaves the queue."""
        with self._changed:
            self._waiting.append(call)
        try:
            yield
        finally:
            with self._changed:
                if call in self._waiting:
                    self._waiting.remove(call)
                    self._changed.notify_all()

    def _batch(self, call: _Call[Given, Made]) -> list[_Call[Given, Made]]:
        """The calls to run with this one, when it is its turn; none when another thread has made it."""
        with self._changed:
            self._changed.wait_for(lambda: call.outcome or self._leads(call))
            if call.outcome is not None:
                return []
            batch = self._same_bucket(call)
            self._waiting = [other for other in self._waiting if other not in batch]
            self._running = True
            return batch

    def _leads(self, call: _Call[Given, Made]) -> bool:
        return not self._running and self._waiting[:1] == [call]

    def _same_bucket(self, call: _Call[Given, Made]) -> list[_Call[Given, Made]]:
        """It and those of its bucket that came first, as many as fit."""
        return [other for other in self._waiting if other.bucket == call.bucket][: self._most]

    def _make(self, batch: Sequence[_Call[Given, Made]]) -> None:
        """Give each call its outcome; those whose runner is interrupted wait again, before all others."""
        if not batch:
            return
        outcomes: Sequence[_Outcome[Made] | None] = [None] * len(batch)
        try:
            outcomes = self._outcomes([call.given for call in batch])
        finally:
            with self._changed:
                for call, outcome in zip(batch, outcomes, strict=True):
                    call.outcome = outcome
                self._waiting[:0] = [call for call in batch if call.outcome is None]
                self._end()

    def _outcomes(self, rows: Sequence[Given]) -> list[_Outcome[Made]]:
        """The outcomes of a batch; where it fails, each row is made alone, so that few fail."""
        try:
            return [_Success(made) for _, made in zip(rows, self._run(rows), strict=True)]
        except Exception as error:  # noqa: BLE001  the caller of the row is told
            if len(rows) == 1:
                return [_Failure(error)]
        return [outcome for row in rows for outcome in self._outcomes([row])]

    def _end(self) -> None:
        """Let the next one run. The lock is held."""
        self._running = False
        self._changed.notify_all()
