"""What will be said and why, as data: places in the source, grounds, doubts, and what cannot be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.text.documents import SHORTHAND, SSML, script

from huisheng.errors import InvalidText
from huisheng.runtime.reading import UNSURE, Explanation, explanation, reading
from huisheng.text.frontend import Frontend
from huisheng.text.markup.script import plain_script
from huisheng.text.markup.substitution import with_lexicon
from huisheng.text.pronunciation.user import Conflict, from_mapping

UNREADABLE = "\U00032000"


def explain(frontend: Frontend, source: str, **said: str) -> Explanation:
    return explanation(frontend, with_lexicon(script(source), from_mapping(said)))


# Syllables


def test_a_syllable_is_told_with_its_place_and_its_grounds(frontend: Frontend) -> None:
    (row,) = explain(frontend, "[重读]行[hang2][/]")["syllables"]

    assert row == {
        "start": 4,
        "end": 5,
        "text": "行",
        "pinyin": "hang2",
        "surface": "hang2",
        "source": "markup",
        "others": [],
        "confidence": 1.0,
        "unsure": False,
    }


def test_a_word_of_a_lexicon_is_told_as_the_users(frontend: Frontend) -> None:
    rows = explain(frontend, "朝阳", 朝阳="zhao1 yang2")["syllables"]

    assert [row["source"] for row in rows] == ["user", "user"]


@given(st.text(st.sampled_from("行长重得地着了为只还好看会的一不"), min_size=1, max_size=12))
def test_a_reading_is_unsure_when_its_confidence_is_low(frontend: Frontend, text: str) -> None:
    for row in explain(frontend, text)["syllables"]:
        assert 0.0 <= row["confidence"] <= 1.0
        assert row["unsure"] is (row["confidence"] < UNSURE) or row["confidence"] == UNSURE
        assert row["pinyin"] not in row["others"]


# What is not plain text


def test_a_number_is_told_with_what_it_became_and_its_rule(frontend: Frontend) -> None:
    (row,) = explain(frontend, "共50%")["tokens"]

    assert (row["written"], row["spoken"], row["rule"]) == ("50%", "百分之五十", "percentage")


def test_what_else_a_number_may_be_is_told(frontend: Frontend) -> None:
    (row,) = explain(frontend, "成绩是3:2")["tokens"]

    assert row["others"]
    assert row["spoken"] not in row["others"]


def test_what_is_plain_text_is_no_token(frontend: Frontend) -> None:
    assert explain(frontend, "你好，世界。🙂")["tokens"] == []


def test_what_markup_says_of_a_stretch_is_told_at_its_place(frontend: Frontend) -> None:
    source = '<speak><say-as interpret-as="digits">12</say-as></speak>'

    (row,) = explain(frontend, source)["tokens"]

    assert (row["written"], row["spoken"], row["rule"]) == ("12", "一二", "markup")
    assert source[row["start"] : row["end"]] == "12"


def test_an_english_word_is_told_with_its_phones(frontend: Frontend) -> None:
    (row,) = explain(frontend, "说hello")["words"]

    assert row == {"start": 1, "end": 6, "text": "hello", "phones": ["HH", "AH0", "L", "OW1"]}


# What cannot be read


def test_a_han_character_without_a_reading_is_told_once(frontend: Frontend) -> None:
    text = f"你{UNREADABLE}好{UNREADABLE}。"

    assert explain(frontend, text)["unread"] == [UNREADABLE]


@pytest.mark.parametrize("text", ["你好", "a\u3042\U0001f600。", "2024年"])
def test_what_is_read_or_no_han_character_is_not_unread(frontend: Frontend, text: str) -> None:
    assert explain(frontend, text)["unread"] == []


@pytest.mark.parametrize(
    "source",
    [
        "[开心]好[/]，[停顿 1s]好，[重读]好[/]",
        "[读作 世界]WHO[/]",
        '<speak><!-- 注释 --><emotion category="开心">好</emotion><sub alias="世界">组织</sub></speak>',
    ],
)
def test_han_characters_of_the_markup_itself_are_not_unread(frontend: Frontend, source: str) -> None:
    assert explain(frontend, source)["unread"] == []


def test_a_character_without_a_reading_is_found_inside_markup(frontend: Frontend) -> None:
    assert explain(frontend, f"[开心]好{UNREADABLE}[/]")["unread"] == [UNREADABLE]


# The whole


def test_all_breaks_are_told(frontend: Frontend) -> None:
    assert {row["level"] for row in explain(frontend, "我们去学校，你好。")["breaks"]} == {1, 2, 3, 4}


def test_conflicts_are_told(frontend: Frontend) -> None:
    found = explanation(frontend, plain_script("朝阳"), [Conflict("朝阳", "request", "file")])["conflicts"]

    assert found == [{"word": "朝阳", "level": "request", "other_level": "file"}]


def test_every_sentence_is_told_with_its_emotion(frontend: Frontend) -> None:
    happy, calm = explain(frontend, "太好了，我考上了！会议改到下午三点。")["sentences"]

    assert (happy["start"], happy["end"], happy["emotion"]) == (0, 9, "happy")
    assert (calm["start"], calm["end"], calm["emotion"], calm["emotion_strength"]) == (9, 18, "neutral", 0.0)


def test_a_lone_surrogate_is_refused(frontend: Frontend) -> None:
    with pytest.raises(InvalidText):
        explanation(frontend, plain_script("好\ud800"))


@given(st.one_of(SSML, SHORTHAND))
def test_any_source_is_explained_in_places_of_its_own(frontend: Frontend, source: str) -> None:
    told = explain(frontend, source)

    for row in (*told["syllables"], *told["words"], *told["tokens"], *told["sentences"]):
        assert 0 <= row["start"] <= row["end"] <= len(source)
    assert json.loads(json.dumps(told)) == told
    assert told["text"] == source


@given(st.one_of(SSML, SHORTHAND))
def test_a_reading_says_what_its_explanation_says(frontend: Frontend, source: str) -> None:
    short, whole = reading(frontend, script(source), all_breaks=True), explain(frontend, source)

    assert (short["spoken"], short["breaks"]) == (whole["spoken"], whole["breaks"])
    assert [row["surface"] for row in short["syllables"]] == [row["surface"] for row in whole["syllables"]]
