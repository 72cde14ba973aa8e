"""Bytes in memory are counted once, and given back when their holder is gone."""

from __future__ import annotations

import gc

from huisheng.runtime.cache.responses import CachedResponse
from huisheng.runtime.memory import Holding, MemoryPool


def test_no_more_is_taken_than_there_is() -> None:
    pool = MemoryPool(10)

    assert [pool.take(6), pool.take(5), pool.take(4), pool.take(1)] == [True, False, True, False]
    assert pool.taken == 10


def test_what_is_given_back_can_be_taken_again() -> None:
    pool = MemoryPool(10)
    pool.take(10)
    pool.give(10)

    assert pool.take(10)


def test_borrowed_memory_comes_back_when_its_holder_is_gone() -> None:
    pool = MemoryPool(10)
    response = CachedResponse({}, (b"123456",))
    is_granted = pool.lend(response, response.size)
    in_use = pool.taken
    del response
    gc.collect()

    assert (is_granted, in_use, pool.taken) == (True, 6, 0)


def test_memory_that_cannot_be_granted_is_not_counted() -> None:
    pool = MemoryPool(5)
    response = CachedResponse({}, (b"123456",))

    assert not pool.lend(response, response.size)
    del response
    gc.collect()
    assert pool.taken == 0


def test_a_holding_counts_what_it_has_beyond_its_first_bytes() -> None:
    pool = MemoryPool(10)
    holding = Holding(pool, uncounted=5)

    taken = list[tuple[bool, int]]()
    for size in (5, 15, 8, 16, 0):
        taken.append((holding.resize(size), pool.taken))

    assert taken == [(True, 0), (True, 10), (True, 3), (False, 3), (True, 0)]


def test_a_holding_that_gets_no_more_keeps_what_it_has() -> None:
    holding = Holding(MemoryPool(10), uncounted=0)
    holding.resize(8)

    assert not holding.resize(11)
    assert holding.size == 8
