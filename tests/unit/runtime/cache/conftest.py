"""A real Redis, and a clock that tests wind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = shutil.which("redis-server")


class HandClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class RedisServer:
    """A Redis on a socket in a folder of its own; it can be killed and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.url = f"unix://{folder / 'socket'}"

    def start(self, *options: str) -> None:
        """Start it, and return when it answers."""
        told = ("--port", "0", "--unixsocket", self._folder / "socket", "--save", "", "--dir", self._folder)
        self._process = subprocess.Popen([self._program, *told, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                return
        pytest.fail("redis-server did not start")

    def tell(self, *words: str) -> str:
        """What it answers to another client's command."""
        told = ["redis-cli", "-s", self.url.removeprefix("unix://"), *words]
        return subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it as a crash would, and return when it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis that runs."""
    if SERVER is None:
        pytest.fail("redis-server is not installed. Debian: apt install redis-server", pytrace=False)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:  # the path of a socket is at most 107 bytes
        server = RedisServer(SERVER, Path(folder))
        server.start()
        yield server
        server.kill()
