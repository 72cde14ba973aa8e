"""The meter posts endings together where nobody waits for them, and at once where somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.server.usage.accounts import NOW, add_account, catalogue, give_units

from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.guard.client import Client
from huisheng.server.plans.catalogue import PlanLimits
from huisheng.server.speech.metering import Charge, MeteredRequest, MeteredSpeech
from huisheng.server.usage import charging
from huisheng.server.usage.charging import AccountMeter
from huisheng.server.usage.endings import Posted
from huisheng.units import Seconds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

SPEECH = MeteredSpeech("tinglan", "wav", 10, 10, Seconds(5.0))


class PostedBatches:
    """A `UsageObserver` that keeps how many were settled together."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def on_reservation(self, seconds: Seconds, code: str) -> None:
        pass

    def on_posted(self, posted: Posted) -> None:
        if posted.settled:
            self.sizes.append(posted.settled)


@pytest.fixture
def batches() -> PostedBatches:
    return PostedBatches()


@pytest.fixture
def open_meter(tmp_path: Path, batches: PostedBatches) -> Generator[Callable[[int], AccountMeter]]:
    """Makes the meter of an account that may run so many requests at once."""
    database = Database(f"sqlite:///{tmp_path / 'huisheng.db'}")
    migrating.upgrade(database)

    def open_meter(concurrency: int) -> AccountMeter:
        with database.writing() as session:
            add_account(session)
            give_units(session, 100)
        terms = catalogue(limits=PlanLimits(concurrency=concurrency))
        return AccountMeter(database, terms, tmp_path / "logs", batches, lambda: NOW)

    yield open_meter
    database.close()


async def begin(meter: AccountMeter) -> Charge:
    charge = await meter.reserve(Client(account_id="acc_a"), MeteredRequest("/tts"), SPEECH)
    assert charge is not None
    charge.note_length(Seconds(1.0))
    return charge


@asynccontextmanager
async def posting(meter: AccountMeter) -> AsyncGenerator[None]:
    task = asyncio.create_task(meter.post_endings())
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        meter.close()


async def test_endings_are_posted_together(
    open_meter: Callable[[int], AccountMeter], batches: PostedBatches
) -> None:
    meter = open_meter(10)
    charges = [await begin(meter) for _ in range(3)]

    async with posting(meter):
        for charge in charges:
            charge.complete()
            await asyncio.sleep(0.01)
        while not batches.sizes:
            await asyncio.sleep(0.01)

    assert batches.sizes == [3]


@pytest.mark.parametrize("concurrency", [1, 2])
async def test_a_request_is_not_refused_for_one_that_has_ended(
    open_meter: Callable[[int], AccountMeter], monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    monkeypatch.setattr(charging, "_WINDOW", 3600.0)
    meter = open_meter(concurrency)

    async with posting(meter):
        for _ in range(3):
            charges = [await begin(meter) for _ in range(concurrency)]
            for charge in charges:
                charge.complete()


async def test_the_last_place_is_given_back_at_once(
    open_meter: Callable[[int], AccountMeter], batches: PostedBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charging, "_WINDOW", 3600.0)
    meter = open_meter(1)

    async with posting(meter):
        (await begin(meter)).complete()
        while not batches.sizes:
            await asyncio.sleep(0.01)

    assert batches.sizes == [1]


async def test_one_request_begins_early_for_each_reservation_that_left_plenty(
    open_meter: Callable[[int], AccountMeter],
) -> None:
    meter, client = open_meter(10), Client(account_id="acc_a")
    assert not meter.take_early_start(client)

    async with posting(meter):
        await begin(meter)
        assert not meter.take_early_start(Client(account_id="acc_b"))
        assert [meter.take_early_start(client) for _ in range(2)] == [True, False]


async def test_no_request_begins_early_where_the_last_place_is_taken(
    open_meter: Callable[[int], AccountMeter],
) -> None:
    meter = open_meter(2)

    async with posting(meter):
        await begin(meter)
        assert not meter.take_early_start(Client(account_id="acc_a"))
