"""Which characters the model of polyphones decides, and how the shipped one does."""

from __future__ import annotations

import pytest
from tests.unit.text.pronunciation.toy_model import deciding

from huisheng.text.pronunciation.context import Place
from huisheng.text.pronunciation.model import shipped, word_group
from huisheng.text.segmentation import Word

MODEL = deciding(行={"hang2": 0.9, "xing2": 0.1}, 大意1={"yi4": 0.2, "yi5": 0.8})


def place(text: str, offset: int = 0, tag: str = "n") -> Place:
    """A character of a word that stands alone."""
    return Place((Word(text, tag),), 0, offset, text, offset)


@pytest.mark.parametrize(
    ("where", "decided"),
    [
        (place("行"), True),
        (place("银行", 1), True),
        (place("大意", 1), True),
        (place("大意", 0), False),
        (place("意"), False),
        (place("主意", 1), False),
    ],
)
def test_characters_and_places_in_words_that_it_was_trained_on_are_decided(
    where: Place, decided: bool
) -> None:
    assert MODEL.decides(where, "") is decided


@pytest.mark.parametrize(
    ("kind", "decided"), [("word4", False), ("part4", False), ("word3", True), ("name", True)]
)
def test_a_long_word_is_overruled_by_no_context(kind: str, decided: bool) -> None:
    assert MODEL.decides(place("行"), kind) is decided


def test_a_word_goes_before_its_character() -> None:
    model = deciding(意={"yi4": 0.9, "yi5": 0.1}, 大意1={"yi4": 0.2, "yi5": 0.8})

    assert model.choose(place("大意", 1), []).label == "yi5"
    assert model.choose(place("意"), []).label == "yi4"


def test_a_word_of_one_character_has_senses_too() -> None:
    model = deciding(少={"shao3": 0.9, "shao4": 0.1}, 少0={"shao3": 0.2, "shao4": 0.8})

    assert model.choose(place("少"), []).label == "shao4"
    assert model.choose(place("多少", 1), []).label == "shao3"


@pytest.mark.parametrize(
    ("where", "told"), [(place("大意", 1), True), (place("大意", 0), False), (place("行"), False)]
)
def test_senses_are_told_of_words_that_it_was_trained_on(where: Place, told: bool) -> None:
    assert MODEL.tells_senses(where) is told


def test_readings_come_with_their_odds() -> None:
    ranked = MODEL.choose(place("行"), []).ranked

    assert [reading for reading, _ in ranked] == ["hang2", "xing2"]
    assert [odds for _, odds in ranked] == pytest.approx([0.9, 0.1], abs=0.01)


def test_the_group_of_a_word_names_the_place_in_it() -> None:
    assert word_group(place("大意", 1)) == "大意1"


@pytest.mark.parametrize("character", "行长重得地着了为只还")
def test_the_shipped_model_decides_the_commonest_polyphones(character: str) -> None:
    assert shipped().decides(place(character), "")


def test_the_shipped_model_is_loaded_once() -> None:
    assert shipped() is shipped()
