"""What every test may rely on."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from huisheng.server.settings import Settings
from huisheng.text.frontend import Frontend
from huisheng.voice import builtin
from huisheng.voice.manifest import MANIFEST
from huisheng.voice.store import voices_folder

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
"""The browser that tests use."""

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tools/ is not installed

if TYPE_CHECKING:
    from tools.peers.postgres_pool import PostgresPool

    from huisheng.server.database.database import Database

settings.register_profile("untimed", deadline=None)  # timings belong to benchmarks
settings.register_profile("quick", deadline=None, max_examples=40)  # make test tries the usual hundred
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of ours."""
    parser.addoption("--thorough", action="store_true", help="reliability with its full numbers")
    parser.addoption(
        "--postgres", action="store_true", help="no database in a file where either kind will do"
    )
    parser.addoption("--quick", action="store_true", help="without slow tests; no socket and no torch")


def pytest_configure(config: pytest.Config) -> None:
    """See to it that what is quick stays so."""
    if config.getoption("--quick"):
        settings.load_profile("quick")
        sys.addaudithook(_refuse_slow_means)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave slow tests out of a quick run."""
    if config.getoption("--quick"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Collect garbage rarely, and never look through the tests themselves: it took a sixth of a quick run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def _refuse_slow_means(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook that fails a test that opens a connection or loads torch and is not marked slow."""
    if event in {"socket.bind", "socket.connect"}:
        raise AssertionError(f"{event} in a quick test: mark it slow, so that make check leaves it out")
    if event == "import" and arguments[0] == "torch":
        raise AssertionError("import torch in a quick run: it takes two seconds, so import it in a slow test")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test fails without the voice or the browser that it needs: a skipped one would pass for a check."""
    if item.get_closest_marker("voice") and not (voices_folder() / "kokoro" / MANIFEST).is_file():
        pytest.fail("The Kokoro voice is not installed. Run: make dev", pytrace=False)
    if item.get_closest_marker("browser"):
        if CHROMIUM is None:
            pytest.fail("Chromium is not installed. Debian: apt install chromium", pytrace=False)
        if not (Settings().page / "index.html").is_file():
            pytest.fail("The page is not built. Run: make setup", pytrace=False)


@pytest.fixture(scope="session")
def dictionaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the front-end's compiled dictionaries: a run compiles them once, whatever the user's cache
    holds. Its processes share the folder.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "dictionaries"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def frontend(dictionaries: Path) -> Frontend:
    """One for all tests: its dictionaries take longer to load than most tests take."""
    frontend = Frontend(dictionaries)
    frontend.load()
    return frontend


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of packages of a program that came without its voice."""
    folder = tmp_path / "program"
    monkeypatch.setattr(builtin, "_FOLDER", folder)
    return folder


@pytest.fixture(scope="session")
def postgres_pool() -> Iterator[PostgresPool]:
    """Databases of a PostgreSQL, with our tables."""
    from tools.peers.postgres import execute, run_postgres
    from tools.peers.postgres_pool import TEMPLATE, PostgresPool

    from huisheng.server.database import migrating
    from huisheng.server.database.database import Database

    with run_postgres() as address:
        execute(address, f"CREATE DATABASE {TEMPLATE}")
        database = Database(address + TEMPLATE)
        migrating.upgrade(database)
        database.close()
        yield PostgresPool(address)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that has our tables."""
    from huisheng.server.database import migrating
    from huisheng.server.database.database import Database

    path = tmp_path_factory.mktemp("database") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with our tables: a test that takes it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "huisheng.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    pool: PostgresPool = request.getfixturevalue("postgres_pool")
    with pool.database() as address:
        yield address


@pytest.fixture
def common_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same, for tests of what lies above the database: a file, or with `--postgres` a PostgreSQL."""
    if request.config.getoption("--postgres"):
        pool: PostgresPool = request.getfixturevalue("postgres_pool")
        with pool.database() as address:
            yield address
        return
    shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "huisheng.db")
    yield f"sqlite:///{tmp_path}/huisheng.db"


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """The same, open."""
    from huisheng.server.database.database import Database

    database = Database(database_address)
    yield database
    database.close()
