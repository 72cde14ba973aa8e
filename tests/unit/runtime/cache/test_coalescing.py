"""Equal requests share one piece of work, and no reader's leaving is another's trouble."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.errors import EngineError
from huisheng.runtime.cache.responses import RequestCoalescer

Coalescer: TypeAlias = RequestCoalescer[int]


class Source:
    """Numbers, with a failure at the end if there is one; each waits until it is let go."""

    def __init__(self, count: int = 3, failure: Exception | None = None, *, free: bool = True) -> None:
        self.started = 0
        self.closed = 0
        self.made = 0
        self.steps = asyncio.Semaphore(1_000 if free else 0)
        """One for each number that may be made."""
        self._count = count
        self._failure = failure

    async def __call__(self) -> AsyncGenerator[int]:
        self.started += 1
        try:
            for number in range(self._count):
                await self.steps.acquire()
                self.made += 1
                yield number
            if self._failure:
                raise self._failure
        finally:
            await asyncio.sleep(0)
            self.closed += 1


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def read(coalescer: Coalescer, source: Source, key: str = "a") -> list[int]:
    async with aclosing(coalescer.join(key, source)) as pieces:
        return [piece async for piece in pieces]


@pytest.fixture
def coalescer() -> Coalescer:
    return RequestCoalescer()


async def test_a_hundred_equal_requests_are_one_piece_of_work(coalescer: Coalescer) -> None:
    source = Source()

    heard = await asyncio.gather(*(read(coalescer, source) for _ in range(100)))

    assert heard == [[0, 1, 2]] * 100
    assert (source.started, source.made, source.closed, len(coalescer)) == (1, 3, 1, 0)


async def test_other_keys_are_other_work(coalescer: Coalescer) -> None:
    source = Source()
    await asyncio.gather(read(coalescer, source), read(coalescer, source, "b"))

    assert source.started == 2


async def test_a_later_request_gets_every_piece_from_the_first_on_and_then_live(
    coalescer: Coalescer,
) -> None:
    source = Source(free=False)
    source.steps.release()
    first = coalescer.join("a", source)
    await anext(first)
    shares = "a" in coalescer
    later = coalescer.join("a", source)
    begun = await anext(later)
    for _ in range(2):
        source.steps.release()

    assert shares
    assert begun == 0
    assert [piece async for piece in later] == [piece async for piece in first] == [1, 2]
    assert source.started == 1


async def test_while_no_reader_wants_more_nothing_is_made(coalescer: Coalescer) -> None:
    source = Source()
    async with aclosing(coalescer.join("a", source)) as fast, aclosing(coalescer.join("a", source)) as slow:
        for _ in range(2):
            await anext(fast)
        await anext(slow)
        await settle()

        assert source.made == 2


async def test_two_readers_that_wait_for_one_piece_ask_for_one(coalescer: Coalescer) -> None:
    source = Source(free=False)
    both = [coalescer.join("a", source) for _ in range(2)]
    waiting = [asyncio.create_task(anext(each)) for each in both]  # pyright: ignore[reportArgumentType]
    await settle()
    for _ in range(3):
        source.steps.release()
    await asyncio.gather(*waiting)
    await settle()

    assert source.made == 1
    for each in both:
        await each.aclose()


async def test_a_reader_cancelled_while_waiting_does_not_disturb_the_other(
    coalescer: Coalescer,
) -> None:
    source = Source(free=False)
    leaving, staying = (asyncio.create_task(read(coalescer, source)) for _ in range(2))
    await settle()
    leaving.cancel()
    await settle()
    for _ in range(3):
        source.steps.release()

    assert await staying == [0, 1, 2]
    assert (leaving.cancelled(), source.started, source.closed) == (True, 1, 1)


async def test_when_the_last_one_leaves_the_source_is_closed_before_that_returns(
    coalescer: Coalescer,
) -> None:
    source = Source()
    first, last = (coalescer.join("a", source) for _ in range(2))
    await anext(first)
    await anext(last)
    await first.aclose()
    after_the_first = source.closed
    await last.aclose()

    assert (after_the_first, source.closed, len(coalescer)) == (0, 1, 0)


async def test_when_the_last_one_is_cancelled_the_piece_under_way_is_given_up(
    coalescer: Coalescer,
) -> None:
    source = Source(free=False)
    reader = asyncio.create_task(read(coalescer, source))
    await settle()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader

    assert (source.closed, len(coalescer)) == (1, 0)


async def test_a_reader_cancelled_twice_still_closes_the_source(
    coalescer: Coalescer,
) -> None:
    source = Source(free=False)
    reader = asyncio.create_task(read(coalescer, source))
    await settle()
    reader.cancel()
    await asyncio.sleep(0)
    reader.cancel()
    await settle()

    assert (reader.cancelled(), source.closed) == (True, 1)


async def test_a_reader_that_comes_while_the_last_one_leaves_starts_anew(coalescer: Coalescer) -> None:
    source = Source()
    leaving = coalescer.join("a", source)
    await anext(leaving)
    left = asyncio.create_task(leaving.aclose())  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(0)

    assert await read(coalescer, source) == [0, 1, 2]
    await left
    assert (source.started, source.closed, len(coalescer)) == (2, 2, 0)


async def test_a_failure_reaches_every_reader_behind_the_pieces_before_it(
    coalescer: Coalescer,
) -> None:
    source = Source(2, EngineError())
    heard: list[list[int]] = [[], []]

    async def listen(mine: list[int]) -> None:
        pieces = coalescer.join("a", source)
        while True:
            mine.append(await anext(pieces))

    ends = await asyncio.gather(*map(listen, heard), return_exceptions=True)

    assert heard == [[0, 1]] * 2
    assert [type(end) for end in ends] == [EngineError] * 2


async def test_a_failure_tells_every_reader_where_in_the_source_it_happened(
    coalescer: Coalescer,
) -> None:
    source = Source(0, EngineError())
    readers = (read(coalescer, source) for _ in range(3))

    for end in await asyncio.gather(*readers, return_exceptions=True):
        assert isinstance(end, EngineError)
        assert [frame.name for frame in traceback.extract_tb(end.__traceback__)].count("__call__") == 1


async def test_a_failure_is_not_kept(coalescer: Coalescer) -> None:
    with pytest.raises(EngineError):
        await read(coalescer, Source(0, EngineError()))

    assert await read(coalescer, Source()) == [0, 1, 2]


async def test_finished_work_is_made_anew_though_a_reader_still_reads_it(
    coalescer: Coalescer,
) -> None:
    source = Source()
    slow = coalescer.join("a", source)
    await anext(slow)
    await read(coalescer, source)

    assert await read(coalescer, source) == [0, 1, 2]
    assert [piece async for piece in slow] == [1, 2]
    assert (source.started, source.closed, len(coalescer)) == (2, 2, 0)


async def test_a_reader_that_leaves_finished_work_leaves_the_new_work_alone(
    coalescer: Coalescer,
) -> None:
    source = Source()
    slow = coalescer.join("a", source)
    await anext(slow)
    await read(coalescer, source)
    anew = coalescer.join("a", source)
    await anext(anew)
    await slow.aclose()

    assert await read(coalescer, source) == [0, 1, 2]
    assert source.started == 2
    await anew.aclose()


async def test_a_refusal_to_start_is_the_callers_and_leaves_nothing_behind(
    coalescer: Coalescer,
) -> None:
    def refuse() -> AsyncGenerator[int]:
        raise EngineError

    with pytest.raises(EngineError):
        await anext(coalescer.join("a", refuse))

    assert len(coalescer) == 0


async def test_a_failure_of_the_closing_is_raised_where_it_is_closed(
    coalescer: Coalescer,
) -> None:
    async def careless() -> AsyncGenerator[int]:
        try:
            yield 0
        finally:
            raise EngineError

    reader = coalescer.join("a", careless)
    await anext(reader)

    with pytest.raises(EngineError):
        await reader.aclose()


# Whatever happens

EVENTS = st.lists(
    st.tuples(st.sampled_from(["join", "read", "let go", "leave"]), st.integers(0, 4)), max_size=40
)


class Reader:
    """One of several readers of the same, a step at a time."""

    def __init__(self, coalescer: Coalescer, source: Source) -> None:
        self.asked = 0
        self.heard: list[int] = []
        self.end: BaseException | None = None
        self._orders = asyncio.Semaphore(0)
        self._task = asyncio.create_task(self._read(coalescer.join("a", source)))

    @property
    def here(self) -> bool:
        return not self._task.done()

    def order(self, count: int = 1) -> None:
        self.asked += count
        for _ in range(count):
            self._orders.release()

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _read(self, pieces: AsyncGenerator[int]) -> None:
        async with aclosing(pieces):
            try:
                while True:
                    await self._orders.acquire()
                    self.heard.append(await anext(pieces))
            except (StopAsyncIteration, EngineError) as end:
                self.end = end


async def play(count: int, fails: bool, events: list[tuple[str, int]]) -> None:
    """One piece of shared work; readers come, read and leave, and at the end those that stay read it out."""
    coalescer = Coalescer()
    source = Source(count, EngineError() if fails else None, free=False)
    readers = [Reader(coalescer, source)]
    readers[0].order()
    await settle()
    for event, number in events:
        chosen = readers[number % len(readers)]
        staying = [reader for reader in readers if reader.here]
        if event == "join":
            readers.append(Reader(coalescer, source))
            readers[-1].order()
        elif event == "read":
            chosen.order()
        elif event == "let go":
            source.steps.release()
        elif len(staying) > 1:  # a reader stays, so that it is one piece of work from beginning to end
            await chosen.leave()
        await settle()
        assert source.made <= max(reader.asked for reader in readers)
        if "a" not in coalescer:
            break  # the work is over, and a join would begin it anew
    staying = [reader for reader in readers if reader.here]
    for reader in staying:
        reader.order(count + 1)
    for _ in range(count):
        source.steps.release()
        await settle()
    assert all(reader.heard == list(range(len(reader.heard))) for reader in readers)
    for reader in staying:
        assert reader.heard == list(range(count))
        assert isinstance(reader.end, EngineError if fails else StopAsyncIteration)
    assert source.started == source.closed
    assert not coalescer
    assert len(asyncio.all_tasks()) == 1


@settings(max_examples=150)
@given(st.integers(0, 5), st.booleans(), EVENTS)
def test_readers_that_stay_get_everything_once_and_nothing_is_left_running(
    count: int, fails: bool, events: list[tuple[str, int]]
) -> None:
    asyncio.run(play(count, fails, events))


async def test_what_is_sealed_is_shared_with_no_new_reader(coalescer: Coalescer) -> None:
    source = Source()
    first = coalescer.join("a", source)
    await anext(first)
    coalescer.seal("a")

    assert await read(coalescer, source) == [0, 1, 2]
    assert [piece async for piece in first] == [1, 2]
    assert (source.started, source.closed, len(coalescer)) == (2, 2, 0)


async def test_what_is_sealed_goes_on_at_the_pace_of_the_slowest(coalescer: Coalescer) -> None:
    source = Source(10)
    async with aclosing(coalescer.join("a", source)) as fast, aclosing(coalescer.join("a", source)) as slow:
        await anext(fast)
        await anext(slow)
        coalescer.seal("a")
        ahead = asyncio.create_task(_rest(fast))
        await settle()
        made_for_the_slow_one = source.made
        assert [await anext(slow) for _ in range(4)] == [1, 2, 3, 4]
        await settle()

        assert (made_for_the_slow_one, source.made) == (2, 6)
        await slow.aclose()
        assert await ahead == list(range(1, 10))


@given(st.lists(st.sampled_from(["first", "second", "seal", "join"]), max_size=30))
@settings(max_examples=200)
async def test_however_readers_and_seals_alternate_each_reader_gets_every_piece_once(
    steps: list[str],
) -> None:
    coalescer: Coalescer = RequestCoalescer()
    source = Source(6)
    readers = {name: coalescer.join("a", source) for name in ("first", "second")}
    heard: dict[str, list[int]] = {name: [] for name in readers}
    for step in steps:
        if step == "seal":
            coalescer.seal("a")
        elif step == "join":
            assert await read(coalescer, source, "b") == list(range(6))
        elif len(heard[step]) < 6 and heard[step] == heard[min(heard, key=lambda name: len(heard[name]))]:
            heard[step].append(await anext(readers[step]))
    rests = await asyncio.gather(*map(_rest, readers.values()))

    assert [heard[name] + rest for name, rest in zip(readers, rests, strict=True)] == [list(range(6))] * 2


async def _rest(reader: AsyncGenerator[int]) -> list[int]:
    return [piece async for piece in reader]
