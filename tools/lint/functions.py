"""No function over 60 lines, its docstring among them.

Guards against the function that nobody can hold in the head: a forward pass of 183 lines with eleven
undocumented tensors is where such things end. Ruff counts parameters (PLR0913) and statements (PLR0915), not
lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.lint.source import Complaint, Repository

LONGEST = 60


def check(repository: Repository) -> Iterator[Complaint]:
    """Functions that are too long."""
    for module in repository.modules:
        if "versions" in module.path.parts:  # a migration lists tables, one after the other
            continue
        for node in module.statements:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST:
                    yield Complaint(
                        module.path, node.lineno, f"{node.name} has {lines} lines, over {LONGEST}"
                    )
