"""Answers that are sent while they are made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from starlette.types import Message

from huisheng.errors import Busy, EngineError, HuishengError
from huisheng.server.streaming import LiveResponse

MINUTE = timedelta(minutes=1)


class Source:
    """Parts with a failure at the end, and whether they were closed."""

    def __init__(self, *parts: bytes, failure: Exception | None = None) -> None:
        self.closed = False
        self._parts = parts
        self._failure = failure

    async def __call__(self) -> AsyncGenerator[bytes]:
        try:
            for part in self._parts:
                yield part
            if self._failure:
                raise self._failure
        finally:
            self.closed = True


class Reader:
    """Notes what it is sent."""

    def __init__(self) -> None:
        self.messages = list[Message]()

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def complete(self) -> bool:
        return not self.messages[-1].get("more_body", True)


async def nothing_comes() -> Message:
    return await asyncio.get_running_loop().create_future()


def words(error: HuishengError) -> bytes:
    return error.code.encode()


async def test_every_part_is_sent_and_the_end() -> None:
    reader = Reader()

    await LiveResponse(Source(b"a", b"b")(), "audio/wav", MINUTE)({}, nothing_comes, reader)

    assert (reader.body, reader.complete) == (b"ab", True)


async def test_a_refusal_before_the_first_part_is_left_to_others() -> None:
    reader = Reader()

    with pytest.raises(Busy):
        await LiveResponse(Source(failure=Busy(1))(), "audio/wav", MINUTE)({}, nothing_comes, reader)

    assert reader.messages == []


async def test_a_failure_without_words_leaves_the_answer_incomplete() -> None:
    reader = Reader()

    await LiveResponse(Source(b"a", failure=EngineError())(), "audio/wav", MINUTE)({}, nothing_comes, reader)

    assert (reader.body, reader.complete) == (b"a", False)


async def test_a_failure_with_words_completes_the_answer() -> None:
    reader, source = Reader(), Source(b"a", failure=EngineError())

    await LiveResponse(source(), "text/plain", MINUTE, encode_error=words)({}, nothing_comes, reader)

    assert (reader.body, reader.complete) == (b"aengine", True)


async def test_an_unforeseen_failure_is_sent_and_raised() -> None:
    reader, source = Reader(), Source(b"a", failure=ValueError("secret"))

    with pytest.raises(ValueError, match="secret"):
        await LiveResponse(source(), "text/plain", MINUTE, encode_error=words)({}, nothing_comes, reader)

    assert (reader.body, reader.complete) == (b"ainternal", False)


async def test_a_reader_that_stalls_is_left_and_the_source_closed() -> None:
    source = Source(b"a", b"b")

    async def stall(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    await LiveResponse(source(), "audio/wav", timedelta(0))({}, nothing_comes, stall)

    assert source.closed


async def test_a_reader_that_is_cancelled_closes_the_source() -> None:
    source, reached = Source(b"a", b"b"), asyncio.Event()

    async def waiting(message: Message) -> None:
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(LiveResponse(source(), "audio/wav", MINUTE)({}, nothing_comes, waiting))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert source.closed
