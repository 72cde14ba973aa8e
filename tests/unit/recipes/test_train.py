"""The shipped models are those of the sentences in this repository, and how sentences become examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recipes.frontend.train import (
    Labelled,
    all_models,
    fingerprint,
    read_breaks,
    read_labelled,
    read_shares,
    usual_readings,
)

MODELS = all_models()


def stored_fingerprint(target: Path) -> str:
    """The fingerprint that a file of a model holds."""
    _, header, _ = target.read_bytes().split(b"\n", 2)
    return json.loads(header)["fingerprint"]


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_is_that_of_the_sentences(name: str) -> None:
    assert stored_fingerprint(MODELS[name].target) == fingerprint(MODELS[name].sources), (
        f"train it: make train-frontend NAMES={name}"
    )


def test_a_fingerprint_changes_with_a_character_and_not_with_line_ends(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
    first.write_bytes("行\n长\n".encode())
    second.write_bytes("行\r\n长\r\n".encode())
    other.write_bytes("行\n常\n".encode())

    assert fingerprint([first]) == fingerprint([second]) != fingerprint([other])


def test_sentences_are_labelled_by_the_heading_above_them(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("= 行 hang2\n银行\n\n= 行 xing2\n 步行 \n行人\n", encoding="utf-8")

    assert list(read_labelled([path])) == [
        Labelled("银行", "行", "hang2"),
        Labelled("步行", "行", "xing2"),
        Labelled("行人", "行", "xing2"),
    ]


@pytest.mark.parametrize("name", ["polyphones"])
def test_every_labelled_sentence_holds_its_character(name: str) -> None:
    assert [each for each in read_labelled(MODELS[name].sources) if each.character not in each.text] == []


def test_marks_of_phrasing_are_places_in_the_sentence_without_them() -> None:
    assert read_breaks("今天|天气/很好。") == ("今天天气很好。", {2}, {4})


def test_shares_are_the_counts_of_the_table_and_of_natural_sentences(tmp_path: Path) -> None:
    counted, natural = tmp_path / "shares.tsv", tmp_path / "natural.txt"
    counted.write_text("行\txing2=19 hang2=1\n好\thao3=2\n", encoding="utf-8")
    natural.write_text("= 行 hang2\n银行\n商行\n= 长 chang2\n长河\n", encoding="utf-8")

    assert read_shares(counted, [natural]) == {
        "行": {"xing2": 19, "hang2": 3},
        "好": {"hao3": 2},
        "长": {"chang2": 1},
    }


def test_a_reading_is_usual_where_hardly_any_other_was_counted() -> None:
    shares = {"行": {"xing2": 90, "hang2": 10}, "打": {"da3": 97, "da2": 3}, "好": {"hao3": 1}}

    assert usual_readings(shares) == {"打": "da3", "好": "hao3"}


def test_every_share_is_that_of_a_reading_of_one_character() -> None:
    (table,) = (path for path in MODELS["polyphones"].sources if path.suffix == ".tsv")

    shares = read_shares(table, [])

    assert len(shares) > 600
    assert {
        character for character, counts in shares.items() if len(character) != 1 or min(counts.values()) < 1
    } == set()
