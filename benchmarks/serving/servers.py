"""Servers in processes of their own, on free ports of this machine."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Final

from benchmarks.environment import PEERS, NoEnvironment, last_line
from benchmarks.serving.client import HOST
from benchmarks.serving.endpoints import Endpoint, openai, piper

_STARTING: Final = 60.0
"""Seconds that a server may take until it is ready."""
_ENDING: Final = 10.0
_POLL: Final = 0.05

_NOT_KEPT: Final = {"HUISHENG_CACHE_LIMIT": "0"}
"""So that every answer is made."""


class NoServer(Exception):
    """A server cannot be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready.

    Attributes:
        endpoint: to ask it.
        pid: of its first process.
    """

    endpoint: Endpoint
    pid: int


@contextmanager
def our_server(
    voice: str,
    *,
    keeps: bool = False,
    key: str = "",
    port: int = 0,
    settings: Mapping[str, str] | None = None,
) -> Generator[Running]:
    """`huisheng serve`, as users start it.

    Args:
        voice: id of the voice that is asked for.
        keeps: whether it may answer from what it has kept of earlier answers.
        key: that requests carry; empty for none.
        port: 0 for any.
        settings: further variables of its environment.

    Raises:
        NoServer: it does not start.
    """
    command = [sys.executable, "-m", "huisheng", "serve", "--port", str(port)]
    with _child(command, {**({} if keeps else _NOT_KEPT), **(settings or {})}) as (child, errors):
        port = _read_port(child, errors, r"http://[^:]+:(\d+)")
        _wait(child, errors, lambda: _ready(port))
        yield Running(openai(port, voice, key), child.pid)


@contextmanager
def naive_server(voice: str) -> Generator[Running]:
    """`benchmarks/serving/naive.py`.

    Raises:
        NoServer: it does not start.
    """
    with _child([sys.executable, "-m", "benchmarks.serving.naive"]) as (child, errors):
        port = _read_port(child, errors, r"(\d+)")
        yield Running(openai(port, voice), child.pid)


@contextmanager
def piper_server() -> Generator[Running]:
    """Piper's server with a voice of the published medium size, whose weights are drawn.

    Raises:
        NoServer: it cannot be installed, or does not start.
    """
    try:
        PEERS.install()
    except NoEnvironment as error:
        raise NoServer(str(error)) from error
    with tempfile.TemporaryDirectory() as folder:
        voice = Path(folder) / "drawn.onnx"
        write_random_voice(voice)
        port = _free_port()
        command = [str(PEERS.python), "-m", "piper.http_server", "--host", HOST]
        with _child([*command, "--port", str(port), "--model", str(voice)]) as (child, errors):
            _wait(child, errors, lambda: _listens(port))
            yield Running(piper(port), child.pid)


def write_random_voice(voice: Path) -> None:
    """A voice of the published medium size, whose weights are drawn, for Piper.

    Raises:
        NoServer: the voice cannot be made.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.serving.piper_voice", str(voice)],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise NoServer(last_line(done.stderr))


@contextmanager
def _child(
    command: Sequence[str], settings: Mapping[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[str], IO[str]]]:
    """A process, with the file that holds its complaints; it is ended at the end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            env={**os.environ, **(settings or {})},
            start_new_session=True,
        )
        try:
            yield child, errors
        finally:
            child.terminate()
            try:
                child.communicate(timeout=_ENDING)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()


def _read_port(child: subprocess.Popen[str], errors: IO[str], pattern: str) -> int:
    """The port that a server prints in its first line.

    Raises:
        NoServer: it prints none.
    """
    line = child.stdout.readline() if child.stdout else ""
    found = re.search(pattern, line)
    if not found:
        raise _stop(child, errors)
    return int(found.group(1))


def _wait(child: subprocess.Popen[str], errors: IO[str], ready: Callable[[], bool]) -> None:
    """
    Raises:
        NoServer: it ends, or is not ready in time.
    """
    until = time.monotonic() + _STARTING
    while not ready():
        if child.poll() is not None or time.monotonic() > until:
            raise _stop(child, errors)
        time.sleep(_POLL)


def _stop(child: subprocess.Popen[str], errors: IO[str]) -> NoServer:
    child.kill()
    child.wait()
    errors.seek(0)
    return NoServer(last_line(errors.read()) or "it does not start")


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_STARTING)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=_STARTING).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]
