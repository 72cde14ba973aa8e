"""YAML and JSON from a stranger, as plain values: tables, lists and texts, never objects, never without end.

A YAML scalar stays the text that it is, and the typed models of `configuration` read it; no tag constructs
anything. An anchor may be used twice, as PyYAML writes it for a shared list, but what it expands to is
counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

import yaml

from huisheng.export.modelscope.files import ModelFile, model_error

Table: TypeAlias = Mapping[str, Any]
"""Texts, and in JSON numbers and booleans, in lists and tables."""

_YAML_LIMIT: Final = 1 << 18
"""Bytes. A training configuration has 6 kB."""

_MOST_VALUES: Final = 20_000
_DEEPEST: Final = 32
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""Plain scalars that mean null (YAML 1.1, type null)."""


def read_yaml(file: ModelFile) -> Table:
    """
    Raises:
        ModelError: it is no YAML table, too large, too deep, or expands to too much.
        StorageError: it cannot be read.
    """
    return parse_yaml(file.text(_YAML_LIMIT), file.name)


def parse_yaml(text: str, place: str) -> Table:
    """
    Args:
        text: of one YAML document.
        place: where it stands, for messages.

    Raises:
        ModelError: it is no YAML table, too deep, or expands to too much.
    """
    try:
        node: yaml.Node | None = cast("Any", yaml).compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise model_error(place, "不是有效的 YAML", "it is no valid YAML") from error
    budget = iter(range(_MOST_VALUES))
    return _table(None if node is None else _plain(node, budget, _DEEPEST, place), place)


def read_json(file: ModelFile) -> Table:
    """
    Raises:
        ModelError: it is no JSON table, or too large or deep.
        StorageError: it cannot be read.
    """
    try:
        return _table(json.loads(file.text()), file.name)
    except (ValueError, RecursionError) as error:
        raise model_error(file.name, "不是有效的 JSON", "it is no valid JSON") from error


def as_table(value: Any) -> Table | None:  # noqa: ANN401 (whatever stands there)
    """The value itself if it is a table, else None."""
    return cast("Table", value) if isinstance(value, dict) else None


def _plain(node: yaml.Node, budget: Iterator[int], depth: int, place: str) -> Any:  # noqa: ANN401 (plain values)
    """The value of a node with its aliases expanded; `budget` ends when there is too much."""
    if next(budget, None) is None or not depth:
        raise model_error(place, "内容过多或嵌套过深", "it expands to too much")
    if isinstance(node, yaml.MappingNode):
        return {
            str(_plain(key, budget, depth - 1, place)): _plain(value, budget, depth - 1, place)
            for key, value in node.value
        }
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, budget, depth - 1, place) for item in node.value]
    quoted = isinstance(node, yaml.ScalarNode) and cast("Any", node).style is not None
    return None if node.value in _NOTHING and not quoted else str(node.value)


def _table(value: Any, place: str) -> Table:  # noqa: ANN401 (plain values)
    table = as_table(value)
    if table is None:
        raise model_error(place, "内容不是键值表", "it is no table of keys and values")
    return table
