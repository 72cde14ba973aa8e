"""A cache in trouble is an empty cache: a full disk, a Redis that dies, a folder that is damaged."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.reliability.answers import Question, Truth, by_lines, by_openai
from tests.reliability.conftest import Serve
from tests.reliability.serving import Served, until
from tests.reliability.test_surroundings import full_disk
from tests.unit.runtime.cache.conftest import SERVER, RedisServer

WHOLE = 1e9
"""Bytes after which a client leaves: never."""


@contextmanager
def redis() -> Generator[RedisServer]:
    """A real one."""
    if SERVER is None:
        pytest.fail("redis-server is not installed. Debian: apt install redis-server", pytrace=False)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(SERVER, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()


def questions(tiny: Truth, count: int) -> list[Question]:
    return [tiny.question(number) for number in range(count)]


async def assert_all_are_answered(running: Served, tiny: Truth, asked: list[Question]) -> None:
    """Each with its own sound, over two doors at once."""
    async with httpx.AsyncClient(base_url=running.address, timeout=60) as client:
        heard = await asyncio.gather(
            *(by_openai(client, each, tiny.rate, WHOLE) for each in asked),
            *(by_lines(client, each, tiny.rate, WHOLE) for each in asked),
        )
    assert all(tiny.is_answer(each, sound) for each, sound in zip([*asked, *asked], heard, strict=True))


def entries(running: Served) -> list[Path]:
    return [path for path in (running.log.parent / "cache").rglob("*") if path.is_file()]


async def test_every_answer_from_the_cache_is_that_to_its_question(serve: Serve, tiny: Truth) -> None:
    with serve(cache_limit=1 << 30) as running:
        asked = questions(tiny, 12)
        for _ in range(3):
            await assert_all_are_answered(running, tiny, asked)


async def test_with_a_full_disk_every_request_is_answered_and_nothing_is_cached(
    serve: Serve, tiny: Truth
) -> None:
    with serve(cache_limit=1 << 30) as running, full_disk(running):
        async with httpx.AsyncClient(base_url=running.address, timeout=60) as client:
            for each in questions(tiny, 6):
                assert tiny.is_answer(each, await by_openai(client, each, tiny.rate, WHOLE))


async def test_damaged_entries_are_made_anew(serve: Serve, tiny: Truth) -> None:
    with serve(cache_limit=1 << 30) as running:
        asked = questions(tiny, 4)
        await assert_all_are_answered(running, tiny, asked)
        until(lambda: len(entries(running)) >= 2 * len(asked))
        for path in entries(running):
            path.write_bytes(path.read_bytes()[:-1] + b"?")

        await assert_all_are_answered(running, tiny, asked)


async def test_what_one_server_said_another_says_from_redis(serve: Serve, tiny: Truth) -> None:
    with redis() as shared:
        asked = questions(tiny, 1)[0]
        fields = {"input": asked.text, "voice": asked.voice, "response_format": "wav"}
        with serve(cache_limit=0, cache_redis=shared.url) as first:
            made = httpx.post(f"{first.address}/v1/audio/speech", json=fields)
            until(lambda: int(shared.tell("dbsize")))
        with serve(cache_limit=0, cache_redis=shared.url) as second:
            known = httpx.post(f"{second.address}/v1/audio/speech", json=fields)

    assert known.headers["x-huisheng-cache"] == "hit"
    assert known.content == made.content


@pytest.mark.parametrize("trouble", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "silent"])
async def test_without_its_redis_a_server_goes_on(serve: Serve, tiny: Truth, trouble: signal.Signals) -> None:
    with redis() as shared, serve(cache_limit=0, cache_redis=shared.url) as running:
        await assert_all_are_answered(running, tiny, questions(tiny, 3))
        shared.send(trouble)

        await assert_all_are_answered(running, tiny, questions(tiny, 6))


async def test_a_server_whose_redis_was_never_there_starts(serve: Serve, tiny: Truth) -> None:
    with serve(cache_redis="redis://127.0.0.1:1/0") as running:
        await assert_all_are_answered(running, tiny, questions(tiny, 3))
