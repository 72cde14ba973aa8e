"""What servers share."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real one."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("redis-server is not installed. Debian: apt install redis-server", pytrace=False)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    folder = str(tmp_path_factory.mktemp("redis"))
    arguments = [program, "--port", str(port), "--save", "", "--dir", folder]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert any(b"Ready to accept connections" in line for line in process.stdout)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()
