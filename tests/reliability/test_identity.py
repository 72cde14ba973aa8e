"""Every client gets what it asked for, whatever others ask for at the same time and whichever leave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx
from tests.reliability.answers import DOORS, Door, LeftError, PcmSamples, Question, Truth
from tests.reliability.serving import Served, server_process

AT_ONCE = 24
LEAVING = 0.25
"""Share of exchanges that end before the answer does."""


class Exchange(NamedTuple):
    """A question at a door, and what its client bears: seconds until it leaves, bytes until it leaves."""

    asked: Question
    door: Door
    timeout: float | None
    enough: float


def exchanges(truth: Truth, count: int) -> Iterator[Exchange]:
    """Exchanges, as many as it takes for `count` of them to stay; those that leave come between."""
    for number in range(count):
        dice = Random(f"visit {number}")
        while dice.random() < LEAVING:
            asked = truth.question(count + dice.randrange(1 << 30))
            soon, later = (dice.uniform(0.0, 0.5), inf), (None, dice.uniform(0.0, 60_000.0))
            yield Exchange(asked, dice.choice(DOORS), *dice.choice([soon, later]))
        yield Exchange(truth.question(number), dice.choice(DOORS), None, inf)


async def wrong_answers(address: str, truth: Truth, count: int) -> tuple[int, list[Question]]:
    """How many answers came whole, and the questions whose answer was not theirs."""
    plan = exchanges(truth, count)
    whole, wrong = 0, list[Question]()

    async def run_client(client: httpx.AsyncClient) -> None:
        nonlocal whole
        for exchange in plan:
            with suppress(LeftError, TimeoutError):
                heard = await ask(client, exchange, truth.rate)
                whole += 1
                if not await asyncio.to_thread(truth.is_answer, exchange.asked, heard):
                    wrong.append(exchange.asked)

    async with httpx.AsyncClient(base_url=address, timeout=300) as client, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(run_client(client))
    return whole, wrong


async def ask(client: httpx.AsyncClient, exchange: Exchange, rate: int) -> PcmSamples:
    async with asyncio.timeout(exchange.timeout):
        return await exchange.door(client, exchange.asked, rate, exchange.enough)


async def test_every_answer_of_the_small_voice_is_that_to_its_question(
    shared_server: Served, tiny: Truth, thorough: bool
) -> None:
    count = 10_000 if thorough else 300

    whole, wrong = await wrong_answers(shared_server.address, tiny, count)

    assert wrong == []
    assert whole >= count


async def test_every_answer_of_the_built_in_voice_is_that_to_its_question(
    tmp_path: Path, builtin: Truth, thorough: bool
) -> None:
    count = 500 if thorough else 20
    with server_process(tmp_path, queue=256, longest_wait="PT30M", step_limit="PT10M") as running:
        whole, wrong = await wrong_answers(running.address, builtin, count)

    assert wrong == []
    assert whole >= count


def test_a_fingerprint_tells_texts_voices_and_options_apart(tiny: Truth) -> None:
    asked = replace(tiny.question(0), text="第0号。", voice="lan", emotion="neutral", speed=1.0, pitch=0.0)
    others = (
        replace(asked, text="第1号。"),
        replace(asked, voice="song"),
        replace(asked, emotion="sad", intensity=1.5),
        replace(asked, speed=1.3),
        replace(asked, pitch=3.0),
    )

    assert tiny.is_answer(asked, tiny.samples(asked))
    assert [other for other in others if tiny.is_answer(asked, tiny.samples(other))] == []
