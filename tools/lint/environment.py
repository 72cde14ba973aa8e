"""The environment is read in one place.

Guards against the setting that does nothing: a program that reads one variable while its tests set another,
with a name that differs by a letter, runs for years without its strict mode.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.source import Complaint, Repository

READERS = frozenset(
    {
        PurePosixPath("src/huisheng/voice/store.py"),  # HUISHENG_HOME
        PurePosixPath("src/huisheng/voice/download.py"),  # handed on to pip
    }
)
"""Who may touch `os.environ`; the server's settings come through pydantic-settings."""


def check(repository: Repository) -> Iterator[Complaint]:
    """Uses of `os.environ` and `os.getenv` elsewhere in the package."""
    for module in repository.inside("src/huisheng"):
        if module.path in READERS:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                yield Complaint(module.path, node.lineno, "reads the environment; take a setting instead")
