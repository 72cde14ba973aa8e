"""Environments of what is only measured against, never shipped: each beside `.venv`, pinned by hash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PIP: Final = (
    *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
    *("--require-hashes", "--use-pep517", "--no-build-isolation"),
)


class NoEnvironment(Exception):
    """Something cannot be installed; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One of them.

    Attributes:
        folder: where it stands.
        locks: what is installed, in this order.
        notice: printed before the long first time.
    """

    folder: Path
    locks: tuple[Path, ...]
    notice: str = ""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def install(self) -> None:
        """Make the environment, unless it stands as the locks ask. What was added to an older one goes.

        Raises:
            NoEnvironment: a package cannot be installed.
        """
        asked = hashlib.sha256(b"".join(lock.read_bytes() for lock in self.locks)).hexdigest()
        stamp = self.folder / "installed"  # holds the hash of the locks when everything in them is installed
        if stamp.is_file() and stamp.read_text(encoding="ascii") == asked:
            return
        print(self.notice, file=sys.stderr)
        venv.create(self.folder, clear=True, with_pip=True)
        for lock in self.locks:
            self.add("--requirement", str(lock))
        stamp.write_text(asked, encoding="ascii")

    def add(self, *arguments: str) -> None:
        """Install what these arguments tell pip.

        Raises:
            NoEnvironment: a package cannot be installed.
        """
        done = subprocess.run(
            [str(self.python), *_PIP, *arguments], check=False, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise NoEnvironment(last_line(done.stderr))


EVALUATION: Final = Environment(
    Path(".venv-eval"),
    (Path("requirements/build.txt"), Path("requirements/eval.txt")),  # the first builds sources in the second
    "正在安装评测用的依赖（约 300 MB，仅首次）……",
)
"""The ear of the evaluations, and other front-ends."""

PEERS: Final = Environment(
    Path(".venv-bench"),
    (Path("requirements/bench.txt"),),
    "正在安装作比较的语音服务和压力工具（约 200 MB，仅首次）……",
)
"""Other speech servers, and a tool that makes load."""

PYTHON: Final = EVALUATION.python


def last_line(errors: str) -> str:
    """What a program that failed complained about in the end."""
    return errors.strip().rpartition("\n")[2]
