"""Rates and places."""

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

from huisheng.server.guard.caller import Caller
from huisheng.server.guard.errors import RateLimited, TooManyConcurrent
from huisheng.server.guard.limits import Limits
from huisheng.server.guard.places import Claim, Places
from huisheng.server.guard.policies import Policy, Standing, headers
from huisheng.server.guard.rates import Quota, Rates, SharedWindows, Windows
from huisheng.server.guard.settings import GuardSettings

CALLER = Caller("192.0.2.1", "01234567")
KEY = "correct-horse-battery"
SLOW = "2/day"


def limits(**chosen: object) -> Limits:
    return Limits(GuardSettings.model_validate({"api_keys": KEY, **chosen}))


async def enter(rules: Limits, caller: Caller = CALLER) -> tuple[Standing, ...]:
    """A request that ends at once."""
    with ExitStack() as stay:
        return await rules.enter(caller, stay)


async def test_without_limits_everybody_enters() -> None:
    assert await enter(limits()) == ()


async def test_a_rate_tells_what_is_left() -> None:
    rules = limits(rate_per_ip="2/minute")

    standings = [str(standing) for _ in range(2) for standing in await enter(rules)]

    assert standings == ['"ip";r=1;t=60', '"ip";r=0;t=60']


async def test_a_rate_that_is_used_up_refuses_and_tells_when_to_come_back() -> None:
    rules = limits(rate_per_ip=SLOW)
    await enter(rules)
    await enter(rules)

    with pytest.raises(RateLimited) as refusal:
        await enter(rules)

    assert refusal.value.violated == ("ip",)
    assert 0 < refusal.value.retry_after <= 86_400


async def test_callers_have_rates_of_their_own() -> None:
    rules = limits(rate_per_ip="1/day", rate_per_key="1/day")
    await enter(rules)

    await enter(rules, Caller("192.0.2.2", "89abcdef"))

    for shared in (Caller("192.0.2.1", "fedcba98"), Caller("192.0.2.3", "01234567")):
        with pytest.raises(RateLimited):
            await enter(rules, shared)


async def test_what_one_rate_refuses_is_not_counted_by_another() -> None:
    rules = limits(rate_per_ip="2/day", rate_per_key="1/day")
    await enter(rules)
    with pytest.raises(RateLimited):
        await enter(rules)

    await enter(rules, Caller(CALLER.address, "89abcdef"))


async def test_several_rates_hold_at_once_under_names_of_their_own() -> None:
    standings = await enter(limits(rate_per_ip="10/second; 1000/day"))

    assert [standing.policy.name for standing in standings] == ["ip-1", "ip-86400"]


@given(st.integers(0, 2**64 - 1))
async def test_whoever_changes_addresses_within_a_network_stays_one_caller(low: int) -> None:
    rules = limits(rate_per_ip="1/day")
    network = 0x20010DB8 << 96
    await enter(rules, Caller(str(IPv6Address(network))))

    with pytest.raises(RateLimited):
        await enter(rules, Caller(str(IPv6Address(network | low))))


async def test_places_are_told_and_given_back() -> None:
    rules = limits(concurrent_per_ip=2)
    with ExitStack() as first, ExitStack() as second:
        assert [str(each) for each in await rules.enter(CALLER, first)] == ['"ip-concurrent";r=1']
        await rules.enter(CALLER, second)
        with pytest.raises(TooManyConcurrent) as refusal:
            await enter(rules)

    assert refusal.value.violated == ("ip-concurrent",)
    assert await enter(rules)


async def test_a_request_that_the_rate_refuses_takes_no_place() -> None:
    rules = limits(rate_per_ip="1/day", concurrent_per_ip=1)
    await enter(rules)
    with pytest.raises(RateLimited):
        await enter(rules)

    assert len(rules.places) == 0


async def test_a_request_that_finds_no_place_uses_up_no_rate() -> None:
    rules = limits(rate_per_ip="2/day", concurrent_per_ip=1)
    with ExitStack() as stay:
        await rules.enter(CALLER, stay)
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
            caller = Caller(f"192.0.2.{chance.randrange(2)}", str(chance.randrange(2)))
            await rules.enter(caller, stay)
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

    assert len(rules.places) == 0


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40),
    st.integers(1, 3),
)
def test_no_more_places_are_taken_than_there_are(steps: list[tuple[str, bool]], quota: int) -> None:
    places, policy = Places(), Policy("ip-concurrent", quota)
    held: dict[str, list[ExitStack]] = {subject: [] for subject in "abc"}
    for subject, comes in steps:
        stay = ExitStack()
        if comes and len(held[subject]) < quota:
            stay.enter_context(places.taken([Claim(policy, subject)]))
            held[subject].append(stay)
        elif comes:
            with pytest.raises(TooManyConcurrent):
                stay.enter_context(places.taken([Claim(policy, subject)]))
        elif held[subject]:
            held[subject].pop().close()

        assert len(places) == sum(map(len, held.values()))


def test_limits_are_told_in_the_names_of_the_draft() -> None:
    rate, places = Policy("ip", 60, 60), Policy("ip-concurrent", 4)

    assert headers([Standing(rate, 59, 42), Standing(places, 3)]) == {
        "RateLimit-Policy": '"ip";q=60;w=60, "ip-concurrent";q=4;qu="concurrent-requests"',
        "RateLimit": '"ip";r=59;t=42, "ip-concurrent";r=3',
    }


def test_openais_names_tell_the_scarcest_rate() -> None:
    told = headers(
        [Standing(Policy("ip", 60, 60), 59, 42), Standing(Policy("key", 9, 60), 1, 7)], openai=True
    )

    assert told["x-ratelimit-limit-requests"] == "9"
    assert told["x-ratelimit-remaining-requests"] == "1"
    assert told["x-ratelimit-reset-requests"] == "7s"


def test_openais_names_tell_nothing_of_places() -> None:
    assert "x-ratelimit-limit-requests" not in headers([Standing(Policy("ip-concurrent", 4), 3)], openai=True)


def test_without_limits_nothing_is_told() -> None:
    assert headers([], openai=True) == {}


def quota(rate: str, subject: str) -> Quota:
    item = parse(rate)
    return Quota(Policy("ip", item.amount, item.get_expiry()), item, subject)


async def taken(windows: Windows, rate: str, subject: str) -> int:
    """How many requests get through."""
    rates, count = Rates(windows), 0
    try:
        while True:
            await rates.take([quota(rate, subject)])
            count += 1
    except RateLimited:
        return count


@pytest.mark.slow
async def test_servers_that_share_a_store_share_their_rates(redis: str) -> None:
    first, second = SharedWindows(redis), SharedWindows(redis)
    await Rates(first).take([quota("3/day", "shared")])

    assert await taken(second, "3/day", "shared") == 2
    for windows in (first, second):
        await windows.aclose()


@pytest.mark.slow
async def test_a_server_whose_store_is_gone_counts_for_itself() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    windows = SharedWindows(f"redis://127.0.0.1:{port}/0")

    assert await taken(windows, "3/day", "alone") == 3
    await windows.aclose()


@pytest.mark.slow
async def test_many_at_once_get_no_more_than_the_rate(redis: str) -> None:
    """Each is told that something is left, then others come in between."""
    windows = SharedWindows(redis)
    rates = Rates(windows)

    answers = await asyncio.gather(
        *(rates.take([quota("5/day", "many")]) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(answer, RateLimited) for answer in answers) == 5
    await windows.aclose()
