"""Which markup a text is read as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import MarkupError, UnknownMarkup
from huisheng.text.markup.script import Markup, MarkupVocabulary, Rest, Script, plain_script, read
from huisheng.units import Seconds

VOCABULARY = MarkupVocabulary(emotions={"开心": ("happy", 1.0)})


def reading(source: str, markup: Markup = "auto") -> Script:
    return read(source, markup, VOCABULARY)


@pytest.mark.parametrize(
    "source",
    [
        "<speak>你好</speak>",
        "<speak\n>你好</speak>",
        "\ufeff<speak>你好</speak>",
        " \n\t<speak>你好</speak>",
        '<?xml version="1.0"?><speak>你好</speak>',
        '\ufeff<?xml version="1.0" encoding="GB18030"?>\n<!-- a > b -->\n<speak>你好</speak>',
        "<!-- 一 --> <!-- 二 --><speak>你好</speak>",
    ],
)
def test_a_text_that_begins_with_speak_is_ssml(source: str) -> None:
    assert reading(source).text == "你好"


def test_an_empty_speak_is_ssml() -> None:
    assert reading("<speak/>").text == ""


@pytest.mark.parametrize(
    "source",
    [
        *("", "你好", "<speaker>你好</speaker>", "<Speak>你好</Speak>", "好<speak>你好</speak>", "<speak"),
        *(
            "<p>你好</p>",
            "<!-- <speak>你好</speak>",
            "<?xml version='1.0'",
            "<!DOCTYPE html><html/>",
            "&lt;speak>",
        ),
    ],
)
def test_a_text_that_begins_otherwise_is_plain(source: str) -> None:
    assert reading(source) == plain_script(source)


@pytest.mark.parametrize(
    "source", ["<speak>你好", "<speak>a & b</speak>", "<!DOCTYPE speak><speak>你好</speak>"]
)
def test_ssml_that_is_wrong_is_refused(source: str) -> None:
    with pytest.raises(MarkupError):
        reading(source)


def test_shorthand_is_found_in_a_plain_text() -> None:
    assert reading("你好，[停顿 1s]世界").rests == (Rest(3, Seconds(1.0)),)


@pytest.mark.parametrize("source", ["[开心]你好", "[停顿 99s]", "好[/]"])
def test_shorthand_that_is_wrong_is_plain_text(source: str) -> None:
    assert reading(source) == plain_script(source)


@pytest.mark.parametrize("source", ["[开心]你好", "[停顿 99s]", "好[/]"])
def test_shorthand_that_is_wrong_is_refused_when_it_was_asked_for(source: str) -> None:
    with pytest.raises(MarkupError):
        reading(source, "shorthand")


def test_shorthand_takes_tags_for_text_when_it_was_asked_for() -> None:
    assert reading("<speak>你好</speak>", "shorthand") == plain_script("<speak>你好</speak>")


def test_a_text_that_is_no_ssml_is_refused_when_it_was_asked_for() -> None:
    with pytest.raises(MarkupError):
        reading("你好", "ssml")


@pytest.mark.parametrize("source", ["<speak>你好</speak>", "你好[停顿]", "\\["])
def test_without_markup_every_character_is_text(source: str) -> None:
    assert reading(source, "none") == plain_script(source)


@pytest.mark.parametrize("markup", ["", "SSML", "html"])
def test_a_kind_of_markup_that_there_is_not_is_refused(markup: str) -> None:
    with pytest.raises(UnknownMarkup):
        read("你好", markup, VOCABULARY)


@pytest.mark.parametrize(
    "source", ["<?xml " * 50_000, "<!--" * 50_000, " " * 300_000 + "<", "<!-- -->" * 50_000]
)
def test_what_looks_like_the_beginning_of_ssml_for_long_is_plain_text(source: str) -> None:
    assert reading(source) == plain_script(source)


@given(st.text(), st.sampled_from(["auto", "none"]))
def test_a_text_without_markup_is_read_as_it_stands(text: str, markup: Markup) -> None:
    plain = text.replace("[", "").replace("<", "")

    assert reading(plain, markup) == plain_script(plain)
