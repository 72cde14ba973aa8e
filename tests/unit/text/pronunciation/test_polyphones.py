"""How a rule is written: neighbours, classes, parts of speech, distance, edges."""

from __future__ import annotations

import pytest

from huisheng.text.pronunciation.polyphones import Polyphones
from huisheng.text.segmentation import Word

POLYPHONES = Polyphones()


def reading(*words: tuple[str, str]) -> str | None:
    """Reading of the character in brackets."""
    texts = [text.strip("[]") for text, _ in words]
    position = next(place for place, (text, _) in enumerate(words) if text.startswith("["))
    return POLYPHONES.reading(
        [Word(text, tag) for text, (_, tag) in zip(texts, words, strict=True)], position, 0
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([("不", "d"), ("[着]", "u")], "zhao2"),
        ([("看", "v"), ("[着]", "u"), ("书", "n")], "zhe5"),
        ([("三", "m"), ("[只]", "d"), ("猫", "n")], "zhi1"),
        ([("35", "m"), ("[只]", "d"), ("猫", "n")], "zhi1"),
        ([("把", "p"), ("他", "r"), ("[当]", "v"), ("朋友", "n")], "dang4"),
        ([("[行]", "v")], None),
    ],
    ids=["a neighbour", "any", "a class", "a part of speech", "a distance", "no rule fits"],
)
def test_the_first_rule_that_fits_its_neighbours_is_taken(
    words: list[tuple[str, str]], expected: str | None
) -> None:
    assert reading(*words) == expected


def test_an_edge_is_where_the_phrase_begins_or_ends() -> None:
    assert reading(("有", "v"), ("[难]", "a")) == "nan4"
    assert reading(("有", "v"), ("[难]", "a"), ("题", "n")) is None


def test_a_forbidden_neighbour_stops_a_rule() -> None:
    assert reading(("我", "r"), ("[得]", "u"), ("走", "v")) == "dei3"
    assert reading(("我", "r"), ("[得]", "u"), ("第", "m")) == "de2"
