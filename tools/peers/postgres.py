"""A PostgreSQL of its own, as long as a block lasts; nothing of it outlives the block."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import psycopg

if TYPE_CHECKING:
    from typing import LiteralString

_DEBIAN: Final = Path("/usr/lib/postgresql")
_FAST: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""It need not survive a power cut; with `durable` it does."""


class PostgresMissing(Exception):
    """PostgreSQL is not installed."""


@contextmanager
def run_postgres(*, durable: bool = False) -> Generator[str]:
    """The address of a server, without a database name: `postgresql://postgres@127.0.0.1:port/`.

    Raises:
        PostgresMissing: it is not installed.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="huisheng-postgres-"))
    try:
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        data, port = folder / "data", _free_port()
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        settings = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}"]
        settings += ["max_connections=100", *(() if durable else _FAST)]
        options = " ".join(f"-c {setting}" for setting in settings)
        control = [programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-s"]
        _run([*control, "-o", options, "start"])
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(address: str, statement: str) -> None:
    """Run a statement outside a transaction, in the database `postgres` of a server."""
    with psycopg.connect(f"{address}postgres", autocommit=True) as connection:
        connection.execute(cast("LiteralString", statement))


def _programs() -> Path:
    """The folder of the newest installed version."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    if program is None:
        raise PostgresMissing("PostgreSQL is not installed. Debian: apt install postgresql")
    return Path(program).resolve().parent


def _run(command: Sequence[str | Path]) -> None:
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
