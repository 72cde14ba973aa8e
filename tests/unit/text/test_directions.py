"""The tokens of a unit with directions, and what is asked for in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.text.documents import SHORTHAND, SSML, script

from huisheng.text.directions import directions, tokens
from huisheng.text.markup.script import Script
from huisheng.text.markup.substitution import with_lexicon
from huisheng.text.normalization.normalizer import normalize
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.text.pronunciation.user import from_mapping
from huisheng.text.sentence import units
from huisheng.types import Span


def whole(marked: Script) -> list[Token]:
    """The tokens of a text that is one unit."""
    return list(tokens(marked, Span(0, len(marked.text))))


def spoken_tokens(source: str) -> list[tuple[str, TokenKind]]:
    return [(token.spoken, token.kind) for token in whole(script(source))]


def everything(marked: Script) -> Span:
    return Span(0, len(marked.text))


@pytest.mark.slow
@given(st.one_of(SSML, SHORTHAND))
def test_tokens_cover_every_unit_once_in_order(source: str) -> None:
    marked = script(source)

    for unit in units(marked.text):
        place = unit.span.start
        for token in tokens(marked, unit.span):
            assert token.span.start == place
            assert token.written == marked.text[token.span.start : token.span.end]
            place = token.span.end
        assert place == unit.span.end


def test_a_plain_text_has_the_tokens_of_the_normalizer() -> None:
    assert whole(script("2024年，你好。")) == list(normalize("2024年，你好。"))


def test_tokens_of_a_later_unit_count_from_the_beginning_of_the_text() -> None:
    marked = script("你好。3天")

    assert [token.span for token in tokens(marked, Span(3, 5))] == [Span(3, 4), Span(4, 5)]


def test_a_rest_is_an_empty_mark() -> None:
    assert spoken_tokens("你[停顿 1s]好") == [
        ("你", TokenKind.TEXT),
        ("，", TokenKind.MARK),
        ("好", TokenKind.TEXT),
    ]


def test_a_rest_at_the_end_of_the_text_belongs_to_its_last_unit() -> None:
    assert spoken_tokens("你好[停顿 1s]")[-1] == ("，", TokenKind.MARK)


def test_a_rest_between_two_units_belongs_to_the_second() -> None:
    marked = script("你好。[停顿 1s]世界")

    assert [token.kind for token in tokens(marked, Span(0, 3))] == [TokenKind.TEXT, TokenKind.MARK]
    assert [token.kind for token in tokens(marked, Span(3, 5))] == [TokenKind.MARK, TokenKind.TEXT]


def test_a_rest_of_nothing_is_no_mark() -> None:
    assert spoken_tokens("你[停顿 0s]好") == [("你", TokenKind.TEXT), ("好", TokenKind.TEXT)]


@pytest.mark.parametrize(
    ("source", "said", "kind"),
    [
        ('<say-as interpret-as="digits">110</say-as>', "一一零", TokenKind.DIGITS),
        ('<say-as interpret-as="cardinal">110</say-as>', "一百一十", TokenKind.NUMBER),
        ('<say-as interpret-as="date" format="md">11/20</say-as>', "十一月二十日", TokenKind.DATE),
    ],
)
def test_what_a_stretch_is_said_to_be_counts(source: str, said: str, kind: TokenKind) -> None:
    (token,) = whole(script(f"<speak>{source}</speak>"))

    assert (token.spoken, token.kind, token.rule) == (said, kind, "markup")


def test_what_a_stretch_cannot_be_is_read_as_usual() -> None:
    marked = script('<speak><say-as interpret-as="date">你好3</say-as></speak>')

    assert [token.spoken for token in whole(marked)] == ["你好", "三"]


def test_a_word_of_markup_is_one_token() -> None:
    assert spoken_tokens("<speak>他<w>研究生命</w>吧</speak>")[1] == ("研究生命", TokenKind.WORD)


@pytest.mark.parametrize(("written", "said"), [("hello", "hello"), ("3天", "三天"), ("NBA", "N B A")])
def test_a_word_of_markup_that_is_not_all_han_is_read_as_usual(written: str, said: str) -> None:
    assert "".join(text for text, _ in spoken_tokens(f"<speak><w>{written}</w></speak>")) == said


def test_an_english_word_with_phones_is_not_spelt() -> None:
    (token,) = whole(script('<speak><phoneme alphabet="ipa" ph="ɹiːd">READ</phoneme></speak>'))

    assert (token.spoken, token.kind, token.rule) == ("READ", TokenKind.LATIN, "markup")


def test_a_word_of_a_lexicon_with_digits_is_not_written_out() -> None:
    marked = with_lexicon(script("用5G吧"), from_mapping({"5G": "wu3 ji4"}))

    assert [(token.spoken, token.kind) for token in whole(marked)][1] == ("5G", TokenKind.WORD)


def test_syllables_are_ordered_for_their_characters() -> None:
    marked = script("在银行[yin2 hang2]")

    asked = directions(marked, everything(marked))

    assert asked.readings == {1: "yin2", 2: "hang2"}
    assert [place in asked.by_user for place in (1, 2)] == [False, False]


def test_syllables_of_a_lexicon_are_known_as_the_users() -> None:
    marked = with_lexicon(script("在银行"), from_mapping({"银行": "yin2 xing2"}))

    asked = directions(marked, everything(marked))

    assert asked.readings == {1: "yin2", 2: "xing2"}
    assert [place in asked.by_user for place in range(3)] == [False, True, True]


def test_phones_are_ordered_for_the_place_where_their_word_begins() -> None:
    marked = script('<speak>说<phoneme alphabet="ipa" ph="ɹiːd">read</phoneme></speak>')

    assert directions(marked, everything(marked)).phones == {1: ("R", "IY1", "D")}


def test_seconds_are_ordered_for_the_place_of_their_rest() -> None:
    marked = script("你[停顿 2s]好[停顿]")

    assert directions(marked, everything(marked)).rests == {1: 2.0, 2: 0.5}


def test_what_is_asked_for_in_another_unit_is_not_ordered() -> None:
    marked = script("行[hang2]。行[xing2]，[停顿]好")

    asked = directions(marked, Span(0, 2))

    assert (asked.readings, asked.rests) == ({0: "hang2"}, {})
