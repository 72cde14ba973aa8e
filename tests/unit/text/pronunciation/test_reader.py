"""What each reading rests on, and how sure the model must be to overrule the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.text.pronunciation.toy_model import deciding

from huisheng.text.dictionary import open_dictionary
from huisheng.text.pronunciation import lexicon
from huisheng.text.pronunciation.lexicon import Lexicon
from huisheng.text.pronunciation.polyphones import CharacterContext, PolyphoneModel, load_model
from huisheng.text.pronunciation.reader import CharacterReading, Reader
from huisheng.text.segmentation import Word
from huisheng.types import Grounds


@pytest.fixture(scope="module")
def readings(dictionaries: Path) -> Lexicon:
    return Lexicon(open_dictionary(lexicon.source(), dictionaries))


@pytest.fixture(scope="module")
def plain(readings: Lexicon) -> Reader:
    """Without a model."""
    return Reader(readings, None)


@pytest.fixture(scope="module")
def whole(readings: Lexicon) -> Reader:
    """With the model in the package."""
    return Reader(readings, load_model())


def last(reader: Reader, *words: tuple[str, str]) -> CharacterReading:
    """The reading of the last character of a phrase."""
    return reader.read([Word(*word) for word in words])[-1]


def first(reader: Reader, *words: tuple[str, str]) -> CharacterReading:
    """That of the first one."""
    return reader.read([Word(*word) for word in words])[0]


def model(likely: str, unlikely: str, confidence: float, group: str = "行") -> PolyphoneModel:
    return deciding(**{group: {likely: confidence, unlikely: 1.0 - confidence}})


def rounded_grounds(grounds: Grounds) -> tuple[str, tuple[str, ...], float]:
    return grounds.source, grounds.others, round(grounds.confidence, 1)


# Without a model


def test_a_word_of_the_dictionary_is_its_own_ground(plain: Reader) -> None:
    assert last(plain, ("银行", "n")) == CharacterReading("hang2", Grounds("word"))


def test_a_part_of_a_longer_word_is_read_as_the_word_that_it_is(plain: Reader) -> None:
    assert last(plain, ("某某银行", "n")) == CharacterReading("hang2", Grounds("word"))


def test_a_character_alone_is_read_as_it_mostly_is(plain: Reader) -> None:
    assert last(plain, ("好", "a")) == CharacterReading("hao3", Grounds("character"))


def test_a_number_written_out_is_its_own_ground(plain: Reader) -> None:
    assert last(plain, ("三十", "m")).grounds == Grounds("number")


def test_a_rule_speaks_where_no_word_does(plain: Reader) -> None:
    assert last(plain, ("不", "d"), ("着", "u")) == CharacterReading("zhao2", Grounds("rule"))


@pytest.mark.parametrize(
    ("words", "reading"),
    [
        ([("单小明", "nr")], "shan4"),
        ([("姓", "v"), ("华", "n")], "hua4"),
        ([("华", "n"), ("先生", "n")], "hua4"),
    ],
    ids=["a name", "after 姓", "before a title"],
)
def test_a_surname_is_read_as_one(plain: Reader, words: list[tuple[str, str]], reading: str) -> None:
    place = 1 if words[0][0] == "姓" else 0

    assert plain.read([Word(*word) for word in words])[place] == CharacterReading(reading, Grounds("name"))


def test_a_surname_that_begins_other_words_is_none_in_a_name_alone(plain: Reader) -> None:
    assert first(plain, ("华小明", "nr")).grounds.source != "name"


def test_what_no_dictionary_knows_has_no_reading(plain: Reader) -> None:
    assert last(plain, ("\U00032000", "x")).pinyin == ""


def test_a_doubled_pair_is_read_in_full_tones(plain: Reader) -> None:
    assert [each.pinyin for each in plain.read([Word("清清楚楚", "z")])] == ["qing1", "qing1", "chu3", "chu3"]


# With a model


@pytest.mark.parametrize(
    ("confidence", "reading", "grounds"),
    [
        (0.55, "hang2", ("word", ("xing2",), 0.45)),
        (0.8, "xing2", ("model", ("hang2",), 0.8)),
        (0.95, "xing2", ("model", (), 0.9)),
    ],
)
def test_a_word_is_overruled_by_a_model_that_is_sure(
    readings: Lexicon, confidence: float, reading: str, grounds: tuple[str, tuple[str, ...], float]
) -> None:
    found = last(Reader(readings, model("xing2", "hang2", confidence)), ("银行", "n"))

    assert (found.pinyin, found.grounds.source, found.grounds.others) == (reading, *grounds[:2])
    assert found.grounds.confidence == pytest.approx(grounds[2], abs=0.06)


@pytest.mark.parametrize(("confidence", "reading"), [(0.55, "shan4"), (0.65, "dan1")])
def test_a_name_is_overruled_by_a_model_that_is_rather_sure(
    readings: Lexicon, confidence: float, reading: str
) -> None:
    doubting = deciding(单={"dan1": confidence, "shan4": 1.0 - confidence})

    found = first(Reader(readings, doubting), ("单小明", "nr"))

    assert found.pinyin == reading


def test_a_character_is_overruled_by_the_likelier_reading(readings: Lexicon) -> None:
    found = last(Reader(readings, model("hao4", "hao3", 0.6, "好")), ("好", "a"))

    assert (found.pinyin, rounded_grounds(found.grounds)) == ("hao4", ("model", ("hao3",), 0.6))


def test_a_rule_is_overruled_by_the_likelier_reading(readings: Lexicon) -> None:
    found = last(Reader(readings, model("zhe5", "zhao2", 0.55, "着")), ("不", "d"), ("着", "u"))

    assert (found.pinyin, found.grounds.source) == ("zhe5", "model")


def test_a_model_that_agrees_tells_how_sure_it_is(readings: Lexicon) -> None:
    found = last(Reader(readings, model("hang2", "xing2", 0.8)), ("银行", "n"))

    assert (found.pinyin, rounded_grounds(found.grounds)) == ("hang2", ("word", ("xing2",), 0.8))


def test_an_unlikely_reading_is_not_worth_telling(readings: Lexicon) -> None:
    assert last(Reader(readings, model("hang2", "xing2", 0.95)), ("银行", "n")).grounds.others == ()


def test_a_word_of_four_characters_is_overruled_by_nothing(readings: Lexicon) -> None:
    found = Reader(readings, model("xing2", "hang2", 0.99)).read([Word("各行各业", "l")])[1]

    assert found == CharacterReading("hang2", Grounds("word"))


def test_a_word_that_makes_its_syllable_light_is_not_overruled_by_the_full_tone(readings: Lexicon) -> None:
    found = last(Reader(readings, model("fa4", "fa1", 0.99, "发")), ("头发", "n"))

    assert (found.pinyin, found.grounds.source) == ("fa5", "word")


def test_the_full_tone_is_another_sense_where_the_model_tells_the_senses_of_a_word(readings: Lexicon) -> None:
    found = last(Reader(readings, model("zi3", "zi5", 0.8, "孙子1")), ("孙子", "n"))

    assert (found.pinyin, rounded_grounds(found.grounds)) == ("zi3", ("model", ("zi5",), 0.8))


def test_the_form_of_a_word_makes_light_what_the_model_says_of_its_character(readings: Lexicon) -> None:
    found = last(Reader(readings, model("zi3", "zi5", 0.9, "子")), ("某子", "n"))

    assert found == CharacterReading("zi5", Grounds("rule"))


def test_a_reading_is_never_told_as_another_one(readings: Lexicon) -> None:
    found = last(Reader(readings, model("fa4", "fa5", 0.6, "发")), ("头发", "n"))

    assert (found.pinyin, found.grounds.others) == ("fa5", ())


def test_a_character_that_the_model_does_not_know_is_certain(readings: Lexicon) -> None:
    assert last(Reader(readings, model("xing2", "hang2", 0.9)), ("好", "a")).grounds == Grounds("character")


# Evidence


@pytest.mark.parametrize(
    ("words", "evidence"),
    [
        ([("朝阳", "n")], ["word2=yang2"]),
        ([("某某朝阳", "n")], ["part2=yang2"]),
        ([("好", "a")], ["alone"]),
        ([("不", "d"), ("着", "u")], ["alone", "rule=zhao2"]),
        ([("东西", "n")], ["word2=xi5", "full=xi1"]),
    ],
)
def test_evidence_is_what_words_and_rules_propose(
    plain: Reader, words: list[tuple[str, str]], evidence: list[str]
) -> None:
    phrase = [Word(*word) for word in words]
    text = "".join(word.text for word in phrase)
    context = CharacterContext(phrase, len(phrase) - 1, len(phrase[-1].text) - 1, text, len(text) - 1)

    assert plain.evidence(context) == evidence


# Several phrases


PHRASES = st.lists(
    st.lists(
        st.builds(
            Word, st.text("银行长走路的一不子王", min_size=1, max_size=4), st.sampled_from(["n", "v", "nr"])
        ),
        max_size=5,
    ),
    max_size=4,
)


@given(PHRASES)
def test_several_phrases_are_read_as_each_alone(whole: Reader, phrases: list[list[Word]]) -> None:
    assert whole.read_all(phrases) == [whole.read(words) for words in phrases]
