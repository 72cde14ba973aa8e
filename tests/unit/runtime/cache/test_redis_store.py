"""A real Redis: shared, asked briefly, and left alone while it is gone."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.unit.runtime.cache.conftest import HandClock, RedisServer

from huisheng.errors import SetupError
from huisheng.runtime.cache.redis_store import RedisStore

pytestmark = pytest.mark.slow

KEY = hashlib.sha256(b"a").hexdigest()
NAME = f"huisheng:cache:1:{KEY}"
VALUE = bytes(range(256)) * 1_000


@pytest.fixture
def store(redis_server: RedisServer, clock: HandClock) -> Iterator[RedisStore]:
    store = RedisStore(redis_server.url, clock=clock)
    yield store
    store.close()


def test_another_server_finds_what_one_has_put(store: RedisStore, redis_server: RedisServer) -> None:
    other = RedisStore(redis_server.url)
    store.put(KEY, VALUE)

    assert other.get(KEY) == VALUE
    other.close()


def test_what_was_not_put_is_not_found(store: RedisStore) -> None:
    assert store.get(KEY) is None
    assert store.failures == 0


def test_an_entry_is_named_as_ours_and_leaves_by_itself(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, ttl=timedelta(hours=1))
    store.put(KEY, VALUE)
    store.close()

    assert redis_server.tell("KEYS", "*") == NAME
    assert 3_000 < int(redis_server.tell("TTL", NAME)) <= 3_600


def test_a_value_over_the_largest_is_not_put(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, largest=100)
    store.put(KEY, bytes(101))
    store.close()

    assert redis_server.tell("DBSIZE") == "0"


@pytest.mark.parametrize("foreign", ["", "anything", "HSC1" + "x" * 40])
def test_an_entry_written_by_another_program_is_a_miss(
    store: RedisStore, redis_server: RedisServer, foreign: str
) -> None:
    redis_server.tell("SET", NAME, foreign)

    assert store.get(KEY) is None


def test_a_value_of_another_type_is_a_trouble_and_a_miss(
    store: RedisStore, redis_server: RedisServer
) -> None:
    redis_server.tell("LPUSH", NAME, "a list")

    assert store.get(KEY) is None
    assert store.failures == 1


def test_a_redis_that_is_killed_is_an_empty_cache_and_is_found_again_when_it_is_back(
    store: RedisStore, redis_server: RedisServer, clock: HandClock
) -> None:
    store.put(KEY, VALUE)
    redis_server.kill()
    while_gone = store.get(KEY)
    store.put(KEY, VALUE)
    failures = store.failures
    redis_server.start()
    left_alone = store.get(KEY), store.failures
    clock.seconds = 3.0
    store.put(KEY, VALUE)

    assert (while_gone, failures, left_alone) == (None, 2, (None, 2))
    assert store.get(KEY) == VALUE


def test_a_redis_that_hangs_is_asked_once(store: RedisStore, redis_server: RedisServer) -> None:
    store.put(KEY, VALUE)
    redis_server.send(signal.SIGSTOP)
    found = [store.get(KEY) for _ in range(3)]
    redis_server.send(signal.SIGCONT)

    assert (found, store.failures) == ([None] * 3, 1)
    assert (
        "total_connections_received:2" in redis_server.tell("INFO", "stats").split()
    )  # the store's and this


def test_a_late_answer_is_not_taken_for_that_to_another_question(
    store: RedisStore, redis_server: RedisServer, clock: HandClock
) -> None:
    store.put(KEY, VALUE)
    redis_server.send(signal.SIGSTOP)
    store.get(KEY)
    redis_server.send(signal.SIGCONT)
    clock.seconds = 3.0

    assert store.get(hashlib.sha256(b"b").hexdigest()) is None
    assert store.get(KEY) == VALUE


def test_a_redis_that_is_full_still_answers(redis_server: RedisServer, clock: HandClock) -> None:
    store = RedisStore(redis_server.url, clock=clock)
    store.put(KEY, VALUE)
    redis_server.tell("CONFIG", "SET", "maxmemory", "1")
    store.put(hashlib.sha256(b"b").hexdigest(), VALUE)

    assert (store.get(KEY), store.failures) == (VALUE, 1)
    store.close()


def test_no_server_at_the_address_is_an_empty_cache() -> None:
    store = RedisStore("redis://127.0.0.1:1/0")
    store.put(KEY, VALUE)

    assert (store.get(KEY), store.failures) == (None, 2)


def test_an_address_that_cannot_be_read_is_told_at_once_without_repeating_it() -> None:
    with pytest.raises(SetupError) as refused:
        RedisStore("http://user:secret@host")

    assert "HUISHENG_CACHE_REDIS 无法识别" in refused.value.message
    assert "secret" not in refused.value.message + refused.value.english


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "redis", None)

    with pytest.raises(SetupError, match=r"huisheng\[redis\]"):
        RedisStore("redis://127.0.0.1/0")
