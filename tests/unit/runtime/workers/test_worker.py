"""A worker at the other end of a socket: what it makes before it is asked, and which work goes first."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from tests.unit.runtime.workers.speakers import Broken

from huisheng.runtime.request import request_id
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import MIN_STEP, Piece
from huisheng.runtime.workers.messages import (
    LENGTH,
    Begin,
    Call,
    Reply,
    Request,
    decode_message,
    encode_message,
)
from huisheng.runtime.workers.worker import Worker
from huisheng.testing import SilentEngine
from huisheng.units import Seconds


@dataclass
class Stage:
    """What the test and the work in the worker's threads know of each other."""

    gates: dict[str, threading.Event] = field(default_factory=lambda: defaultdict(threading.Event))
    made: dict[str, threading.Event] = field(default_factory=lambda: defaultdict(threading.Event))
    order: list[str] = field(default_factory=list[str])

    def open(self, *names: str) -> None:
        for name in names:
            self.gates[name].set()


@dataclass(frozen=True)
class Gated:
    """Steps that wait for their gates: those of `a` are a0, a1, a2."""

    name: str
    sounding: bool = False
    stage: ClassVar[Stage]

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[str]]:
        """Begin the work."""
        stage = self.stage
        for number in range(3):
            name = f"{self.name}{number}"
            stage.gates[name].wait()
            stage.order.append(name)
            stage.made[name].set()
            time.sleep(MIN_STEP)  # as work does, so that each is a step
            yield Piece(name, Seconds(1.0 if self.sounding else 0.0))


@pytest.fixture
def stage() -> Stage:
    Gated.stage = Stage()
    return Gated.stage


@pytest.fixture
def worker(stage: Stage) -> Iterator[socket.socket]:
    """The server's end of the socket; one thread makes steps."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=Worker(theirs, Synthesizer(SilentEngine()), 1).serve)
    thread.start()
    yield ours
    stage.open(*(f"{name}{number}" for name in "abc" for number in range(3)))
    ours.close()
    thread.join()
    theirs.close()


class Listening(logging.Handler):
    """Keeps of each failure that is logged the request that it belongs to and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert record.exc_info
        self.failures.append((request_id.get(), str(record.exc_info[1])))


@pytest.fixture
def log() -> Iterator[Listening]:
    handler = Listening()
    logging.getLogger("huisheng.workers").addHandler(handler)
    yield handler
    logging.getLogger("huisheng.workers").removeHandler(handler)


def tell(worker: socket.socket, *requests: Request) -> None:
    worker.sendall(b"".join(map(encode_message, requests)))


def hear(worker: socket.socket) -> Reply:
    (length,) = LENGTH.unpack(worker.recv(LENGTH.size, socket.MSG_WAITALL))
    return decode_message(worker.recv(length, socket.MSG_WAITALL))


def values(reply: Reply) -> list[object]:
    assert reply.step is not None
    return [piece.value for piece in reply.step.pieces]


def test_a_step_is_made_before_it_is_asked_for(worker: socket.socket, stage: Stage) -> None:
    stage.open("a0", "a1")
    tell(worker, Begin(1, 1, Gated("a"), advance=True))

    assert values(hear(worker)) == ["a0"]
    assert stage.made["a1"].wait(60.0)
    tell(worker, Call(2, 1, "advance"))
    reply = hear(worker)
    assert (reply.number, values(reply)) == (2, ["a1"])


def test_while_the_first_sound_is_passed_on_nothing_is_made(worker: socket.socket, stage: Stage) -> None:
    stage.open("a0", "a1", "a2", "b0", "b1")
    tell(worker, Begin(1, 1, Gated("a", sounding=True), advance=True))

    assert values(hear(worker)) == ["a0"]
    tell(worker, Begin(2, 2, Gated("b"), advance=True))
    assert values(hear(worker)) == ["b0"]
    assert stage.order[:2] == ["a0", "b0"]
    tell(worker, Call(3, 1, "advance"))
    assert values(hear(worker)) == ["a1"]
    assert stage.made["a2"].wait(60.0)


def test_a_step_that_is_waited_for_goes_before_one_made_ahead(worker: socket.socket, stage: Stage) -> None:
    stage.open("a1", "b0")
    tell(worker, Begin(1, 1, Gated("a"), advance=True), Begin(2, 2, Gated("b"), advance=True))
    tell(worker, Begin(3, 3, Gated("c"), advance=False))
    assert hear(worker).number == 3  # so the steps of a and b are under way
    stage.open("a0")

    assert [values(hear(worker)) for _ in "ab"] == [["a0"], ["b0"]]
    assert stage.order[:2] == ["a0", "b0"]


def test_work_that_is_closed_before_its_turn_never_begins(worker: socket.socket, stage: Stage) -> None:
    stage.open("a1", "b0")
    tell(worker, Begin(1, 1, Gated("a"), advance=True), Begin(2, 2, Gated("b"), advance=True))
    tell(worker, Call(3, 2, "close"))
    assert hear(worker).number == 3
    stage.open("a0")

    assert values(hear(worker)) == ["a0"]
    assert values(hear(worker)) == []
    tell(worker, Call(4, 1, "advance"))
    assert values(hear(worker)) == ["a1"]
    assert stage.order[:2] == ["a0", "a1"]


def test_what_is_logged_of_a_failure_names_its_request(worker: socket.socket, log: Listening) -> None:
    tell(worker, Begin(1, 1, Broken("one"), advance=True, request_id="first"))
    assert values(hear(worker)) == [0]
    tell(worker, Begin(2, 2, Broken("two"), advance=True, request_id="second"))
    assert values(hear(worker)) == [0]

    for number, work_id in ((3, 1), (4, 2)):
        tell(worker, Call(number, work_id, "advance"))
        assert hear(worker).error is not None
    assert set(log.failures) == {("first", "one"), ("second", "two")}
    assert len(log.failures) == 2
