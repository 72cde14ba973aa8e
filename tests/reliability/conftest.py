"""Voices with a known truth, and servers that speak with them."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.integration.server.conftest import EndlessEngine, HeldEngine
from tests.reliability.answers import Truth
from tests.reliability.serving import Served, server_process
from tests.unit.engines.parallel import tiny_parallel
from tests.unit.engines.sambert.tiny import engine_of

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.store import folder_of

NAME = "tiny"
"""Name of the small voice's package."""


class Serve(Protocol):
    """Starts a server of the small voice."""

    def __call__(
        self, *, ready: bool = True, program: Sequence[str] = ..., **settings: object
    ) -> AbstractContextManager[Served]:
        """For the length of a block."""
        ...


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether the full numbers are asked for."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(scope="session", autouse=True)
def descriptors() -> None:
    """Raise the limit as far as the system lets us: a test holds a thousand clients."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture
def endless() -> EndlessEngine:
    """Speaks on until it is stopped."""
    return EndlessEngine()


@pytest.fixture
def held_engine() -> Iterator[HeldEngine]:
    """Let go at the latest when the test ends, so that its server can stop."""
    engine = HeldEngine()
    yield engine
    engine.go.set()


@pytest.fixture(scope="session")
def tiny(frontend: Frontend) -> Truth:
    """What the small voice's three speakers say."""
    speaker = Synthesizer(engine_of(tiny_parallel.package()), frontend)
    return Truth(speaker, ("neutral", "happy", "sad", "angry", "calm"))


@pytest.fixture(scope="session")
def builtin(frontend: Frontend) -> Truth:
    """What the eight speakers of the built-in voice say."""
    speaker = Synthesizer(engine_of(read_package(folder_of(BUILTIN))), frontend)
    return Truth(speaker, ("neutral", "happy", "sad", "angry", "calm"))


@pytest.fixture(scope="session")
def furnish() -> Callable[[Path], Path]:
    """Installs the small voice in a home."""

    def install(home: Path) -> Path:
        shutil.copytree(tiny_parallel.package().directory, home / "voices" / NAME)
        return home

    return install


@pytest.fixture
def serve(tmp_path: Path, furnish: Callable[[Path], Path]) -> Serve:
    """Starts servers of the small voice in one home."""
    return partial(server_process, furnish(tmp_path / "home"), "--engine", f"sambert:{NAME}")


@pytest.fixture
def accounts_on(database_address: str) -> dict[str, Any]:
    """Settings of a server with accounts."""
    return {
        "accounts": "on",
        "database": database_address,
        "public_url": "http://localhost",
        "signup": "open",
        "queue": 256,
        "longest_wait": "PT10M",
    }


@pytest.fixture(scope="module")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory, furnish: Callable[[Path], Path]
) -> Iterator[Served]:
    """A server of the small voice that takes whatever comes, for the tests of a file."""
    home = furnish(tmp_path_factory.mktemp("shared"))
    with server_process(home, "--engine", f"sambert:{NAME}", queue=256, longest_wait="PT10M") as running:
        yield running
