"""Rate limits and limits on concurrency."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import ExitStack, closing
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse

from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import RateLimited, TooManyConcurrent
from huisheng.server.guard.limits import (
    ClientLimits,
    ConcurrencyClaim,
    ConcurrencyLimiter,
    Quota,
    RateLimiter,
    RateStore,
    RedisRateStore,
)
from huisheng.server.guard.policies import LimitStatus, QuotaPolicy, limit_headers
from huisheng.server.guard.settings import GuardSettings

CLIENT = Client("192.0.2.1", "01234567")
KEY = "correct-horse-battery"
SLOW = "2/day"


def limits(**chosen: object) -> ClientLimits:
    return ClientLimits(GuardSettings.model_validate({"api_keys": KEY, **chosen}))


async def enter(rules: ClientLimits, client: Client = CLIENT) -> tuple[LimitStatus, ...]:
    """A request that ends at once."""
    with ExitStack() as stay:
        return await rules.acquire(client, stay)


async def test_without_limits_every_client_enters() -> None:
    assert await enter(limits()) == ()


async def test_a_rate_tells_what_is_left() -> None:
    rules = limits(rate_per_ip="2/minute")

    statuses = [str(status) for _ in range(2) for status in await enter(rules)]

    assert statuses == ['"ip";r=1;t=60', '"ip";r=0;t=60']


async def test_a_rate_that_is_used_up_refuses_and_tells_when_to_come_back() -> None:
    rules = limits(rate_per_ip=SLOW)
    await enter(rules)
    await enter(rules)

    with pytest.raises(RateLimited) as refusal:
        await enter(rules)

    assert refusal.value.violated_policies == ("ip",)
    assert 0 < refusal.value.retry_after <= 86_400


async def test_each_client_has_a_rate_of_its_own() -> None:
    rules = limits(rate_per_ip="1/day", rate_per_key="1/day")
    await enter(rules)

    await enter(rules, Client("192.0.2.2", "89abcdef"))

    for shared in (Client("192.0.2.1", "fedcba98"), Client("192.0.2.3", "01234567")):
        with pytest.raises(RateLimited):
            await enter(rules, shared)


async def test_what_one_rate_refuses_is_not_counted_by_another() -> None:
    rules = limits(rate_per_ip="2/day", rate_per_key="1/day")
    await enter(rules)
    with pytest.raises(RateLimited):
        await enter(rules)

    await enter(rules, Client(CLIENT.address, "89abcdef"))


async def test_several_rates_hold_at_once_under_names_of_their_own() -> None:
    statuses = await enter(limits(rate_per_ip="10/second; 1000/day"))

    assert [status.policy.name for status in statuses] == ["ip-1", "ip-86400"]


@given(st.integers(0, 2**64 - 1))
async def test_a_client_that_changes_addresses_within_a_network_stays_one_client(low: int) -> None:
    rules = limits(rate_per_ip="1/day")
    network = 0x20010DB8 << 96
    await enter(rules, Client(str(IPv6Address(network))))

    with pytest.raises(RateLimited):
        await enter(rules, Client(str(IPv6Address(network | low))))


async def test_a_request_that_ends_frees_its_place_under_the_limit() -> None:
    rules = limits(concurrent_per_ip=2)
    with ExitStack() as first, ExitStack() as second:
        assert [str(each) for each in await rules.acquire(CLIENT, first)] == ['"ip-concurrent";r=1']
        await rules.acquire(CLIENT, second)
        with pytest.raises(TooManyConcurrent) as refusal:
            await enter(rules)

    assert refusal.value.violated_policies == ("ip-concurrent",)
    assert await enter(rules)


async def test_a_request_that_the_rate_refuses_takes_no_place() -> None:
    rules = limits(rate_per_ip="1/day", concurrent_per_ip=1)
    await enter(rules)
    with pytest.raises(RateLimited):
        await enter(rules)

    assert len(rules.concurrency) == 0


async def test_a_request_that_finds_no_place_uses_up_no_rate() -> None:
    rules = limits(rate_per_ip="2/day", concurrent_per_ip=1)
    with ExitStack() as stay:
        await rules.acquire(CLIENT, stay)
        with pytest.raises(TooManyConcurrent):
            await enter(rules)

    await enter(rules)


@given(seed=st.integers())
async def test_places_never_leak_however_requests_end(seed: int) -> None:
    """Some finish, some fail, some are cancelled before, while or after they wait."""
    chance = random.Random(seed)
    rules = limits(concurrent_per_ip=3, concurrent_per_key=2, rate_per_ip="1000/second")

    async def request() -> None:
        with ExitStack() as stay:
            client = Client(f"192.0.2.{chance.randrange(2)}", str(chance.randrange(2)))
            await rules.acquire(client, stay)
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            if chance.random() < 0.3:
                raise ValueError

    tasks = list[asyncio.Task[None]]()
    for _ in range(40):
        tasks.append(asyncio.create_task(request()))
        if chance.random() < 0.5:
            await asyncio.sleep(0)
        chance.choice(tasks).cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert len(rules.concurrency) == 0


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40),
    st.integers(1, 3),
)
def test_no_more_requests_run_than_the_limit_allows(steps: list[tuple[str, bool]], quota: int) -> None:
    concurrency, policy = ConcurrencyLimiter(), QuotaPolicy("ip-concurrent", quota)
    held: dict[str, list[ExitStack]] = {subject: [] for subject in "abc"}
    for subject, comes in steps:
        stay = ExitStack()
        if comes and len(held[subject]) < quota:
            stay.enter_context(concurrency.acquire([ConcurrencyClaim(policy, subject)]))
            held[subject].append(stay)
        elif comes:
            with pytest.raises(TooManyConcurrent):
                stay.enter_context(concurrency.acquire([ConcurrencyClaim(policy, subject)]))
        elif held[subject]:
            held[subject].pop().close()

        assert len(concurrency) == sum(map(len, held.values()))


def test_limits_are_written_as_the_draft_says() -> None:
    rate, concurrency = QuotaPolicy("ip", 60, 60), QuotaPolicy("ip-concurrent", 4)

    assert limit_headers([LimitStatus(rate, 59, 42), LimitStatus(concurrency, 3)]) == {
        "RateLimit-Policy": '"ip";q=60;w=60, "ip-concurrent";q=4;qu="concurrent-requests"',
        "RateLimit": '"ip";r=59;t=42, "ip-concurrent";r=3',
    }


def test_openais_headers_show_the_scarcest_rate() -> None:
    told = limit_headers(
        [LimitStatus(QuotaPolicy("ip", 60, 60), 59, 42), LimitStatus(QuotaPolicy("key", 9, 60), 1, 7)],
        openai=True,
    )

    assert told["x-ratelimit-limit-requests"] == "9"
    assert told["x-ratelimit-remaining-requests"] == "1"
    assert told["x-ratelimit-reset-requests"] == "7s"


def test_openais_headers_leave_out_limits_on_concurrency() -> None:
    assert "x-ratelimit-limit-requests" not in limit_headers(
        [LimitStatus(QuotaPolicy("ip-concurrent", 4), 3)], openai=True
    )


def test_without_limits_there_are_no_headers() -> None:
    assert limit_headers([], openai=True) == {}


def quota(rate: str, subject: str) -> Quota:
    item = parse(rate)
    return Quota(QuotaPolicy("ip", item.amount, item.get_expiry()), item, subject)


async def count_allowed(store: RateStore, rate: str, subject: str) -> int:
    """How many requests get through."""
    limiter, count = RateLimiter(store), 0
    try:
        while True:
            await limiter.take([quota(rate, subject)])
            count += 1
    except RateLimited:
        return count


@pytest.mark.slow
async def test_servers_that_share_a_store_share_their_rates(redis: str) -> None:
    first, second = RedisRateStore(redis), RedisRateStore(redis)
    await RateLimiter(first).take([quota("3/day", "shared")])

    assert await count_allowed(second, "3/day", "shared") == 2
    for store in (first, second):
        await store.aclose()


@pytest.mark.slow
async def test_a_server_whose_store_is_gone_counts_for_itself() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    store = RedisRateStore(f"redis://127.0.0.1:{port}/0")

    assert await count_allowed(store, "3/day", "alone") == 3
    await store.aclose()


@pytest.mark.slow
async def test_many_at_once_get_no_more_than_the_rate(redis: str) -> None:
    """Each is told that something is left, then others come in between."""
    store = RedisRateStore(redis)
    limiter = RateLimiter(store)

    answers = await asyncio.gather(
        *(limiter.take([quota("5/day", "many")]) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(answer, RateLimited) for answer in answers) == 5
    await store.aclose()
