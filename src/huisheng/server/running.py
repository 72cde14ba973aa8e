"""The application on a socket, until a signal stops it.

Ctrl-C stops soon. SIGTERM drains first: what runs is finished, nothing new is begun, `/readyz` says so, and
the process ends with 0 as soon as nothing is left to do.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Final, cast

import uvicorn
from fastapi import FastAPI

from huisheng.runtime.memory import MemoryPool
from huisheng.server.connections import ConnectionLimits, Connections, Reason
from huisheng.server.dependencies import Components
from huisheng.server.protocol import Protocol, Timeouts

GRACE: Final = 3
"""Seconds that running requests get to end after Ctrl-C, and answers to be read after a drain."""

_OVER_LIMIT: Final = 1 << 20
"""Bytes over the limit with which a message of a WebSocket is still read, to refuse it with a reason."""

_MESSAGES: Final = 64 << 20
"""Bytes of messages of WebSockets in memory at one time."""

_DESCRIPTORS: Final = 65_536
"""Files and connections at once, where the system allows so many."""


class Server(uvicorn.Server):
    """uvicorn, configured our way: no access log (ours holds no text), no banner, no trust in proxies (the
    guard knows which to believe).

    Args:
        app: what is served.
        on_start: called once requests are answered.
    """

    def __init__(self, app: FastAPI, on_start: Callable[[], None]) -> None:
        components: Components = app.state.components
        settings = components.settings
        super().__init__(
            uvicorn.Config(
                app,
                http=_protocol(components),
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=settings.keep_alive.total_seconds(),  # pyright: ignore[reportArgumentType],
                timeout_graceful_shutdown=GRACE,
                ws_max_size=settings.body_limit + _OVER_LIMIT,
                ws_per_message_deflate=False,  # sound is no smaller for it, and it costs time and memory
            )
        )
        self._on_start = on_start
        self._components = components
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drain: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        for listener in sockets or ():
            _set_user_timeout(listener, self._components.settings.stall)
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: the first SIGTERM drains, everything else stops."""
        if sig != signal.SIGTERM or self._drain or self._loop is None:
            super().handle_exit(sig, frame)
            return
        self._loop.call_soon_threadsafe(self.drain)

    def drain(self) -> None:
        """Begin to stop, once; on the event loop."""
        self._drain = self._drain or asyncio.create_task(self._stop_when_idle())

    async def _stop_when_idle(self) -> None:
        admission = self._components.dispatch.admission
        admission.drain()
        try:
            async with asyncio.timeout(self._components.settings.drain.total_seconds()):
                await admission.idle()
        except TimeoutError:
            pass
        finally:
            self.should_exit = True


def _protocol(components: Components) -> type[asyncio.Protocol]:
    """What makes the protocol of each connection."""
    settings, metrics = components.settings, components.metrics

    def count(reason: Reason) -> None:
        if metrics:
            metrics.count_ended_connection(reason)

    limits = ConnectionLimits.from_settings(settings, _raise_descriptor_limit())
    connections = Connections(limits, settings.guard.trusted_proxies, count)
    made = partial(
        Protocol,
        connections=connections,
        timeouts=Timeouts.from_settings(settings),
        messages=MemoryPool(_MESSAGES),
    )
    return cast("type[asyncio.Protocol]", made)


def _raise_descriptor_limit() -> int | None:
    """Raise the limit of descriptors as far as the administrator allows; the usual 1,024 may all be idle
    connections. The limit that holds now; None where there is none.
    """
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 (Windows has none)

    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, _DESCRIPTORS)
    if usual != resource.RLIM_INFINITY and usual < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        return wanted
    return None if usual == resource.RLIM_INFINITY else usual


def _set_user_timeout(listener: socket.socket, stall: timedelta) -> None:
    """End connections whose other side takes nothing for so long (RFC 5482), where the system can.

    Closing does not suffice: it waits until everything is sent. Connections have this from their listener.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = stall // timedelta(milliseconds=1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
