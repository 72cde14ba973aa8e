"""The files that rules look at, read and parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PACKAGE = PurePosixPath("src/huisheng")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A place that breaks a rule."""

    path: PurePosixPath
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file of ours."""

    path: PurePosixPath
    tree: ast.Module
    statements: tuple[ast.stmt, ...]
    """All statements of the tree, those inside others too, outer ones first."""

    @classmethod
    def of(cls, path: PurePosixPath, text: str) -> Module:
        """From its text; walked once for all rules."""
        tree = ast.parse(text)
        return cls(path, tree, tuple(_statements(tree)))

    @property
    def name(self) -> str:
        """Dotted name inside the package, `huisheng.text.frontend`; empty outside."""
        if not self.path.is_relative_to(PACKAGE):
            return ""
        parts = self.path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")


@dataclass(frozen=True, slots=True)
class Repository:
    """Text files by path, and those of them that are Python, parsed."""

    texts: dict[PurePosixPath, str]
    modules: tuple[Module, ...]

    @classmethod
    def at(cls, root: Path) -> Repository:
        """Every file that git tracks or would track; binary ones are left out."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=root,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        paths = [PurePosixPath(name) for name in listed.split("\0") if name]
        return cls.of({path: text for path in paths if (text := _read(root / path)) is not None})

    @classmethod
    def of(cls, texts: dict[PurePosixPath, str]) -> Repository:
        """From texts at hand."""
        modules = [Module.of(path, text) for path, text in texts.items() if path.suffix == ".py"]
        return cls(texts, tuple(modules))

    def inside(self, *folders: str) -> tuple[Module, ...]:
        """The Python files under some folders."""
        return tuple(
            module for module in self.modules if any(module.path.is_relative_to(folder) for folder in folders)
        )


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement; expressions hold none."""
    waiting = deque(tree.body)
    while waiting:
        statement = waiting.popleft()
        yield statement
        for field in ("body", "orelse", "finalbody"):
            waiting += getattr(statement, field, ())
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            waiting += part.body


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):  # binary, or deleted and not yet committed
        return None
