"""A worker that dies, or stands still, costs at most what was being heard of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal

import httpx
import pytest
from tests.reliability.answers import Door, Question, Truth, by_file, by_form, by_lines, by_openai
from tests.reliability.conftest import Serve
from tests.reliability.serving import Served, until

ENDLESS = 1e9
"""More bytes than any answer has."""


def connect(running: Served) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=running.address, timeout=120)


async def is_answered(client: httpx.AsyncClient, truth: Truth, asked: Question, door: Door = by_file) -> bool:
    heard = await door(client, asked, truth.rate, ENDLESS)
    return await asyncio.to_thread(truth.is_answer, asked, heard)


@pytest.mark.parametrize("door", [by_file, by_form])
async def test_files_are_begun_anew_when_their_worker_is_killed(
    shared_server: Served, tiny: Truth, door: Door
) -> None:
    async with connect(shared_server) as client:
        asked = [tiny.question(number, longest=12) for number in range(8)]
        answers = [asyncio.create_task(is_answered(client, tiny, each, door)) for each in asked]
        await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        shared_server.send(signal.SIGKILL, shared_server.worker)

        assert await asyncio.gather(*answers) == [True] * 8


async def test_a_stream_that_has_begun_breaks_off_when_its_worker_is_killed(shared_server: Served) -> None:
    fields = {"input": "今天的雨下个不停。" * 2_000, "response_format": "pcm"}
    async with (
        connect(shared_server) as client,
        client.stream("POST", "/v1/audio/speech", json=fields) as answer,
    ):
        parts = answer.aiter_raw()
        await anext(parts)
        shared_server.send(signal.SIGKILL, shared_server.worker)

        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in parts:
                pass


async def test_a_stream_with_last_words_tells_that_its_worker_died(shared_server: Served) -> None:
    fields = {"text": "今天的雨下个不停。" * 2_000}
    async with (
        connect(shared_server) as client,
        client.stream("POST", "/api/speech/stream", json=fields) as answer,
    ):
        lines = answer.aiter_lines()
        while '"audio":' not in await anext(lines):
            pass
        shared_server.send(signal.SIGKILL, shared_server.worker)
        *_, last = [line async for line in lines]

    told = json.loads(last)
    assert (told["type"], told["code"]) == ("error", "engine")


@pytest.mark.parametrize("door", [by_openai, by_lines, by_file])
async def test_after_a_death_every_answer_is_right(shared_server: Served, tiny: Truth, door: Door) -> None:
    dead = shared_server.worker
    shared_server.send(signal.SIGKILL, dead)

    async with connect(shared_server) as client:
        answers = [is_answered(client, tiny, tiny.question(number), door) for number in range(8)]
        assert await asyncio.gather(*answers) == [True] * 8
    assert shared_server.worker != dead


async def test_a_server_whose_fork_server_and_worker_are_killed_speaks_again(
    shared_server: Served, tiny: Truth
) -> None:
    fork_server = shared_server.fork_server
    shared_server.send(signal.SIGKILL, fork_server, shared_server.worker)

    async with connect(shared_server) as client:
        assert await is_answered(client, tiny, tiny.question(0))
    assert shared_server.fork_server != fork_server


async def test_deaths_in_a_row_are_all_outlived(shared_server: Served, tiny: Truth, thorough: bool) -> None:
    async with connect(shared_server) as client:
        for number in range(20 if thorough else 5):
            shared_server.send(signal.SIGKILL, shared_server.worker)

            assert await is_answered(client, tiny, tiny.question(number))


async def test_a_worker_that_stands_still_is_replaced_and_its_work_begun_anew(
    serve: Serve, tiny: Truth
) -> None:
    with serve(step_limit="PT3S") as running:
        stuck = running.worker
        running.send(signal.SIGSTOP, stuck)

        async with connect(running) as client:
            answers = [is_answered(client, tiny, tiny.question(number)) for number in range(4)]
            assert await asyncio.gather(*answers) == [True] * 4
        assert running.worker != stuck


def test_no_worker_outlives_a_server_that_is_killed(serve: Serve) -> None:
    with serve() as running:
        family = set(running.family)
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()

        assert len(family) == 3
        assert until(lambda: not running.family)
