"""The environment of what is only evaluated with, never shipped: `.venv-eval`, pinned by hash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

ENVIRONMENT: Final = Path(".venv-eval")
PYTHON: Final = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

_LOCKS: Final = (Path("requirements/build.txt"), Path("requirements/eval.txt"))
"""The first builds what comes as source in the second."""
_STAMP: Final = ENVIRONMENT / "installed"
"""Holds the hash of the locks when everything in them is installed."""
_PIP: Final = (
    *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
    *("--require-hashes", "--use-pep517", "--no-build-isolation"),
)


class NoEnvironment(Exception):
    """Something cannot be installed; the message says why."""


def install() -> None:
    """Make the environment, unless it stands as the locks ask. What was added to an older one goes.

    Raises:
        NoEnvironment: a package cannot be installed.
    """
    asked = hashlib.sha256(b"".join(lock.read_bytes() for lock in _LOCKS)).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == asked:
        return
    print("正在安装评测用的依赖（约 300 MB，仅首次）……", file=sys.stderr)
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    for lock in _LOCKS:
        add("--requirement", str(lock))
    _STAMP.write_text(asked, encoding="ascii")


def add(*arguments: str) -> None:
    """Install what these arguments tell pip.

    Raises:
        NoEnvironment: a package cannot be installed.
    """
    done = subprocess.run([str(PYTHON), *_PIP, *arguments], check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise NoEnvironment(last_line(done.stderr))


def last_line(errors: str) -> str:
    """What a program that failed complained about in the end."""
    return errors.strip().rpartition("\n")[2]
