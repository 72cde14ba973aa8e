"""The line of every key, however the operator writes TOML."""

from __future__ import annotations

import tomllib

import pytest

from huisheng.server.plans.source_lines import _paths, key_lines, line_of, syntax_line

SOURCE = '''\
# a comment
schema = 1

[free]
name = { zh = "免费", en = "[not] a = table" }
[[free.versions]]   # the first
price = "1"
allowances.calls = 10
[[free.versions]]
formats = [
  "mp3",
  # [packs]
  "wav",
]
text = """
[subscriptions]
price = "2"
"""
[free.versions.limits]
rate = "1/second"
[packs."a.b".names]
zh = "x"
[[free.versions]]
price = "3"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 2),
        (("free",), 4),
        (("free", "name", "en"), 5),
        (("free", "versions", 0), 6),
        (("free", "versions", 0, "price"), 7),
        (("free", "versions", 0, "allowances", "calls"), 8),
        (("free", "versions", 1), 9),
        (("free", "versions", 1, "formats", 1), 10),
        (("free", "versions", 1, "text"), 15),
        (("free", "versions", 1, "limits"), 19),
        (("free", "versions", 1, "limits", "rate"), 20),
        (("packs", "a.b", "names", "zh"), 22),
        (("free", "versions", 2, "price"), 24),
    ],
)
def test_a_key_has_the_line_that_it_stands_in(path: tuple[str | int, ...], line: int) -> None:
    assert key_lines(SOURCE)[path] == line


def test_every_key_of_the_document_has_a_line() -> None:
    assert set(_paths(tomllib.loads(SOURCE), ())) == key_lines(SOURCE).keys()


def test_a_key_that_is_missing_has_the_line_of_the_table_that_lacks_it() -> None:
    assert line_of(("free", "versions", 1, "effective"), key_lines(SOURCE)) == 9


def test_a_key_that_is_missing_at_the_top_has_no_line() -> None:
    assert line_of(("zone",), key_lines(SOURCE)) == 0


@pytest.mark.parametrize(
    ("source", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\n\n[a]\n", 3), ("a = 1\nb = [1,\n\n", 3), ("a = 1\na = 2", 2)],
)
def test_a_syntax_error_has_its_line(source: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(source)

    assert syntax_line(refused.value, source) == line
