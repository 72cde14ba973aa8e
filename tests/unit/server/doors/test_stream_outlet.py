"""Messages leave the socket whole, whichever task is cancelled or waits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from huisheng.server.doors import stream_messages as messages
from huisheng.server.doors.stream_context import MessageSender

SOON = timedelta(milliseconds=10)
LATE = timedelta(minutes=1)


class Wire:
    """The far end: keeps what was sent, and lets binary frames through only when it is told to."""

    def __init__(self) -> None:
        self.frames: list[str | bytes] = []
        self.waiting = asyncio.Event()
        self.open = asyncio.Event()

    async def send(self, message: Message) -> None:
        if message["type"] != "websocket.send":
            return
        if "bytes" in message:
            self.waiting.set()
            await self.open.wait()
        self.frames.append(message["bytes"] if "bytes" in message else message["text"])

    async def receive(self) -> Message:
        return {"type": "websocket.connect"}

    async def sender(self, stall: timedelta = LATE) -> MessageSender:
        websocket = WebSocket({"type": "websocket", "headers": []}, self.receive, self.send)
        await websocket.accept()
        return MessageSender(websocket, stall)


def audio(name: str) -> messages.AudioMessage:
    return messages.AudioMessage(context=name, bytes=3, timings=(), spoken_until=0)


async def test_a_binary_frame_follows_its_message_even_when_its_sender_is_cancelled() -> None:
    wire = Wire()
    sender = await wire.sender()
    sender = asyncio.create_task(sender.send(audio("a"), b"abc"))
    await wire.waiting.wait()

    sender.cancel()
    wire.open.set()

    with pytest.raises(asyncio.CancelledError):
        await sender
    assert wire.frames[1:] == [b"abc"]


async def test_no_message_comes_between_another_and_its_binary_frame() -> None:
    wire = Wire()
    sender = await wire.sender()
    first = asyncio.create_task(sender.send(audio("a"), b"abc"))
    await wire.waiting.wait()
    second = asyncio.create_task(sender.send(messages.Flushed(context="b")))
    await asyncio.sleep(0)

    wire.open.set()
    await asyncio.gather(first, second)

    assert [isinstance(frame, bytes) for frame in wire.frames] == [False, True, False]


async def test_a_client_that_does_not_read_counts_as_gone(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire()
    sender = await wire.sender(SOON)

    with pytest.raises(WebSocketDisconnect):
        await sender.send(audio("a"), b"abc")
    assert "does not read" in caplog.text


async def test_what_was_not_heard_is_null_and_other_fields_without_a_value_are_left_out() -> None:
    wire = Wire()
    sender = await wire.sender()

    await sender.send(messages.Cancelled(context="", sent_until=1, heard_until=None))
    await sender.send(messages.Error(code="c", error="e", detail="d"))

    assert wire.frames == [
        '{"type":"cancelled","context":"","sent_until":1,"heard_until":null}',
        '{"type":"error","code":"c","error":"e","detail":"d"}',
    ]
