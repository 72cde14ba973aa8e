"""Our own rules, each a small check whose docstring tells what it guards against.

`python -m tools.lint` runs them all over the tracked files; `tests/architecture` does the same.
"""

from tools.lint import error_tree, functions, imports, names, text, words
from tools.lint.source import Complaint, Repository

RULES = (
    *(imports.check, functions.check, error_tree.check),
    *(text.check, names.check, words.check),
)
"""Each takes the repository and yields complaints."""

__all__ = ["RULES", "Complaint", "Repository"]
