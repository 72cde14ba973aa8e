"""The drawing at the top of `errors.py` is the tree that the classes make.

Guards against the error that slips through `except HuishengError` because its class descends from something
else, and against a drawing that tells a reader of branches long gone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.source import Complaint, Repository

ERRORS = PurePosixPath("src/huisheng/errors.py")
ROOT = "HuishengError"
INDENT = 4
"""Characters that one level of the drawing is set in by."""


def check(repository: Repository) -> Iterator[Complaint]:
    """Classes and drawing that differ, and exceptions of ours that are defined elsewhere without the root."""
    for module in repository.inside("src/huisheng"):
        classes = {node.name: node for node in module.statements if isinstance(node, ast.ClassDef)}
        if module.path == ERRORS:
            drawn = drawing(ast.get_docstring(module.tree) or "")
            for name in sorted(drawn.keys() ^ classes.keys()):
                yield Complaint(module.path, 1, f"{name} is only in the {_where(name, drawn)}")
            for name in drawn.keys() & classes.keys():
                if drawn[name] != _base(classes[name]):
                    yield Complaint(module.path, classes[name].lineno, f"{name} is drawn under {drawn[name]}")
        else:
            for name, node in classes.items():
                if _base(node) in {"Exception", "BaseException"}:
                    yield Complaint(module.path, node.lineno, f"{name} does not descend from {ROOT}")


def drawing(docstring: str) -> dict[str, str]:
    """Name → the name it hangs under, from a drawing with box lines."""
    parents: dict[str, str] = {}
    path: list[str] = ["Exception"]
    for line in docstring.splitlines():
        found = re.match(r"([│├└─ ]*)([A-Z]\w*)", line)
        if not found or not (found.group(1) or found.group(2) == ROOT):
            continue
        depth = len(found.group(1)) // INDENT + 1
        path[depth:] = [found.group(2)]
        parents[found.group(2)] = path[depth - 1]
    return parents


def _base(node: ast.ClassDef) -> str:
    return ast.unparse(node.bases[0]) if node.bases else "object"


def _where(name: str, drawn: dict[str, str]) -> str:
    return "drawing" if name in drawn else "code"
