"""The table of rules and the tables of words are complete and sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType
from typing import cast

import pytest

from huisheng.text.normalization import rules, tables
from huisheng.text.normalization.order import ORDER, PLAIN
from huisheng.text.normalization.rule import Pattern, Rule

MODULES = [module.name for module in iter_modules(rules.__path__)]
DATA = Path(tables.__file__).parent / "data"
SOURCES = "".join(path.read_text("utf-8") for path in DATA.parent.rglob("*.py"))


def patterns(value: object) -> Iterator[Pattern]:
    """Those of a rule or a condition, of the conditions that it is made of too."""
    if isinstance(value, Pattern):
        yield value
    elif isinstance(value, Rule):
        yield value.pattern
        yield from patterns(value.accepts)
    elif isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            yield from patterns(cell.cell_contents)
    elif isinstance(value, tuple):
        for part in cast("tuple[object, ...]", value):
            yield from patterns(part)


@pytest.mark.parametrize("module", MODULES)
def test_every_rule_of_a_module_stands_in_the_order_once(module: str) -> None:
    defined = [
        value
        for value in vars(import_module(f"{rules.__name__}.{module}")).values()
        if isinstance(value, Rule)
    ]

    assert [ORDER.count(rule) for rule in defined] == [1] * len(defined)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_of_rules_shows_examples(module: str) -> None:
    assert "=>" in (import_module(f"{rules.__name__}.{module}").__doc__ or "")


@pytest.mark.parametrize("module", MODULES)
def test_every_pattern_is_a_regular_expression(module: str) -> None:
    for value in vars(import_module(f"{rules.__name__}.{module}")).values():
        for pattern in patterns(value):
            assert pattern.compiled.pattern


def test_plain_rules_stand_in_the_order_too() -> None:
    assert all(rule in ORDER for rule in PLAIN)


def test_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in ORDER}) == len(ORDER)


@pytest.mark.parametrize("table", sorted(path.stem for path in DATA.glob("*.tsv")))
def test_every_table_is_read_by_a_rule(table: str) -> None:
    assert f'"{table}"' in SOURCES or f"'{table}'" in SOURCES


@pytest.mark.parametrize("table", ["variants", "traditional", "marks"])
def test_characters_map_one_to_one(table: str) -> None:
    assert all(len(key) == len(value) == 1 for key, value in tables.mapping(table).items())


@pytest.mark.parametrize("table", ["variants", "traditional", "symbols", "marks", "currencies", "units"])
def test_no_key_stands_twice_in_a_table(table: str) -> None:
    keys = [row[0] for row in tables.rows(table)]

    assert len(keys) == len(set(keys))


def test_a_simplified_character_is_never_mapped_on() -> None:
    assert not set(tables.mapping("traditional")) & set(tables.mapping("traditional").values())


@pytest.mark.parametrize(
    "table", ["symbols", "units", "currencies", "elements", "ions", "address_signs", "character_names"]
)
def test_names_can_be_said(table: str) -> None:
    assert all(
        re.fullmatch(r"[\u3400-\u9fff\U00020000-\U0003ffffA-Za-z ]+", row[1]) for row in tables.rows(table)
    )
