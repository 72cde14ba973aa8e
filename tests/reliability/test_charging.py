"""Servers that are killed charge what was answered in full, once, and nothing else."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import httpx
from tests.integration.accounts.paying import Customer, open_customer
from tests.reliability.conftest import Serve
from tests.reliability.serving import until

from huisheng.server.books import prove
from huisheng.server.clock import utc_now
from huisheng.server.database.database import Database

LONG = "今天的雨下个不停。" * 2_000


def assert_books_are_right(database: Database) -> None:
    with database.reading() as session:
        assert prove(session, utc_now()).faults == ()


def speak(address: str, customer: Customer, text: str = "你好。") -> httpx.Response:
    return httpx.post(f"{address}/api/tts", json={"text": text}, headers=customer.headers, timeout=60)


def test_a_server_that_is_killed_before_it_has_answered_charges_nothing(
    serve: Serve, database: Database, accounts_on: dict[str, Any]
) -> None:
    customer = open_customer(database)
    with serve(**accounts_on) as running:
        fields = {"input": LONG, "response_format": "pcm"}
        address = f"{running.address}/v1/audio/speech"
        with httpx.stream("POST", address, json=fields, headers=customer.headers, timeout=60) as answer:
            answer.raise_for_status()
            parts = answer.iter_raw()  # kept: without it the client would hang up, and be charged
            next(parts)
            assert customer.units_reserved() == 1
            running.process.send_signal(signal.SIGKILL)
            running.process.wait()

    with serve(**accounts_on) as running:
        assert (customer.units_used(), customer.units_reserved()) == (0, 0)
        assert speak(running.address, customer).headers["x-huisheng-remaining"] == "calls=99"
    assert_books_are_right(database)


def test_a_server_that_is_killed_behind_its_answers_charges_each_once(
    serve: Serve, database: Database, accounts_on: dict[str, Any]
) -> None:
    customer = open_customer(database)
    answered = 0
    for _ in range(3):
        with serve(**accounts_on) as running:
            for _ in range(3):
                answered += speak(running.address, customer).is_success
            running.process.send_signal(signal.SIGKILL)  # the last of them may not be in the books
            running.process.wait()

    with serve(**accounts_on):
        until(lambda: customer.count_open() == 0)
    assert (customer.units_used(), answered) == (9, 9)
    assert_books_are_right(database)


async def test_two_servers_serve_exactly_what_is_left(
    serve: Serve, database: Database, accounts_on: dict[str, Any], thorough: bool
) -> None:
    customer = open_customer(database, 100)
    asked = 10_000 if thorough else 400
    statuses = Counter[int]()
    with serve(**accounts_on) as first, serve(**accounts_on) as second:
        numbers = iter(range(asked))

        async def ask(client: httpx.AsyncClient) -> None:
            """One connection's share; a client of its own, since a pool's queue of thousands is slow."""
            for number in numbers:
                address = (first.address, second.address)[number % 2]
                answer = await client.post(f"{address}/api/tts", json={"text": "好。"})
                statuses[answer.status_code] += 1

        async with AsyncExitStack() as stack:
            clients = [httpx.AsyncClient(timeout=600, headers=customer.headers) for _ in range(64)]
            for client in clients:
                await stack.enter_async_context(client)
            await asyncio.gather(*map(ask, clients))
        await asyncio.to_thread(customer.settle)

    assert statuses == {200: 100, 402: asked - 100}
    assert customer.units_used() == 100
    assert_books_are_right(database)
