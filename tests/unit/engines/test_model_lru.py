"""How many engines keep their models in memory, and which has to leave."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from huisheng.engines.protocol import Engine
from huisheng.engines.registry import ModelLRU
from huisheng.testing import SilentEngine


@pytest.fixture
def open_uses() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Made:
    """Makes engines and counts them by key."""

    def __init__(self, most: int) -> None:
        self.models = ModelLRU(most)
        self.keys: list[str] = []
        self.alive: dict[str, weakref.ref[SilentEngine]] = {}

    def engine(self, key: str) -> SilentEngine:
        self.keys.append(key)
        made = SilentEngine()
        self.alive[key] = weakref.ref(made)
        return made

    def use(self, *keys: str) -> None:
        for key in keys:
            with self.models.use(key, lambda key=key: self.engine(key)) as engine:
                engine.load()

    def hold(self, key: str, stack: ExitStack) -> Engine:
        return stack.enter_context(self.models.use(key, lambda: self.engine(key)))


def test_an_engine_is_made_at_its_first_use_and_kept() -> None:
    made = Made(most=2)

    made.use("a", "b", "a", "b")

    assert made.keys == ["a", "b"]


def test_the_one_that_has_been_unused_longest_leaves() -> None:
    made = Made(most=2)

    made.use("a", "b", "a", "c", "a")

    assert made.keys == ["a", "b", "c"]
    made.use("b")
    assert made.keys == ["a", "b", "c", "b"]


def test_one_that_left_is_freed() -> None:
    made = Made(most=1)
    made.use("a", "b")
    gc.collect()

    assert (made.alive["a"](), made.alive["b"]() is None) == (None, False)


def test_one_in_use_stays_however_many_come(open_uses: ExitStack) -> None:
    made = Made(most=1)
    made.hold("a", open_uses)

    made.use("b", "c")
    made.use("a")

    assert made.keys.count("a") == 1


def test_models_above_the_bound_leave_when_they_are_done(open_uses: ExitStack) -> None:
    made = Made(most=1)
    made.hold("a", open_uses)
    made.use("b")

    made.use("b")

    assert made.keys == ["a", "b", "b"]


def test_one_that_is_used_twice_stays_until_the_second_is_done(open_uses: ExitStack) -> None:
    made = Made(most=1)
    made.hold("a", open_uses)
    made.use("a", "b", "a")

    assert made.keys == ["a", "b"]


def test_a_failure_ends_the_use() -> None:
    made = Made(most=1)
    with pytest.raises(KeyError), made.models.use("a", lambda: made.engine("a")):
        raise KeyError

    made.use("b", "a")

    assert made.keys == ["a", "b", "a"]


def test_engines_of_other_keys_are_let_go(open_uses: ExitStack) -> None:
    made = Made(most=3)
    made.use("a", "b")
    held = made.hold("a", open_uses)

    made.models.keep({"b"})
    made.use("b")

    assert made.keys == ["a", "b"]
    assert held is made.alive["a"]()
    made.use("a")
    assert made.keys == ["a", "b", "a"]


def test_a_model_is_in_memory_once_one_engine_loaded() -> None:
    made = Made(most=2)
    before = made.models.loaded
    made.use("a")

    assert (before, made.models.loaded) == (False, True)


def test_threads_that_come_at_once_share_an_engine() -> None:
    made = Made(most=1)
    together = threading.Barrier(8)

    def come() -> None:
        together.wait()
        made.use("a")

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made.keys == ["a"]
