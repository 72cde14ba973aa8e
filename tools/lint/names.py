"""Functions are verbs or nouns of what they return, and a class name means one thing.

Guards against `_spoken(…)`, which tells neither what is done nor what comes back, against two classes `Place`
of which one stores a cache and the other counts characters, and against docstrings that begin with a
preposition, so that a reader must find the subject elsewhere.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from tools.lint.source import Complaint, Repository
from tools.lint.words import CODE

IRREGULAR: Final = frozenset(
    {
        *("begun", "bought", "bound", "broken", "brought", "built", "caught", "chosen"),
        *("cut", "done", "drawn", "driven", "fed", "felt", "forgotten", "found", "given"),
        *("grown", "heard", "held", "hidden", "hung", "kept", "known", "laid", "left", "lent"),
        *("lost", "made", "meant", "met", "paid", "said", "seen", "sent", "set", "shown", "sold"),
        *("spelt", "spent", "split", "spoken", "sung", "taken", "taught", "thrown", "told"),
        *("torn", "understood", "woken", "won", "worn", "wound", "written"),
    }
)
"""Past participles without -ed; of verbs whose imperative looks alike (`cut`, `set`, `split`) see `VERBS`."""

VERBS: Final = frozenset({"bound", "cut", "embed", "feed", "found", "need", "seed", "set", "speed", "split"})
"""They look like participles, and are imperatives or nouns."""

ALLOWED: Final = frozenset({"shifted"})
"""Participles that return a changed copy, as Python's own `sorted` does."""

SAME_IDEA: Final = frozenset({"Contours", "Postnet", "Symbol"})
"""Class names that several engines or networks have, each for the same idea."""

_WANTED: Final = "write a verb or a noun"

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def check(repository: Repository) -> Iterator[Complaint]:
    """Bare participles as names of functions, class names used twice, docstrings without a subject."""
    classes: defaultdict[str, list[tuple[PurePosixPath, int]]] = defaultdict(list)
    for module in repository.inside(*CODE):
        for node in (module.tree, *module.statements):
            if isinstance(node, Function) and _is_participle(node):
                yield Complaint(
                    module.path, node.lineno, f"{node.name} is a participle; write a verb or a noun"
                )
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                yield from _docstrings(module.path, node)
            if isinstance(node, ast.ClassDef) and module.path.is_relative_to("src"):
                classes[node.name].append((module.path, node.lineno))
    for name, places in sorted(classes.items()):
        if len(places) > 1 and name not in SAME_IDEA and not name.startswith("_"):
            for path, line in places[1:]:
                yield Complaint(path, line, f"class {name} is also in {places[0][0]}")


def _is_participle(node: Function) -> bool:
    """Whether a whole name is one; a property that asks a state may be."""
    name = node.name.strip("_")
    if name in ALLOWED or name in VERBS or any(_is_property(each) for each in node.decorator_list):
        return False
    return name in IRREGULAR or re.fullmatch(r"[a-z]+[^e]ed", name) is not None


def _is_property(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).rpartition(".")[2] in {"property", "cached_property", "setter"}


def _docstrings(path: PurePosixPath, node: ast.Module | ast.ClassDef | Function) -> Iterator[Complaint]:
    """Those of the node itself and of the names that are assigned in it."""
    texts = [(getattr(node, "lineno", 1), ast.get_docstring(node) or "")]
    for before, after in pairwise(node.body):
        match before, after:
            case ast.Assign() | ast.AnnAssign(), ast.Expr(ast.Constant(str(text))):
                texts.append((after.lineno, text.lstrip()))
            case _:
                pass
    for line, text in texts:
        if found := re.match(r"(?:Of|As)\b", text):
            yield Complaint(path, line, f"a docstring begins with what it is about, not {found[0]!r}")
