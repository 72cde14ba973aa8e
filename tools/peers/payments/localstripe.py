"""localstripe, somebody else's imitation of Stripe, as a process: what it has, it has not from us."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager

_READY = "Running on"


@contextmanager
def run_localstripe() -> Generator[str]:
    """The address of a new one. It takes any key that begins with `sk_`."""
    with closing(socket.socket(socket.AF_INET6)) as probe:
        probe.bind(("::", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-u", "-m", "localstripe", "--from-scratch", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout  # noqa: S101 - for the type
    try:
        for line in process.stdout:
            if _READY in line:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
