"""A customer who wants speech without paying for it: every way that was tried, on one server."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from sqlalchemy import update
from tests.integration.accounts.paying import KNOWN, Customer, open_customer, paid_server
from tests.integration.server.conftest import Running
from websockets.sync.client import ClientConnection, connect

from huisheng.server.accounts.models import ApiKey
from huisheng.server.database.database import Database
from huisheng.server.database.ids import new_id
from huisheng.server.plans.catalogue import Meter, PlanLimits
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, Utterance

pytestmark = pytest.mark.slow

_RECEIVED = 4096
"""Bytes that the greedy client's socket holds: its server cannot send ahead."""


class LongWindedEngine(SilentEngine):
    """Has sentences of four minutes, more than sockets hold, and of longer than is spoken at all."""

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """One chunk."""
        seconds = {"长": 240, "超": 1000}.get(utterance.sentence.spoken[0], 1)
        yield AudioChunk(np.zeros(seconds * KNOWN.sample_rate, dtype=np.float32), KNOWN.sample_rate)


@pytest.fixture(scope="module")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("attacks") / "huisheng.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def running(
    database: Database, frontend: Frontend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    engine = LongWindedEngine(voice=KNOWN)
    with paid_server(
        home, database.address, frontend, engine, text_limit=2000, speech_limit="PT10M"
    ) as running:
        yield running


def customer_of(
    database: Database, meter: Meter = "calls", amount: int = 100, text_limit: int = 0
) -> Customer:
    limits = PlanLimits(text_limit=text_limit)
    return open_customer(database, amount, name=new_id("acc"), meter=meter, limits=limits)


def open_socket(running: Running, customer: Customer) -> ClientConnection:
    address = running.address.replace("http", "ws") + "/v1/audio/speech/stream"
    return connect(address, additional_headers=customer.headers, max_size=None)


def send(connection: ClientConnection, **message: object) -> None:
    connection.send(json.dumps(message))


def listen(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while (message := json.loads(connection.recv(30)))["type"] != kind:
        assert message["type"] != "error", message
    return message


def test_a_mistake_after_the_sound_does_not_take_its_price_back(running: Running, database: Database) -> None:
    customer = customer_of(database)
    with open_socket(running, customer) as connection:
        send(connection, type="text", text="你好。很高兴认识你。")
        send(connection, type="flush")
        listen(connection, "flushed")
        send(connection, type="text", text="好" * 2000)
        send(connection, type="finish")
        while json.loads(connection.recv(30))["type"] not in {"error", "done"}:
            pass

    customer.settle()
    assert customer.units_used() == 1


def test_a_mistake_before_any_sound_is_not_charged(running: Running, database: Database) -> None:
    customer = customer_of(database)
    with open_socket(running, customer) as connection:
        send(connection, type="text", text="好" * 2001)
        assert json.loads(connection.recv(30))["type"] in {"started", "error"}

    customer.settle()
    assert customer.units_used() == 0


def test_a_text_that_comes_piece_by_piece_is_no_longer_than_the_plan_allows(
    running: Running, database: Database
) -> None:
    customer = customer_of(database, text_limit=1000)
    answers: list[dict[str, Any]] = []
    with open_socket(running, customer) as connection:
        for _ in range(6):
            send(connection, type="text", text="好" * 190 + "。")
        send(connection, type="finish")
        while not answers or answers[-1]["type"] not in {"error", "done"}:
            answers.append(json.loads(connection.recv(30)))

    assert (answers[-1]["type"], answers[-1].get("code")) == ("error", "not_in_plan")


def test_a_socket_does_not_outlive_the_right_to_speak(running: Running, database: Database) -> None:
    customer = customer_of(database)
    with open_socket(running, customer) as connection:
        send(connection, type="text", text="你好。")
        send(connection, type="finish")
        listen(connection, "done")
        with database.writing() as session:
            session.execute(update(ApiKey).where(ApiKey.account_id == customer.id).values(scopes=["usage"]))
        running.app.state.components.business.accounts.forget_identities()
        send(connection, type="text", text="你好。")
        refused = json.loads(connection.recv(30))

    assert (refused["type"], refused["code"]) == ("error", "not_permitted")


@pytest.mark.parametrize("path", ["/api/speech/stream", "/v1/audio/speech"])
def test_sound_that_is_longer_than_any_may_be_is_charged_as_far_as_it_was_heard(
    running: Running, database: Database, path: str
) -> None:
    customer = customer_of(database)
    fields = {"input" if path.startswith("/v1") else "text": "你好。超。"}

    with suppress(httpx.RemoteProtocolError):
        running.client.post(path, json=fields, headers=customer.headers)

    customer.settle()
    assert customer.units_used() == 1


def test_what_is_left_for_half_a_text_does_not_pay_for_none_of_it(
    running: Running, database: Database
) -> None:
    customer = customer_of(database, "characters", amount=10)
    with open_socket(running, customer) as connection:
        for _ in range(2):
            send(connection, type="text", text="你好呀朋友。")
            send(connection, type="flush")
        while (last := json.loads(connection.recv(30)))["type"] != "error":
            pass

    customer.settle()
    assert (last["code"], customer.units_used("characters")) == ("insufficient_balance", 6)


def leave_early(running: Running, head: bytes, body: bytes = b"") -> int:
    """Read nearly all of an answer through a narrow socket, and hang up; the bytes that were read."""
    port = running.client.base_url.port
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED)
        greedy.connect(("127.0.0.1", port))
        greedy.sendall(head + body)
        count = 0
        while count < 2_000_000:
            count += len(greedy.recv(65_536))
    return count


def test_a_download_that_is_left_before_its_last_bytes_is_charged(
    running: Running, database: Database
) -> None:
    customer = customer_of(database)
    body = urlencode({"text": "长。"}).encode()
    head = (
        "POST /tts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Authorization: Bearer {customer.key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    leave_early(running, head.encode(), body)

    customer.settle()
    assert customer.units_used() == 1


@pytest.mark.parametrize("path", ["/api/speech?text=%E9%95%BF%E3%80%82&format=wav"])
def test_a_first_sound_that_is_left_half_read_is_charged(
    running: Running, database: Database, path: str
) -> None:
    customer = customer_of(database)
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {customer.key}\r\n\r\n"

    leave_early(running, head.encode())

    customer.settle()
    assert customer.units_used() == 1
