"""The life of a worker process: requests come over a socket, steps are made in threads, replies go back.

A thread that has made a step and has nothing else to do makes the next one of the same course before it is
asked for: the request for it is a message to the server and back, and in the meantime a core would be idle.
Only the first sound is left alone: somebody waits for it, and the server needs a core to pass it on.
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
from huisheng.runtime.streaming import Crew, Steps
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Step, Work
from huisheng.runtime.workers.messages import LENGTH, Begin, Call, Reply, Request, framed, read

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
        self._crew = Crew(threads)
        self._courses: dict[int, _Course] = {}
        self._sending = threading.Lock()

    def serve(self) -> None:
        """Answer until the server is gone; what is under way then is of no use to anybody."""
        while (header := _exactly(self._connection, LENGTH.size)) is not None:
            body = _exactly(self._connection, LENGTH.unpack(header)[0])
            if body is None:
                return
            self._take(read(body))

    def _take(self, request: Request) -> None:
        """Have a request answered. Beginning and closing do not wait behind steps."""
        match request:
            case Begin(number, key, work, advance, origin):
                course = self._courses[key] = self._course(key, work, origin)
                if advance:
                    course.ask(number)
                else:
                    self._crew.aside.submit(self._tell, number, course.begin)
            case Call(number, key, "advance"):
                self._courses[key].ask(number)
            case Call(number, key):
                course = self._courses.pop(key, None)
                self._crew.aside.submit(self._tell, number, course.close if course else _nothing)

    def _course(self, key: int, work: Work[Any], request: str) -> _Course:
        steps = Steps(partial(work.begin, self._synthesizer))
        return _Course(steps, request, self._crew, self._send, over=lambda: self._courses.pop(key, None))

    def _tell(self, number: int, call: Callable[[], None]) -> None:
        """That something was done."""
        self._send(number, _reply(call))

    def _send(self, number: int, reply: Reply) -> None:
        told = framed(reply._replace(number=number, remembered=self._synthesizer.remembered))
        with self._sending:
            self._connection.sendall(told)


class _Course:
    """Work that was begun here.

    Args:
        steps: of the work.
        request: for which it is done, as logs name it.
        crew: makes them.
        send: takes the number of a request and the reply to it.
        over: is called when the last step has been made.
    """

    def __init__(
        self,
        steps: Steps[Any],
        request: str,
        crew: Crew,
        send: Callable[[int, Reply], None],
        over: Callable[[], object],
    ) -> None:
        self._steps = steps
        self._request = request
        self._crew = crew
        self._send = send
        self._over = over
        self._lock = threading.Lock()
        self._asked: int | None = None
        """The request that waits for a step."""
        self._ready: Reply | None = None
        """To the next request."""
        self._running = False
        self._sounded = False

    def begin(self) -> None:
        """Begin before the first step; raises what that raises."""
        request_id.set(self._request)
        self._steps.begin()

    def ask(self, number: int) -> None:
        """Have the next step sent to a request, now or as soon as it is made."""
        with self._lock:
            self._asked = number
            if self._running:
                return
            self._running = True
        self._crew.submit(self._run)

    def close(self) -> None:
        """Stop, once the step under way has ended."""
        request_id.set(self._request)
        self._steps.close()

    def _run(self) -> None:
        """Make the step that is asked for, and one more where the thread has nothing else to do."""
        request_id.set(self._request)
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
                self._over()
            self._send(number, reply)
            if not self._goes_on(reply.step):
                return

    def _goes_on(self, step: Step[Any] | None) -> bool:
        """Whether the thread makes the next step too; if others wait for it, ours waits behind theirs."""
        first = not self._sounded and step is not None and step.audio > 0.0
        self._sounded = self._sounded or first
        over = step is None or step.last
        with self._lock:
            if not (over or first or self._crew.wanted):
                return True
            self._running = waits = self._asked is not None
        if waits:
            self._crew.submit(self._run)
        return False


def _nothing() -> None:
    """For what is over already."""


def _reply(call: Callable[[], Any]) -> Reply:
    """What a call brings, to be numbered."""
    try:
        return Reply(0, call())
    except HuishengError as error:
        return Reply(0, error=error)
    except Exception:
        logger.exception("a step failed")
        return Reply(0, error=EngineError())


def _exactly(connection: socket.socket, count: int) -> bytes | None:
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
