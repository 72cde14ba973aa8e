"""`huisheng doctor`: checks what synthesis needs, and says how to mend what is wrong."""

from __future__ import annotations

import argparse
import errno
import importlib
import json
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli.extras import open_database, require_accounts
from huisheng.errors import HuishengError, PortInUse

if TYPE_CHECKING:
    from huisheng.server.settings import Settings

OLDEST_PYTHON: Final = (3, 11)
MEMORY: Final = 1_000_000_000
"""Bytes that the engine and the server need together, with room to work."""
OTHER_ADDRESS: Final = "请检查地址和权限，或换一个 1024–65535 的端口。 Check the address and your rights."
_VARIABLE: Final = re.compile(r"HUISHENG_[A-Z_]+")
"""The setting that a message is about."""
NATIVE: Final = ("numpy", "onnxruntime", "soundfile", "soxr")
"""Modules with a compiled part, which can be installed and still not load."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    Attributes:
        name: of the check.
        found: by the check.
        remedy: what to do, empty when all is well.
        essential: whether nothing can be spoken or served before it is mended.
    """

    name: str
    found: str
    remedy: str = ""
    essential: bool = True

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not self.remedy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")
    parser.add_argument("--host", default="", help="要检查的地址 address to check")
    parser.add_argument("--port", type=int, default=0, help="要检查的端口 port to check")
    parser.add_argument(
        "--tune",
        action="store_true",
        help="测量并选择最适合本机的进程数和线程数 measure what suits this machine",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run every check, 1 when something essential is wrong; or measure what suits the machine.

    Raises:
        SetupError: nothing can be measured, or its result not be kept.
    """
    if arguments.tune:
        from huisheng.cli.doctor_tune import tune
        from huisheng.voice.store import home

        return tune(home())
    results = tuple(examine(arguments.host, arguments.port))
    if arguments.json:
        rows = [{**asdict(result), "ok": result.ok} for result in results]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print("\n".join(map(_line, results)))
    return int(any(result.essential and not result.ok for result in results))


def examine(host: str = "", port: int = 0) -> Iterator[CheckResult]:
    """Every check, in the order in which things are mended. Address and port by the settings when empty."""
    yield _python()
    yield _packages()
    yield _memory()
    yield _storage()
    yield from _voices()
    yield from _server(host, port)


def _line(result: CheckResult) -> str:
    if result.ok:
        return f"✓ {result.name}\t{result.found}"
    sign = "✗" if result.essential else "!"
    return f"{sign} {result.name}\t{result.found}\n  → {result.remedy}"


def _python() -> CheckResult:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return CheckResult(
            "python", version, "请安装 Python 3.11 或更新的版本。 Install Python 3.11 or newer."
        )
    return CheckResult("python", version)


def _packages() -> CheckResult:
    try:
        missing = [name for name in _required_packages() if not _is_installed(name)]
        for module in NATIVE:
            importlib.import_module(module)
    except (ImportError, OSError) as error:
        missing = [str(error)]
    if missing:
        return CheckResult("packages", "、".join(missing), "请运行 make setup 重新安装。 Run make setup.")
    return CheckResult("packages", f"huisheng {metadata.version('huisheng')}")


def _required_packages() -> Iterator[str]:
    """Names of the distributions that ours cannot do without."""
    for requirement in metadata.requires("huisheng") or ():
        name, _, marker = requirement.partition(";")
        found = re.match(r"[\w.-]+", name)
        if found and "extra" not in marker:
            yield found.group()


def _is_installed(name: str) -> bool:
    return any(True for _ in metadata.distributions(name=name))


def _memory() -> CheckResult:
    if not hasattr(os, "sysconf"):  # on Windows only its own libraries know
        return CheckResult("memory", "未知 unknown")
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = f"{size / 1e9:.1f} GB"
    if size < MEMORY:
        return CheckResult(
            "memory", found, "内存不足 1 GB，合成可能失败。 At least 1 GB is needed.", essential=False
        )
    return CheckResult("memory", found)


def _storage() -> CheckResult:
    from huisheng.voice.store import home, storage

    folder = home()
    try:
        with storage(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
    except HuishengError as error:
        return CheckResult("storage", str(folder), error.message)
    return CheckResult("storage", str(folder))


def _voices() -> Iterator[CheckResult]:
    """One result a package; only what is wrong with the built-in one, which is the default, is essential."""
    from huisheng.voice.builtin import BUILTIN
    from huisheng.voice.store import list_packages, voices_folder

    yield _voice(BUILTIN)
    try:
        names = list_packages(voices_folder())
    except HuishengError as error:
        yield CheckResult("voice", str(voices_folder()), error.message, essential=False)
        return
    yield from (replace(_voice(name), essential=False) for name in names)


def _voice(name: str) -> CheckResult:
    from huisheng.engines import Families
    from huisheng.voice.load import read_package
    from huisheng.voice.manifest import VOCODER
    from huisheng.voice.store import folder_of

    try:
        manifest = read_package(folder_of(name)).manifest
    except HuishengError as error:
        return CheckResult("voice", name, error.message)
    if manifest.engine == VOCODER:
        return CheckResult("vocoder", f"{name} {manifest.version}")
    if manifest.engine not in Families():
        remedy = f"这个版本没有引擎 {manifest.engine}，请升级绘声。 Upgrade huisheng: its engine is newer."
        return CheckResult("voice", name, remedy)
    return CheckResult(
        "voice", f"{name} {manifest.version}, {manifest.engine}, {len(manifest.speakers)} speakers"
    )


def _server(host: str, port: int) -> Iterator[CheckResult]:
    try:
        from pydantic import ValidationError

        from huisheng.server.settings import Settings
    except ModuleNotFoundError as error:
        yield CheckResult("server", f"缺少 {error.name}", "pip install 'huisheng[server]'", essential=False)
        return
    try:
        settings = Settings()
    except ValidationError as error:
        names = "、".join(f"HUISHENG_{field['loc'][0]}".upper() for field in error.errors())
        yield CheckResult(
            "settings", names, "环境变量的值不正确，请修改或删除。 Correct or unset these variables."
        )
        return
    except HuishengError as error:
        named = _VARIABLE.search(error.message)
        yield CheckResult("settings", named.group() if named else "HUISHENG_PRODUCER", error.message)
        return
    if settings.accounts:
        yield from _accounts(settings)
    yield _page(settings.page)
    yield _port(host or settings.host, port or settings.port)


def _accounts(settings: Settings) -> Iterator[CheckResult]:
    """What the server says of its accounts at start; a mistake with which it does not start is essential."""
    try:
        require_accounts()
        from huisheng.server.clock import utc_now
        from huisheng.server.payments.methods import make_methods
        from huisheng.server.plans.plan_file import load_plans
        from huisheng.server.setup_notes import examine_setup

        settings.account_settings.require_complete()
        load_plans(settings.plans, utc_now())
        make_methods(settings.payment)
        notes = tuple(examine_setup(settings, _count_operators()))
    except HuishengError as error:
        yield CheckResult("accounts", error.code, error.message)
        return
    yield from (CheckResult(note.subject, note.found, note.advice, essential=False) for note in notes)


def _count_operators() -> int:
    """Operators in the database of the settings; 0 where there is none yet, or its tables are older."""
    from huisheng.server.accounts.repository import count_operators
    from huisheng.server.database import migrating
    from huisheng.server.database.errors import DatabaseMissing, DatabaseOutdated

    try:
        with open_database() as database:
            migrating.require_current(database)
            with database.reading() as session:
                return count_operators(session)
    except (DatabaseMissing, DatabaseOutdated):  # the server makes both good when it starts
        return 0


def _page(folder: Path) -> CheckResult:
    if not (folder / "index.html").is_file():
        return CheckResult(
            "page", str(folder), "网页尚未构建，请运行 make setup。 The page is not built; run make setup."
        )
    return CheckResult("page", str(folder))


def _port(host: str, port: int) -> CheckResult:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # there it would allow to take a port that is in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:  # the latter: no such port
            code, reason = getattr(error, "errno", None), getattr(error, "strerror", None)
            remedy = PortInUse(host, port).message if code == errno.EADDRINUSE else OTHER_ADDRESS
            return CheckResult("port", f"{host}:{port} {reason or error}", remedy, essential=False)
    return CheckResult("port", f"{host}:{port}")
