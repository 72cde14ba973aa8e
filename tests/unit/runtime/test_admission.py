"""Which request is admitted, whose turn it is, and which is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.errors import Busy, Draining, TooLate
from huisheng.runtime.admission import (
    Admission,
    AdmissionLimits,
    AdmittedRequest,
    Priority,
    QueueKey,
    SchedulingRequest,
)
from huisheng.runtime.work.steps import Piece, Step
from huisheng.units import Seconds

SHORT = SchedulingRequest("sambert", 20)
OTHER = SchedulingRequest("kokoro", 20)
BATCH = SchedulingRequest("sambert", 20, Priority.BATCH)


@dataclass
class Clock:
    """Seconds, as the test wants them."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


class SteppedRequest:
    """A request that is admitted and makes steps when the test says so."""

    def __init__(self, admission: Admission, request: SchedulingRequest, name: str, order: list[str]) -> None:
        self._admission = admission
        self._request = request
        self._name = name
        self._order = order
        self._step = asyncio.Semaphore(0)
        self.admitted: AdmittedRequest | None = None
        self.task = asyncio.create_task(self._live())

    def step(self) -> None:
        """End the step under way."""
        self._step.release()

    async def _live(self) -> None:
        async with self._admission.admit(self._request) as self.admitted:
            while True:
                async with self._admission.turn(self.admitted):
                    self._order.append(self._name)
                    await self._step.acquire()
                self.admitted.audio += 1.0


@asynccontextmanager
async def cancel_all(*requests: SteppedRequest) -> AsyncGenerator[None]:
    """Requests that are all cancelled at the end."""
    try:
        yield
    finally:
        for stepped in requests:
            stepped.task.cancel()
        await asyncio.gather(*(stepped.task for stepped in requests), return_exceptions=True)


async def test_every_slot_makes_a_step_at_once(clock: Clock) -> None:
    admission, order = Admission(1, 3, AdmissionLimits(9), clock=clock), list[str]()
    requests = [SteppedRequest(admission, SHORT, str(number), order) for number in range(5)]
    async with cancel_all(*requests):
        await settle()

        assert (admission.running, admission.waiting) == (3, 2)


async def test_a_step_more_is_handed_over_and_counts_as_waiting(clock: Clock) -> None:
    admission, order = Admission(1, 2, AdmissionLimits(9), ahead=1, clock=clock), list[str]()
    requests = [SteppedRequest(admission, SHORT, str(number), order) for number in range(5)]
    async with cancel_all(*requests):
        await settle()

        assert order == ["0", "1", "2"]
        assert (admission.running, admission.waiting, admission.slots) == (2, 3, 2)


async def test_past_the_queue_a_caller_is_refused(clock: Clock) -> None:
    admission = Admission(1, 1, AdmissionLimits(1), clock=clock)
    async with admission.admit(SHORT), admission.admit(SHORT):
        with pytest.raises(Busy) as refused:
            async with admission.admit(SHORT):
                pass

    assert refused.value.retry_after >= 1


async def test_a_full_queue_of_one_engine_or_of_the_batch_leaves_room_in_the_others(clock: Clock) -> None:
    admission = Admission(1, 1, AdmissionLimits(0), clock=clock)
    async with admission.admit(BATCH), admission.admit(OTHER), admission.admit(SHORT):
        assert admission.open[QueueKey("sambert", Priority.BATCH)] == 1


async def test_turns_are_taken_in_the_order_of_coming(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    requests: list[SteppedRequest] = []
    for name in "abc":
        requests.append(SteppedRequest(admission, SHORT, name, order))
        await settle()
        clock.now += 0.1
    async with cancel_all(*requests):
        for stepped in requests:
            stepped.step()
            await settle()

        assert order[:3] == list("abc")


@pytest.mark.parametrize(("late", "order"), [(0.0, ["old", "new"]), (5.0, ["old", "old"])])
async def test_a_new_request_goes_before_one_with_enough_to_play_and_after_one_that_has_run_dry(
    clock: Clock, late: float, order: list[str]
) -> None:
    admission, taken = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    old = SteppedRequest(admission, SHORT, "old", taken)
    await settle()
    clock.now += late
    new = SteppedRequest(admission, SHORT, "new", taken)
    async with cancel_all(old, new):
        await settle()
        old.step()
        await settle()

        assert taken == order


async def test_batch_requests_wait_for_every_interactive_one(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    first, batch = (
        SteppedRequest(admission, SHORT, "first", order),
        SteppedRequest(admission, BATCH, "batch", order),
    )
    await settle()
    clock.now += 60.0
    late = SteppedRequest(admission, SHORT, "late", order)
    async with cancel_all(first, batch, late):
        await settle()
        first.task.cancel()
        await settle()

        assert order == ["first", "late"]


async def test_a_request_cancelled_while_waiting_takes_no_slot(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    first, second = (SteppedRequest(admission, SHORT, name, order) for name in "ab")
    async with cancel_all(first, second):
        await settle()
        second.task.cancel()
        await settle()

        assert (admission.waiting, admission.running) == (0, 1)
        assert admission.open[QueueKey("sambert", Priority.INTERACTIVE)] == 1


async def test_a_request_cancelled_in_the_moment_of_its_turn_passes_it_on(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    first, second, third = (SteppedRequest(admission, SHORT, name, order) for name in "abc")
    async with cancel_all(first, second, third):
        await settle()
        first.task.cancel()
        await asyncio.sleep(0)
        second.task.cancel()
        await settle()

        assert order == ["a", "c"]


@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_deadline_that_ends_before_a_thread_is_free_is_a_refusal(ahead: int) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), ahead=ahead), list[str]()
    first = SteppedRequest(admission, SHORT, "first", order)
    async with cancel_all(first):
        await settle()
        hasty = SteppedRequest(admission, replace(SHORT, deadline=Seconds(0.01)), "hasty", order)
        with pytest.raises(TooLate):
            await hasty.task

        assert (admission.waiting, admission.running) == (0, 1)


async def speak(
    admission: Admission, clock: Clock, request: SchedulingRequest, work: float, audio: float
) -> None:
    """One request of one step."""
    async with admission.admit(request) as admitted:
        async with admission.turn(admitted):
            clock.now += work
        admission.record(admitted, Step((Piece(None, Seconds(audio)),), last=True, work=Seconds(work)))
        admission.complete(admitted)


class Speaker:
    """A request that speaks to the end, a step for each `step`."""

    def __init__(self, admission: Admission, request: SchedulingRequest, work: float, audio: float) -> None:
        self.step = asyncio.Event()
        self.task = asyncio.create_task(self._speak(admission, request, work, audio))

    async def _speak(
        self, admission: Admission, request: SchedulingRequest, work: float, audio: float
    ) -> None:
        async with admission.admit(request) as admitted:
            for _ in range(request.characters // SHORT.characters):
                async with admission.turn(admitted):
                    self.step.clear()
                    await self.step.wait()
                    step = Step((Piece(None, Seconds(audio)),), last=False, work=Seconds(work))
                    admission.record(admitted, step)


async def test_a_wait_is_foreseen_from_the_speed_that_was_measured(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    requests = [SteppedRequest(admission, SHORT, name, order) for name in "ab"]
    async with cancel_all(*requests):
        await settle()

        assert admission.wait() == pytest.approx(4.0)


async def test_no_request_waits_while_a_slot_is_free(clock: Clock) -> None:
    admission, order = Admission(1, 2, AdmissionLimits(9), clock=clock), list[str]()
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    async with cancel_all(SteppedRequest(admission, SHORT, "a", order)):
        await settle()

        assert admission.wait() == 0.0


async def test_a_request_that_would_wait_too_long_is_refused_and_told_when_to_return(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9, Seconds(3.0)), clock=clock), list[str]()
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    requests = [SteppedRequest(admission, SHORT, name, order) for name in "ab"]
    async with cancel_all(*requests):
        await settle()
        with pytest.raises(Busy) as refused:
            async with admission.admit(SHORT):
                pass

        assert refused.value.retry_after == 2
        async with admission.admit(BATCH):
            pass


LONG = replace(SHORT, characters=140)


@pytest.mark.parametrize(
    "requests",
    [
        [SHORT, SHORT, SHORT, SHORT],
        [LONG, LONG, LONG, LONG],
        [LONG, LONG, LONG, SHORT],
        [SHORT, LONG, LONG, LONG],
        [LONG, replace(SHORT, characters=60), LONG, LONG],
    ],
    ids=["short", "long", "short last", "short first", "one of half the length"],
)
async def test_a_refused_caller_is_told_when_a_place_is_free(
    clock: Clock, requests: list[SchedulingRequest]
) -> None:
    admission = Admission(1, 1, AdmissionLimits(3), clock=clock)
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    speakers: list[Speaker] = []
    for request in requests:
        speakers.append(Speaker(admission, request, work=2.0, audio=4.0))
        await settle()
        clock.now += 0.1
    with pytest.raises(Busy) as refused:
        async with admission.admit(SHORT):
            pass
    came = clock.now
    while not any(speaker.task.done() for speaker in speakers):
        clock.now += 2.0
        for speaker in speakers:
            speaker.step.set()
        await settle()
    for speaker in speakers:
        speaker.task.cancel()
    await asyncio.gather(*(speaker.task for speaker in speakers), return_exceptions=True)

    assert refused.value.retry_after == pytest.approx(clock.now - came, abs=2.0)


async def test_a_batch_request_is_told_to_wait_for_every_interactive_one(clock: Clock) -> None:
    admission = Admission(1, 1, AdmissionLimits(0), clock=clock)
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    async with admission.admit(LONG), admission.admit(BATCH):
        with pytest.raises(Busy) as batch:
            async with admission.admit(BATCH):
                pass
        with pytest.raises(Busy) as interactive:
            async with admission.admit(SHORT):
                pass

    assert (interactive.value.retry_after, batch.value.retry_after) == (14, 16)


async def test_no_client_is_told_to_wait_longer_than_a_minute(clock: Clock) -> None:
    admission = Admission(1, 1, AdmissionLimits(0), clock=clock)
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    async with admission.admit(replace(SHORT, characters=9_000)):
        with pytest.raises(Busy) as refused:
            async with admission.admit(SHORT):
                pass

    assert refused.value.retry_after == 60


async def test_a_request_that_gives_up_waiting_is_told_of_the_others_work_alone(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    first = SteppedRequest(admission, SHORT, "first", order)
    async with cancel_all(first):
        await settle()
        hasty = SteppedRequest(admission, replace(LONG, deadline=Seconds(4.0)), "hasty", order)
        await settle()
        clock.now += 4.0
        with pytest.raises(TooLate) as refused:
            await hasty.task

    assert refused.value.retry_after == 2


async def test_a_request_with_too_short_a_deadline_is_refused_at_once(clock: Clock) -> None:
    admission = Admission(1, 1, AdmissionLimits(9), clock=clock)
    await speak(admission, clock, SHORT, work=2.0, audio=4.0)
    whole = replace(SHORT, characters=200, deadline=Seconds(10.0), streamed=False)

    with pytest.raises(TooLate):
        async with admission.admit(whole):
            pass
    async with admission.admit(replace(whole, streamed=True)):
        pass


async def test_a_server_that_drains_admits_no_request_and_is_idle_when_the_last_has_left(
    clock: Clock,
) -> None:
    admission = Admission(1, 1, AdmissionLimits(9), clock=clock)
    async with admission.admit(SHORT):
        admission.drain()
        idle = asyncio.create_task(admission.idle())
        with pytest.raises(Draining):
            async with admission.admit(SHORT):
                pass
        await settle()
        assert not idle.done()
    await idle


async def test_tickets_go_to_the_site_with_the_fewest(clock: Clock) -> None:
    admission = Admission(2, 1, AdmissionLimits(9), clock=clock)
    async with admission.admit(SHORT) as first, admission.admit(SHORT) as second:
        assert {first.worker, second.worker} == {0, 1}


@settings(max_examples=80)
@given(
    st.integers(1, 2),
    st.integers(1, 3),
    st.integers(0, 1),
    st.integers(0, 3),
    st.lists(st.sampled_from(["come", "leave", "step", "later"]), max_size=40),
)
def test_whatever_happens_the_bounds_hold_and_in_the_end_every_slot_is_free(
    sites: int, threads: int, ahead: int, queue: int, events: list[str]
) -> None:
    clock = Clock()
    admission = Admission(sites, threads, AdmissionLimits(queue), ahead=ahead, clock=clock)
    asyncio.run(_play(admission, clock, queue, iter(events)))


async def _play(admission: Admission, clock: Clock, queue: int, events: Iterator[str]) -> None:
    requests: list[SteppedRequest] = []
    for event in events:
        if event == "come":
            requests.append(SteppedRequest(admission, SHORT, "", []))
        elif event == "later":
            clock.now += 0.7
        elif requests and event == "leave":
            requests.pop(0).task.cancel()
        elif requests:
            requests[0].step()
            requests.append(requests.pop(0))
        await settle()
        assert admission.running <= admission.slots
        assert sum(admission.open.values()) <= admission.slots + queue
        requests = [stepped for stepped in requests if not stepped.task.done()]
    async with cancel_all(*requests):
        pass
    await admission.idle()
    assert (admission.running, admission.waiting, +admission.open) == (0, 0, {})


async def test_work_that_was_admitted_goes_on_without_being_refused(clock: Clock) -> None:
    admission = Admission(1, 1, AdmissionLimits(0), clock=clock)
    async with admission.admit(SHORT):
        admission.drain()
        async with admission.admit(replace(SHORT, continued=True)):
            assert admission.open[QueueKey("sambert", Priority.INTERACTIVE)] == 2


async def test_a_request_with_something_left_to_play_lets_others_go_first(clock: Clock) -> None:
    admission, order = Admission(1, 1, AdmissionLimits(9), clock=clock), list[str]()
    first = SteppedRequest(admission, SHORT, "first", order)
    await settle()
    fed = SteppedRequest(admission, replace(SHORT, ahead=Seconds(3.0)), "fed", order)
    await settle()
    clock.now += 1.0
    hungry = SteppedRequest(admission, SHORT, "hungry", order)
    async with cancel_all(first, fed, hungry):
        await settle()
        first.task.cancel()
        await settle()

        assert order == ["first", "hungry"]
