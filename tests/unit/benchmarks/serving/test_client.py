"""Real sockets: a server that sends what it was told to, and the naive one round an engine of silence."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress

import numpy as np
import pytest
from benchmarks.serving.client import Client, Outcome
from benchmarks.serving.endpoints import JsonEndpoint, openai
from benchmarks.serving.knee import at
from benchmarks.serving.load import offer, press
from benchmarks.serving.naive import NaiveServer
from benchmarks.serving.servers import Running
from benchmarks.serving.texts import texts

from huisheng.audio.encoding.wav import WavEncoder
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine
from huisheng.units import Hertz

WAVE = WavEncoder(Hertz(8_000)).encode(np.zeros(8_000, dtype=np.float32))
OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%s\r\n" % (len(WAVE), WAVE)


@asynccontextmanager
async def server(answer: bytes) -> AsyncGenerator[JsonEndpoint]:
    """Answers every client with the same bytes, and hangs up."""
    answers: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # who has given up says nothing
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers.append(asyncio.create_task(serve(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as listening:
        yield JsonEndpoint(listening.sockets[0].getsockname()[1], "/", "text")
    await asyncio.gather(*answers)


async def ask(endpoint: JsonEndpoint, text: str, **more: float) -> Outcome:
    """Ask as a user who comes once."""

    def come() -> Outcome:
        with Client(endpoint) as client:
            return client.ask(text, **more)

    return await asyncio.to_thread(come)


@pytest.fixture
def naive() -> Iterator[JsonEndpoint]:
    """The naive server in a thread of this process."""
    with NaiveServer(Synthesizer(SilentEngine())) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield openai(listening.server_port)
        listening.shutdown()
        thread.join()


async def test_an_answer_that_comes_to_its_end_is_done() -> None:
    async with server(OK + CHUNK + b"0\r\n\r\n") as endpoint:
        outcome = await ask(endpoint, "你好。")

    assert (outcome.ending, outcome.sound) == ("done", pytest.approx(1.0))


async def test_an_answer_that_breaks_off_has_failed() -> None:
    async with server(OK + CHUNK) as endpoint:
        outcome = await ask(endpoint, "你好。")

    assert (outcome.ending, len(outcome.pieces)) == ("failed", 1)


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "refused"),
        (b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", "refused"),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nno such page", "failed"),
        (b"HTTP/1.1 200", "failed"),
        (b"", "failed"),
    ],
)
async def test_only_a_request_told_to_come_back_counts_as_refused(head: bytes, ending: str) -> None:
    async with server(head) as endpoint:
        assert (await ask(endpoint, "你好。")).ending == ending


async def test_without_a_server_the_request_fails() -> None:
    async with server(b"") as endpoint:
        pass

    assert (await ask(endpoint, "你好。")).ending == "failed"


async def test_a_request_is_timed_from_the_moment_at_which_it_was_due() -> None:
    async with server(OK + CHUNK + b"0\r\n\r\n") as endpoint:
        outcome = await ask(endpoint, "你好。", due=time.perf_counter() - 10.0)

    assert outcome.first >= 10.0


async def test_a_client_that_has_waited_too_long_gives_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # connects, and never answers
        endpoint = JsonEndpoint(listener.getsockname()[1], "/", "text")
        outcome = await ask(endpoint, "你好。", timeout=0.1)

    assert outcome.ending == "failed"


def test_every_moment_brings_a_request(naive: JsonEndpoint) -> None:
    outcomes = offer(naive, texts(20), (0.0, 0.0, 0.01))

    assert [outcome.ending for outcome in outcomes] == ["done"] * 3


def test_several_clients_ask_until_the_time_is_over(naive: JsonEndpoint) -> None:
    took, done = press(naive, texts(20), clients=3, seconds=0.2)

    assert took >= 0.2
    assert done >= 3


def test_a_stretch_tells_what_was_asked_and_what_was_done(naive: JsonEndpoint) -> None:
    found = at(Running(naive, 0), texts(5), rate=20.0, seconds=0.3)

    assert found.offered == found.done > 0
