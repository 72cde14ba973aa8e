"""What happens around a request, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.errors import Busy
from huisheng.runtime.memory import MemoryPool
from huisheng.server.errors import BodyTooLarge
from huisheng.server.middleware import ReceiveMiddleware, RequestMiddleware

DISCONNECT: Message = {"type": "http.disconnect"}


def http(**headers: str) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }


def receiving(*messages: Message) -> Receive:
    """Gives the messages, then nothing for ever."""

    async def source() -> AsyncIterator[Message]:
        for message in messages:
            yield message
        await asyncio.Event().wait()

    stream = source()
    return lambda: anext(stream)


async def nowhere(_: Message) -> None:
    pass


async def answer(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def watch(handler: ASGIApp) -> ReceiveMiddleware:
    return ReceiveMiddleware(handler, limit=1_000, pool=MemoryPool(1_000))


async def test_a_handler_is_cancelled_when_its_client_leaves() -> None:
    cancelled = asyncio.Event()

    async def handler(_: Scope, __: Receive, ___: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    await watch(handler)(http(), receiving(DISCONNECT), nowhere)

    assert cancelled.is_set()


async def test_after_the_answer_a_departure_cancels_nothing() -> None:
    finished = asyncio.Event()

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        finished.set()

    await watch(handler)(http(), receiving(DISCONNECT), nowhere)

    assert finished.is_set()


async def test_a_cancellation_from_elsewhere_goes_on() -> None:
    begun = asyncio.Event()

    async def handler(_: Scope, __: Receive, ___: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(watch(handler)(http(), receiving(), nowhere))  # pyright: ignore[reportArgumentType]
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_body_reaches_the_handler_in_order() -> None:
    bodies = list[bytes]()

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["more_body"]:
            bodies.append(message["body"])
        await answer(scope, receive, send)

    parts: list[Message] = [
        {"type": "http.request", "body": bytes([n]), "more_body": n < 5} for n in range(6)
    ]
    await watch(handler)(http(), receiving(*parts), nowhere)

    assert b"".join(bodies) == bytes(range(5))


@pytest.mark.parametrize(("length", "refused"), [("11", False), (str(1 << 30), True), ("none", False)])
async def test_a_length_by_far_too_large_is_refused_before_anything_is_read(
    length: str, refused: bool
) -> None:
    read = False

    async def handler(_: Scope, receive: Receive, __: Send) -> None:
        nonlocal read
        await receive()
        read = True

    body: Message = {"type": "http.request", "body": b"", "more_body": False}
    limited = ReceiveMiddleware(handler, limit=10, pool=MemoryPool(1_000))(
        http(content_length=length), receiving(body), nowhere
    )

    if refused:
        with pytest.raises(BodyTooLarge):
            await limited
    else:
        await limited
    assert read != refused


async def test_bytes_are_counted_over_all_messages() -> None:
    async def handler(_: Scope, receive: Receive, __: Send) -> None:
        while (await receive())["more_body"]:
            pass

    parts: list[Message] = [{"type": "http.request", "body": b"four", "more_body": n < 2} for n in range(3)]

    await ReceiveMiddleware(handler, limit=12, pool=MemoryPool(1_000))(http(), receiving(*parts), nowhere)
    with pytest.raises(BodyTooLarge):
        await ReceiveMiddleware(handler, limit=11, pool=MemoryPool(1_000))(http(), receiving(*parts), nowhere)


async def test_long_bodies_in_memory_share_a_pool_and_give_it_back() -> None:
    pool = MemoryPool(100_000)
    part: Message = {"type": "http.request", "body": bytes(100_000), "more_body": False}
    in_use: list[int] = []

    async def inner(_: Scope, receive: Receive, __: Send) -> None:
        with pytest.raises(Busy):
            await receive()

    async def outer(_: Scope, receive: Receive, __: Send) -> None:
        await receive()
        in_use.append(pool.taken)
        await ReceiveMiddleware(inner, limit=100_000, pool=pool)(http(), receiving(part), nowhere)

    await ReceiveMiddleware(outer, limit=100_000, pool=pool)(http(), receiving(part), nowhere)

    assert (in_use, pool.taken) == ([100_000 - 32_768], 0)


async def test_a_short_body_finds_room_beside_a_full_pool() -> None:
    received = list[Message]()
    part: Message = {"type": "http.request", "body": bytes(32_768), "more_body": False}

    async def handler(_: Scope, receive: Receive, __: Send) -> None:
        received.append(await receive())

    await ReceiveMiddleware(handler, limit=100_000, pool=MemoryPool(0))(http(), receiving(part), nowhere)

    assert received == [part]


async def test_what_is_too_much_is_read_before_it_is_refused() -> None:
    """Else the connection is reset over it and the refusal lost."""
    left: list[Message] = [{"type": "http.request", "body": b"four", "more_body": n < 9} for n in range(10)]

    async def handler(_: Scope, receive: Receive, __: Send) -> None:
        await receive()
        await receive()

    async def taking() -> Message:
        return left.pop(0)

    with pytest.raises(BodyTooLarge):
        await ReceiveMiddleware(handler, limit=7, pool=MemoryPool(1_000))(http(), taking, nowhere)

    assert left == []


async def test_a_header_of_the_answer_stays_as_it_is() -> None:
    sent = list[Message]()

    async def handler(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"cache-control", b"private")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def note(message: Message) -> None:
        sent.append(message)

    await RequestMiddleware(handler)(http(), receiving(), note)

    assert [value for name, value in sent[0]["headers"] if name == b"cache-control"] == [b"private"]
