"""Rules for neighbours, what the model of polyphones sees of them, and which characters it decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.text.pronunciation.toy_model import deciding

from huisheng.text.linear import Prediction
from huisheng.text.pronunciation.polyphones import (
    CharacterContext,
    PolyphoneModel,
    PolyphoneQuestion,
    PolyphoneRules,
    features,
    load_model,
    word_group,
)
from huisheng.text.segmentation import Word

RULES = PolyphoneRules()
MODEL = deciding(行={"hang2": 0.9, "xing2": 0.1}, 大意1={"yi4": 0.2, "yi5": 0.8})
WORDS = st.lists(
    st.builds(
        Word, st.text("银行长走路的一", min_size=1, max_size=5), st.sampled_from(["n", "v", "ns", "eng"])
    ),
    min_size=1,
    max_size=8,
)


def at(words: list[Word], index: int) -> CharacterContext:
    """The character with this index in the words together."""
    start = 0
    for position, word in enumerate(words):
        if index < start + len(word.text):
            return CharacterContext(
                words, position, index - start, "".join(each.text for each in words), index
            )
        start += len(word.text)
    raise IndexError(index)


def alone(text: str, offset: int = 0) -> CharacterContext:
    """A character of a word that stands alone."""
    return CharacterContext((Word(text, "n"),), 0, offset, text, offset)


def choose(model: PolyphoneModel, word: str, offset: int = 0) -> Prediction:
    """What a model says of a character of a word that stands alone."""
    question = PolyphoneQuestion(model.group(word, offset), alone(word, offset), [])
    return model.choose([question])[0]


# Rules


def reading(*words: tuple[str, str]) -> str | None:
    """Reading of the character in brackets."""
    texts = [text.strip("[]") for text, _ in words]
    position = next(place for place, (text, _) in enumerate(words) if text.startswith("["))
    phrase = [Word(text, tag) for text, (_, tag) in zip(texts, words, strict=True)]
    place = sum(len(word.text) for word in phrase[:position])
    return RULES.reading(CharacterContext(phrase, position, 0, "".join(texts), place))


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


# Features of the model


def features_at(index: int, *words: tuple[str, str]) -> set[str]:
    return set(features(at([Word(*word) for word in words], index), []))


def test_neighbours_count_by_their_place() -> None:
    found = features_at(2, ("我", "r"), ("在", "p"), ("行", "n"), ("里", "f"))

    assert {"l1在", "l2我", "l3^", "r1里", "r2^", "lr在里"} <= found


def test_the_word_and_the_words_beside_it_count_with_their_kinds() -> None:
    found = features_at(3, ("我", "r"), ("去", "v"), ("银行", "n"), ("了", "u"))

    assert {"w银行", "tn21", "wl去", "wr了", "tlv", "tru", "wl2我"} <= found


@pytest.mark.parametrize(("index", "ends"), [(0, "ends02"), (2, "ends22"), (4, "ends20")])
def test_the_ends_of_the_phrase_count_when_they_are_near(index: int, ends: str) -> None:
    assert ends in features_at(index, ("一二", "m"), ("三四五", "m"))


def test_what_stands_farther_off_counts_wherever_it_stands() -> None:
    found = features_at(11, ("银", "n"), ("一" * 10, "m"), ("行", "n"), ("走路", "v"))

    assert {"R走", "R路", "L一", "W走路"} <= found
    assert "L银" not in found


def test_proposals_are_features_as_they_are() -> None:
    context = at([Word("银行", "n")], 1)

    assert {"word2=hang2", "rule=xing2"} <= set(features(context, ["word2=hang2", "rule=xing2"]))


@given(WORDS, st.data())
def test_every_place_has_features_that_name_no_reading(words: list[Word], data: st.DataObject) -> None:
    context = at(words, data.draw(st.integers(0, sum(len(word.text) for word in words) - 1)))

    found = features(context, [])

    assert found[0] == "bias"
    assert not [feature for feature in found if "=" in feature]
    assert found == features(context, [])


# The model


@pytest.mark.parametrize(
    ("word", "offset", "group"),
    [
        ("行", 0, "行"),
        ("银行", 1, "行"),
        ("大意", 1, "大意1"),
        ("大意", 0, ""),
        ("意", 0, ""),
        ("主意", 1, ""),
    ],
)
def test_characters_and_places_in_words_that_it_was_trained_on_are_decided(
    word: str, offset: int, group: str
) -> None:
    assert MODEL.group(word, offset) == group


def test_a_word_goes_before_its_character() -> None:
    model = deciding(意={"yi4": 0.9, "yi5": 0.1}, 大意1={"yi4": 0.2, "yi5": 0.8})

    assert choose(model, "大意", 1).label == "yi5"
    assert choose(model, "意").label == "yi4"


def test_a_word_of_one_character_has_senses_too() -> None:
    model = deciding(少={"shao3": 0.9, "shao4": 0.1}, 少0={"shao3": 0.2, "shao4": 0.8})

    assert choose(model, "少").label == "shao4"
    assert choose(model, "多少", 1).label == "shao3"


def test_readings_come_with_their_odds() -> None:
    ranked = choose(MODEL, "行").ranked

    assert [reading for reading, _ in ranked] == ["hang2", "xing2"]
    assert [odds for _, odds in ranked] == pytest.approx([0.9, 0.1], abs=0.01)


def test_the_group_of_a_word_names_the_place_in_it() -> None:
    assert word_group("大意", 1) == "大意1"


@pytest.mark.parametrize("character", "行长重得地着了为只还")
def test_the_shipped_model_decides_the_commonest_polyphones(character: str) -> None:
    assert load_model().group(character, 0) == character


def test_the_shipped_model_is_loaded_once() -> None:
    assert load_model() is load_model()
