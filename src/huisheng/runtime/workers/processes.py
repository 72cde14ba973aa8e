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
from huisheng.runtime.workers.messages import LENGTH, Begin, Call, Reply, Request, framed, read
from huisheng.runtime.workers.nursery import READY, Upbringing
from huisheng.runtime.workers.protocol import Course

logger = logging.getLogger("huisheng.workers")

T = TypeVar("T")

SUPPORTED: Final = sys.platform == "linux"
"""Elsewhere a fork is no safe way to share what is loaded, and work is done in threads."""

_SHORT_LIFE: Final = 1.0
"""Seconds; a worker that dies sooner is replaced only after a pause."""
_LONGEST_PAUSE: Final = 5.0
"""Seconds between two tries."""


class Processes:
    """Workers that a nursery splits off.

    Args:
        upbringing: of every worker.
        sites: how many there are.
        step_limit: seconds after which a step is given up and its worker killed; so long a nursery that has
            loaded may take to split off a worker.
        on_loss: is told of every worker that dies.
    """

    def __init__(
        self, upbringing: Upbringing, sites: int, step_limit: float, on_loss: Callable[[], None]
    ) -> None:
        self._nursery = _Nursery(upbringing, step_limit)
        self._threads = upbringing.threads
        self._sites = [_Site(self._nursery, step_limit, on_loss) for _ in range(sites)]

    @property
    def sites(self) -> int:
        """How many there are."""
        return len(self._sites)

    @property
    def threads(self) -> int:
        """Steps that one worker makes at the same time."""
        return self._threads

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers that live, and of the nursery."""
        pids = (self._nursery.pid, *(site.pid for site in self._sites))
        return tuple(pid for pid in pids if pid)

    @property
    def remembered(self) -> tuple[int, int]:
        """Of all workers, those that died included."""
        hits, misses = zip(*(site.remembered for site in self._sites), strict=True)
        return sum(hits), sum(misses)

    async def start(self) -> None:
        """Start the nursery, wait until it has loaded, split off all workers.

        Raises:
            SetupError: what should be loaded cannot be. The workers are there all the same.
        """
        failure = await self._nursery.start()
        for site in self._sites:
            site.start()
        await asyncio.gather(*(site.link() for site in self._sites))
        if failure:
            raise failure

    async def course(self, work: Work[T], site: int) -> Course[T]:
        """Work that is yet to begin, at a site.

        Raises:
            WorkerLost: there is no worker.
        """
        return _RemoteCourse(await self._sites[site].link(), work)

    async def close(self) -> None:
        """Close all sockets; workers and nursery end when they see that."""
        for site in self._sites:
            await site.close()
        await self._nursery.close()


class _Nursery:
    """The process that workers are split off from; started again when it is gone or stuck."""

    def __init__(self, upbringing: Upbringing, patience: float) -> None:
        self._upbringing = upbringing
        self._patience = patience
        self._lock = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    async def start(self) -> HuishengError | None:
        """Start it, and wait until it has loaded; why it could not load, if so."""
        async with self._lock:
            return await asyncio.to_thread(self._start)

    async def split(self, theirs: socket.socket) -> int:
        """A new worker at the other end of a socket; its process id."""
        async with self._lock:
            try:
                return await asyncio.to_thread(self._split, theirs)
            except OSError:
                logger.warning("the nursery is gone and is started again")
                await asyncio.to_thread(self._start)
                return await asyncio.to_thread(self._split, theirs)

    async def close(self) -> None:
        """Let it end."""
        async with self._lock:
            await asyncio.to_thread(self._stop)

    def _start(self) -> HuishengError | None:
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "huisheng.runtime.workers.nursery", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603 (ourselves)
        self._control = ours
        ours.sendall(pickle.dumps(self._upbringing))
        told = self._heard(ours)
        ours.settimeout(self._patience)
        if not told:
            return EngineError(
                "语音进程没有启动，请查看日志。", "The worker process did not start; see the log."
            )
        return None if told == READY else cast("HuishengError", pickle.loads(told))  # noqa: S301 (ourselves)

    def _split(self, theirs: socket.socket) -> int:
        if self._control is None:
            raise ConnectionError
        socket.send_fds(self._control, [b"w"], [theirs.fileno()])
        told = self._heard(self._control)
        if not told:
            raise ConnectionError
        return int.from_bytes(told, "big")

    @staticmethod
    def _heard(control: socket.socket) -> bytes:
        """The next message; nothing where the nursery is gone."""
        with suppress(ConnectionError):
            return control.recv(1 << 16)
        return b""

    def _stop(self) -> None:
        """It keeps nothing that could be lost; whoever waits to hear of it sees its socket closed."""
        if self._process:
            self._process.kill()
            self._process.wait()
        if self._control:
            self._control.close()
        self._control = self._process = None


class _Site:
    """A place that always has a worker, or will have one soon."""

    def __init__(self, nursery: _Nursery, step_limit: float, on_loss: Callable[[], None]) -> None:
        self._nursery = nursery
        self._step_limit = step_limit
        self._on_loss = on_loss
        self._ready = asyncio.Event()
        self._link: _Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._buried = (0, 0)
        """What those that died had remembered."""

    @property
    def pid(self) -> int | None:
        """Of its worker, while there is one."""
        return self._link.pid if self._link else None

    @property
    def remembered(self) -> tuple[int, int]:
        """Of its workers so far."""
        hits, misses = self._link.remembered if self._link else (0, 0)
        return self._buried[0] + hits, self._buried[1] + misses

    def start(self) -> None:
        """Have a worker from now on."""
        self._keeper = asyncio.create_task(self._keep())

    async def link(self) -> _Link:
        """To its worker, once there is one.

        Raises:
            WorkerLost: there is none for longer than a step may take.
        """
        try:
            async with asyncio.timeout(self._step_limit):
                await self._ready.wait()
        except TimeoutError as error:
            raise WorkerLost from error
        assert self._link is not None  # noqa: S101 (that is what ready means)
        return self._link

    async def close(self) -> None:
        """Let the worker end, and have no other."""
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def _keep(self) -> None:
        pause = 0.0
        while True:
            born = time.monotonic()
            try:
                await self._employ()
            except OSError:
                logger.exception("no worker could be started")
            short = time.monotonic() - born < _SHORT_LIFE
            pause = min(max(0.1, 2 * pause), _LONGEST_PAUSE) if short else 0.0
            await asyncio.sleep(pause)

    async def _employ(self) -> None:
        """One worker, from its birth to its death."""
        async with await _Link.open(self._nursery, self._step_limit) as self._link:
            self._ready.set()
            try:
                await self._link.read()
            finally:
                self._ready.clear()
        self._buried, lost = self.remembered, self._link
        self._link = None
        logger.warning("worker %d died and is being replaced", lost.pid)
        self._on_loss()


class _Link:
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
        self.remembered = (0, 0)
        """As the worker told last."""

    @classmethod
    async def open(cls, nursery: _Nursery, step_limit: float) -> _Link:
        """To a new worker."""
        ours, theirs = socket.socketpair()
        with theirs:
            pid = await nursery.split(theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(pid, reader, writer, step_limit)

    async def __aenter__(self) -> _Link:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whoever waits for the worker learns that it is lost."""
        self._lost = True
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(WorkerLost())
        self._writer.close()

    async def read(self) -> None:
        """Hand replies to those who wait for them, until the worker is gone."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                reply: Reply = read(await self._reader.readexactly(length))
                self.remembered = reply.remembered
                waiting = self._pending.pop(reply.number, None)
                if waiting and not waiting.done():
                    waiting.set_result(reply)

    def number(self) -> int:
        """One that was not used before."""
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
        self._writer.write(framed(request))
        stuck = loop.call_later(self._step_limit, self._kill)
        try:
            reply = await waiting  # until its end is known: who begins anew shall find the next worker
        finally:
            stuck.cancel()
            self._pending.pop(request.number, None)
        if reply.error:
            raise reply.error
        return reply

    def _kill(self) -> None:
        """It took too long."""
        logger.error("worker %d is stuck and is killed", self.pid)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class _RemoteCourse(Generic[T]):
    """A course in a worker."""

    def __init__(self, link: _Link, work: Work[T]) -> None:
        self._link = link
        self._course = link.number()
        self._unbegun: Work[T] | None = work
        self._over = False

    async def begin(self) -> None:
        """Begin before the first step."""
        await self._link.ask(self._beginning(advance=False))

    async def advance(self) -> Step[T]:
        """The next step."""
        if self._unbegun is None:
            reply = await self._link.ask(Call(self._link.number(), self._course, "advance"))
        else:
            reply = await self._link.ask(self._beginning(advance=True))
        step = cast("Step[Any]", reply.step)
        self._over = step.last
        return step

    async def close(self) -> None:
        """Close it there, unless it is over; where the worker is gone, so is the course."""
        if self._over or self._unbegun is not None:
            return
        with suppress(WorkerLost):
            await asyncio.shield(self._link.ask(Call(self._link.number(), self._course, "close")))

    def _beginning(self, *, advance: bool) -> Begin:
        work, self._unbegun = self._unbegun, None
        assert work is not None  # noqa: S101 (a course begins once)
        return Begin(self._link.number(), self._course, work, advance, request_id.get())
