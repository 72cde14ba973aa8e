"""Workers in processes of their own: what they say arrives, and their death ends no other."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from tests.unit.runtime.workers.speakers import Broken, Count, Refused, Whoami, absent, silent

from huisheng.errors import EmptyText, EngineError, VoiceMissing, WorkerLost
from huisheng.runtime.admission import Admission, AdmissionLimits, SchedulingRequest
from huisheng.runtime.dispatch import Dispatch
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Work
from huisheng.runtime.workers.fork_server import ForkServerConfig
from huisheng.runtime.workers.processes import SUPPORTED, ProcessWorkers

T = TypeVar("T")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SUPPORTED, reason="work is done in threads on this system"),
]

STREAMED = SchedulingRequest("silent", 4)
WHOLE = SchedulingRequest("silent", 4, streamed=False)


class Losses:
    """How many workers died."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def ignore() -> None:
    """An event that is not counted."""


@asynccontextmanager
async def working(
    make: Callable[[], Synthesizer] = silent, step_limit: float = 60.0, on_loss: Callable[[], None] = ignore
) -> AsyncGenerator[ProcessWorkers]:
    """One worker of two threads."""
    processes = ProcessWorkers(ForkServerConfig(make, 2), 1, step_limit, on_loss)
    await processes.start()
    try:
        yield processes
    finally:
        await processes.close()


def dispatch_to(processes: ProcessWorkers) -> Dispatch:
    return Dispatch(processes, Admission(processes.count, processes.threads, AdmissionLimits(9)))


async def run(dispatch: Dispatch, work: Work[T], scheduling: SchedulingRequest = STREAMED) -> list[T]:
    return [value async for values in dispatch.run(work, scheduling) for value in values]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_every_piece_arrives_in_order() -> None:
    async with working() as processes:
        assert await run(dispatch_to(processes), Count(50)) == list(range(50))


async def test_many_at_once_keep_their_pieces_apart() -> None:
    async with working() as processes:
        dispatch = dispatch_to(processes)
        counts = await asyncio.gather(*(run(dispatch, Count(number)) for number in range(2, 10)))

    assert counts == [list(range(number)) for number in range(2, 10)]


async def test_work_is_done_in_another_process() -> None:
    async with working() as processes:
        (pid,) = await run(dispatch_to(processes), Whoami())

        assert pid in processes.pids
        assert pid != os.getpid()


async def test_an_error_arrives_as_it_was_raised() -> None:
    async with working() as processes:
        with pytest.raises(EmptyText) as refused:
            await run(dispatch_to(processes), Refused())

    assert refused.value.english == EmptyText().english


async def test_an_unforeseen_error_is_the_engines_and_leaves_the_worker_well() -> None:
    async with working() as processes:
        dispatch = dispatch_to(processes)
        with pytest.raises(EngineError):
            await run(dispatch, Broken())

        assert await run(dispatch, Count(3)) == [0, 1, 2]


async def test_what_cannot_be_loaded_is_told_and_work_may_be_tried_all_the_same() -> None:
    processes = ProcessWorkers(ForkServerConfig(absent, 1), 1, 60.0, Losses())
    with pytest.raises(VoiceMissing):
        await processes.start()
    try:
        assert await run(dispatch_to(processes), Count(2)) == [0, 1]
    finally:
        await processes.close()


async def test_a_client_that_leaves_closes_the_work_in_the_worker(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    async with working() as processes:
        stream = dispatch_to(processes).run(Count(1000, diary), STREAMED)
        assert await anext(stream) == (0,)
        await stream.aclose()

        told = diary.read_text().split()  # what is ahead of the listener, one step, has ended
        assert told in (["0", "closed"], ["0", "1", "closed"])


@pytest.mark.parametrize(("scheduling", "fatal"), [(STREAMED, 0), (STREAMED, 1), (WHOLE, 0), (WHOLE, 3)])
async def test_work_whose_worker_dies_before_anything_was_sent_is_done_by_another(
    tmp_path: Path, scheduling: SchedulingRequest, fatal: int
) -> None:
    losses = Losses()
    async with working(on_loss=losses) as processes:
        values = await run(dispatch_to(processes), Count(5, fatal=fatal, once=tmp_path / "died"), scheduling)

    assert values == [0, 1, 2, 3, 4]
    assert losses.count == 1


async def test_work_whose_worker_dies_after_something_was_heard_fails(tmp_path: Path) -> None:
    async with working() as processes:
        with pytest.raises(EngineError) as failure:
            await run(dispatch_to(processes), Count(5, fatal=2, once=tmp_path / "died"))

    assert isinstance(failure.value.__cause__, WorkerLost)


async def test_work_that_kills_every_worker_is_tried_twice_and_fails() -> None:
    losses = Losses()
    async with working(on_loss=losses) as processes:
        dispatch = dispatch_to(processes)
        with pytest.raises(EngineError):
            await run(dispatch, Count(5, fatal=0))
        assert await run(dispatch, Count(2)) == [0, 1]

    assert losses.count == 2


async def test_a_fork_server_that_died_is_replaced_when_it_is_needed() -> None:
    async with working() as processes:
        dispatch = dispatch_to(processes)
        fork_server, worker = processes.pids
        os.kill(fork_server, signal.SIGKILL)
        assert await run(dispatch, Whoami()) == [worker]
        os.kill(worker, signal.SIGKILL)

        assert (await run(dispatch, Whoami()))[0] not in (fork_server, worker)


async def test_a_fork_server_that_is_stuck_is_replaced_when_it_is_needed() -> None:
    async with working(step_limit=1.0) as processes:
        dispatch = dispatch_to(processes)
        fork_server, worker = processes.pids
        os.kill(fork_server, signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        values: list[int] = []
        async with asyncio.timeout(60.0):
            while not values:  # each request waits as long as a step may take
                with suppress(EngineError):
                    values = await run(dispatch, Count(2))

        assert values == [0, 1]
        assert fork_server not in processes.pids


async def test_a_worker_that_is_stuck_is_killed_and_replaced() -> None:
    losses = Losses()
    async with working(step_limit=0.5, on_loss=losses) as processes:
        dispatch = dispatch_to(processes)
        with pytest.raises(EngineError):
            await run(dispatch, Count(5, stuck=2))

        assert await run(dispatch, Count(2)) == [0, 1]
    assert losses.count == 1


async def test_signals_to_the_group_leave_the_workers_to_the_server() -> None:
    async with working() as processes:
        for pid in processes.pids:
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)

        assert await run(dispatch_to(processes), Count(3)) == [0, 1, 2]


async def test_no_process_is_left_when_all_is_closed() -> None:
    async with working() as processes:
        fork_server, worker = processes.pids
        (closing,) = (os.pidfd_open(worker),)

    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(closing, gone.set)
    await asyncio.wait_for(gone.wait(), 30)
    asyncio.get_running_loop().remove_reader(closing)
    os.close(closing)
    assert not alive(fork_server)


async def test_closed_work_gives_no_more(tmp_path: Path) -> None:
    async with working() as processes:
        handle = await processes.submit(Count(5, tmp_path / "diary"), 0)
        await handle.begin()
        assert not (await handle.advance()).last
        await handle.close()
        await handle.close()

        told = (tmp_path / "diary").read_text().split()
        assert told in (["0", "closed"], ["0", "1", "closed"])
