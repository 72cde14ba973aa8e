"""Connections that send slowly, send nothing, or are too many: real sockets at a real server."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.sync.client import connect

if TYPE_CHECKING:
    from tests.integration.server.conftest import EndlessEngine, HeldEngine, Running, Serve

HALF = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Half"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = "PT0.2S"
"""A time limit that a test can wait for."""

FEW_DESCRIPTORS = """
import argparse, resource, sys
from huisheng.cli import serve
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
parser = argparse.ArgumentParser()
serve.add_arguments(parser)
sys.exit(serve.run(parser.parse_args(sys.argv[1:])))
"""


def dial(address: str) -> socket.socket:
    url = httpx.URL(address)
    connection = socket.create_connection((url.host, url.port or 80))
    connection.settimeout(30)
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    """Everything until the server closes the connection."""
    answer = bytearray()
    try:
        while received := connection.recv(65_536):
            answer += received
    except ConnectionResetError:
        pass
    return bytes(answer)


def read_answer(connection: socket.socket) -> bytes:
    """One answer without much of a body."""
    answer = bytearray()
    while not answer.endswith(b"}"):
        received = connection.recv(65_536)
        assert received, "closed"
        answer += received
    return bytes(answer)


def trickle_until_answer(connection: socket.socket, byte: bytes) -> bytes:
    """The answer that comes while the request goes on, a byte at a time."""
    connection.settimeout(0.02)
    for _ in range(1_000):
        try:
            return connection.recv(65_536)
        except TimeoutError:
            connection.sendall(byte)
    pytest.fail("no answer")


def asks(path: str, length: int, sent: bytes = b"") -> bytes:
    fields = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"POST {path} HTTP/1.1\r\n{fields}\r\n".encode() + sent


@pytest.fixture
def crowd() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def open_connections(
    crowd: ExitStack, running: Running, count: int, sent: bytes = b""
) -> list[socket.socket]:
    """So many connections, each of which has sent something."""
    connections = [crowd.enter_context(dial(running.address)) for _ in range(count)]
    for connection in connections:
        connection.sendall(sent)
    return connections


@contextmanager
def server_with_few_descriptors(home: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A process that may have 256 of them, and its address."""
    command = [sys.executable, "-c", FEW_DESCRIPTORS, "--port", "0", "--lazy"]
    environment = os.environ | {"HUISHENG_HOME": str(home), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"(http://[\d.:]+)", process.stdout.readline())
            assert found is not None
            yield process, found[1]
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("sent", [b"", HALF], ids=["silent", "half sent"])
def test_300_connections_do_not_shut_out_a_server_with_256_descriptors(
    tmp_path: Path, crowd: ExitStack, sent: bytes
) -> None:
    with server_with_few_descriptors(tmp_path) as (process, address):
        for _ in range(300):
            crowd.enter_context(dial(address)).sendall(sent)

        statuses = [httpx.get(f"{address}/healthz").status_code for _ in range(20)]
        spoken = httpx.post(f"{address}/api/tts", json={"text": "你好。"}, timeout=60)
        process.kill()
        assert process.stderr is not None
        log = process.stderr.read()

    assert statuses == [200] * 20
    assert spoken.status_code == 200
    assert "文件描述符上限 256" in log


def test_a_head_that_is_not_complete_in_time_is_a_408(serve: Serve) -> None:
    with dial(serve(head_timeout=SOON).address) as connection:
        connection.sendall(HALF)
        answer = read_to_end(connection)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert b'"code": "request_timeout"' in answer


def test_bytes_that_trickle_in_do_not_prolong_the_time_for_a_head(serve: Serve) -> None:
    with dial(serve(head_timeout=SOON).address) as connection:
        connection.sendall(HALF)
        answer = trickle_until_answer(connection, b"a")

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_the_head_of_a_second_request_has_the_same_time(serve: Serve) -> None:
    with dial(serve(head_timeout=SOON).address) as connection:
        connection.sendall(WHOLE)
        read_answer(connection)
        connection.sendall(HALF)

        assert read_to_end(connection).startswith(b"HTTP/1.1 408 ")


def test_half_a_head_that_came_with_a_whole_request_has_the_same_time(serve: Serve) -> None:
    with dial(serve(head_timeout=SOON).address) as connection:
        connection.sendall(WHOLE + HALF)

        assert b"HTTP/1.1 408 " in read_to_end(connection)


def test_a_connection_that_says_nothing_is_closed_without_a_word(serve: Serve) -> None:
    with dial(serve(head_timeout=SOON).address) as connection:
        assert read_to_end(connection) == b""


def test_between_two_requests_a_connection_is_kept_longer_than_a_head_may_take(serve: Serve) -> None:
    running = serve(head_timeout=SOON)
    with dial(running.address) as connection, dial(running.address) as other:
        connection.sendall(WHOLE)
        read_answer(connection)
        read_to_end(other)  # until its time for a head is over

        connection.sendall(WHOLE)

        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_an_idle_connection_is_closed_when_its_time_is_over(serve: Serve) -> None:
    with dial(serve(keep_alive=SOON).address) as connection:
        connection.sendall(WHOLE)

        assert read_to_end(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"", b'{"text": "'])
def test_a_body_that_stops_is_a_408(serve: Serve, sent: bytes) -> None:
    with dial(serve(body_timeout=SOON).address) as connection:
        connection.sendall(asks("/api/tts", 100, sent))
        answer = read_to_end(connection)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()


def test_a_body_that_trickles_in_is_a_408(serve: Serve) -> None:
    with dial(serve(body_timeout=SOON, body_rate=1_000_000).address) as connection:
        connection.sendall(asks("/api/tts", 100_000))
        answer = trickle_until_answer(connection, b" ")

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_comes_fast_at_first_may_not_trickle_afterwards(serve: Serve) -> None:
    with dial(serve(body_timeout=SOON, body_rate=1_000).address) as connection:
        connection.sendall(asks("/api/tts", 2_000_000, b" " * 1_900_000))
        answer = trickle_until_answer(connection, b" ")

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_slow_body_that_keeps_its_pace_is_answered(serve: Serve) -> None:
    body = b'{"text": "\xe4\xbd\xa0\xe5\xa5\xbd"' + b" " * 2_000
    running = serve(body_timeout="PT1S", body_rate=1)
    with dial(running.address) as connection, dial(running.address) as other:
        connection.sendall(asks("/api/tts", len(body) + 1))
        other.sendall(asks("/api/tts", 1))
        other.settimeout(0.02)
        over, rest = b"", iter(body)
        while not over:
            try:
                over = other.recv(65_536)
            except TimeoutError:
                connection.sendall(bytes([next(rest)]))
        connection.sendall(bytes(rest) + b"}")

        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_a_slow_body_ends_its_connection_after_the_answer_too(serve: Serve) -> None:
    running = serve(body_timeout=SOON, guard={"api_keys": "correct-horse-battery"})
    with dial(running.address) as connection:
        connection.sendall(asks("/api/tts", 100))

        assert read_to_end(connection).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_ends_after_its_answer_leaves_an_idle_connection(serve: Serve) -> None:
    running = serve(keep_alive=SOON, guard={"api_keys": "correct-horse-battery"})
    with dial(running.address) as connection:
        connection.sendall(asks("/api/tts", 2))
        read_answer(connection)
        connection.sendall(b"{}")

        assert read_to_end(connection) == b""


def test_an_answer_takes_the_time_that_it_takes(serve: Serve, held_engine: HeldEngine) -> None:
    running = serve(held_engine, head_timeout=SOON, body_timeout=SOON, keep_alive=SOON)
    with dial(running.address) as connection, dial(running.address) as other:
        connection.sendall(asks("/api/tts", 18, '{"text":"你好"}'.encode().ljust(18)))
        read_to_end(other)
        held_engine.go.set()

        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_past_the_limit_per_address_the_connection_that_has_waited_longest_is_closed(
    serve: Serve, crowd: ExitStack
) -> None:
    running = serve(guard={"connections_per_ip": 3})
    oldest, idle, *_ = connections = open_connections(crowd, running, 3, HALF)
    idle.sendall(b": x\r\n\r\n")
    read_answer(idle)  # has waited for its next request since now

    (newest,) = open_connections(crowd, running, 1, WHOLE)

    assert read_to_end(oldest) == b""
    assert read_answer(newest).startswith(b"HTTP/1.1 200 ")
    connections[2].sendall(b": x\r\n\r\n")
    assert read_answer(connections[2]).startswith(b"HTTP/1.1 200 ")


SPEAK = asks("/api/speech/stream", 18, '{"text":"你好"}'.encode().ljust(18))


def busy(crowd: ExitStack, running: Running, count: int) -> list[socket.socket]:
    """Connections that are being answered, without an end."""
    connections = open_connections(crowd, running, count, SPEAK)
    assert all(connection.recv(16).startswith(b"HTTP/1.1 200") for connection in connections)
    return connections


def test_past_the_limit_per_address_no_busy_connection_is_closed(
    serve: Serve, endless: EndlessEngine, crowd: ExitStack
) -> None:
    running = serve(endless, guard={"connections_per_ip": 3})
    running.client.close()
    busy(crowd, running, 3)

    (newest,) = open_connections(crowd, running, 1)
    answer = read_to_end(newest)

    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"connection: close" in answer.lower()
    assert b'"violated-policies": ["ip-connections"]' in answer


def test_past_the_limit_of_all_connections_the_answer_is_a_503(
    serve: Serve, endless: EndlessEngine, crowd: ExitStack
) -> None:
    running = serve(endless, connections=3, guard={"trusted_proxies": "127.0.0.1"})
    running.client.close()
    busy(crowd, running, 3)

    (newest,) = open_connections(crowd, running, 1)
    answer = read_to_end(newest)

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code": "too_many_connections"' in answer


def test_one_address_takes_half_of_all_connections_at_most(
    serve: Serve, endless: EndlessEngine, crowd: ExitStack
) -> None:
    running = serve(endless, connections=4)
    running.client.close()
    busy(crowd, running, 2)

    (newest,) = open_connections(crowd, running, 1)

    assert read_to_end(newest).startswith(b"HTTP/1.1 429 ")


def test_a_trusted_proxy_has_as_many_connections_as_it_likes(
    serve: Serve, endless: EndlessEngine, crowd: ExitStack
) -> None:
    running = serve(endless, guard={"connections_per_ip": 1, "trusted_proxies": "127.0.0.1"})

    assert busy(crowd, running, 3)


def test_a_websocket_counts_until_it_is_closed(serve: Serve, crowd: ExitStack) -> None:
    running = serve(guard={"connections_per_ip": 2})
    running.client.close()
    address = f"{running.address.replace('http', 'ws')}/v1/audio/speech/stream"
    with connect(address):
        with connect(address) as other:
            (refused,) = open_connections(crowd, running, 1)
            assert read_to_end(refused).startswith(b"HTTP/1.1 429 ")
        other.close()
        (newest,) = open_connections(crowd, running, 1, WHOLE)

        assert read_answer(newest).startswith(b"HTTP/1.1 200 ")


def test_an_attack_is_logged_once_with_its_cause_and_counted(
    serve: Serve, crowd: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    running = serve(head_timeout=SOON)
    for connection in open_connections(crowd, running, 5, HALF):
        read_to_end(connection)

    metrics = running.client.get("/metrics").text
    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]

    assert 'huisheng_connections_ended_total{reason="head_timeout"} 5.0' in metrics
    assert len(lines) == 1
    assert "HUISHENG_HEAD_TIMEOUT" in lines[0]
