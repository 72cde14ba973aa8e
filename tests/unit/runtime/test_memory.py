"""Bytes in memory are counted once, and given back with whoever held them."""

from __future__ import annotations

import gc

from huisheng.runtime.cache.takes import Take
from huisheng.runtime.memory import MemoryPool


def test_no_more_is_taken_than_there_is() -> None:
    pool = MemoryPool(10)

    assert [pool.take(6), pool.take(5), pool.take(4), pool.take(1)] == [True, False, True, False]
    assert pool.taken == 10


def test_what_is_given_back_can_be_taken_again() -> None:
    pool = MemoryPool(10)
    pool.take(10)
    pool.give(10)

    assert pool.take(10)


def test_what_was_lent_comes_back_when_its_holder_is_gone() -> None:
    pool = MemoryPool(10)
    take = Take({}, (b"123456",))
    lent = pool.lend(take, take.size)
    in_use = pool.taken
    del take
    gc.collect()

    assert (lent, in_use, pool.taken) == (True, 6, 0)


def test_what_cannot_be_lent_is_not_counted() -> None:
    pool = MemoryPool(5)
    take = Take({}, (b"123456",))

    assert not pool.lend(take, take.size)
    del take
    gc.collect()
    assert pool.taken == 0
