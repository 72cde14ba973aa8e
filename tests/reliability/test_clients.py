"""Clients that read slowly, leave, say nothing or nonsense take nothing from the others."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import struct
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import httpx
import pytest
from tests.reliability.answers import Truth, by_file, by_openai
from tests.reliability.conftest import Serve
from tests.reliability.serving import Served, until

LONG: Final = "今天的雨下个不停，河水涨到了桥边。" * 1_000
"""Speaks for an hour."""
STREAMS: Final = (
    ("/v1/audio/speech", {"input": LONG, "response_format": "pcm", "sample_rate": 48_000}),
    ("/api/speech/stream", {"text": LONG, "sample_rate": 48_000}),
)


def head(path: str, length: int) -> bytes:
    fields = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"POST {path} HTTP/1.1\r\n{fields}\r\n".encode()


def request(path: str, fields: dict[str, Any]) -> bytes:
    body = json.dumps(fields).encode()
    return head(path, len(body)) + body


def connect(running: Served) -> socket.socket:
    """A connection that takes in little by itself."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", running.port))
    return connection


@contextmanager
def crowd(running: Served, count: int, sent: bytes = b"") -> Generator[list[socket.socket]]:
    """So many connections, each of which has sent something."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(running)) for _ in range(count)]
        for connection in connections:
            connection.sendall(sent)
        yield connections


async def assert_serves(running: Served, truth: Truth) -> None:
    """Several requests at once are answered rightly."""
    async with httpx.AsyncClient(base_url=running.address, timeout=60) as client:
        asked = [truth.question(number) for number in range(4)]
        doors = (by_openai, by_file, by_openai, by_file)
        heard = [door(client, each, truth.rate, 1e9) for door, each in zip(doors, asked, strict=True)]
        answers = zip(asked, await asyncio.gather(*heard), strict=True)
        assert [truth.is_answer(each, answer) for each, answer in answers] == [True] * 4


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def half_close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(("path", "fields"), STREAMS)
async def test_clients_that_read_nothing_keep_no_other_from_being_served(
    shared_server: Served, tiny: Truth, path: str, fields: dict[str, Any]
) -> None:
    with crowd(shared_server, 8, request(path, fields)) as readers:
        assert all(reader.recv(16).startswith(b"HTTP/1.1 200") for reader in readers)

        await assert_serves(shared_server, tiny)


async def test_clients_that_read_a_byte_at_a_time_keep_no_other_from_being_served(
    shared_server: Served, tiny: Truth
) -> None:
    with crowd(shared_server, 8, request(*STREAMS[0])) as readers:
        for _ in range(50):
            assert all(reader.recv(1) for reader in readers)

        await assert_serves(shared_server, tiny)


def test_clients_that_read_nothing_for_too_long_lose_their_connections(serve: Serve) -> None:
    with serve(stall="PT1S") as running:
        assert until(lambda: running.connections == 0)  # who saw that it is ready has left
        at_rest = running.descriptors
        some, others = (crowd(running, 2, request(*stream)) for stream in STREAMS)
        with some as readers, others as more:
            assert all(reader.recv(16).startswith(b"HTTP/1.1 200") for reader in (*readers, *more))

            assert until(lambda: running.descriptors == at_rest, within=60)


@pytest.mark.parametrize("leave", [reset, half_close, socket.socket.close])
def test_clients_that_vanish_after_the_first_sound_leave_nothing_open(
    serve: Serve, leave: Callable[[socket.socket], None]
) -> None:
    with serve() as running:
        for stream in STREAMS:
            with crowd(running, 10, request(*stream)) as readers:
                for reader in readers:
                    assert reader.recv(16).startswith(b"HTTP/1.1 200")
                    leave(reader)

        assert running.stop_gracefully() == 0


def test_clients_that_vanish_at_once_leave_nothing_open(serve: Serve) -> None:
    with serve() as running:
        for path in ("/api/tts", "/tts", "/api/speech/stream"):
            with crowd(running, 10, request(path, {"text": LONG})) as readers:
                for reader in readers:
                    reset(reader)

        assert running.stop_gracefully() == 0


async def test_a_thousand_idle_connections_keep_no_client_from_being_served(
    shared_server: Served, tiny: Truth
) -> None:
    with crowd(shared_server, 1_000):
        await assert_serves(shared_server, tiny)


async def test_a_server_that_is_given_few_descriptors_takes_those_that_it_may_have(
    serve: Serve, tiny: Truth
) -> None:
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        with serve() as running:
            resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
            with crowd(running, 1_000):
                await assert_serves(running, tiny)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))


@pytest.mark.parametrize("sent", [b"POST /api/tts HT", head("/api/tts", 100), head("/api/tts", 100) + b'{"t'])
async def test_requests_that_never_end_keep_no_client_from_being_served(
    shared_server: Served, tiny: Truth, sent: bytes
) -> None:
    with crowd(shared_server, 100, sent):
        await assert_serves(shared_server, tiny)


async def test_a_request_that_comes_byte_by_byte_is_answered(shared_server: Served) -> None:
    with connect(shared_server) as connection:
        for byte in request("/api/tts", {"text": "你好。"}):
            connection.sendall(bytes([byte]))

        assert connection.recv(16).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"POST /api/tts HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/tts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 100_000,
        b"\x00" * 1_000,
    ],
)
async def test_nonsense_is_a_400_and_the_end_of_its_connection(
    shared_server: Served, tiny: Truth, garbage: bytes
) -> None:
    with connect(shared_server) as connection:
        connection.sendall(garbage)
        answer = b"".join(iter(lambda: connection.recv(4_096), b""))

    assert answer.startswith(b"HTTP/1.1 400")
    await assert_serves(shared_server, tiny)


@pytest.mark.parametrize("path", ["/healthz", "/api/emotions"])
def test_nonsense_behind_a_request_leaves_its_answer_whole(shared_server: Served, path: str) -> None:
    with connect(shared_server) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        connection.sendall(request + b"\x00nonsense\r\n\r\n")
        told = b"".join(iter(lambda: connection.recv(4_096), b""))

    assert told.startswith(b"HTTP/1.1 200")


def test_nonsense_behind_a_request_for_speech_leaves_its_answer_whole(shared_server: Served) -> None:
    with connect(shared_server) as connection:
        connection.sendall(request("/api/tts", {"text": "你好。"}) + b"\x00nonsense\r\n\r\n")
        told = b"".join(iter(lambda: connection.recv(4_096), b""))

    assert told.startswith(b"HTTP/1.1 200")


def test_nonsense_after_an_early_answer_ends_the_connection(shared_server: Served) -> None:
    with connect(shared_server) as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(16).startswith(b"HTTP/1.1 404")
        connection.sendall(b"nonsense\r\n")

        assert b"".join(iter(lambda: connection.recv(4_096), b""))
