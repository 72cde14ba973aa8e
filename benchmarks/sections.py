"""What all benchmarks show: tables, where they ran, one line for programs, a section of a page."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("huisheng", "onnxruntime", "numpy")
_MEASURED: Final = ("src", "benchmarks", "recipes", "requirements", "pyproject.toml")
"""What a figure depends on."""


def with_section(name: str, content: str, before: str) -> str:
    """A page with a new content of a section; the rest stays, and a section that is new is the last.

    Args:
        name: of the section, in the comments around it.
        content: what is written there.
        before: the page as it was.
    """
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    section = f"{begin}\n{content}\n{end}\n"
    head, begun, rest = before.partition(begin)
    if not begun:
        return f"{before.rstrip()}\n\n{section}"
    return head + section + rest.partition(end)[2].removeprefix("\n")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = [head, [":--", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def format_value(value: float | None, form: str) -> str:
    """A number in a format; a dash where it is not known."""
    return "—" if value is None else format(value, form)


def circumstances(command: str) -> list[str]:
    """Machine, versions, commit and command, a line each."""
    versions = "，".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    return [
        f"- 机器 machine：{_processor()}，{os.cpu_count()} 核 cores，{platform.system()} {_kernel()}",
        f"- 版本 versions：Python {platform.python_version()}，{versions}",
        f"- 提交 commit：{_commit()}",
        f"- 命令 command：`{command}`",
    ]


def _kernel() -> str:
    """The version of the kernel, without what its builder has put behind it."""
    return platform.release().partition("-")[0]


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option `--json` of every benchmark."""
    parser.add_argument("--json", action="store_true", help="only the line for programs, no tables")


def show(tables: str, line: str, *, only_line: bool) -> None:
    """Print what was measured: tables for people, then one line of JSON for programs."""
    if not only_line:
        print(tables)
    print(line)


def _processor() -> str:
    """Its name, as the system gives it."""
    account = Path("/proc/cpuinfo")
    lines = account.read_text(encoding="utf-8").splitlines() if account.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _commit() -> str:
    """The commit of the working tree, `-dirty` where code differs from it; documents may differ."""
    try:
        described = _git("describe", "--always")
        changed = _git("status", "--porcelain", "--", *_MEASURED)
    except (OSError, subprocess.CalledProcessError):
        return "不在 git 工作区 not in a git working tree"
    return f"{described}-dirty" if changed else described


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, encoding="utf-8")
    return run.stdout.strip()
