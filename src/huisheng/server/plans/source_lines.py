"""In which line of a TOML source each key stands: `tomllib` tells places of syntax errors only."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the top of the document."""


def key_lines(source: str) -> dict[KeyPath, int]:
    """KeyPath of each key and table → its line, from 1. Elements of arrays stand where the array begins.

    Args:
        source: TOML without mistakes.
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    sizes: dict[KeyPath, int] = {}
    for number, statement in _statements(source):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _table(parsed, sizes)
            for depth in range(1, len(table) + 1):
                lines.setdefault(table[:depth], number)
        else:
            lines.update((path, number) for path in _paths(parsed, table) if path not in lines)
    return lines


def line_of(path: Sequence[str | int], lines: Mapping[KeyPath, int]) -> int:
    """The line of a path, or of the nearest one around it that has a line; 0 for the document itself."""
    return next((lines[known] for end in range(len(path), 0, -1) if (known := tuple(path[:end])) in lines), 0)


def syntax_line(error: tomllib.TOMLDecodeError, source: str) -> int:
    """The line of a syntax error; the last one where the document ends too early."""
    found = re.search(r"\(at line (\d+),", str(error))
    return int(found[1]) if found else max(len(source.splitlines()), 1)


def _statements(source: str) -> Iterator[tuple[int, str]]:
    """Key/value pairs and table headers with their first line: each is as few lines as are whole TOML."""
    statement, first = "", 1
    for number, line in enumerate(source.splitlines(), start=1):
        if not statement:
            first = number
        statement += line + "\n"
        if _is_whole(statement):
            yield first, statement
            statement = ""


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _table(header: dict[str, Any], sizes: dict[KeyPath, int]) -> KeyPath:
    """The path of a table from its header alone, with the index in each array of tables that it runs through.

    Args:
        header: `{"a": {"b": {}}}` for `[a.b]`, `{"a": {"b": [{}]}}` for `[[a.b]]`.
        sizes: arrays of tables so far → how many tables; counted on.
    """
    path: list[str | int] = []
    rest: object = header
    while rest:
        if isinstance(rest, list):
            sizes[tuple(path)] = sizes.get(tuple(path), 0) + 1
            rest = cast("list[object]", rest)[0]
        else:
            ((key, rest),) = cast("dict[str, object]", rest).items()
            path.append(key)
        if tuple(path) in sizes and not isinstance(rest, list):
            path.append(sizes[tuple(path)] - 1)
    return tuple(path)


def _paths(value: object, path: KeyPath) -> Iterator[KeyPath]:
    """Every key and index below a path."""
    pairs: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        pairs = iter(cast("dict[str, object]", value).items())
    elif isinstance(value, list):
        pairs = enumerate(cast("list[object]", value))
    for key, below in pairs:
        yield (*path, key)
        yield from _paths(below, (*path, key))
