"""A lexicon over a script: what is said instead, where it comes from, and everything behind it that moves."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.frontend import Frontend
from huisheng.text.markup import shorthand, ssml
from huisheng.text.markup.script import (
    Bookmark,
    Change,
    MarkupVocabulary,
    Phonemes,
    Rest,
    Script,
    plain_script,
)
from huisheng.text.markup.substitution import with_lexicon
from huisheng.text.pronunciation.user import UserLexicon, from_mapping
from huisheng.types import PLAIN, Inflection, Span, Syllable
from huisheng.units import Seconds

LONGER, SHORTER = {"世卫": "=世界卫生组织"}, {"世界卫生组织": "=世卫"}
LEXICON = from_mapping(
    {
        "世卫": "=世界卫生组织",
        "甲乙丙": "=子",
        "WHO": "=谁",
        "天": "=晴。空",
        "银行": "yin2 xing2",
        "B": "=A B",
    }
)
PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "世卫",
                "甲乙丙",
                "甲",
                "乙",
                "丙",
                "WHO",
                "天",
                "银行",
                "银",
                "行",
                "B",
                "好",
                "，",
                "。",
                " ",
                "\n",
            ),
            *("[停顿 1s]", "[重读]", "[/]", "行[hang2]", "[语速 2]", "[读作 天]甲[/]"),
        ]
    ),
    max_size=14,
).map("".join)


def read_script(source: str) -> Script:
    return shorthand.parse(source, MarkupVocabulary(), strict=False)


def replace_words(source: str, said: dict[str, str]) -> Script:
    """A text in shorthand with these words."""
    return with_lexicon(read_script(source), from_mapping(said))


def sources(script: Script) -> list[str]:
    """What each character of the text stands for in the source."""
    return [script.source[start:end] for start, end in zip(script.starts, script.ends, strict=True)]


# What is said


@pytest.mark.parametrize("said", [{}, {"银行": "yin2 hang2"}])
def test_a_script_in_which_no_word_is_found_stays_itself(said: dict[str, str]) -> None:
    script = plain_script("你好")

    assert with_lexicon(script, from_mapping(said)) is script


def test_a_reading_is_a_direction_of_the_user() -> None:
    script = replace_words("在银行里", {"银行": "yin2 xing2"})

    assert script.text == "在银行里"
    assert script.directives == (Phonemes(Span(1, 3), ("yin2", "xing2"), by_user=True),)
    assert sources(script) == list("在银行里")


@pytest.mark.parametrize(
    ("source", "said", "text", "stands_for"),
    [
        ("问世卫吧", LONGER, "问世界卫生组织吧", ["问", *["世卫"] * 6, "吧"]),
        ("问世界卫生组织吧", SHORTER, "问世卫吧", ["问", "世界卫生组织", "世界卫生组织", "吧"]),
        ("世卫世卫", LONGER, "世界卫生组织世界卫生组织", ["世卫"] * 12),
        ("问WHO", {"who": "=谁"}, "问谁", ["问", "WHO"]),
    ],
)
def test_every_character_of_an_alias_stands_for_the_word(
    source: str, said: dict[str, str], text: str, stands_for: list[str]
) -> None:
    script = replace_words(source, said)

    assert script.text == text
    assert sources(script) == stands_for


def test_a_word_in_marked_text_stands_for_its_own_place() -> None:
    script = replace_words("[重读]问[/]世卫", LONGER)

    assert script.origin(Span(1, 7)) == Span(8, 10)


def test_what_markup_says_of_a_part_of_a_word_stays() -> None:
    script = replace_words("银行[hang2]到银行", {"银行": "yin2 xing2"})

    assert script.directives == (
        Phonemes(Span(1, 2), ("hang2",)),
        Phonemes(Span(3, 5), ("yin2", "xing2"), by_user=True),
    )


def test_a_word_that_markup_parts_by_silence_is_none() -> None:
    script = replace_words("世[停顿 1s]卫和世卫", LONGER)

    assert (script.text, script.rests) == ("世卫和世界卫生组织", (Rest(1, Seconds(1.0)),))


# What moves


@pytest.mark.parametrize(("source", "said", "moved"), [("世卫", LONGER, 6), ("世界卫生组织", SHORTER, 2)])
def test_all_directions_behind_an_alias_move(source: str, said: dict[str, str], moved: int) -> None:
    document = (
        f'<speak>{source}<break time="1s"/><mark name="m"/><prosody rate="2"><w>甲乙</w></prosody></speak>'
    )

    script = with_lexicon(ssml.parse(document, MarkupVocabulary()), from_mapping(said))

    assert script.rests == (Rest(moved, Seconds(1.0)),)
    assert script.bookmarks == (Bookmark(moved, "m"),)
    assert script.changes == (Change(moved, Inflection(speed=2.0)), Change(moved + 2, PLAIN))
    assert [each.span for each in script.directives] == [Span(moved, moved + 2)]


def test_directions_before_an_alias_stay() -> None:
    script = replace_words("甲行[hang2][停顿 1s][重读]世卫[/]", LONGER)

    assert script.directives == (Phonemes(Span(1, 2), ("hang2",)),)
    assert script.rests == (Rest(2, Seconds(1.0)),)
    assert script.changes == (Change(2, Inflection(emphasis=1)), Change(8, PLAIN))


def test_a_change_inside_a_word_moves_no_farther_than_its_end() -> None:
    script = replace_words("世界卫生[重读]组织吧[/]好", SHORTER)

    assert script.text == "世卫吧好"
    assert script.changes == (Change(2, Inflection(emphasis=1)), Change(3, PLAIN))


@given(PIECES)
def test_a_script_with_aliases_is_whole(source: str) -> None:
    script = with_lexicon(read_script(source), LEXICON)

    spans = [each.span for each in script.directives]
    places = [rest.at for rest in script.rests]
    changed = [change.at for change in script.changes]
    assert script.plain or len(script.text) == len(script.starts) == len(script.ends)
    assert list(script.starts) == sorted(script.starts)
    assert list(script.ends) == sorted(script.ends)
    assert all(left.end <= right.start for left, right in pairwise([*spans, Span(len(script.text), 0)]))
    assert places == sorted(places)
    assert changed == sorted(changed)
    assert {*places, *changed} <= set(range(len(script.text) + 1))


def words_in(text: str, lexicon: UserLexicon) -> list[Span]:
    return [Span(start, end) for start, end, _ in lexicon.find(text)]


@pytest.mark.slow
@given(st.lists(st.sampled_from(["世卫", "甲乙丙", "WHO", "天", "银行", "好", "，", "。", " "])).map("".join))
def test_every_syllable_of_an_alias_lies_in_the_word(frontend: Frontend, text: str) -> None:
    words = words_in(text, LEXICON)

    for sentence in frontend.sentences(with_lexicon(plain_script(text), LEXICON)):
        for item in sentence.items:
            if isinstance(item, Syllable):
                assert item.span in words or item.text == text[slice(*item.span)]


@given(st.lists(st.sampled_from(["世卫", "甲乙丙", "WHO", "天", "好", "，", " "])).map("".join))
def test_every_word_is_said_as_its_alias(frontend: Frontend, text: str) -> None:
    spoken = "".join(
        sentence.spoken for sentence in frontend.sentences(with_lexicon(plain_script(text), LEXICON))
    )

    said = text
    for start, end, entry in reversed(list(LEXICON.find(text))):
        said = said[:start] + entry.alias + said[end:]
    assert [c for c in spoken if c.isalpha()] == [c for c in said if c.isalpha()]
