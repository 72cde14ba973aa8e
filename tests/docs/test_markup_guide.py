"""The guide to markup tells the truth: its examples are read, its tables are complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from huisheng.engines.protocol import Capabilities
from huisheng.engines.two_stage.voices import voices
from huisheng.errors import MarkupError
from huisheng.runtime.vocabulary import make_vocabulary
from huisheng.text.markup import document, shorthand, ssml, values
from huisheng.text.markup.script import plain_script, read
from huisheng.text.resources import rows
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.store import folder_of

GUIDE: Final = (Path(__file__).resolve().parents[2] / "docs/guides/markup.md").read_text(encoding="utf-8")
VOCABULARY: Final = make_vocabulary(
    Capabilities("installed", voices(read_package(folder_of(BUILTIN)).manifest))
)
QUOTED: Final = re.findall(r"`([^`\n]+)`", GUIDE)
LITERAL: Final = frozenset({"[1]", "[微笑]", "[图片]"})
END: Final = frozenset({"[/]", "[读作 …]"})
"""Halves of what is read."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def words(scale: str) -> Iterator[str]:
    return (row[1] for row in rows(values.PACKAGE, "levels.tsv") if row[0] == scale and row[1] != "default")


@pytest.mark.parametrize("example", [found for found in QUOTED if re.search(r"</|/>", found)])
def test_every_element_is_read_as_it_is_written(example: str) -> None:
    source = example if example.startswith("<speak") else f"<speak>{example}</speak>"

    assert read(source, "ssml", VOCABULARY).text.strip()


@pytest.mark.parametrize(
    "example", [found for found in QUOTED if "[" in found and found not in LITERAL | END]
)
def test_every_line_of_shorthand_means_something(example: str) -> None:
    assert read(example, "shorthand", VOCABULARY) != plain_script(example)


@pytest.mark.parametrize("example", sorted(LITERAL))
def test_every_bracket_that_is_said_to_be_text_is_text(example: str) -> None:
    assert read(example, "shorthand", VOCABULARY) == plain_script(example)


def test_the_long_examples_are_read() -> None:
    assert read(blocks("text")[0], "shorthand", VOCABULARY).directives
    assert read(blocks("xml")[0], "ssml", VOCABULARY).rests


def test_the_wrong_example_gives_the_message() -> None:
    with pytest.raises(MarkupError) as caught:
        read(blocks("xml")[1], "ssml", VOCABULARY)

    assert f"> {caught.value.message}\n" in GUIDE
    assert f"`{caught.value.code}`" in GUIDE


def test_every_element_and_attribute_is_described() -> None:
    elements = list(rows(values.PACKAGE, "elements.tsv"))
    attributes = {attribute for row in elements for attribute in row[1].split()} - {"detail"}

    assert {f"<{row[0]}>" for row in elements} | attributes <= set(QUOTED)


@pytest.mark.parametrize("scale", ["rate", "pitch", "range", "volume", "break", "emphasis"])
def test_every_word_of_a_scale_is_described(scale: str) -> None:
    name = f"`<{scale}>`" if scale in ("break", "emphasis") else f"`{scale}`"
    line = next(line for line in GUIDE.splitlines() if line.startswith("| `<") and name in line)

    assert [word for word in words(scale) if f"`{word}`" not in line] == []


def test_every_kind_of_say_as_is_described() -> None:
    assert {name for row in rows(values.PACKAGE, "say_as.tsv") for name in row} <= set(QUOTED)


def test_the_limits_are_those_of_the_program() -> None:
    assert f"{document.LONGEST} 字符" in GUIDE
    assert f"{ssml.DEEPEST} 层" in GUIDE
    assert ssml.DEEPEST == shorthand.DEEPEST
    assert f"{values.LONGEST_REST:g} 秒" in GUIDE


@pytest.mark.parametrize("row", [*rows("huisheng.engines", "azure_voices.tsv")], ids=lambda row: row[0])
def test_every_voice_of_azure_stands_beside_ours(row: tuple[str, ...]) -> None:
    name, _, ours = row
    (line,) = (line for line in GUIDE.splitlines() if line.startswith(f"| `{ours}` |"))

    assert name in re.split(r"[|、 ]+", line)


@pytest.mark.parametrize(
    "code", ["voice_substituted", "style_substituted", "attribute_ignored", "element_ignored"]
)
def test_every_warning_of_markup_is_described(code: str) -> None:
    assert f"`{code}`" in GUIDE
