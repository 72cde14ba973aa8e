"""The application on a socket, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

GRACE: Final = 3
"""Seconds that running requests get to end."""


class Server(uvicorn.Server):
    """uvicorn, configured our way: no access log (ours holds no text), no banner.

    Args:
        app: what is served.
        on_start: called once requests are answered.
    """

    def __init__(self, app: ASGIApp, on_start: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE,
                ws_per_message_deflate=False,  # sound is no smaller for it, and it costs time and memory
            )
        )
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._on_start()
