"""The real server as a process of its own, seen from outside: its family, its memory, its descriptors."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

_OPEN: Final = frozenset({"01", "08"})
"""Established; closed by the other side only."""

_PROGRAM: Final = ("huisheng",)
_PAUSE: Final = 0.02
"""Seconds between two looks at another process."""


@dataclass(frozen=True)
class Served:
    """A server that answers, with every process that it started."""

    process: subprocess.Popen[str]
    address: str
    log: Path

    @property
    def port(self) -> int:
        return httpx.URL(self.address).port or 80

    @property
    def family(self) -> tuple[int, ...]:
        """The processes of the server, its fork server and its workers; it leads a session of its own."""
        return tuple(pid for pid, fields in _processes() if int(fields[3]) == self.process.pid)

    @property
    def fork_server(self) -> int:
        """The one that the server started itself, once it is there."""
        return until(lambda: next(iter(self._children(self.process.pid)), 0))

    @property
    def worker(self) -> int:
        """One that the fork server forked, once it is there."""
        known = {self.process.pid, self.fork_server}
        return until(lambda: next((pid for pid in self.family if pid not in known), 0))

    @property
    def memory(self) -> int:
        """Bytes of the whole family; what several of them share counts once."""
        texts = (Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii") for pid in self.family)
        return sum(int(found[1]) << 10 for text in texts if (found := re.search(r"Pss: +(\d+) kB", text)))

    @property
    def descriptors(self) -> dict[int, int]:
        """Process → files and sockets that it has open."""
        return {pid: len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.family}

    @property
    def connections(self) -> int:
        """That the server has not closed."""
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        fields = (line.split() for line in lines)
        mine = f":{self.port:04X}"
        return sum(local.endswith(mine) and state in _OPEN for _, local, _, state, *_ in fields)

    @property
    def threads(self) -> dict[int, int]:
        """Process → its threads."""
        return {pid: len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.family}

    def send(self, number: signal.Signals, *pids: int) -> None:
        """A signal to members of the family."""
        for pid in pids:
            os.kill(pid, number)

    def stop_gracefully(self) -> int:
        """The exit status of the server, told to stop: it stops at once where nothing is open."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def _children(self, parent: int) -> Iterator[int]:
        return (pid for pid, fields in _processes() if int(fields[1]) == parent and pid in self.family)


@contextmanager
def server_process(
    home: Path, *arguments: str, ready: bool = True, program: Sequence[str] = _PROGRAM, **settings: object
) -> Generator[Served]:
    """A server; at the end nothing of it may be left, and its log may hold no traceback.

    Args:
        home: its folder.
        arguments: of `huisheng serve`.
        ready: wait until it has spoken once.
        program: what `python -m` runs.
        settings: by their names; nothing is said from memory, unless they tell otherwise.
    """
    home.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"HUISHENG_HOME": str(home), "PYTHONUTF8": "1"}
    environment |= {
        f"HUISHENG_{name.upper()}": str(value) for name, value in ({"cache_limit": 0} | settings).items()
    }
    command = [sys.executable, "-m", *program, "serve", "--port", "0", *arguments]
    log = home / "server.log"
    with (
        log.open("wb") as told,
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        ) as process,
    ):
        running = Served(process, _address(process), log)
        try:
            if ready:
                until(lambda: httpx.get(f"{running.address}/readyz").is_success)
            yield running
        finally:
            process.kill()
            process.wait()
            _bury(running)
    assert "Traceback" not in log.read_text(encoding="utf-8")


def until(found: Callable[[], int], within: float = 30.0) -> int:
    """What another process brings about, once it has; an error when it takes longer than `within` seconds."""
    limit = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(_PAUSE)
    return value


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    match = re.search(r"绘声已启动：(http://[\d.:]+)", process.stdout.readline())
    assert match is not None
    return match[1]


def _bury(running: Served) -> None:
    """See that every process that is left goes by itself; end it in any case."""
    try:
        until(lambda: not running.family)
    finally:
        for pid in running.family:
            os.kill(pid, signal.SIGKILL)


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Every living process, with what follows its name in /proc/PID/stat: state, parent, group, session."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            told = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = told.rpartition(")")[2].split()
        if fields[0] != "Z":
            yield int(folder.name), fields
