"""The word lists of the rules: TSV files in `data/`, `#` starts a comment line."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of `data/<name>.tsv`, each cut at its tabs."""
    text = files("huisheng.text.normalization").joinpath("data", f"{name}.tsv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("# "))
    return tuple(tuple(line.split("\t")) for line in lines)


@cache
def mapping(name: str) -> Mapping[str, str]:
    """A table of two columns, as a mapping from the first to the second."""
    return {row[0]: row[1] for row in rows(name)}


@cache
def words(name: str) -> frozenset[str]:
    """Every word of a table whose rows are words, blanks between them."""
    return frozenset(word for row in rows(name) for word in row[0].split())


def alternation(choices: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    ordered = sorted(choices, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"
