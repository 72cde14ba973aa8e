"""From asking to the last piece: what observers are told, and that a slot is free again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from dataclasses import dataclass, field

import pytest

from huisheng.errors import Busy, EmptyText, EngineError
from huisheng.runtime.admission import Admission, AdmissionLimits, SchedulingRequest
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.observer import NullObserver, RequestSummary
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import MIN_STEP, Piece, Work
from huisheng.runtime.workers.threads import ThreadWorkers
from huisheng.testing import SilentEngine
from huisheng.units import Seconds

SCHEDULING = SchedulingRequest("silent", 4)


@dataclass
class RecordingObserver(NullObserver):
    """Keeps what it is told."""

    notes: list[str] = field(default_factory=list[str])
    summaries: list[RequestSummary] = field(default_factory=list[RequestSummary])
    gaps: list[float] = field(default_factory=list[float])

    def on_refusal(self, engine: str, code: str) -> None:
        self.notes.append(f"refused {engine} {code}")

    def on_wait(self, engine: str, seconds: Seconds) -> None:
        self.notes.append("waited")

    def on_first_audio(self, engine: str, seconds: Seconds) -> None:
        self.notes.append("first audio")

    def on_underrun(self, engine: str, seconds: Seconds) -> None:
        self.gaps.append(seconds)

    def on_end(self, summary: RequestSummary) -> None:
        self.notes.append(summary.outcome)
        self.summaries.append(summary)


@dataclass
class StepwiseWork:
    """Pieces of these lengths, each taking `pause` seconds; before each but the first, `go`."""

    lengths: tuple[float, ...]
    go: threading.Event
    closed: threading.Event
    error: Exception | None = None
    stepping: threading.Event = field(default_factory=threading.Event)
    pause: float = 0.0

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[int]]:
        """Begin the work."""
        try:
            for number, length in enumerate(self.lengths):
                time.sleep(self.pause)
                if number:
                    self.stepping.set()
                    self.go.wait()
                yield Piece(number, Seconds(length))
            if self.error:
                raise self.error
        finally:
            self.closed.set()


@dataclass
class Refused:
    """Cannot be begun."""

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[int]]:
        """Begin the work."""
        raise EmptyText


async def run(dispatch: Dispatch, work: Work[int], scheduling: SchedulingRequest = SCHEDULING) -> list[int]:
    return [value async for values in dispatch.run(work, scheduling) for value in values]


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
async def dispatch(observer: RecordingObserver) -> AsyncGenerator[Dispatch]:
    """One slot, and no queue."""
    threads = ThreadWorkers(Synthesizer(SilentEngine()), 1)
    yield Dispatch(threads, Admission(1, 1, AdmissionLimits(0)), observer)
    await threads.close()


@pytest.fixture
def numbers() -> Iterator[StepwiseWork]:
    """Three pieces; let go at the latest when the test ends."""
    made = StepwiseWork((0.0, 0.5, 0.5), threading.Event(), threading.Event())
    yield made
    made.go.set()


async def test_a_request_that_ends_well_is_accounted_for(
    dispatch: Dispatch, observer: RecordingObserver, numbers: StepwiseWork
) -> None:
    numbers.go.set()

    assert await run(dispatch, numbers) == [0, 1, 2]

    (summary,) = observer.summaries
    assert (summary.outcome, summary.characters, summary.audio) == ("ok", 4, 1.0)
    assert summary.work > 0.0
    assert observer.notes == ["waited", "first audio", "ok"]
    assert dispatch.proven


async def test_one_that_is_left_is_cancelled_and_frees_its_slot(
    dispatch: Dispatch, observer: RecordingObserver, numbers: StepwiseWork
) -> None:
    stream = dispatch.run(numbers, SCHEDULING)
    await anext(stream)
    await stream.aclose()

    assert numbers.closed.is_set()
    assert observer.notes == ["waited", "cancelled"]
    assert (dispatch.admission.running, sum(dispatch.admission.open.values())) == (0, 0)


async def test_one_that_is_cancelled_in_a_step_keeps_its_slot_until_the_step_has_ended(
    dispatch: Dispatch, numbers: StepwiseWork
) -> None:
    async def listen() -> None:
        async for _ in dispatch.run(numbers, SCHEDULING):
            pass

    listener = asyncio.create_task(listen())
    await asyncio.to_thread(numbers.stepping.wait)
    listener.cancel()
    await asyncio.sleep(0)
    assert dispatch.admission.running == 1
    numbers.go.set()
    with pytest.raises(asyncio.CancelledError):
        await listener

    assert numbers.closed.is_set()
    assert dispatch.admission.running == 0


async def test_one_that_fails_is_accounted_for(
    dispatch: Dispatch, observer: RecordingObserver, numbers: StepwiseWork
) -> None:
    numbers.error = EngineError()
    numbers.go.set()

    with pytest.raises(EngineError):
        async for _ in dispatch.run(numbers, SCHEDULING):
            pass

    assert observer.notes[-1] == "failed"


async def test_one_that_is_refused_on_the_way_is_no_failure(
    dispatch: Dispatch, observer: RecordingObserver, numbers: StepwiseWork
) -> None:
    numbers.error = Busy(retry_after=5)
    numbers.go.set()

    with pytest.raises(Busy):
        async for _ in dispatch.run(numbers, SCHEDULING):
            pass

    assert [summary.outcome for summary in observer.summaries] == ["rejected"]


async def test_one_that_cannot_be_begun_is_the_callers_matter(
    dispatch: Dispatch, observer: RecordingObserver
) -> None:
    with pytest.raises(EmptyText):
        async for _ in dispatch.run(Refused(), SCHEDULING):
            pass

    assert dispatch.admission.running == 0
    assert [summary.outcome for summary in observer.summaries] == ["rejected"]
    assert not dispatch.proven


async def test_one_that_is_turned_away_is_told_of_and_nothing_is_begun(
    dispatch: Dispatch, observer: RecordingObserver, numbers: StepwiseWork
) -> None:
    stream = dispatch.run(numbers, SCHEDULING)
    await anext(stream)
    with pytest.raises(Busy):
        async for _ in dispatch.run(numbers, SCHEDULING):
            pass
    await stream.aclose()

    assert "refused silent busy" in observer.notes


@pytest.mark.parametrize(("streamed", "gaps"), [(True, 1), (False, 0)], ids=["listener", "file"])
async def test_a_gap_is_told_of_where_a_listener_hears_it(
    dispatch: Dispatch, observer: RecordingObserver, numbers: StepwiseWork, streamed: bool, gaps: int
) -> None:
    numbers.lengths = (1e-6, 1e-6)
    numbers.pause = MIN_STEP
    numbers.go.set()

    assert await run(dispatch, numbers, SchedulingRequest("silent", 4, streamed=streamed)) == [0, 1]
    assert len(observer.gaps) == gaps
