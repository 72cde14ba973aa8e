"""YAML and JSON of a stranger become plain values or are refused."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import ModelError
from huisheng.export.modelscope.documents import parse_yaml, read_json, read_yaml
from huisheng.export.modelscope.files import ModelFile

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""A kilobyte that expands to 9⁹ values."""


def write_document(folder: Path, text: str) -> ModelFile:
    path = folder / "document"
    path.write_text(text, encoding="utf-8")
    return ModelFile("am/config.yaml", path)


def test_scalars_stay_the_texts_that_they_are() -> None:
    assert parse_yaml("a: 0x10\nb: yes\nc: 012\nd: 2023-03-09\ne: '~'", "x") == {
        "a": "0x10",
        "b": "yes",
        "c": "012",
        "d": "2023-03-09",
        "e": "~",
    }


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_null_is_none(nothing: str) -> None:
    assert parse_yaml(f"a: {nothing}", "x") == {"a": None}


def test_no_tag_makes_an_object(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    text = f"a: !!python/object/apply:os.mkdir ['{target}']\nb: !!python/tuple [1, 2]\n"

    assert parse_yaml(text, "x")["b"] == ["1", "2"]
    assert not target.exists()


def test_a_list_that_is_written_once_and_used_twice_is_read() -> None:
    shared = [1, 3]

    assert parse_yaml(yaml.dump({"a": shared, "b": shared}), "x") == {"a": ["1", "3"], "b": ["1", "3"]}


@pytest.mark.parametrize(
    "text",
    [BOMB, "a: &a [*a]", "[" * 5_000, "a: " + "[" * 60 + "]" * 60, "x: [" + "1," * 30_000 + "]"],
    ids=["bomb", "circle", "open brackets", "deep", "long"],
)
def test_a_document_that_expands_to_too_much_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"am/config\.yaml"):
        parse_yaml(text, "am/config.yaml")


@pytest.mark.parametrize(
    "text", ["", "- 1", "text", "a: b: c", "a: *unknown", "a: 1\n---\nb: 2", "\x01", "? [1]: 2\n  x"]
)
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ModelError):
        parse_yaml(text, "am/config.yaml")


def test_a_document_of_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="上限"):
        read_yaml(write_document(tmp_path, "a: 1\n" * 200_000))


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": ' + "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
def test_json_that_is_none_or_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError, match=r"am/config\.yaml"):
        read_json(write_document(tmp_path, text))


def test_json_is_read(tmp_path: Path) -> None:
    assert read_json(write_document(tmp_path, json.dumps({"voices": ["智甜"]}))) == {"voices": ["智甜"]}


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    with suppress(ModelError):
        parse_yaml(text, "x")
