"""No function over 60 lines or 8 parameters.

Guards against the function that nobody can hold in the head: a forward pass of 183 lines with eleven
undocumented tensors is where such things end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.lint.source import Complaint, Repository

LONGEST = 60
MOST_PARAMETERS = 8


def check(repository: Repository) -> Iterator[Complaint]:
    """Functions that are too long or take too much."""
    for module in repository.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for fault in _faults(node):
                    yield Complaint(module.path, node.lineno, f"{node.name} {fault}")


def _faults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > LONGEST:
        yield f"has {lines} lines, over {LONGEST}"
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    count = len([name for name in names if name not in {"self", "cls"}])
    if count > MOST_PARAMETERS:
        yield f"takes {count} parameters, over {MOST_PARAMETERS}"
