"""The fork server: a process that has loaded everything, synthesizes nothing, and forks workers.

    server ──starts──▶ fork server ──fork──▶ worker, worker, …
       └────────────────── socket ───────────────┘

A worker that is forked has models and dictionaries at once, in pages that all of them share until one writes
to them, so that one more costs little memory and one that died is replaced within milliseconds. A process may
fork while it has no thread that holds a lock; the server, which has many, may not. Hence this one, which
waits for sockets on its one thread. Models whose runtime keeps threads are left to the workers.

    python -m huisheng.runtime.workers.fork_server FD
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from huisheng.errors import HuishengError
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.workers.worker import Worker

READY: Final = b"ready"
"""The message when everything is loaded; else it is a pickled error."""

_LARGEST: Final = 1 << 16
"""Bytes of a message."""


@dataclass(frozen=True, slots=True)
class ForkServerConfig:
    """What the server sends to the fork server once.

    Attributes:
        make: makes the synthesizer, and all else that a process of its own needs; a function that can be
            imported by its name.
        threads: steps that each worker makes at the same time.
        lazy: leave models to the first work.
    """

    make: Callable[[], Synthesizer]
    threads: int
    lazy: bool = False


def main(control: socket.socket) -> None:
    """Load, say so, then fork a worker for every socket that comes, until the server is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to the whole group; the server decides, and closes
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps workers that die
    config: ForkServerConfig = pickle.loads(control.recv(_LARGEST))  # noqa: S301 (from the server, see messages)
    synthesizer = config.make()
    control.sendall(_load(synthesizer, lazy=config.lazy))
    gc.collect()
    gc.freeze()  # what is loaded stays in shared pages
    while sockets := socket.recv_fds(control, 1, 1)[1]:
        pid = os.fork()
        if not pid:
            control.close()
            _serve(socket.socket(fileno=sockets[0]), synthesizer, config.threads)
        os.close(sockets[0])
        control.sendall(pid.to_bytes(8, "big"))


def _load(synthesizer: Synthesizer, *, lazy: bool) -> bytes:
    """Load, unless lazy; the message for the server."""
    try:
        if not lazy:
            synthesizer.load_shared()
    except HuishengError as error:
        return pickle.dumps(error)
    return READY


def _serve(connection: socket.socket, synthesizer: Synthesizer, threads: int) -> None:
    """Be a worker; does not return."""
    status = 1
    try:
        Worker(connection, synthesizer, threads).serve()
        status = 0
    finally:
        os._exit(status)  # threads may be in the middle of a step that no one waits for


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
