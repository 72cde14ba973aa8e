"""A server in a process of its own that says silence, forked from one in which everything is imported."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

import httpx
from tests.integration.accounts.killing import Step, install
from tests.integration.server.conftest import wait_until_ready

from huisheng.cli.serve import listen
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend

DICTIONARIES: Final = "HUISHENG_TEST_DICTIONARIES"
"""In the environment of the fork server: the folder of compiled dictionaries."""


@cache
def frontend() -> Frontend:
    """One for all servers: it is loaded before they are forked."""
    frontend = Frontend(Path(os.environ[DICTIONARIES]))
    frontend.load()
    return frontend


@dataclass(frozen=True)
class ForkedServer:
    """A server that may have died already; `address` is empty where it never was there."""

    process: ForkServerProcess
    address: str

    def wait_until_killed(self) -> None:
        self.process.join(30)
        assert self.process.exitcode == -9

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.terminate()
        self.process.join(30)
        assert self.process.exitcode == 0


@contextmanager
def forked_server(
    home: Path, database_address: str, dictionaries: Path, step: Step | None = None
) -> Generator[ForkedServer]:
    """A server with accounts; it is killed at the end at the latest."""
    os.environ[DICTIONARIES] = str(dictionaries)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.accounts.preloading"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(home, database_address, step, theirs))
    process.start()
    theirs.close()
    try:
        address: str = ours.recv()
        with httpx.Client(base_url=address, timeout=60) as client:
            wait_until_ready(client)
    except EOFError:
        address = ""
    try:
        yield ForkedServer(process, address)
    finally:
        process.kill()
        process.join()


def _serve(home: Path, database_address: str, step: Step | None, told: Connection) -> None:
    if step:
        install(step)
    settings = Settings.model_validate(
        {
            "home": home,
            "page": home / "page",
            "accounts": True,
            "database": database_address,
            "account_settings": {"signup": "open", "public_url": "http://localhost", "password_memory": 32},
        }
    )
    listener = listen("127.0.0.1", 0)
    app = create_app(settings, Synthesizer(SilentEngine(), frontend()), None, None)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    Server(app, partial(told.send, address)).run([listener])
