"""What WebSockets have sent takes a bounded amount of memory: real sockets at the protocol alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from huisheng.runtime.memory import MemoryPool
from huisheng.server.protocol import WebSocketProtocol

pytestmark = pytest.mark.slow

LIMIT: Final = 100_000
SIZE: Final = 100_000
"""Bytes of a message: with what a connection may have beside the pool, one fits and two do not."""
HEAD: Final = b"\x81\xff" + SIZE.to_bytes(8, "big") + bytes(4)
MOST: Final = SIZE - 1
"""Bytes of a message that never ends."""


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message["text"]))})


@asynccontextmanager
async def serve(pool: MemoryPool) -> AsyncGenerator[str]:
    config = uvicorn.Config(echo, ws_per_message_deflate=False, log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: WebSocketProtocol(config, state, {}, on_close=lambda: None, messages=pool), "127.0.0.1", 0
    )
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def begin_message(client: ClientConnection, pool: MemoryPool) -> None:
    """A message of which all but the end was sent, and has come."""
    before = pool.taken
    client.transport.write(HEAD + bytes(MOST))
    while pool.taken == before:
        await asyncio.sleep(0)


async def code_of(client: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        await client.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_a_message_for_which_there_is_no_memory_closes_its_connection() -> None:
    pool = MemoryPool(LIMIT)
    async with serve(pool) as address, connect(address) as first, connect(address) as second:
        await begin_message(first, pool)
        second.transport.write(HEAD + bytes(MOST))

        assert await code_of(second) == 1013


async def test_short_messages_come_where_long_ones_have_all_memory() -> None:
    pool = MemoryPool(LIMIT)
    async with serve(pool) as address, connect(address) as first, connect(address) as second:
        await begin_message(first, pool)
        await second.send("好" * 1_000)

        assert await second.recv() == "1000"


async def test_memory_is_free_again_when_another_frame_comes() -> None:
    pool = MemoryPool(4 * LIMIT)
    async with serve(pool) as address, connect(address) as client:
        for _ in range(3):
            await client.send("a" * SIZE)
            assert await client.recv() == str(SIZE)
        await client.pong()
        while pool.taken:
            await asyncio.sleep(0)


async def test_memory_is_free_again_when_a_connection_is_lost_within_a_message() -> None:
    pool = MemoryPool(LIMIT)
    async with serve(pool) as address, connect(address) as client:
        await begin_message(client, pool)
        client.transport.abort()
        while pool.taken:
            await asyncio.sleep(0)


async def test_a_message_in_too_many_fragments_closes_its_connection() -> None:
    async with serve(MemoryPool(LIMIT)) as address, connect(address) as client:
        client.transport.write(b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 1_024)

        assert await code_of(client) == 1009
