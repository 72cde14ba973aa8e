"""Work in processes of their own: one that dies takes nothing with it but its own steps, and is replaced."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar, cast

from huisheng.errors import EngineError, HuishengError, WorkerLost
from huisheng.runtime.request import request_id
from huisheng.runtime.work.steps import Step, Work
from huisheng.runtime.workers.fork_server import READY, ForkServerConfig
from huisheng.runtime.workers.messages import (
    LENGTH,
    Begin,
    Call,
    Reply,
    Request,
    decode_message,
    encode_message,
)
from huisheng.runtime.workers.protocol import WorkHandle

logger = logging.getLogger("huisheng.workers")

T = TypeVar("T")

SUPPORTED: Final = sys.platform == "linux"
"""Elsewhere a fork is no safe way to share what is loaded, and work is done in threads."""

_SHORT_LIFE: Final = 1.0
"""Seconds; a worker that dies sooner is replaced only after a pause."""
_LONGEST_PAUSE: Final = 5.0
"""Seconds between two tries."""


class ProcessWorkers:
    """Workers that a fork server forks.

    Args:
        config: of the fork server.
        count: how many there are.
        step_limit: seconds after which a step is given up and its worker killed; so long a fork server that
            has loaded may take to fork a worker.
        on_loss: is told of every worker that dies.
    """

    def __init__(
        self, config: ForkServerConfig, count: int, step_limit: float, on_loss: Callable[[], None]
    ) -> None:
        self._fork_server = _ForkServer(config, step_limit)
        self._threads = config.threads
        self._slots = [_WorkerSlot(self._fork_server, step_limit, on_loss) for _ in range(count)]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._slots)

    @property
    def threads(self) -> int:
        """Steps that one worker makes at the same time."""
        return self._threads

    @property
    def pids(self) -> tuple[int, ...]:
        """Those of the workers that live, and of the fork server."""
        pids = (self._fork_server.pid, *(slot.pid for slot in self._slots))
        return tuple(pid for pid in pids if pid)

    @property
    def cache_counts(self) -> tuple[int, int]:
        """Those of all workers, the dead included."""
        hits, misses = zip(*(slot.cache_counts for slot in self._slots), strict=True)
        return sum(hits), sum(misses)

    async def start(self) -> None:
        """Start the fork server, wait until it has loaded, fork all workers.

        Raises:
            SetupError: what should be loaded cannot be. The workers are there all the same.
        """
        failure = await self._fork_server.start()
        for slot in self._slots:
            slot.start()
        await asyncio.gather(*(slot.connection() for slot in self._slots))
        if failure:
            raise failure

    async def submit(self, work: Work[T], worker: int) -> WorkHandle[T]:
        """A handle to work that is yet to begin.

        Raises:
            WorkerLost: there is no worker.
        """
        return _RemoteWorkHandle(await self._slots[worker].connection(), work)

    async def close(self) -> None:
        """Close all sockets; workers and fork server end when they see that."""
        for slot in self._slots:
            await slot.close()
        await self._fork_server.close()


class _ForkServer:
    """The process that forks workers; started again when it is gone or stuck."""

    def __init__(self, config: ForkServerConfig, timeout: float) -> None:
        self._config = config
        self._timeout = timeout
        self._lock = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """That of the process, while there is one."""
        return self._process.pid if self._process else None

    async def start(self) -> HuishengError | None:
        """Start it, and wait until it has loaded; why it could not load, if so."""
        async with self._lock:
            return await asyncio.to_thread(self._start)

    async def fork(self, theirs: socket.socket) -> int:
        """A new worker at the other end of a socket; its process id."""
        async with self._lock:
            try:
                return await asyncio.to_thread(self._fork, theirs)
            except OSError:
                logger.warning("the fork server is gone and is started again")
                await asyncio.to_thread(self._start)
                return await asyncio.to_thread(self._fork, theirs)

    async def close(self) -> None:
        """Let it end."""
        async with self._lock:
            await asyncio.to_thread(self._stop)

    def _start(self) -> HuishengError | None:
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "huisheng.runtime.workers.fork_server", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603 (ourselves)
        self._control = ours
        ours.sendall(pickle.dumps(self._config))
        message = self._receive(ours)
        ours.settimeout(self._timeout)
        if not message:
            return EngineError(
                "语音进程没有启动，请查看日志。", "The worker process did not start; see the log."
            )
        return None if message == READY else cast("HuishengError", pickle.loads(message))  # noqa: S301 (ourselves)

    def _fork(self, theirs: socket.socket) -> int:
        if self._control is None:
            raise ConnectionError
        socket.send_fds(self._control, [b"w"], [theirs.fileno()])
        message = self._receive(self._control)
        if not message:
            raise ConnectionError
        return int.from_bytes(message, "big")

    @staticmethod
    def _receive(control: socket.socket) -> bytes:
        """The next message; empty where the fork server is gone."""
        with suppress(ConnectionError):
            return control.recv(1 << 16)
        return b""

    def _stop(self) -> None:
        """Kill it: it has nothing that could be lost, and a call that waits for it sees its socket closed."""
        if self._process:
            self._process.kill()
            self._process.wait()
        if self._control:
            self._control.close()
        self._control = self._process = None


class _WorkerSlot:
    """Keeps one worker process alive: one that dies is replaced."""

    def __init__(self, fork_server: _ForkServer, step_limit: float, on_loss: Callable[[], None]) -> None:
        self._fork_server = fork_server
        self._step_limit = step_limit
        self._on_loss = on_loss
        self._ready = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._current: tuple[_WorkerConnection | None, tuple[int, int]] = None, (0, 0)
        """The connection to its worker, and `cache_counts` of those that died: replaced together, since
        metrics are read in another thread."""

    @property
    def pid(self) -> int | None:
        """That of its worker, while there is one."""
        connection, _ = self._current
        return connection.pid if connection else None

    @property
    def cache_counts(self) -> tuple[int, int]:
        """Those of its workers so far."""
        connection, past = self._current
        hits, misses = connection.cache_counts if connection else (0, 0)
        return past[0] + hits, past[1] + misses

    def start(self) -> None:
        """Have a worker from now on."""
        self._supervisor = asyncio.create_task(self._supervise())

    async def connection(self) -> _WorkerConnection:
        """The connection to its worker, once there is one.

        Raises:
            WorkerLost: there is none for longer than a step may take.
        """
        try:
            async with asyncio.timeout(self._step_limit):
                await self._ready.wait()
        except TimeoutError as error:
            raise WorkerLost from error
        connection, _ = self._current
        assert connection is not None  # noqa: S101 (that is what ready means)
        return connection

    async def close(self) -> None:
        """Let the worker end, and have no other."""
        if self._supervisor:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor

    async def _supervise(self) -> None:
        pause = 0.0
        while True:
            began = time.monotonic()
            try:
                await self._run_worker()
            except OSError:
                logger.exception("no worker could be started")
            short = time.monotonic() - began < _SHORT_LIFE
            pause = min(max(0.1, 2 * pause), _LONGEST_PAUSE) if short else 0.0
            await asyncio.sleep(pause)

    async def _run_worker(self) -> None:
        """Start one worker and read from it until it dies."""
        async with await _WorkerConnection.open(self._fork_server, self._step_limit) as connection:
            self._current = connection, self.cache_counts
            self._ready.set()
            try:
                await connection.read()
            finally:
                self._ready.clear()
        self._current = None, self.cache_counts
        logger.warning("worker %d died and is being replaced", connection.pid)
        self._on_loss()


class _WorkerConnection:
    """The server's end of a worker's socket."""

    def __init__(
        self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, step_limit: float
    ) -> None:
        self.pid = pid
        self._reader = reader
        self._writer = writer
        self._step_limit = step_limit
        self._pending: dict[int, asyncio.Future[Reply]] = {}
        self._numbers = 0
        self._lost = False
        self.cache_counts = (0, 0)
        """The worker's, from its latest reply."""

    @classmethod
    async def open(cls, fork_server: _ForkServer, step_limit: float) -> _WorkerConnection:
        """A connection to a new worker."""
        ours, theirs = socket.socketpair()
        with theirs:
            pid = await fork_server.fork(theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(pid, reader, writer, step_limit)

    async def __aenter__(self) -> _WorkerConnection:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Calls that wait for the worker raise `WorkerLost`."""
        self._lost = True
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(WorkerLost())
        self._writer.close()

    async def read(self) -> None:
        """Give replies to the calls that wait for them, until the worker is gone."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                reply: Reply = decode_message(await self._reader.readexactly(length))
                self.cache_counts = reply.cache_counts
                waiting = self._pending.pop(reply.number, None)
                if waiting and not waiting.done():
                    waiting.set_result(reply)

    def next_number(self) -> int:
        """A number that was not used before."""
        self._numbers += 1
        return self._numbers

    async def ask(self, request: Request) -> Reply:
        """Send a request and wait for the reply.

        Raises:
            HuishengError: that is the reply.
            WorkerLost: the worker died, or was killed because it took too long.
        """
        if self._lost:
            raise WorkerLost
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Reply] = loop.create_future()
        self._pending[request.number] = waiting
        self._writer.write(encode_message(request))
        stuck = loop.call_later(self._step_limit, self._kill)
        try:
            reply = await waiting  # until the worker is known to be gone: a retry must find the next one
        finally:
            stuck.cancel()
            self._pending.pop(request.number, None)
        if reply.error:
            raise reply.error
        return reply

    def _kill(self) -> None:
        """Kill the worker: a step took too long."""
        logger.error("worker %d is stuck and is killed", self.pid)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class _RemoteWorkHandle(Generic[T]):
    """Work in a worker process."""

    def __init__(self, connection: _WorkerConnection, work: Work[T]) -> None:
        self._connection = connection
        self._work_id = connection.next_number()
        self._not_begun: Work[T] | None = work
        self._over = False

    async def begin(self) -> None:
        """Begin before the first step."""
        await self._connection.ask(self._begin_message(advance=False))

    async def advance(self) -> Step[T]:
        """The next step."""
        if self._not_begun is None:
            reply = await self._connection.ask(Call(self._connection.next_number(), self._work_id, "advance"))
        else:
            reply = await self._connection.ask(self._begin_message(advance=True))
        step = cast("Step[Any]", reply.step)
        self._over = step.last
        return step

    async def close(self) -> None:
        """Close it there, unless it is over; where the worker is gone, so is the work."""
        if self._over or self._not_begun is not None:
            return
        with suppress(WorkerLost):
            number = self._connection.next_number()
            await asyncio.shield(self._connection.ask(Call(number, self._work_id, "close")))

    def _begin_message(self, *, advance: bool) -> Begin:
        work, self._not_begun = self._not_begun, None
        assert work is not None  # noqa: S101 (work begins once)
        return Begin(self._connection.next_number(), self._work_id, work, advance, request_id.get())
