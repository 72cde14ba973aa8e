"""The life of a worker process: requests come over a socket, steps are made in threads, replies go back."""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from huisheng.errors import EngineError, HuishengError
from huisheng.runtime.streaming import Steps
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work import Step
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
        self._executor = ThreadPoolExecutor(2 * threads, thread_name_prefix="synthesis")
        self._courses: dict[int, Steps[Any]] = {}
        self._sending = threading.Lock()

    def serve(self) -> None:
        """Answer until the server is gone; what is under way then is of no use to anybody."""
        while (header := _exactly(self._connection, LENGTH.size)) is not None:
            body = _exactly(self._connection, LENGTH.unpack(header)[0])
            if body is None:
                return
            self._executor.submit(self._answer, read(body))

    def _answer(self, request: Request) -> None:
        try:
            reply = self._reply(request)
        except HuishengError as error:
            reply = Reply(request.number, error=error)
        except Exception:
            logger.exception("a step failed")
            reply = Reply(request.number, error=EngineError())
        told = replace(reply, remembered=self._synthesizer.remembered)
        with self._sending:
            self._connection.sendall(framed(told))

    def _reply(self, request: Request) -> Reply:
        match request:
            case Begin(number, course, work, advance):
                steps = self._courses[course] = Steps(partial(work.begin, self._synthesizer))
                if advance:
                    return Reply(number, self._step(course, steps))
                steps.begin()
                return Reply(number)
            case Call(number, course, "advance"):
                return Reply(number, self._step(course, self._courses[course]))
            case Call(number, course):
                if steps := self._courses.pop(course, None):
                    steps.close()
                return Reply(number)

    def _step(self, course: int, steps: Steps[Any]) -> Step[Any]:
        step = steps.advance()
        if step.last:
            del self._courses[course]
        return step


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
