"""What a worker process does: requests come over a socket, steps are made in threads, replies go back.

A thread that has made a step and has nothing else to do makes the next one of the same work before it is
asked for: the request for it is a message to the server and back, and in the meantime a core would be idle.
Not after the first sound: a listener waits for it, and the server needs a core to pass it on.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from huisheng.errors import EngineError, HuishengError
from huisheng.runtime.request import request_id
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Step, StepIterator, Work
from huisheng.runtime.workers.messages import (
    LENGTH,
    Begin,
    Call,
    Reply,
    Request,
    decode_message,
    encode_message,
)
from huisheng.runtime.workers.threads import ThreadPools

logger = logging.getLogger("huisheng.workers")


class Worker:
    """Serves one socket until its other end is closed.

    Args:
        connection: to the server.
        synthesizer: does the work.
        threads: steps at the same time.
    """

    def __init__(self, connection: socket.socket, synthesizer: Synthesizer, threads: int) -> None:
        self._connection = connection
        self._synthesizer = synthesizer
        self._pools = ThreadPools(threads)
        self._running: dict[int, _RunningWork] = {}
        self._sending = threading.Lock()

    def serve(self) -> None:
        """Answer until the server is gone; what is under way then is given up."""
        while (header := _receive(self._connection, LENGTH.size)) is not None:
            body = _receive(self._connection, LENGTH.unpack(header)[0])
            if body is None:
                return
            self._handle(decode_message(body))

    def _handle(self, request: Request) -> None:
        """Have a request answered. Beginning and closing do not wait behind steps."""
        match request:
            case Begin(number, key, work, advance, origin):
                running = self._running[key] = self._make_running(key, work, origin)
                if advance:
                    running.ask(number)
                else:
                    self._pools.control.submit(self._call, number, running.begin)
            case Call(number, key, "advance"):
                self._running[key].ask(number)
            case Call(number, key):
                running = self._running.pop(key, None)
                self._pools.control.submit(self._call, number, running.close if running else _do_nothing)

    def _make_running(self, key: int, work: Work[Any], origin: str) -> _RunningWork:
        steps = StepIterator(partial(work.begin, self._synthesizer))
        return _RunningWork(
            steps, origin, self._pools, self._send, on_end=lambda: self._running.pop(key, None)
        )

    def _call(self, number: int, call: Callable[[], None]) -> None:
        """Call, and reply with what that brings."""
        self._send(number, _reply(call))

    def _send(self, number: int, reply: Reply) -> None:
        message = encode_message(reply._replace(number=number, cache_counts=self._synthesizer.cache_counts))
        with self._sending:
            self._connection.sendall(message)


class _RunningWork:
    """Work that was begun in this process.

    Args:
        steps: of the work.
        origin: id of the request for which it is done.
        pools: make them.
        send: takes the number of a request and the reply to it.
        on_end: is called when the last step has been made.
    """

    def __init__(
        self,
        steps: StepIterator[Any],
        origin: str,
        pools: ThreadPools,
        send: Callable[[int, Reply], None],
        on_end: Callable[[], object],
    ) -> None:
        self._steps = steps
        self._origin = origin
        self._pools = pools
        self._send = send
        self._on_end = on_end
        self._lock = threading.Lock()
        self._asked: int | None = None
        """The request that waits for a step."""
        self._ready: Reply | None = None
        """The reply to the next request."""
        self._running = False
        self._has_sound = False

    def begin(self) -> None:
        """Begin before the first step; raises what that raises."""
        request_id.set(self._origin)
        self._steps.begin()

    def ask(self, number: int) -> None:
        """Have the next step sent to a request, now or as soon as it is made."""
        with self._lock:
            self._asked = number
            if self._running:
                return
            self._running = True
        self._pools.submit(self._run)

    def close(self) -> None:
        """Stop, once the step under way has ended."""
        request_id.set(self._origin)
        self._steps.close()

    def _run(self) -> None:
        """Make the step that is asked for, and one more where the thread has nothing else to do."""
        request_id.set(self._origin)
        while True:
            ready, self._ready = self._ready, None
            reply = ready or _reply(self._steps.advance)
            with self._lock:
                number, self._asked = self._asked, None
                if number is None:
                    self._ready = reply
                    self._running = False
                    return
            if reply.step and reply.step.last:
                self._on_end()
            self._send(number, reply)
            if not self._continues(reply.step):
                return

    def _continues(self, step: Step[Any] | None) -> bool:
        """Whether the thread makes the next step too; if others wait for it, ours waits behind theirs."""
        first = not self._has_sound and step is not None and step.audio > 0.0
        self._has_sound = self._has_sound or first
        over = step is None or step.last
        with self._lock:
            if not (over or first or self._pools.has_queue):
                return True
            self._running = waits = self._asked is not None
        if waits:
            self._pools.submit(self._run)
        return False


def _do_nothing() -> None:
    """Close work that is over already."""


def _reply(call: Callable[[], Any]) -> Reply:
    """The result of a call, or its error; the number is still to be set."""
    try:
        return Reply(0, call())
    except HuishengError as error:
        return Reply(0, error=error)
    except Exception:
        logger.exception("a step failed")
        return Reply(0, error=EngineError())


def _receive(connection: socket.socket, count: int) -> bytes | None:
    """So many bytes; None when the other end is closed."""
    parts: list[bytes] = []
    while count:
        try:
            part = connection.recv(min(count, 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
