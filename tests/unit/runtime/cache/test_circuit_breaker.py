"""What fails is left alone for a while, then tried once."""

from __future__ import annotations

import errno
import logging

import pytest
from tests.unit.runtime.cache.conftest import HandClock

from huisheng.runtime.cache.store import CircuitBreaker
from huisheng.units import Seconds


class Thing:
    """Works or fails; counts how often it was tried."""

    def __init__(self) -> None:
        self.works = True
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if not self.works:
            raise OSError(errno.ENOSPC, "a secret")
        return "done"


@pytest.fixture
def thing() -> Thing:
    return Thing()


@pytest.fixture
def breaker(clock: HandClock) -> CircuitBreaker:
    return CircuitBreaker("the thing", Seconds(2.0), Seconds(10.0), clock)


def test_what_works_is_tried_every_time(thing: Thing, breaker: CircuitBreaker) -> None:
    assert [breaker.attempt(thing, OSError) for _ in range(3)] == ["done"] * 3
    assert (thing.tries, breaker.failures) == (3, 0)


def test_after_a_failure_nothing_is_tried(thing: Thing, breaker: CircuitBreaker, clock: HandClock) -> None:
    thing.works = False
    breaker.attempt(thing, OSError)
    clock.seconds = 1.9

    assert breaker.attempt(thing, OSError) is None
    assert (thing.tries, breaker.failures) == (1, 1)


def test_each_probe_that_fails_doubles_the_pause_up_to_the_longest(
    thing: Thing, breaker: CircuitBreaker, clock: HandClock
) -> None:
    thing.works = False
    tried: list[float] = []
    for tenth in range(600):
        clock.seconds = tenth / 10
        before = thing.tries
        breaker.attempt(thing, OSError)
        tried += [clock.seconds] * (thing.tries - before)

    assert tried == [0.0, 2.0, 6.0, 14.0, 24.0, 34.0, 44.0, 54.0]


def test_while_a_probe_is_under_way_there_is_no_other(
    thing: Thing, breaker: CircuitBreaker, clock: HandClock
) -> None:
    thing.works = False
    breaker.attempt(thing, OSError)
    clock.seconds = 3.0

    assert breaker.attempt(lambda: breaker.attempt(thing, OSError), OSError) is None
    assert thing.tries == 1


def test_a_probe_that_works_ends_the_pause_and_the_next_begins_anew(
    thing: Thing, breaker: CircuitBreaker, clock: HandClock
) -> None:
    thing.works = False
    for clock.seconds in (0.0, 2.0, 6.0):
        breaker.attempt(thing, OSError)
    thing.works, clock.seconds = True, 14.0
    assert [breaker.attempt(thing, OSError) for _ in range(2)] == ["done"] * 2
    thing.works = False
    breaker.attempt(thing, OSError)
    thing.works, clock.seconds = True, 16.0

    assert breaker.attempt(thing, OSError) == "done"


def test_an_unexpected_failure_is_not_swallowed(breaker: CircuitBreaker) -> None:
    with pytest.raises(ZeroDivisionError):
        breaker.attempt(lambda: 1 // 0, OSError)


def test_only_changes_are_logged_without_what_was_asked_for(
    thing: Thing, breaker: CircuitBreaker, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    thing.works = False
    for clock.seconds in (0.0, 1.0, 2.0, 6.0):
        breaker.attempt(thing, OSError)
    thing.works, clock.seconds = True, 20.0
    for _ in range(3):
        breaker.attempt(thing, OSError)

    assert caplog.messages == [
        "the thing fails (No space left on device), next attempt in 2 s",
        "the thing works again",
    ]
