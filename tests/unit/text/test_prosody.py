"""Breaks between words, and the melody of a mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.prosody import Prosody, intonation
from huisheng.text.segmentation import Word
from huisheng.types import Break, Intonation

PROSODY = Prosody()
WORDS = st.lists(
    st.builds(
        Word,
        st.text("中文字的了吗", min_size=1, max_size=4),
        st.sampled_from(["n", "v", "a", "d", "m", "q", "p", "c", "r"]),
    )
)


def breaks(*words: tuple[str, str]) -> tuple[Break, ...]:
    return PROSODY.breaks([Word(text, tag) for text, tag in words])


@given(WORDS)
def test_every_word_is_followed_by_a_break_and_the_last_ends_the_phrase(words: list[Word]) -> None:
    found = PROSODY.breaks(words)

    assert len(found) == len(words)
    assert set(found[-1:]) <= {Break.PHRASE}


@given(WORDS)
def test_no_phrase_ends_before_a_particle(words: list[Word]) -> None:
    for after, word in zip(PROSODY.breaks(words), words[1:], strict=False):
        assert word.text not in {"的", "了", "吗"} or after is Break.SYLLABLE


@given(WORDS)
def test_no_break_follows_a_glued_word(words: list[Word]) -> None:
    glued = [word._replace(glued=True) for word in words]

    assert set(PROSODY.breaks(glued)[:-1]) <= {Break.SYLLABLE}


def test_a_number_is_said_with_its_measure_word() -> None:
    assert breaks(("二十三", "m"), ("公里", "q"), ("路程", "n"))[0] is Break.SYLLABLE


def test_long_words_are_kept_apart() -> None:
    assert breaks(("学习", "v"), ("汉语", "n"))[0] is Break.WORD


def test_a_short_phrase_is_not_broken() -> None:
    assert Break.PHRASE not in breaks(("我们", "r"), ("明天", "t"), ("去", "v"), ("北京", "ns"))[:-1]


def test_a_long_phrase_is_broken_before_a_conjunction() -> None:
    words = [
        ("今天", "t"),
        ("天气", "n"),
        ("非常", "d"),
        ("好", "a"),
        ("所以", "c"),
        ("我们", "r"),
        ("出去", "v"),
    ]

    assert breaks(*words)[3] is Break.PHRASE


def test_nothing_gives_no_breaks() -> None:
    assert breaks() == ()


@pytest.mark.parametrize("mark", list("，、；：。！？…—“”（）"))
def test_every_mark_has_a_pause(mark: str) -> None:
    pause, level = PROSODY.pause(mark)

    assert 0.0 <= pause <= 0.5
    assert level >= Break.WORD


@pytest.mark.parametrize(
    ("mark", "said", "melody"),
    [
        ("。", "你好", Intonation.STATEMENT),
        ("", "你好", Intonation.STATEMENT),
        ("？", "你好", Intonation.QUESTION),
        ("。", "你好吗", Intonation.QUESTION),
        ("！", "你好吗", Intonation.EXCLAMATION),
        ("…", "你好", Intonation.SUSPENSION),
    ],
)
def test_melody_comes_from_the_mark_then_from_the_particle(mark: str, said: str, melody: Intonation) -> None:
    assert intonation(mark, said) is melody
